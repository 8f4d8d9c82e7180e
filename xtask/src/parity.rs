//! `cargo xtask parity`: a full-size model here and in the reference, side by side.

use std::path::PathBuf;
use std::process::Command;

use anyhow::bail;
use clap::Args;

use crate::progress;
use crate::reference::{self, Size};
use crate::workspace::Workspace;

/// Compare Vasari with the reference (transformers, on PyTorch) at full size.
///
/// Writes a random checkpoint of the size asked for, in both layouts, and lets both implementations see three
/// photographs: prints the largest differences of hidden states and logits and whether the 40 tokens of greedy search
/// and of 3 beams are equal. Exit status 1 when they disagree.
///
/// Everything lies in `parity/` in cargo's build folder (base: 1.5 GB, large: 5 GB). The first run installs PyTorch there
/// (3 GB); after that base takes a few minutes on two cores.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask parity --size base
  cargo xtask parity --size large --positions 4096   as the released large model has since December 2024
  cargo xtask parity --size base --python ~/venv/bin/python   with PyTorch installed elsewhere")]
pub(crate) struct ParityArgs {
    /// Size of the model
    #[arg(long, value_enum, default_value_t = Size::Base)]
    size: Size,
    /// Positions of the language model: 1024, or 4096 for the newer large checkpoint
    #[arg(long, default_value_t = 1024, value_name = "N", value_parser = clap::value_parser!(u32).range(640..=65_536))]
    positions: u32,
    /// Python with the packages of model/reference/requirements.txt, instead of an environment of its own
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, args: &ParityArgs) -> anyhow::Result<()> {
    let python = reference::ensure_python(workspace, args.python.as_deref())?;
    let folder = reference::checkpoint_folder(workspace, args.size, args.positions);
    let example = workspace.build_example("parity")?;

    let mut script = reference::script(workspace, &python, "parity.py");
    script.args(["--size", args.size.name(), "--positions", &args.positions.to_string(), "--folder"]).arg(&folder);
    progress::run("the reference", &mut script)?;

    let mut disagreeing = Vec::new();
    for checkpoint in ["native", "original"] {
        let compared = progress::observe(
            &format!("Vasari, {checkpoint} checkpoint"),
            Command::new(&example).arg(&folder).arg(checkpoint),
        )?;
        if !compared.success {
            disagreeing.push(checkpoint);
        }
    }
    if !disagreeing.is_empty() {
        bail!("Vasari and the reference disagree on the {} checkpoint", disagreeing.join(" and the "));
    }
    println!("Vasari and the reference agree on {} with {} positions", args.size.name(), args.positions);
    Ok(())
}
