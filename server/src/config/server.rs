//! The section of the HTTP server.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::Args;

use super::ByteSize;

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

    /// Requests that are read, waiting or being captioned at the same time; one more is answered with status 503 and
    /// told when to come back. Each may hold a decoded picture: 120 MB at 40 megapixels.
    #[arg(long, env = "VASARI_QUEUE_SIZE", value_name = "REQUESTS", default_value_t = 32,
        value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) queue_size: u32,

    /// An origin whose pages may call the captioning paths, such as `https://example.org`, or `*` for all; may be given
    /// several times. Left out: all of them while the server listens on this machine alone, none otherwise.
    #[arg(long, env = "VASARI_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub(crate) allow_origin: Vec<String>,

    /// The folder of the built pages (scripts, styles, font). Left out: `site` beside the program or one folder up.
    #[arg(long, env = "VASARI_SITE_ROOT", value_name = "FOLDER")]
    pub(crate) site_root: Option<PathBuf>,
}

impl ServerConfig {
    /// Whether only this machine can reach the server.
    pub(crate) fn is_loopback(&self) -> bool {
        let address: Result<IpAddr, _> = self.host.trim_matches(['[', ']']).parse();
        address.map_or_else(|_| self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }

    /// The folder of the built pages: what was said, else the nearest `site` folder beside the program.
    pub(crate) fn resolve_site_root(&self) -> Option<PathBuf> {
        if let Some(folder) = &self.site_root {
            return Some(folder.clone());
        }
        let program = std::env::current_exe().ok()?;
        program.ancestors().skip(1).take(2).map(|folder| folder.join("site")).find(|folder| folder.is_dir())
    }
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text:?} is no number of seconds"))?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err(format!("it is {text}, but it must be above 0 and at most 86400 (a day)"));
    }
    Ok(Duration::from_secs_f64(seconds))
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
    fn timeouts_are_positive() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "1e9", "soon"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
