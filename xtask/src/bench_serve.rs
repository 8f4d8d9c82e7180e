//! `cargo xtask bench serve`: the server under load.

mod load;
mod report;

use clap::Args;

use crate::figures;
use crate::serve;
use crate::workspace::Workspace;
use load::{Load, Server};
use report::Report;

/// Measure the server: its capacity, what it does at ten times that, what it adds to the model's time, and what larger
/// batches bring.
///
/// Load comes from a program of its own on the same machine, so the two share its processors. Image features are not
/// cached and rates are not limited meanwhile. Stop other work first.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask bench serve                    the demo model, about 4 minutes
  cargo xtask bench serve --seconds 5        a first look
  cargo xtask bench serve --write            and put the table into docs/PERFORMANCE.md")]
pub(crate) struct BenchServeArgs {
    /// The model, as `vasari serve` takes it; left out: the demo model
    #[arg(long, value_name = "FOLDER_OR_NAME")]
    model_path: Option<String>,
    /// Seconds of each kind of load
    #[arg(long, default_value_t = 20, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Put the table between the markers of docs/PERFORMANCE.md
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &BenchServeArgs) -> anyhow::Result<()> {
    let built = serve::build_server(workspace)?;
    let load = Load::new(workspace.build_example("load")?, args.seconds);
    let pictures = workspace.root().join("model/demo/held_out");
    let start = |batch_size: u32| Server::start(&built, args.model_path.as_deref(), batch_size);

    let one = start(1)?;
    let alone = load.alone(&one)?;
    let batch_of_one = load.closed(&one, &pictures, 20)?;
    drop(one);

    let server = start(16)?;
    // The first pass finds code and memory cold.
    load.closed(&server, &pictures, 20)?;
    let peak = load.closed(&server, &pictures, 20)?;
    let at_capacity = load.open(&server, &pictures, peak.per_second)?;
    let overloaded = load.open(&server, &pictures, 10.0 * peak.per_second)?;
    drop(server);

    let model = args.model_path.clone().unwrap_or_else(|| "the demo model".into());
    let report = Report { model, alone, batch_of_one, peak, at_capacity, overloaded };
    let table = report.to_markdown();
    println!("\n{table}");
    if args.write {
        figures::write(workspace, "serve", &table)?;
    }
    Ok(())
}
