//! `vasari completions`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Args, Command};
use clap_complete::Shell;

/// Prints what makes a shell complete Vasari's commands and flags.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari completions bash > ~/.local/share/bash-completion/completions/vasari\n  \
    vasari completions zsh > ~/.zfunc/_vasari                     with ~/.zfunc in $fpath\n  \
    vasari completions fish > ~/.config/fish/completions/vasari.fish")]
pub(super) struct CompletionsCommand {
    /// The shell.
    shell: Shell,
}

impl CompletionsCommand {
    /// `program` is the whole command line's definition.
    pub(super) fn run(&self, mut program: Command) -> anyhow::Result<ExitCode> {
        // Into memory first: the generator panics where a pipe closes early.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "vasari", &mut script);
        io::stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
