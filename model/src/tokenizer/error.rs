//! Why a tokenizer can't be loaded.

use std::path::PathBuf;

/// Why a tokenizer can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file is missing or can't be read.
    #[error("the tokenizer {} can't be read: {source}; a checkpoint folder holds one called tokenizer.json", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is no `tokenizer.json`.
    #[error("{} is not a tokenizer.json that can be understood: {reason}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        reason: String,
    },
    /// The file is a tokenizer, but none that Florence-2 can use.
    #[error("the tokenizer {} does not fit Florence-2: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What doesn't fit, and what would.
        reason: String,
    },
}
