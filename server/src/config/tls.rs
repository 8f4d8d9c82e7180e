//! The section of encrypted connections.

use std::path::PathBuf;

use clap::Args;

use super::ConfigError;

/// Whether the server speaks HTTPS.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsConfig {
    /// A PEM file with the server's certificate and those that vouch for it: the server speaks HTTPS, and reads the
    /// file again when it is renewed. Needs --ssl-key. Left out: plain HTTP.
    #[arg(long, env = "VASARI_SSL_CERT", value_name = "FILE")]
    pub(crate) ssl_cert: Option<PathBuf>,

    /// A PEM file with the private key of --ssl-cert.
    #[arg(long, env = "VASARI_SSL_KEY", value_name = "FILE")]
    pub(crate) ssl_key: Option<PathBuf>,
}

impl TlsConfig {
    /// Checks that certificate and key are there together.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let (given, missing) = match (&self.ssl_cert, &self.ssl_key) {
            (Some(_), None) => ("--ssl-cert", "--ssl-key"),
            (None, Some(_)) => ("--ssl-key", "--ssl-cert"),
            _ => return Ok(()),
        };
        Err(ConfigError::Invalid(format!("{given} is given without {missing}; HTTPS needs both")))
    }
}
