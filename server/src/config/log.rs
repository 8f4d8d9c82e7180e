//! The section of the log.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::switch::parse_switch;

/// What is logged, how and where.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Log")]
pub(crate) struct LogConfig {
    /// The least weight that is logged: error, warn, info, debug or trace; or a filter such as
    /// `info,vasari_inference=debug`.
    #[arg(long = "log-level", env = "VASARI_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub(crate) level: String,

    /// Logs what Vasari does step by step: --log-level, and debug for Vasari's own parts.
    #[arg(long, env = "VASARI_DEBUG", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) debug: bool,

    /// How a line looks. With `json` each line is an object, and standard output holds nothing else.
    #[arg(long = "log-format", env = "VASARI_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub(crate) format: LogFormat,

    /// Appends the log to this file. Left out: it goes to standard output.
    #[arg(long = "log-file", env = "VASARI_LOG_FILE", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// How often --log-file begins anew. The files then carry the date, or date and hour, in their names (UTC).
    #[arg(long = "log-rotation", env = "VASARI_LOG_ROTATION", value_name = "HOW_OFTEN", default_value = "never")]
    pub(crate) rotation: LogRotation,

    /// How many files of a rotated log are kept; the oldest are deleted.
    #[arg(long, env = "VASARI_LOG_KEEP", value_name = "FILES", default_value_t = 7,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) log_keep: u32,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How often a new file is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogRotation {
    /// One file for ever.
    Never,
    /// One a day.
    Daily,
    /// One an hour.
    Hourly,
}
