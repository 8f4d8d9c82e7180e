//! `cargo xtask bench model`: Vasari and PyTorch, taking turns on the same picture.

mod report;
mod runner;

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::figures;
use crate::progress;
use crate::reference::{self, Size};
use crate::workspace::Workspace;
use report::{Measurement, Report};
use runner::Runner;

/// What is measured: the command of both runners, and what the report calls it.
const STEPS: [(&str, &str); 5] = [
    ("vision", "vision tower and projector"),
    ("encoder", "… and encoder"),
    ("first_token", "… to the first token's scores"),
    ("greedy", "40 tokens, greedy, from pixels"),
    ("beams", "40 tokens, 3 beams, from pixels"),
];

/// Measure Vasari against PyTorch on this machine's CPU.
///
/// Both load the same random f32 checkpoint and take turns on the same picture and prompt, so that whatever else the
/// machine does slows both. Prints medians, ratios and peak memory. Stop other work first: the ratios survive it, the
/// milliseconds do not.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask bench model                    base size, 5 turns each
  cargo xtask bench model --repeats 1        a first look
  cargo xtask bench model --write            and put the table into docs/PERFORMANCE.md")]
pub(crate) struct BenchModelArgs {
    /// Size of the model
    #[arg(long, value_enum, default_value_t = Size::Base)]
    size: Size,
    /// Turns of each, after one to warm up
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    repeats: u32,
    /// Put the table between the markers of docs/PERFORMANCE.md
    #[arg(long)]
    write: bool,
    /// Python with the packages of model/reference/requirements.txt, instead of an environment of its own
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, args: &BenchModelArgs) -> anyhow::Result<()> {
    let python = reference::ensure_python(workspace, args.python.as_deref())?;
    let folder = reference::checkpoint_folder(workspace, args.size, 1024);
    let example = workspace.build_example("bench")?;
    let mut script = reference::script(workspace, &python, "full_size.py");
    script.args(["--size", args.size.name(), "--folder"]).arg(&folder);
    progress::run("the checkpoint", &mut script)?;

    println!("loading both");
    let mut vasari = Runner::start("Vasari", Command::new(&example).arg(&folder))?;
    let mut pytorch =
        Runner::start("PyTorch", reference::script(workspace, &python, "bench.py").arg("--folder").arg(&folder))?;
    let mut measurements = Vec::new();
    for (command, label) in STEPS {
        vasari.ask(command)?;
        pytorch.ask(command)?;
        let mut measurement = Measurement::new(label);
        for turn in 1..=args.repeats {
            let (ours, theirs) = (vasari.ask(command)?, pytorch.ask(command)?);
            println!("{label}, turn {turn}: Vasari {ours:.0} ms, PyTorch {theirs:.0} ms");
            measurement.add(ours, theirs);
        }
        measurements.push(measurement);
    }
    let memory = (vasari.ask("memory")?, pytorch.ask("memory")?);
    let report = Report { size: args.size.name(), repeats: args.repeats, measurements, memory };
    let table = report.to_markdown();
    println!("\n{table}");
    if args.write {
        figures::write(workspace, "model", &table)?;
    }
    Ok(())
}
