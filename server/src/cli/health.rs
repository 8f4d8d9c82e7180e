//! `vasari health`.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use ureq::Agent;

use crate::{
    config::{ConfigFileArgs, ServerConfig, TlsConfig},
    welcome::own_url,
};

/// How long the server may take to answer. Who asks gives up a little later.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the server of this machine whether it lives.
///
/// Takes the settings of `vasari serve`, from the same places, to find it. The exit status is 0 if it does; so this is a
/// check for a container that has no other HTTP client.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari health                 whether the server on port 8000 lives\n  \
    vasari health --ready         whether it takes captions: its model is loaded, its queue has room\n  \
    VASARI_PORT=8001 vasari health")]
pub(super) struct HealthCommand {
    /// Asks whether captions are taken, and not only whether the server lives.
    #[arg(long)]
    ready: bool,
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    tls: TlsConfig,
}

impl HealthCommand {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let path = if self.ready { "readyz" } else { "livez" };
        let url = format!("{}/{path}", own_url(&self.server, &self.tls, self.server.port));
        // The certificate is for the name that others use, and the way doesn't leave this machine.
        let tls = ureq::tls::TlsConfig::builder().disable_verification(true).build();
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).max_redirects(0);
        let agent: Agent = config.http_status_as_error(false).tls_config(tls).build().into();
        let mut response = agent.get(&url).call().with_context(|| format!("{url} doesn't answer"))?;
        let text = response.body_mut().read_to_string()?;
        if !response.status().is_success() {
            bail!("{url} answers {}", response.status());
        }
        println!("{}", text.trim());
        Ok(ExitCode::SUCCESS)
    }
}
