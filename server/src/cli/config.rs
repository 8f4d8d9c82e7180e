//! `vasari config`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{ArgMatches, Args, Subcommand};

use crate::config::{self, Config, ConfigFile, ConfigFileArgs};

/// Shows what the server would be started with.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari config check                                  the defaults, and the environment\n  \
    vasari config check --config vasari.toml --port 80   a file, and a flag that overrules it\n  \
    vasari config check > vasari.toml                    a file to begin with")]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    pub(super) command: ConfigSubcommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigSubcommand {
    Check(Box<CheckCommand>),
    /// Prints docs/CONFIGURATION.md.
    #[command(hide = true)]
    Docs,
}

/// Prints what was resolved from flags, environment, file and defaults, or says what is wrong.
///
/// Takes the flags of `vasari serve`. Prints TOML that `--config` takes, each value with its origin; keys stay hidden. The
/// exit status is 1 when something is wrong.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari config check --config vasari.toml\n  \
    VASARI_PORT=9000 vasari config check --batch-size 8 | grep -v '# default'\n\n\
    A file:\n  \
    [server]\n  port = 8001\n\n  [model]\n  model_path = \"microsoft/Florence-2-base\"\n\n\
    All settings: docs/CONFIGURATION.md")]
pub(super) struct CheckCommand {
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
    #[command(flatten)]
    config: Config,
}

impl ConfigCommand {
    /// `matches` are those of `config`, from which it was made; `file` is what `--config` named.
    pub(super) fn run(self, matches: &ArgMatches, file: Option<&ConfigFile>) -> anyhow::Result<ExitCode> {
        let text = match (self.command, matches.subcommand()) {
            (ConfigSubcommand::Check(command), Some((_, matches))) => {
                command.config.complete()?;
                config::describe(matches, file)
            }
            _ => config::documentation(),
        };
        io::stdout().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
