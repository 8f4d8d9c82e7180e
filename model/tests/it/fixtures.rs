//! Reads what `model/reference/write_fixtures.py` wrote, and repeats its formula for pixel values.

use std::{
    fs,
    path::{Path, PathBuf},
};

use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::Value;
use vasari_model::{
    config::EarlyStopping,
    testing::{GenerateCase, TinyModel},
};

/// The folders under `tests/fixtures/reference`, one a model.
pub(crate) const MODELS: [&str; 3] = ["square", "padded", "deep"];

/// One model's fixture: `cases.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Fixture {
    /// Height of its pictures in pixels.
    pub(crate) height: usize,
    /// Width of its pictures in pixels.
    pub(crate) width: usize,
    /// Names of the checkpoint folders, all with the same weights.
    pub(crate) checkpoints: Vec<String>,
    /// What the hidden states of `expected.safetensors` were computed from.
    pub(crate) hidden_states: HiddenStatesInput,
    /// Batches and the sequences that transformers generated for them.
    pub(crate) cases: Vec<Case>,
    #[serde(skip)]
    folder: PathBuf,
}

/// The input of the hidden-states fixture.
#[derive(Debug, Deserialize)]
pub(crate) struct HiddenStatesInput {
    pub(crate) seed: u32,
    pub(crate) prompt_ids: Vec<Vec<u32>>,
}

/// One batch with its parameters, and what came out.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) seed: u32,
    pub(crate) prompt_ids: Vec<Vec<u32>>,
    pub(crate) num_beams: usize,
    pub(crate) max_new_tokens: usize,
    early_stopping: Value,
    pub(crate) no_repeat_ngram_size: usize,
    pub(crate) length_penalty: f32,
    /// Decoder ids from the start token to `</s>`, a sequence for each prompt.
    pub(crate) sequences: Vec<Vec<u32>>,
    /// transformers' `sequences_scores`; greedy search has none.
    pub(crate) scores: Option<Vec<f32>>,
}

impl Case {
    pub(crate) fn parameters(&self) -> GenerateCase {
        GenerateCase {
            num_beams: self.num_beams,
            max_new_tokens: self.max_new_tokens,
            early_stopping: match &self.early_stopping {
                Value::Bool(true) => EarlyStopping::Always,
                Value::Bool(false) => EarlyStopping::Heuristic,
                Value::String(word) if word == "never" => EarlyStopping::Never,
                other => panic!("cases.json has an early_stopping of {other}"),
            },
            no_repeat_ngram_size: self.no_repeat_ngram_size,
            length_penalty: self.length_penalty,
        }
    }
}

impl Fixture {
    pub(crate) fn read(model: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reference").join(model);
        let file = folder.join("cases.json");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!("{}: {error}. Run `python model/reference/write_fixtures.py`", file.display())
        });
        Self { folder, ..serde_json::from_str(&text).unwrap() }
    }

    pub(crate) fn load(&self, checkpoint: &str) -> TinyModel {
        TinyModel::load(&self.folder.join(checkpoint)).unwrap_or_else(|error| panic!("{checkpoint}: {error}"))
    }

    /// Pixel values of `batch` pictures, `[batch, 3, height, width]`.
    pub(crate) fn pixel_values(&self, seed: u32, batch: usize) -> Vec<f32> {
        pixel_values(seed, batch, self.height, self.width)
    }

    /// How many numbers one picture has.
    pub(crate) fn picture_len(&self) -> usize {
        3 * self.height * self.width
    }

    /// A tensor of `expected.safetensors`.
    pub(crate) fn expected(&self, name: &str) -> (Vec<f32>, Vec<usize>) {
        let bytes = fs::read(self.folder.join("expected.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let tensor = tensors.tensor(name).unwrap();
        let (words, rest) = tensor.data().as_chunks::<4>();
        assert!(rest.is_empty());
        (words.iter().map(|word| f32::from_le_bytes(*word)).collect(), tensor.shape().to_vec())
    }
}

/// `[batch, 3, height, width]`, the function of the same name in `write_fixtures.py` number for number: everything in
/// it is exact, so there is nothing to round differently.
fn pixel_values(seed: u32, batch: usize, height: usize, width: usize) -> Vec<f32> {
    let hash16 = |index: usize, salt: u32| {
        let mut hash = (index as u32).wrapping_add(salt).wrapping_mul(0x85EB_CA6B);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
        ((hash ^ (hash >> 16)) >> 16) as f32 / 65536.0
    };
    let salt = seed.wrapping_mul(0x9E37_79B9);
    let mut values = Vec::with_capacity(batch * 3 * height * width);
    for plane in 0..batch * 3 {
        for y in 0..height {
            for x in 0..width {
                let coarse = hash16((plane * 1024 + y / 8) * 1024 + x / 8, salt);
                let fine = hash16((plane * height + y) * width + x, salt.wrapping_add(0x51ED_270B));
                values.push((coarse - 0.5) * 3.0 + (fine - 0.5));
            }
        }
    }
    values
}

/// The largest difference, relative to the largest expected magnitude.
pub(crate) fn relative_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
    let apart = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
    found.iter().zip(expected).map(apart).fold(0.0, f32::max) / largest
}
