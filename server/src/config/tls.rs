//! The section of encrypted connections.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

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
    /// Checks that certificate and key are there together, and can be read.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let (given, missing) = match (&self.ssl_cert, &self.ssl_key) {
            (Some(_), None) => ("--ssl-cert", "--ssl-key"),
            (None, Some(_)) => ("--ssl-key", "--ssl-cert"),
            (None, None) => return Ok(()),
            (Some(cert), Some(key)) => {
                check_readable("--ssl-cert", cert)?;
                return check_readable("--ssl-key", key);
            }
        };
        Err(ConfigError::Invalid(format!("{given} is given without {missing}; HTTPS needs both")))
    }
}

fn check_readable(flag: &str, path: &Path) -> Result<(), ConfigError> {
    let opened = File::open(path).map(drop);
    opened.map_err(|error| ConfigError::Invalid(format!("{flag} {} can't be read: {error}", path.display())))
}
