//! `cargo xtask bench`: what can be measured.

use clap::{Args, Subcommand};

use crate::bench_model::{self, BenchModelArgs};
use crate::workspace::Workspace;

/// Measure Vasari.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Subcommand)]
enum Subject {
    Model(BenchModelArgs),
}

pub(crate) fn run(workspace: &Workspace, args: &BenchArgs) -> anyhow::Result<()> {
    match &args.subject {
        Subject::Model(args) => bench_model::run(workspace, args),
    }
}
