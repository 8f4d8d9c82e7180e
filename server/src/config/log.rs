//! The section of the log.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{ConfigError, switch::parse_switch};

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

    /// How many files of a rotated log are kept. Of all files that begin with the name of --log-file, older ones are
    /// deleted.
    #[arg(long, env = "VASARI_LOG_KEEP", value_name = "FILES", default_value_t = 7,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) log_keep: u32,
}

impl LogConfig {
    /// Checks that the level or filter is one.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.filter().map(drop)
    }

    /// What is logged.
    ///
    /// # Errors
    ///
    /// A sentence about a level that is none.
    pub(crate) fn filter(&self) -> Result<EnvFilter, ConfigError> {
        let level = self.level.trim();
        // A lone word that is no level would be taken for the name of a part of the program, and silence all others.
        let is_level =
            |word: &str| word.contains(['=', '[']) || (!word.is_empty() && word.parse::<LevelFilter>().is_ok());
        // Stands for all of Vasari's crates, whose names begin with it.
        let own = if self.debug && !level.eq_ignore_ascii_case("trace") { "vasari=debug," } else { "" };
        // The queue's library tells of each step of its own tables. Whoever names it hears it all the same.
        let is_whole = ["off", "error", "trace"].iter().any(|whole| level.eq_ignore_ascii_case(whole));
        let quiet = if is_whole { "" } else { "graphile_worker=warn," };
        let filter = format!("{quiet}{own}{level}");
        let parsed = if level.split(',').all(is_level) { EnvFilter::builder().parse(filter).ok() } else { None };
        parsed.ok_or_else(|| {
            let sentence = format!("--log-level {level:?} is neither error, warn, info, debug or trace nor a filter");
            ConfigError::Invalid(format!("{sentence} such as info,vasari_inference=debug"))
        })
    }

    /// Whether standard output belongs to programs that read the log.
    pub(crate) fn owns_standard_output(&self) -> bool {
        self.format == LogFormat::Json && self.file.is_none()
    }
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        log: LogConfig,
    }

    fn parse(arguments: &[&str]) -> LogConfig {
        Line::try_parse_from([&["vasari"], arguments].concat()).map(|line| line.log).unwrap()
    }

    #[test]
    fn levels_and_filters_are_told_from_typing_errors() {
        for level in ["info", "WARN", "off", "info,vasari_inference=debug", "vasari[request]=trace"] {
            assert!(parse(&["--log-level", level]).filter().is_ok(), "{level}");
        }
        for level in ["inof", "", "info,wran", "vasari=loud"] {
            let error = parse(&["--log-level", level]).filter().unwrap_err().to_string();
            assert!(error.contains("debug or trace"), "{error}");
        }
    }

    #[test]
    fn debugging_is_of_our_own_parts_and_never_less_than_the_level() {
        let filter = parse(&["--debug"]).filter().unwrap().to_string();
        assert!(filter.contains("vasari=debug") && filter.contains("info"), "{filter}");
        assert!(filter.contains("graphile_worker=warn"), "{filter}");
        assert_eq!(parse(&["--debug", "--log-level", "trace"]).filter().unwrap().to_string(), "trace");
    }

    #[test]
    fn standard_output_is_for_programs_when_json_goes_there() {
        assert!(parse(&["--log-format", "json"]).owns_standard_output());
        assert!(!parse(&["--log-format", "json", "--log-file", "a.log"]).owns_standard_output());
        assert!(!parse(&[]).owns_standard_output());
    }
}
