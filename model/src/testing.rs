//! The network below the tokenizer, for the crate's own tests, its parity check and its benchmark. Not a public
//! interface: it may change with every commit.
//!
//! Everything runs on the CPU in f32, and goes in and out as plain numbers. The layouts are those of the reference.

use std::path::Path;

use burn::tensor::Tensor;
use burn_flex::{Flex, FlexDevice};

use crate::{
    Error,
    checkpoint::{Checkpoint, ModelSource},
    config::EarlyStopping,
    generation::{
        driver::{BatchObserver, GenerationInput, generate},
        options::SearchParameters,
    },
    nn::{EncoderOutput, Florence2, PixelValues},
};

/// Florence-2's start and end token; its first token is always forced to be `<s>`.
const EOS: u32 = 2;
const BOS: u32 = 0;

/// A network and the size of its vocabulary.
pub struct TinyModel {
    model: Florence2<Flex>,
    vocabulary: usize,
}

/// How one sequence is searched for.
#[derive(Debug, Clone)]
pub struct GenerateCase {
    /// Beams; 1 is greedy.
    pub num_beams: usize,
    /// Tokens behind the start token.
    pub max_new_tokens: usize,
    /// When beam search stops.
    pub early_stopping: EarlyStopping,
    /// 0 is off.
    pub no_repeat_ngram_size: usize,
    /// Exponent of the length.
    pub length_penalty: f32,
}

/// A sequence that was found.
#[derive(Debug, Clone)]
pub struct Generated {
    /// From the start token on.
    pub ids: Vec<u32>,
    /// transformers' `sequences_scores`; 0 without beams.
    pub score: f32,
}

/// Numbers in row-major order and their shape.
pub type Values = (Vec<f32>, Vec<usize>);

impl TinyModel {
    /// Loads a checkpoint folder of any size.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let checkpoint = Checkpoint::open(&ModelSource::Folder(folder.into()), &|_| ())?;
        Ok(Self { model: Florence2::load(&checkpoint, &FlexDevice)?, vocabulary: checkpoint.config.text.vocab_size })
    }

    /// What each stage of the vision tower puts out, `[batch, cells, channels]`.
    pub fn vision_stages(&self, pixel_values: &[f32], batch: usize, height: usize, width: usize) -> Vec<Values> {
        let pixels = PixelValues { values: pixel_values, batch, height, width };
        self.model.vision_stages(pixels).into_iter().map(values).collect()
    }

    /// What the language model sees of the pictures, `[batch, 1 + cells, d_model]`.
    pub fn image_features(&self, pixel_values: &[f32], batch: usize, height: usize, width: usize) -> Values {
        values(self.model.image_features(PixelValues { values: pixel_values, batch, height, width }))
    }

    /// The encoder's last hidden state of each picture with its prompt, `[tokens, d_model]`, without padding.
    pub fn encoder_output(
        &self,
        pixel_values: &[f32],
        batch: usize,
        height: usize,
        width: usize,
        prompt_ids: &[Vec<u32>],
    ) -> Vec<Values> {
        self.encode(pixel_values, batch, height, width, prompt_ids).into_iter().map(values).collect()
    }

    /// The logits behind the start token and the forced first token, `[vocab_size]` for each picture.
    pub fn first_logits(
        &self,
        pixel_values: &[f32],
        batch: usize,
        height: usize,
        width: usize,
        prompt_ids: &[Vec<u32>],
    ) -> Vec<Vec<f32>> {
        let outputs = self.encode(pixel_values, batch, height, width, prompt_ids);
        let mut state = self.model.start(&outputs);
        let (logits, _) = values(self.model.decode(&[EOS, BOS].repeat(batch), &mut state));
        logits.chunks(self.vocabulary).map(<[f32]>::to_vec).collect()
    }

    /// Searches for a sequence for each picture.
    pub fn generate(
        &self,
        pixel_values: &[f32],
        batch: usize,
        height: usize,
        width: usize,
        prompt_ids: &[Vec<u32>],
        cases: &[GenerateCase],
    ) -> Vec<Generated> {
        let inputs: Vec<GenerationInput> = pixel_values
            .chunks(pixel_values.len() / batch)
            .zip(prompt_ids)
            .zip(cases)
            .map(|((pixel_values, prompt_ids), case)| GenerationInput {
                pixel_values: pixel_values.to_vec(),
                height,
                width,
                prompt_ids: prompt_ids.clone(),
                parameters: case.parameters(),
            })
            .collect();
        let searched = generate(&self.model, &inputs, self.vocabulary, &mut Unwatched);
        let found = |hypothesis: Option<crate::generation::search::Hypothesis>| {
            let hypothesis = hypothesis.expect("nobody cancels here. This is a bug.");
            Generated { ids: hypothesis.ids, score: hypothesis.score }
        };
        searched.into_iter().map(found).collect()
    }

    fn encode(
        &self,
        pixel_values: &[f32],
        batch: usize,
        height: usize,
        width: usize,
        prompt_ids: &[Vec<u32>],
    ) -> Vec<EncoderOutput<Flex>> {
        let features = self.model.image_features(PixelValues { values: pixel_values, batch, height, width });
        let encode = |(index, ids): (usize, &Vec<u32>)| self.model.encode(features.clone().narrow(0, index, 1), &[ids]);
        prompt_ids.iter().enumerate().flat_map(encode).collect()
    }
}

impl GenerateCase {
    fn parameters(&self) -> SearchParameters {
        SearchParameters {
            max_length: 1 + self.max_new_tokens,
            num_beams: self.num_beams,
            sampling: None,
            no_repeat_ngram_size: self.no_repeat_ngram_size,
            length_penalty: self.length_penalty,
            early_stopping: self.early_stopping,
            decoder_start_token_id: EOS,
            eos_token_id: EOS,
            forced_bos_token_id: Some(BOS),
            forced_eos_token_id: Some(EOS),
        }
    }
}

/// Lets everything run to its end.
struct Unwatched;

impl BatchObserver for Unwatched {
    fn on_certain_ids(&mut self, _index: usize, _ids: &[u32]) {}

    fn is_cancelled(&mut self, _index: usize) -> bool {
        false
    }
}

fn values<const D: usize>(x: Tensor<Flex, D>) -> Values {
    let shape = x.dims().to_vec();
    (x.into_data().to_vec().expect("the CPU runs in f32. This is a bug."), shape)
}
