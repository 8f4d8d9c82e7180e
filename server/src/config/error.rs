//! What can be wrong with a configuration.

/// What is wrong with the configuration, in a sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A value, or two values that don't go together.
    #[error("{0}")]
    Invalid(String),
}
