//! The network below the tokenizer, for the crate's own tests, its parity check and its benchmark. Not a public
//! interface: it may change with every commit.
//!
//! Everything runs on the CPU in f32, and goes in and out as plain numbers. The layouts are those of the reference.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use burn::tensor::Tensor;
use burn_flex::{Flex, FlexDevice};

use crate::{
    Error,
    checkpoint::{Checkpoint, ModelSource},
    config::EarlyStopping,
    generation::{
        batch::{Batch, BatchObserver, GenerationInput, StageTimes},
        features::FeatureCache,
        options::SearchParameters,
        search::Hypothesis,
    },
    nn::{EncoderOutput, Florence2, LanguageHalf, PixelValues, Residence, VisionHalf},
};

/// Florence-2's start and end token; its first token is always forced to be `<s>`.
const EOS: u32 = 2;
const BOS: u32 = 0;

/// What can't fail, because the halves stay where they are.
const PRESENT: &str = "both halves are always present here. This is a bug.";

/// A network and the size of its vocabulary.
pub struct TinyModel {
    model: Arc<Florence2<Flex>>,
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
        let model = Florence2::load(&checkpoint, &FlexDevice, Residence::Always)?;
        Ok(Self { model: Arc::new(model), vocabulary: checkpoint.config.text.vocab_size })
    }

    /// What each stage of the vision tower puts out, `[batch, cells, channels]`.
    pub fn vision_stages(&self, pixel_values: &[f32], batch: usize, height: usize, width: usize) -> Vec<Values> {
        let pixels = PixelValues { values: pixel_values, batch, height, width };
        self.vision().stages(pixels).into_iter().map(values).collect()
    }

    /// What the language model sees of the pictures, `[batch, 1 + cells, d_model]`.
    pub fn image_features(&self, pixel_values: &[f32], batch: usize, height: usize, width: usize) -> Values {
        values(self.vision().image_features(PixelValues { values: pixel_values, batch, height, width }))
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
        // Prompts may differ in length, and a cohort's may not: each picture is a cohort of its own.
        let language = self.language();
        let mut states: Vec<_> = outputs.into_iter().map(|output| language.start(vec![output])).collect();
        let mut cohorts: Vec<_> = states.iter_mut().map(|state| (&[EOS, BOS][..], state)).collect();
        let (logits, _) = values(language.decode(&mut cohorts));
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
        let inputs = pixel_values.chunks(pixel_values.len() / batch).zip(prompt_ids).zip(cases).map(
            |((pixel_values, prompt_ids), case)| GenerationInput {
                key: None,
                pixel_values: pixel_values.into(),
                height,
                width,
                prompt_ids: prompt_ids.clone(),
                parameters: case.parameters(),
            },
        );
        let cache = Arc::new(FeatureCache::new(0));
        let mut under_way = Batch::new(Arc::clone(&self.model), cache, self.vocabulary);
        under_way.admit((0..).zip(inputs).collect()).expect(PRESENT);
        let mut results = Results::default();
        while !under_way.is_empty() {
            under_way.step(&mut results).expect(PRESENT);
        }
        results.0.into_values().map(|found| Generated { ids: found.ids, score: found.score }).collect()
    }

    fn encode(
        &self,
        pixel_values: &[f32],
        batch: usize,
        height: usize,
        width: usize,
        prompt_ids: &[Vec<u32>],
    ) -> Vec<EncoderOutput<Flex>> {
        let features = self.vision().image_features(PixelValues { values: pixel_values, batch, height, width });
        let language = self.language();
        let encode = |(index, ids): (usize, &Vec<u32>)| language.encode(features.clone().narrow(0, index, 1), &[ids]);
        prompt_ids.iter().enumerate().flat_map(encode).collect()
    }

    fn vision(&self) -> Arc<VisionHalf<Flex>> {
        self.model.vision.get().expect(PRESENT)
    }

    fn language(&self) -> Arc<LanguageHalf<Flex>> {
        self.model.language.get().expect(PRESENT)
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

/// Keeps what was found, by the input's place.
#[derive(Default)]
struct Results(BTreeMap<u64, Hypothesis>);

impl BatchObserver for Results {
    fn on_certain_ids(&mut self, _id: u64, _ids: &[u32]) {}

    fn on_done(&mut self, id: u64, hypothesis: Hypothesis, _times: StageTimes) {
        self.0.insert(id, hypothesis);
    }
}

fn values<const D: usize>(x: Tensor<Flex, D>) -> Values {
    let shape = x.dims().to_vec();
    (x.into_data().to_vec().expect("the CPU runs in f32. This is a bug."), shape)
}
