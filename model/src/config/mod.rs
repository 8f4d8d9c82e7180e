//! The settings beside the weights: the network's dimensions, how pictures are prepared, how captions are searched.
//!
//! Every size of Florence-2 and both of its `config.json` dialects are read: the one of the transformers library
//! ("native") and the one of the first release ("original"), which spells some keys differently and keeps its
//! generation settings inside `text_config`. What is read is checked, and an error names the file and the key.

mod florence2;
mod generation;
pub(crate) mod json;
mod preprocessor;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use florence2::{Florence2Config, TextConfig, VisionConfig};
pub use generation::{EarlyStopping, GenerationDefaults};
pub use preprocessor::PreprocessorConfig;

/// Why a settings file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read at all.
    #[error("{} can't be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file isn't JSON.
    #[error("{} is not valid JSON: {source}", file.display())]
    NotJson {
        /// The file.
        file: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
    /// A key has a value that this program can't work with.
    #[error("{}: {key} is {found}, but must be {wanted}", file.display())]
    Unexpected {
        /// The file.
        file: PathBuf,
        /// The key, with the section it stands in: `vision_config.depths`.
        key: String,
        /// The value found, as JSON, shortened.
        found: String,
        /// What would be right.
        wanted: String,
    },
}

impl ConfigError {
    fn unexpected(file: &Path, key: &str, found: &Value, wanted: &str) -> Self {
        /// A value longer than this says nothing more in an error message.
        const MOST_CHARACTERS: usize = 120;
        let mut text = found.to_string();
        if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
            text.truncate(end);
            text.push('…');
        }
        Self::Unexpected { file: file.into(), key: key.into(), found: text, wanted: wanted.into() }
    }
}
