//! The section of a server elsewhere, for commands that work on one.

use clap::Args;
use url::Url;

use super::{ConfigError, Secret};

/// A server that the command works on, in place of the data folder.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server elsewhere")]
pub(crate) struct RemoteConfig {
    /// Works on the server at this address, such as `https://vasari.example.org`, and not on the data folder.
    #[arg(long, env = "VASARI_SERVER", value_name = "URL", value_parser = parse_server)]
    pub(crate) server: Option<Url>,

    /// The API key to show there.
    #[arg(long, env = "VASARI_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) key: Option<Secret>,
}

impl RemoteConfig {
    /// Checks what the parser can't tell.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        match self.key.as_ref().and_then(Secret::fault) {
            Some(fault) => Err(ConfigError::Invalid(format!("the key of --key {fault}"))),
            None => Ok(()),
        }
    }

    /// The value of the header `Authorization`, where there is a key to show.
    pub(crate) fn authorization(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("Bearer {}", key.reveal()))
    }
}

fn parse_server(text: &str) -> Result<Url, String> {
    let wrong = || "it must be an address such as https://vasari.example.org".to_owned();
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain { Ok(url) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_addresses_of_the_web() {
        for right in ["http://localhost:8000", "https://example.org/vasari/"] {
            assert!(parse_server(right).is_ok(), "{right}");
        }
        for wrong in ["localhost:8000", "ftp://example.org", "https://key@example.org", "https://example.org?x", ""] {
            assert!(parse_server(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn key_is_shown_to_the_server_alone() {
        let remote = RemoteConfig { server: None, key: Some("vas_x".parse().unwrap()) };
        assert_eq!(remote.authorization().as_deref(), Some("Bearer vas_x"));
        assert!(!format!("{remote:?}").contains("vas_x"));
        let wrong = RemoteConfig { server: None, key: Some("two words".parse().unwrap()) };
        assert!(wrong.validate().unwrap_err().to_string().contains("--key"));
    }
}
