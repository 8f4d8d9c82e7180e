//! The crate's door: load once, then caption batches.

mod device;
mod runtime;
mod watch;

use image::RgbImage;

use crate::{
    Answer, Error, GenerationOptions, Task,
    checkpoint::{Checkpoint, ModelSource, Progress},
    config::{GenerationDefaults, PreprocessorConfig},
    generation::{driver::GenerationInput, search::Hypothesis},
    image::preprocess,
    postprocess::parse_with_scores,
    tokenizer::Tokenizer,
};

pub use device::{Device, DeviceError, LoadOptions, Precision};
use runtime::Runtime;
pub use watch::Observer;
use watch::Watch;

/// One thing asked of the model.
#[derive(Debug, Clone)]
pub struct CaptionRequest {
    /// The picture, decoded ([`crate::image::decode`]).
    pub image: RgbImage,
    /// What to do with it.
    pub task: Task,
    /// The task's input, for the tasks that take one.
    pub text: Option<String>,
    /// How to search; defaults come from the checkpoint.
    pub options: GenerationOptions,
}

/// What the model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Caption {
    /// The caption as a person reads it: plain text, or the labels joined for tasks that answer with regions.
    pub text: String,
    /// What the model wrote, with its location tokens but without `<s>`, `</s>` and `<pad>`.
    pub raw_text: String,
    /// The answer, parsed: text, boxes, quads or polygons in pixels of the request's picture.
    pub answer: Answer,
    /// exp(mean log-probability of the generated text tokens), 0 to 1. Tokens that were forced don't count, nor does
    /// `</s>`.
    pub confidence: f32,
    /// The same for each of [`Answer::regions`], over its location tokens.
    pub region_confidences: Vec<f32>,
    /// Ids of the generated tokens, the decoder's start token first.
    pub token_ids: Vec<u32>,
}

/// What is loaded, for people and for `model_info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The folder's name, or the id on the hub.
    pub name: String,
    /// The hub's commit, or a fingerprint of the folder.
    pub revision: String,
    /// Where it runs, in words.
    pub device: String,
    /// In which floating-point type.
    pub precision: Precision,
    /// Side lengths that pictures are resized to, (width, height) in pixels.
    pub input_size: (u32, u32),
    /// Most tokens of a caption.
    pub max_positions: usize,
}

/// A loaded Florence-2.
pub struct Captioner {
    runtime: Box<dyn Runtime>,
    tokenizer: Tokenizer,
    generation: GenerationDefaults,
    preprocessor: PreprocessorConfig,
    image_tokens: usize,
    /// Ids that may be generated: rows of the embedding table behind them are padding that nobody trained.
    usable_vocabulary: usize,
    info: ModelInfo,
}

impl Captioner {
    /// Loads a checkpoint onto a device. `progress` hears of downloads.
    pub fn load(source: &ModelSource, options: LoadOptions, progress: &dyn Fn(Progress<'_>)) -> Result<Self, Error> {
        // The device first: it fails at once, where the checkpoint may have to be downloaded.
        let placement = options.placement()?;
        let checkpoint = Checkpoint::open(source, progress)?;
        let tokenizer = Tokenizer::from_file(&checkpoint.tokenizer_file)?;
        let max_positions = checkpoint.config.text.max_position_embeddings;
        let vocabulary = checkpoint.config.text.vocab_size;
        let info = ModelInfo {
            name: checkpoint.name.clone(),
            revision: checkpoint.revision.clone(),
            device: placement.describe(),
            precision: placement.precision(),
            input_size: (checkpoint.preprocessor.width, checkpoint.preprocessor.height),
            max_positions,
        };
        Ok(Self {
            runtime: placement.load(&checkpoint)?,
            usable_vocabulary: tokenizer.usable_vocab().min(vocabulary),
            tokenizer,
            generation: checkpoint.generation,
            preprocessor: checkpoint.preprocessor,
            image_tokens: checkpoint.image_seq_length,
            info,
        })
    }

    /// What is loaded.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Checks a request without running it: its prompt and its parameters.
    pub fn check(&self, request: &CaptionRequest) -> Result<(), Error> {
        self.prompt_ids(request)?;
        request.options.resolve(&self.generation, self.info.max_positions, 0)?;
        Ok(())
    }

    /// Captions a batch. The results stand in the order of `requests`; a request that fails fails alone.
    pub fn caption(&self, requests: &[CaptionRequest], observer: &mut dyn Observer) -> Vec<Result<Caption, Error>> {
        let mut inputs = Vec::with_capacity(requests.len());
        // For each input, the request it comes from.
        let mut sources = Vec::with_capacity(requests.len());
        let mut results: Vec<Option<Result<Caption, Error>>> = requests.iter().map(|_| None).collect();
        for (index, request) in requests.iter().enumerate() {
            if observer.is_cancelled(index) {
                continue;
            }
            match self.input(request) {
                Ok(input) => {
                    inputs.push(input);
                    sources.push(index);
                }
                Err(error) => results[index] = Some(Err(error)),
            }
        }
        let mut watch = Watch::new(observer, &self.tokenizer, &sources);
        let hypotheses = self.runtime.generate(&inputs, self.usable_vocabulary, &mut watch);
        for (&index, hypothesis) in sources.iter().zip(hypotheses) {
            results[index] = hypothesis.map(|hypothesis| Ok(self.read(&requests[index], hypothesis)));
        }
        results.into_iter().map(|result| result.unwrap_or(Err(Error::Cancelled))).collect()
    }

    fn input(&self, request: &CaptionRequest) -> Result<GenerationInput, Error> {
        let prompt_ids = self.prompt_ids(request)?;
        let parameters = request.options.resolve(&self.generation, self.info.max_positions, rand::random())?;
        Ok(GenerationInput {
            pixel_values: preprocess(&request.image, &self.preprocessor),
            height: self.preprocessor.height as usize,
            width: self.preprocessor.width as usize,
            prompt_ids,
            parameters,
        })
    }

    fn prompt_ids(&self, request: &CaptionRequest) -> Result<Vec<u32>, Error> {
        let prompt = request.task.prompt(request.text.as_deref(), request.image.dimensions())?;
        let ids = self.tokenizer.encode_prompt(&prompt);
        let most = self.info.max_positions - self.image_tokens;
        if ids.len() > most {
            return Err(Error::PromptTooLong { tokens: ids.len(), most });
        }
        Ok(ids)
    }

    fn read(&self, request: &CaptionRequest, hypothesis: Hypothesis) -> Caption {
        let (answer, region_confidences) = parse_with_scores(
            request.task,
            &hypothesis.ids,
            &hypothesis.log_probs,
            &self.tokenizer,
            request.image.dimensions(),
        );
        let mut stream = crate::tokenizer::TextStream::new(&self.tokenizer);
        let mut raw_text: String = hypothesis.ids.iter().map(|&id| stream.push(id)).collect();
        raw_text.push_str(&stream.finish());
        Caption {
            text: answer.text(),
            raw_text,
            answer,
            confidence: self.confidence(&hypothesis),
            region_confidences,
            token_ids: hypothesis.ids,
        }
    }

    fn confidence(&self, hypothesis: &Hypothesis) -> f32 {
        let silent = [self.tokenizer.bos_id(), self.tokenizer.eos_id(), self.tokenizer.pad_id()];
        let generated = hypothesis.ids.iter().zip(&hypothesis.log_probs).skip(1);
        let text: Vec<f32> =
            generated.clone().filter(|(id, _)| !silent.contains(id)).map(|(_, log_prob)| *log_prob).collect();
        // An empty caption is as sure as the decision to say nothing was.
        let counted = if text.is_empty() { generated.map(|(_, log_prob)| *log_prob).collect() } else { text };
        (counted.iter().sum::<f32>() / counted.len().max(1) as f32).exp().clamp(0.0, 1.0)
    }
}
