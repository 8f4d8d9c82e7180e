//! `vasari man`.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Command};

/// Prints the manual page, or writes those of all commands into a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari man | man -l -                                         read it here and now\n  \
    vasari man --output ~/.local/share/man/man1                   then: man vasari-serve")]
pub(super) struct ManCommand {
    /// Writes the page of each command into this folder instead, which is made when it is missing.
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl ManCommand {
    /// `program` is the whole command line's definition.
    pub(super) fn run(&self, program: Command) -> anyhow::Result<ExitCode> {
        if let Some(folder) = &self.output {
            fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(program, folder))
                .with_context(|| format!("--output {} can't be written", folder.display()))?;
        } else {
            let mut page = Vec::new();
            clap_mangen::Man::new(program).render(&mut page)?;
            io::stdout().write_all(&page)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
