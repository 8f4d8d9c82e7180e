//! The section of what can be seen from outside.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use url::Url;

use super::switch::parse_switch;

/// What the server tells about its work.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Telemetry")]
pub(crate) struct TelemetryConfig {
    /// Serves counters and timings for Prometheus at `/metrics`. They tell how much is asked, not what.
    #[arg(long, env = "VASARI_ENABLE_METRICS", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) enable_metrics: bool,

    /// Sends a trace of each request to this OpenTelemetry collector, by HTTP, such as `http://localhost:4318`. Left
    /// out: none are sent.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = parse_endpoint)]
    pub(crate) otlp_endpoint: Option<String>,

    /// Watches where the time goes, at a few per cent of it, and writes a flame graph and a trace that a browser opens
    /// to --profile-output when the server stops.
    #[arg(long, env = "VASARI_ENABLE_PROFILING", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) enable_profiling: bool,

    /// The folder that --enable-profiling writes to.
    #[arg(long, env = "VASARI_PROFILE_OUTPUT", value_name = "FOLDER", default_value = "./profiles/")]
    pub(crate) profile_output: PathBuf,
}

fn parse_endpoint(text: &str) -> Result<String, String> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| "it must be a URL such as http://localhost:4318".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collectors_are_reached_by_http() {
        assert_eq!(parse_endpoint("http://localhost:4318/"), Ok("http://localhost:4318".into()));
        assert_eq!(parse_endpoint("https://otel.example.org/x"), Ok("https://otel.example.org/x".into()));
        for wrong in ["", "localhost:4318", "grpc://localhost:4317", "http://"] {
            assert!(parse_endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
