//! What can be wrong with a configuration.

use std::io;

/// What is wrong with the configuration, in a sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A value, or two values that don't go together.
    #[error("{0}")]
    Invalid(String),
    /// The TOML file isn't there, or not for us.
    #[error("--config {path} can't be read: {source}")]
    UnreadableFile { path: String, source: io::Error },
    /// Something in the TOML file.
    #[error("{path}, line {line}: {problem}")]
    InFile { path: String, line: usize, problem: String },
}
