//! `cargo xtask bench`: what can be measured.

use clap::{Args, Subcommand};

use crate::bench_model::{self, BenchModelArgs};
use crate::bench_pages::{self, BenchPagesArgs};
use crate::bench_serve::{self, BenchServeArgs};
use crate::bench_storage::{self, BenchStorageArgs};
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
    Pages(BenchPagesArgs),
    Serve(BenchServeArgs),
    Storage(BenchStorageArgs),
}

pub(crate) fn run(workspace: &Workspace, args: &BenchArgs) -> anyhow::Result<()> {
    match &args.subject {
        Subject::Model(args) => bench_model::run(workspace, args),
        Subject::Pages(args) => bench_pages::run(workspace, args),
        Subject::Serve(args) => bench_serve::run(workspace, args),
        Subject::Storage(args) => bench_storage::run(workspace, args),
    }
}
