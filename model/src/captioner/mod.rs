//! The crate's door: load once, then caption batches.

mod device;
mod runtime;
mod session;

use std::{collections::HashMap, sync::Arc};

use image::RgbImage;

use crate::{
    Answer, Error, GenerationOptions, Task,
    checkpoint::{Checkpoint, ModelSource, Progress},
    config::{GenerationDefaults, PreprocessorConfig},
    generation::{
        batch::{GenerationInput, StageTimes},
        features::ImageKey,
        search::Hypothesis,
    },
    image::preprocess,
    postprocess::parse_with_scores,
    tokenizer::{TextStream, Tokenizer},
};

pub use device::{Device, DeviceError, LoadOptions, Precision};
use runtime::Runtime;
pub use session::{Observer, PreparedPicture, PreparedRequest, Session};

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
    /// Where the time went.
    pub times: StageTimes,
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

/// A loaded Florence-2. Clones share it, and so do threads: each works through a [`Session`] of its own.
#[derive(Clone)]
pub struct Captioner {
    runtime: Arc<dyn Runtime>,
    shared: Arc<Shared>,
}

/// What stands around the network.
struct Shared {
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
        let runtime = placement.load(&checkpoint, options)?;
        let shared = Shared {
            usable_vocabulary: tokenizer.usable_vocab().min(vocabulary),
            tokenizer,
            generation: checkpoint.generation,
            preprocessor: checkpoint.preprocessor,
            image_tokens: checkpoint.image_seq_length,
            info,
        };
        Ok(Self { runtime, shared: Arc::new(shared) })
    }

    /// What is loaded.
    pub fn info(&self) -> &ModelInfo {
        &self.shared.info
    }

    /// How many pictures are worth admitting to a [`Session`] at once.
    pub fn encoder_batch(&self) -> usize {
        let PreprocessorConfig { height, width, .. } = self.shared.preprocessor;
        self.runtime.encoder_batch(height as usize, width as usize)
    }

    /// Resizes and normalises a picture. `key` is a digest of its file, by which its features are kept.
    pub fn prepare(&self, image: &RgbImage, key: Option<ImageKey>) -> PreparedPicture {
        let pixel_values = preprocess(image, &self.shared.preprocessor).into();
        PreparedPicture { key, pixel_values, dimensions: image.dimensions() }
    }

    /// A session with nothing under way.
    pub fn session(&self) -> Session {
        Session::new(self.clone(), self.runtime.batch(self.shared.usable_vocabulary))
    }

    /// Captions a batch. The results stand in the order of `requests`; a request that fails fails alone.
    pub fn caption(&self, requests: &[CaptionRequest]) -> Vec<Result<Caption, Error>> {
        let prepare = |(number, request): (usize, &CaptionRequest)| {
            let CaptionRequest { image, task, text, options } = request;
            let picture = self.prepare(image, None);
            (number as u64, PreparedRequest { picture, task: *task, text: text.clone(), options: options.clone() })
        };
        let prepared: Vec<_> = requests.iter().enumerate().map(prepare).collect();
        let mut session = self.session();
        let mut results: HashMap<u64, Result<Caption, Error>> =
            session.admit(&prepared).into_iter().map(|(id, error)| (id, Err(error))).collect();
        let mut answers = Answers::default();
        while !session.is_empty() {
            if let Err(error) = session.step(&mut answers) {
                let reason = error.to_string();
                let failed = || Err(Error::Offloaded(reason.clone()));
                for id in 0..requests.len() as u64 {
                    results.entry(id).or_insert_with(failed);
                }
                break;
            }
        }
        results.extend(answers.0.into_iter().map(|(id, caption)| (id, Ok(caption))));
        let mut take = |id| results.remove(&id).expect("a session answers or refuses every request. This is a bug.");
        (0..requests.len() as u64).map(&mut take).collect()
    }

    fn input(&self, request: &PreparedRequest) -> Result<GenerationInput, Error> {
        let shared = &self.shared;
        let prompt_ids = self.prompt_ids(request)?;
        let parameters = request.options.resolve(&shared.generation, shared.info.max_positions, rand::random())?;
        Ok(GenerationInput {
            key: request.picture.key,
            pixel_values: Arc::clone(&request.picture.pixel_values),
            height: shared.preprocessor.height as usize,
            width: shared.preprocessor.width as usize,
            prompt_ids,
            parameters,
        })
    }

    /// How many tokens a text is made of, without `<s>` and `</s>`.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.shared.tokenizer.count(text)
    }

    fn prompt_ids(&self, request: &PreparedRequest) -> Result<Vec<u32>, Error> {
        let prompt = request.task.prompt(request.text.as_deref(), request.picture.dimensions)?;
        let ids = self.shared.tokenizer.encode_prompt(&prompt);
        let most = self.shared.info.max_positions - self.shared.image_tokens;
        if ids.len() > most {
            return Err(Error::PromptTooLong { tokens: ids.len(), most });
        }
        Ok(ids)
    }

    fn read(&self, task: Task, dimensions: (u32, u32), hypothesis: Hypothesis, times: StageTimes) -> Caption {
        let tokenizer = &self.shared.tokenizer;
        let (answer, region_confidences) =
            parse_with_scores(task, &hypothesis.ids, &hypothesis.log_probs, tokenizer, dimensions);
        let mut stream = TextStream::default();
        let mut raw_text: String = hypothesis.ids.iter().map(|&id| stream.push(tokenizer, id)).collect();
        raw_text.push_str(&stream.finish());
        Caption {
            text: answer.text(),
            raw_text,
            answer,
            confidence: self.confidence(&hypothesis),
            region_confidences,
            token_ids: hypothesis.ids,
            times,
        }
    }

    fn confidence(&self, hypothesis: &Hypothesis) -> f32 {
        let tokenizer = &self.shared.tokenizer;
        let silent = [tokenizer.bos_id(), tokenizer.eos_id(), tokenizer.pad_id()];
        let generated = hypothesis.ids.iter().zip(&hypothesis.log_probs).skip(1);
        let text: Vec<f32> =
            generated.clone().filter(|(id, _)| !silent.contains(id)).map(|(_, log_prob)| *log_prob).collect();
        // An empty caption is as sure as the decision to say nothing was.
        let counted = if text.is_empty() { generated.map(|(_, log_prob)| *log_prob).collect() } else { text };
        (counted.iter().sum::<f32>() / counted.len().max(1) as f32).exp().clamp(0.0, 1.0)
    }
}

/// Keeps what it hears.
#[derive(Default)]
struct Answers(Vec<(u64, Caption)>);

impl Observer for Answers {
    fn on_done(&mut self, id: u64, caption: Caption) {
        self.0.push((id, caption));
    }
}
