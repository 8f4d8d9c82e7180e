//! The section of the HTTP server.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{ArgAction, Args};
use url::Url;

use super::{
    ByteSize, ConfigError,
    seconds::{parse_delay, parse_seconds},
    switch::parse_switch,
};

/// Where the server listens and what it accepts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerConfig {
    /// The name or address to listen on. Only this machine reaches `localhost`; 0.0.0.0 is open to every machine
    /// that can reach this one.
    #[arg(long, env = "VASARI_HOST", default_value = "localhost")]
    pub(crate) host: String,

    /// The port to listen on; 0 takes any free one and prints it.
    #[arg(long, env = "VASARI_PORT", default_value_t = 8000)]
    pub(crate) port: u16,

    /// Seconds until a request is given up: reading it, waiting in the queue and captioning together.
    #[arg(long, env = "VASARI_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub(crate) timeout: Duration,

    /// The largest request that is read; a larger one is answered with status 413.
    #[arg(long, env = "VASARI_MAX_REQUEST_SIZE", value_name = "SIZE", default_value = "10MB")]
    pub(crate) max_request_size: ByteSize,

    /// The largest file that is imported over HTTP, or archive of pictures that is added to a dataset. It goes to the disk as it
    /// comes. An archive that is imported may hold four times as much; of one that is added, each picture may be as large as
    /// --max-request-size.
    #[arg(long, env = "VASARI_MAX_IMPORT_SIZE", value_name = "SIZE", default_value = "2GB")]
    pub(crate) max_import_size: ByteSize,

    /// Requests that are read, waiting or being captioned at the same time; one more is answered with status 503 and
    /// told when to come back. Each may hold a decoded picture: 120 MB at 40 megapixels.
    #[arg(long, env = "VASARI_QUEUE_SIZE", value_name = "REQUESTS", default_value_t = 32,
        value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) queue_size: u32,

    /// Threads that run the model, each with a batch of its own; they share its weights. More help where one batch
    /// leaves processors or a GPU idle; each takes memory for its batch.
    #[arg(long, env = "VASARI_WORKERS", value_name = "THREADS", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) workers: u32,

    /// Pictures that are decoded and prepared at the same time. Left out: as many as there are processors.
    #[arg(long, env = "VASARI_MAX_WORKERS", value_name = "THREADS",
        value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) max_workers: Option<u32>,

    /// Connections that are open at the same time; one more waits until another closes.
    #[arg(long, env = "VASARI_MAX_CONNECTIONS", value_name = "CONNECTIONS", default_value_t = 1024,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_connections: u32,

    /// Seconds that requests under way may still take once the server was told to stop; then it stops all the same.
    #[arg(long, env = "VASARI_SHUTDOWN_TIMEOUT", value_name = "SECONDS", default_value = "20",
        value_parser = parse_seconds)]
    pub(crate) shutdown_timeout: Duration,

    /// Seconds that the server goes on as before once it was told to stop, but for `/readyz`, which answers 503, and
    /// connections, which it closes after the next answer: so a proxy sends its requests elsewhere before any is refused.
    /// --shutdown-timeout begins afterwards.
    #[arg(long, env = "VASARI_SHUTDOWN_DELAY", value_name = "SECONDS", default_value = "0", value_parser = parse_delay)]
    pub(crate) shutdown_delay: Duration,

    /// Takes no connection until everything that can be asked is there: the model, the database, the search index. A proxy
    /// that doesn't look at `/readyz` then asks another server meanwhile. A database that is away is waited for 10
    /// seconds. Left out: connections are taken at once, and what is not there yet is answered with status 503.
    #[arg(long, env = "VASARI_LISTEN_WHEN_READY", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) listen_when_ready: bool,

    /// Changes nothing: all tasks are always served. The earlier servers had to be asked for them.
    #[arg(long, env = "VASARI_ENABLE_TASKS", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "true", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) enable_tasks: bool,

    /// An origin whose pages may call the captioning paths, such as `https://example.org`, or `*` for all; may be given
    /// several times. Left out: all of them while the server listens on this machine alone, none otherwise.
    #[arg(long, env = "VASARI_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',',
        value_parser = parse_origin)]
    pub(crate) allow_origin: Vec<String>,

    /// The folder of the built pages (scripts, styles, font). Left out: those within the program; a program that was built
    /// without them looks for `site` beside itself and one folder up.
    #[arg(long, env = "VASARI_SITE_ROOT", value_name = "FOLDER")]
    pub(crate) site_root: Option<PathBuf>,
}

impl ServerConfig {
    /// Checks that there is a name to listen on.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.host.trim().is_empty() {
            return Err(ConfigError::Invalid("--host is empty; give a name or an address, such as localhost".into()));
        }
        Ok(())
    }

    /// Whether only this machine can reach the server.
    pub(crate) fn is_loopback(&self) -> bool {
        let address: Result<IpAddr, _> = self.host.trim_matches(['[', ']']).parse();
        address.map_or_else(|_| self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

fn parse_origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_origin = |url: &Url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
    if text == "*" || Url::parse(text).is_ok_and(|url| is_origin(&url)) {
        return Ok(text.into());
    }
    Err("it must be * or an origin such as https://example.org, without a path".into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        server: ServerConfig,
    }

    fn parse(arguments: &[&str]) -> ServerConfig {
        Line::try_parse_from([&["vasari"], arguments].concat()).map(|line| line.server).unwrap()
    }

    #[test]
    fn defaults_are_those_of_the_earlier_servers() {
        let config = parse(&[]);
        assert_eq!((config.host.as_str(), config.port), ("localhost", 8000));
        assert_eq!(config.timeout, Duration::from_secs(30));
        assert_eq!(config.max_request_size, ByteSize(10 << 20));
    }

    #[test]
    fn loopback_is_told_from_the_rest() {
        for host in ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"] {
            assert!(parse(&["--host", host]).is_loopback(), "{host}");
        }
        for host in ["0.0.0.0", "::", "192.168.1.5", "example.org"] {
            assert!(!parse(&["--host", host]).is_loopback(), "{host}");
        }
    }

    #[test]
    fn origins_have_a_scheme_and_no_path() {
        for origin in ["*", "https://example.org", "http://localhost:3000"] {
            assert_eq!(parse_origin(origin), Ok(origin.into()));
        }
        for wrong in ["", "example.org", "https://example.org/", "https://example.org/page", "ftp://example.org"] {
            assert!(parse_origin(wrong).is_err(), "{wrong}");
        }
    }
}
