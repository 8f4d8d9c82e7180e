//! How a caption is searched for: what the request says, else the checkpoint, else Florence-2's effective defaults.

use crate::config::{EarlyStopping, GenerationDefaults};

/// What a request may say about generation; `None` leaves it to the checkpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerationOptions {
    /// Most tokens to generate, the forced `<s>` and the closing `</s>` among them. At least 2; values beyond what the
    /// checkpoint has positions for are lowered to that.
    pub max_length: Option<u32>,
    /// Beams of the beam search, 1 to 16; 1 is greedy search (or plain sampling).
    pub num_beams: Option<u32>,
    /// Draw tokens at random instead of taking the likeliest.
    pub do_sample: Option<bool>,
    /// Divides the logits before sampling, above 0 up to 10. Anything but 1 means sampling unless `do_sample` is
    /// `Some(false)`.
    pub temperature: Option<f32>,
    /// Samples from the smallest set of tokens whose probabilities add up to this, above 0 up to 1. Anything but 1
    /// means sampling unless `do_sample` is `Some(false)`.
    pub top_p: Option<f32>,
    /// Seed of the sampling; the same seed gives the same caption.
    pub seed: Option<u64>,
    /// No sequence of this many tokens comes twice; 0 switches the rule off.
    pub no_repeat_ngram_size: Option<u32>,
    /// Exponent of the length in the beam score: above 0 prefers longer captions.
    pub length_penalty: Option<f32>,
    /// When beam search stops looking for better hypotheses.
    pub early_stopping: Option<EarlyStopping>,
}

/// A parameter that is out of its range, or two that don't go together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// A value outside its range.
    #[error("{name} is {value}, but it must be {range}")]
    OutOfRange {
        /// The parameter's name, as the API spells it.
        name: &'static str,
        /// What was sent.
        value: String,
        /// The range in words.
        range: &'static str,
    },
    /// Sampling with several beams was asked for.
    #[error("do_sample works with num_beams 1 only, but num_beams is {0}; leave one of the two out")]
    SamplingWithBeams(u32),
}

/// Sampling parameters, after defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sampling {
    pub(crate) temperature: f32,
    pub(crate) top_p: f32,
    pub(crate) seed: u64,
}

/// Everything one caption's search needs, with nothing left open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchParameters {
    /// Length of the longest sequence, the start token included: 1 + generated tokens.
    pub(crate) max_length: usize,
    pub(crate) num_beams: usize,
    pub(crate) sampling: Option<Sampling>,
    pub(crate) no_repeat_ngram_size: usize,
    pub(crate) length_penalty: f32,
    pub(crate) early_stopping: EarlyStopping,
    pub(crate) decoder_start_token_id: u32,
    pub(crate) eos_token_id: u32,
    pub(crate) forced_bos_token_id: Option<u32>,
    pub(crate) forced_eos_token_id: Option<u32>,
}

/// Beams cost memory and time in proportion; more than this never helped a caption.
const MAX_BEAMS: u32 = 16;

impl GenerationOptions {
    /// Fills what the request left open from the checkpoint's `defaults`, and checks every range.
    ///
    /// `max_positions` is how many decoder positions the checkpoint has; `random_seed` is used when sampling without
    /// a seed.
    pub(crate) fn resolve(
        &self,
        defaults: &GenerationDefaults,
        max_positions: usize,
        random_seed: u64,
    ) -> Result<SearchParameters, OptionsError> {
        self.check_ranges()?;
        let temperature = self.temperature.unwrap_or(defaults.temperature);
        let top_p = self.top_p.unwrap_or(defaults.top_p);
        let differs_from_one = |value: Option<f32>| value.is_some_and(|value| (value - 1.0).abs() > f32::EPSILON);
        let do_sample = self.do_sample.unwrap_or_else(|| {
            defaults.do_sample || differs_from_one(self.temperature) || differs_from_one(self.top_p)
        });
        // Whoever asks for sampling and says nothing of beams means plain sampling, as in the earlier servers.
        let num_beams = self.num_beams.unwrap_or(if do_sample { 1 } else { defaults.num_beams });
        if do_sample && num_beams > 1 {
            return Err(OptionsError::SamplingWithBeams(num_beams));
        }
        let new_tokens = self.max_length.map_or(defaults.max_new_tokens, |length| length as usize);
        Ok(SearchParameters {
            max_length: (1 + new_tokens).min(max_positions),
            num_beams: num_beams as usize,
            sampling: do_sample.then_some(Sampling { temperature, top_p, seed: self.seed.unwrap_or(random_seed) }),
            no_repeat_ngram_size: self.no_repeat_ngram_size.unwrap_or(defaults.no_repeat_ngram_size) as usize,
            length_penalty: self.length_penalty.unwrap_or(defaults.length_penalty),
            early_stopping: self.early_stopping.unwrap_or(defaults.early_stopping),
            decoder_start_token_id: defaults.decoder_start_token_id,
            eos_token_id: defaults.eos_token_id,
            forced_bos_token_id: defaults.forced_bos_token_id,
            forced_eos_token_id: defaults.forced_eos_token_id,
        })
    }

    fn check_ranges(&self) -> Result<(), OptionsError> {
        let check = |name, value: Option<f64>, range, fits: fn(f64) -> bool| match value {
            Some(value) if !fits(value) => Err(OptionsError::OutOfRange { name, value: value.to_string(), range }),
            _ => Ok(()),
        };
        check("max_length", self.max_length.map(f64::from), "at least 2", |v| v >= 2.0)?;
        check("num_beams", self.num_beams.map(f64::from), "between 1 and 16", |v| {
            (1.0..=f64::from(MAX_BEAMS)).contains(&v)
        })?;
        check("temperature", self.temperature.map(f64::from), "above 0 and at most 10", |v| v > 0.0 && v <= 10.0)?;
        check("top_p", self.top_p.map(f64::from), "above 0 and at most 1", |v| v > 0.0 && v <= 1.0)?;
        check("length_penalty", self.length_penalty.map(f64::from), "between -10 and 10", |v| v.abs() <= 10.0)?;
        check("no_repeat_ngram_size", self.no_repeat_ngram_size.map(f64::from), "between 0 and 64", |v| v <= 64.0)
    }
}
