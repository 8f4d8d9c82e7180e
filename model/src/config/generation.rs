//! What a checkpoint says about generation.

use std::path::Path;

use serde_json::{Map, Value};

use super::{
    ConfigError, Florence2Config,
    json::{FromJson, JsonObject},
};

/// When beam search stops looking for better hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyStopping {
    /// As soon as there are as many finished hypotheses as beams.
    Always,
    /// When a better one has become unlikely.
    Heuristic,
    /// Only when no better one is possible.
    Never,
}

/// What a checkpoint says about generation, with Florence-2's effective defaults filled in.
///
/// Each field is taken on its own from the first place that names it:
///
/// 1. in a checkpoint of the first release, `text_config` in `config.json`: there the language model generates by
///    itself and never sees the file beside it, which contradicts it (`early_stopping` is true in the one and false in
///    the other);
/// 2. `generation_config.json`;
/// 3. `text_config` in `config.json` (native checkpoints);
/// 4. what Florence-2 was published with: 3 beams, early stopping, no repeated 3-gram, `<s>` forced first and `</s>`
///    forced last. Without these the large model repeats `<s>` for ever.
///
/// `null` counts as not named, except in `generation_config.json` for the two forced tokens, where it means "none".
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationDefaults {
    /// Most tokens to generate, from 1 to one less than the decoder has positions. Named as `max_new_tokens` or as
    /// `max_length`, which counts the start token too; a `max_length` of 20 is what transformers writes when nobody
    /// chose one and is passed over. 1024 when nothing is named.
    pub max_new_tokens: usize,
    /// Beams of the beam search; 1 is greedy.
    pub num_beams: u32,
    /// Whether tokens are drawn at random.
    pub do_sample: bool,
    /// Divides the logits before sampling.
    pub temperature: f32,
    /// Sampling keeps the smallest set of tokens whose probabilities add up to this.
    pub top_p: f32,
    /// No sequence of this many tokens comes twice; 0 is off.
    pub no_repeat_ngram_size: u32,
    /// Exponent of the length in the beam score.
    pub length_penalty: f32,
    /// When beam search stops.
    pub early_stopping: EarlyStopping,
    /// The token decoding starts from.
    pub decoder_start_token_id: u32,
    /// `</s>`.
    pub eos_token_id: u32,
    /// The token forced as the first one generated.
    pub forced_bos_token_id: Option<u32>,
    /// The token forced as the last one when the length runs out.
    pub forced_eos_token_id: Option<u32>,
}

/// A file's path, for errors, and what it holds.
pub(crate) type JsonFile<'a> = (&'a Path, &'a Map<String, Value>);

/// The `max_length` that transformers writes when nobody chose one.
const UNCHOSEN_MAX_LENGTH: usize = 20;

impl GenerationDefaults {
    /// Resolves the defaults from `config.json` and, where there is one, `generation_config.json`.
    ///
    /// # Errors
    /// When a field has a value of the wrong kind or outside its range.
    pub(crate) fn resolve(
        config: &Florence2Config,
        config_json: JsonFile<'_>,
        generation_json: Option<JsonFile<'_>>,
    ) -> Result<Self, ConfigError> {
        let text = JsonObject::new(config_json.0, config_json.1).section("text_config", "text_config.")?;
        let generation = generation_json.map(|(file, map)| JsonObject::new(file, map));
        let places = if config.is_original { [Some(text), generation] } else { [generation, Some(text)] };
        let places = Places(places.into_iter().flatten().collect());

        let most_new_tokens = config.text.max_position_embeddings - 1;
        let max_new_tokens = match places.first::<usize>("max_new_tokens", |count| *count >= 1, "at least 1")? {
            Some(count) => count,
            None => places
                .first::<usize>("max_length", |length| *length >= 2, "at least 2")?
                .filter(|length| *length != UNCHOSEN_MAX_LENGTH)
                .map_or(1024, |length| length - 1),
        };
        let forced = |key, default| match generation {
            Some(generation) if generation.says_null(key) && !config.is_original => Ok(None),
            _ => Ok(Some(places.first_id(key)?.unwrap_or(default))),
        };
        Ok(Self {
            max_new_tokens: max_new_tokens.min(most_new_tokens),
            num_beams: places.first("num_beams", |beams| (1..=16).contains(beams), "1 to 16")?.unwrap_or(3),
            do_sample: places.first("do_sample", |_| true, "")?.unwrap_or(false),
            temperature: places.first("temperature", |t| *t > 0.0, "above 0")?.unwrap_or(1.0),
            top_p: places.first("top_p", |p| *p > 0.0 && *p <= 1.0, "above 0 and at most 1")?.unwrap_or(1.0),
            no_repeat_ngram_size: places.first("no_repeat_ngram_size", |_| true, "")?.unwrap_or(3),
            length_penalty: places.first("length_penalty", |p: &f32| p.abs() <= 10.0, "-10 to 10")?.unwrap_or(1.0),
            early_stopping: places.first("early_stopping", |_| true, "")?.unwrap_or(EarlyStopping::Always),
            decoder_start_token_id: places.first_id("decoder_start_token_id")?.unwrap_or(2),
            eos_token_id: places.first_id("eos_token_id")?.unwrap_or(2),
            forced_bos_token_id: forced("forced_bos_token_id", 0)?,
            forced_eos_token_id: forced("forced_eos_token_id", 2)?,
        })
    }
}

/// The places that may name a field, the one to believe first.
struct Places<'a>(Vec<JsonObject<'a>>);

impl Places<'_> {
    fn first<T: FromJson>(&self, key: &str, fits: fn(&T) -> bool, range: &str) -> Result<Option<T>, ConfigError> {
        for place in &self.0 {
            let Some(found) = place.value(key) else { continue };
            return match T::from_json(found) {
                Some(value) if fits(&value) => Ok(Some(value)),
                Some(_) => Err(place.unexpected(key, found, range)),
                None => Err(place.unexpected(key, found, T::WANTED)),
            };
        }
        Ok(None)
    }

    fn first_id(&self, key: &str) -> Result<Option<u32>, ConfigError> {
        Ok(self.first::<TokenId>(key, |_| true, "")?.map(|TokenId(id)| id))
    }
}

/// A token id; some files write a list of one.
struct TokenId(u32);

impl FromJson for TokenId {
    const WANTED: &'static str = "one token id";
    fn from_json(value: &Value) -> Option<Self> {
        match value.as_array().map(Vec::as_slice) {
            Some([only]) => u32::from_json(only),
            Some(_) => None,
            None => u32::from_json(value),
        }
        .map(Self)
    }
}

impl FromJson for EarlyStopping {
    const WANTED: &'static str = "true, false or \"never\"";
    fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(true) => Some(Self::Always),
            Value::Bool(false) => Some(Self::Heuristic),
            Value::String(word) if word == "never" => Some(Self::Never),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
