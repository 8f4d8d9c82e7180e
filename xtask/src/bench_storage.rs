//! `cargo xtask bench storage`: pages and neighbours in a large dataset.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::figures::{self, processor};
use crate::workspace::Workspace;

/// What a call may take at the 95th percentile, in milliseconds.
const WANTED_MS: f64 = 20.0;

/// Measure what the lists of a large dataset take: pages, filtered pages, the neighbours of a picture.
///
/// Generates a dataset of so many pictures with three captions each, with all triggers and constraints at work, in a
/// Postgres of its own that is gone afterwards, and asks it through the functions that the API uses. One million pictures
/// need 6 GB of disk.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask bench storage --images 50000   a first look
  cargo xtask bench storage --write          1,000,000 pictures, and put the table into docs/PERFORMANCE.md")]
pub(crate) struct BenchStorageArgs {
    /// How many pictures
    #[arg(long, default_value_t = 1_000_000, value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(10_000..=10_000_000))]
    images: u32,
    /// How many calls of each kind
    #[arg(long, default_value_t = 1000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(20..=100_000))]
    calls: u32,
    /// Put the table between the markers of docs/PERFORMANCE.md
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &BenchStorageArgs) -> anyhow::Result<()> {
    let program = workspace.build_example("vasari-storage", "storage_bench")?;
    // Not in the build's folder, which may lie where the account that Postgres runs as doesn't get to.
    let folder = std::env::temp_dir().join(format!("vasari-bench-{}", std::process::id()));
    let mut command = Command::new(program);
    command.args([args.images.to_string(), args.calls.to_string()]).arg(folder.join("postgres"));
    let output = command.stderr(Stdio::inherit()).output().context("the benchmark does not start");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("{} can't be removed", folder.display()))?;
    }
    let output = output?;
    if !output.status.success() {
        bail!("the benchmark failed; what it printed above says why");
    }
    let measured: Value = serde_json::from_slice(&output.stdout).context("the benchmark prints JSON")?;
    let table = to_markdown(&measured, &processor())?;
    println!("\n{table}");
    for row in measured["rows"].as_array().into_iter().flatten() {
        println!("{}: {}", row["name"], row["access"]);
    }
    if args.write {
        figures::write(workspace, "storage", &table)?;
    }
    Ok(())
}

fn to_markdown(measured: &Value, processor: &str) -> anyhow::Result<String> {
    let mut text = format!(
        "{} pictures with 3 captions each, {processor}, {} calls of each kind at random places; generated in {:.0} s, with \
         all triggers and constraints, on a Postgres that does not wait for the disk:\n\n\
         | | median | 95 % within | 99 % within | tables read whole |\n|---|---:|---:|---:|---|\n",
        grouped(&measured["images"]),
        grouped(&measured["calls"]),
        measured["generation_s"].as_f64().unwrap_or_default(),
    );
    let rows = measured["rows"].as_array().context("the benchmark tells rows")?;
    for row in rows {
        let time = |key: &str| row[key].as_f64().with_context(|| format!("a row has {key}"));
        let (p50, p95, p99) = (time("p50_ms")?, time("p95_ms")?, time("p99_ms")?);
        let whole: Vec<_> = row["read_whole"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let whole = if whole.is_empty() { "none".to_owned() } else { whole.join(", ") };
        let mark = if p95 < WANTED_MS { "" } else { " (more than the 20 ms that are wanted)" };
        let name = row["name"].as_str().context("a row has a name")?;
        writeln!(text, "| {name} | {p50:.1} ms | {p95:.1} ms{mark} | {p99:.1} ms | {whole} |")?;
    }
    Ok(text)
}

/// 1,000,000 of 1000000.
fn grouped(number: &Value) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn table_says_what_is_slow_and_what_reads_a_whole_table() {
        let measured = json!({ "images": 1_000_000, "calls": 1000, "generation_s": 61.2, "rows": [
            { "name": "first page", "p50_ms": 1.04, "p95_ms": 2.0, "p99_ms": 3.0, "read_whole": [] },
            { "name": "slow page", "p50_ms": 10.0, "p95_ms": 20.0, "p99_ms": 30.0, "read_whole": ["captions"] },
        ] });
        let table = to_markdown(&measured, "a processor").unwrap();
        assert!(table.starts_with("1,000,000 pictures with 3 captions each, a processor, 1,000 calls"), "{table}");
        assert!(table.contains("| first page | 1.0 ms | 2.0 ms | 3.0 ms | none |"), "{table}");
        assert!(table.contains("| 20.0 ms (more than the 20 ms that are wanted) | 30.0 ms | captions |"), "{table}");
        assert!(to_markdown(&json!({}), "").is_err());
    }
}
