//! The section of the log.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is logged, how and where.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Log")]
pub(crate) struct LogConfig {
    /// The least weight that is logged: error, warn, info, debug or trace; or a filter such as
    /// `info,vasari_inference=debug`.
    #[arg(long = "log-level", env = "VASARI_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub(crate) level: String,

    /// How a line looks.
    #[arg(long = "log-format", env = "VASARI_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub(crate) format: LogFormat,

    /// Appends the log to this file. Left out: it goes to standard error.
    #[arg(long = "log-file", env = "VASARI_LOG_FILE", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
