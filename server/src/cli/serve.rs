//! `vasari serve`.

use std::process::ExitCode;

use clap::Args;

use crate::{
    config::{Config, ConfigFileArgs},
    logging, startup, telemetry,
};

/// Serves the page and the HTTP API until it is told to stop.
///
/// Without --model-path it serves the demo model that comes with the program, which knows only drawn scenes of
/// pictograms. The model is loaded once; requests share it through a queue.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari serve                                         the demo model on http://localhost:8000\n  \
    vasari serve --model-path microsoft/Florence-2-base  the real one, from the Hugging Face hub\n  \
    vasari serve --model-path ./checkpoints --port 8001  a folder on this machine\n  \
    API_KEY=secret vasari serve --host 0.0.0.0           for other machines that know the key\n  \
    vasari serve --config vasari.toml                    a file; `vasari config check` tries it\n  \
    vasari serve --log-format json | jq .request_id      the log for programs\n\n\
    Then:\n  curl -X POST -F \"image=@photo.jpg\" http://localhost:8000/caption")]
pub(super) struct ServeCommand {
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
    #[command(flatten)]
    config: Config,
}

impl ServeCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.config.complete()?;
        let (telemetry, layers) = telemetry::start(&config.telemetry)?;
        // Writes what is left of the log when it goes.
        let _log = logging::start(&config.log, layers)?;
        let outcome = startup::serve(&config, telemetry.clone());
        telemetry.stop();
        outcome?;
        Ok(ExitCode::SUCCESS)
    }
}
