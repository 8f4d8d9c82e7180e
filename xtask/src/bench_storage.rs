//! `cargo xtask bench storage`: pages, neighbours, searches, imports, exports, edits and duplicates in a large dataset.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::figures::{self, processor};
use crate::workspace::Workspace;

/// What a call may take at the 95th percentile, in milliseconds.
const WANTED_MS: f64 = 20.0;

/// The same for a search.
const WANTED_SEARCH_MS: f64 = 50.0;

/// What an import of 100,000 rows may take, in seconds.
const WANTED_IMPORT_S: f64 = 60.0;

/// What a bulk edit of 100,000 captions may take, in seconds.
const WANTED_EDIT_S: f64 = 60.0;

/// Measure what the lists of a large dataset take: pages, filtered pages, the neighbours of a picture, searches; and what it
/// takes to import a file into it, to export some of it, to edit many of its captions and to find its near-duplicates.
///
/// Generates a dataset of so many pictures with three captions each, with all triggers and constraints at work, in a
/// Postgres of its own that is gone afterwards, and asks it through the functions that the API uses. One million pictures
/// need 8 GB of disk.
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
    let program = workspace.build_example("storage_bench")?;
    // Not in the build's folder, which may lie where the account that Postgres runs as doesn't get to.
    let folder = std::env::temp_dir().join(format!("vasari-bench-{}", std::process::id()));
    let mut command = Command::new(program);
    command.args([args.images.to_string(), args.calls.to_string()]).arg(&folder);
    let output = command.stderr(Stdio::inherit()).output().context("the benchmark does not start");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("{} can't be removed", folder.display()))?;
    }
    let output = output?;
    if !output.status.success() {
        bail!("the benchmark failed; what it printed above says why");
    }
    let measured: Value = serde_json::from_slice(&output.stdout).context("the benchmark prints JSON")?;
    let table = format!(
        "{}\n{}\n{}\n{}\n{}",
        to_markdown(&measured, &processor())?,
        searches_to_markdown(&measured["search"])?,
        transfers_to_markdown(&measured["transfer"])?,
        edits_to_markdown(&measured["edits"])?,
        duplicates_to_markdown(&measured["duplicates"])?,
    );
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
        let whole: Vec<_> = row["read_whole"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let whole = if whole.is_empty() { "none".to_owned() } else { whole.join(", ") };
        writeln!(text, "{} {whole} |", times(row, WANTED_MS)?)?;
    }
    Ok(text)
}

fn searches_to_markdown(measured: &Value) -> anyhow::Result<String> {
    let number = |key: &str| measured[key].as_f64().with_context(|| format!("the benchmark tells {key}"));
    let mut text = format!(
        "Searches, from the right to do so to the captions of 50 pictures. The index took {:.0} s to build and has {:.0} MB; \
         a changed caption was found after {:.0} ms:\n\n\
         | | median | 95 % within | 99 % within | pictures found |\n|---|---:|---:|---:|---:|\n",
        number("build_s")?,
        number("bytes")? / 1e6,
        number("follow_ms")?,
    );
    for row in measured["rows"].as_array().context("the benchmark tells searches")? {
        writeln!(text, "{} {} |", times(row, WANTED_SEARCH_MS)?, grouped(&row["found"]))?;
    }
    Ok(text)
}

fn transfers_to_markdown(measured: &Value) -> anyhow::Result<String> {
    let whole: Vec<_> = measured["read_whole"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let whole = if whole.is_empty() { "none".to_owned() } else { whole.join(", ") };
    let mut text = format!(
        "Files, in and out, each row about a picture of its own on the way in. Tables read whole: {whole}.\n\n\
         | | rows | time | rows a second |\n|---|---:|---:|---:|\n"
    );
    for row in measured["rows"].as_array().context("the benchmark tells transfers")? {
        writeln!(text, "{}", long_work(row, WANTED_IMPORT_S)?)?;
    }
    Ok(text)
}

fn edits_to_markdown(measured: &Value) -> anyhow::Result<String> {
    let mut text = "Bulk edits, as jobs with a version of each caption in its history, from the asking to the end:\n\n\
                    | | captions | time | captions a second |\n|---|---:|---:|---:|\n"
        .to_owned();
    for row in measured.as_array().context("the benchmark tells edits")? {
        writeln!(text, "{}", long_work(row, WANTED_EDIT_S)?)?;
    }
    Ok(text)
}

fn duplicates_to_markdown(measured: &Value) -> anyhow::Result<String> {
    let mut text = "What is there nearly twice: the time to read what is compared, and to find the groups, on one \
                    processor:\n\n| | compared | groups | reading | grouping |\n|---|---:|---:|---:|---:|\n"
        .to_owned();
    for row in measured.as_array().context("the benchmark tells duplicates")? {
        let name = row["name"].as_str().context("a row has a name")?;
        let seconds = |key: &str| row[key].as_f64().with_context(|| format!("a row has {key}"));
        let (read, group) = (seconds("read_s")?, seconds("group_s")?);
        writeln!(
            text,
            "| {name} | {} | {} | {read:.2} s | {group:.2} s |",
            grouped(&row["rows"]),
            grouped(&row["groups"])
        )?;
    }
    Ok(text)
}

/// A row of work that takes seconds, with a mark where it takes longer than wanted.
fn long_work(row: &Value, wanted: f64) -> anyhow::Result<String> {
    let (name, rows) = (row["name"].as_str().context("a row has a name")?, &row["rows"]);
    let seconds = row["seconds"].as_f64().context("a row has seconds")?;
    let mark = if seconds < wanted { String::new() } else { format!(" (more than the {wanted} s that are wanted)") };
    let pace = (rows.as_f64().unwrap_or_default() / seconds).round() as u64;
    Ok(format!("| {name} | {} | {seconds:.1} s{mark} | {} |", grouped(rows), grouped(&pace.into())))
}

/// A row's name and its times, with a mark where they are longer than wanted.
fn times(row: &Value, wanted: f64) -> anyhow::Result<String> {
    let time = |key: &str| row[key].as_f64().with_context(|| format!("a row has {key}"));
    let (p50, p95, p99) = (time("p50_ms")?, time("p95_ms")?, time("p99_ms")?);
    let mark = if p95 < wanted { String::new() } else { format!(" (more than the {wanted} ms that are wanted)") };
    let name = row["name"].as_str().context("a row has a name")?;
    Ok(format!("| {name} | {p50:.1} ms | {p95:.1} ms{mark} | {p99:.1} ms |"))
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
        let transfers = json!({ "read_whole": [], "rows": [
            { "name": "import", "rows": 100_000, "seconds": 20.0 }, { "name": "export", "rows": 9, "seconds": 61.0 },
        ] });
        let table = transfers_to_markdown(&transfers).unwrap();
        assert!(table.contains("Tables read whole: none") && table.contains("| import | 100,000 | 20.0 s | 5,000 |"));
        assert!(table.contains("61.0 s (more than the 60 s that are wanted)"), "{table}");
        let edits = edits_to_markdown(&json!([{ "name": "bulk edit", "rows": 100_000, "seconds": 50.0 }])).unwrap();
        assert!(edits.contains("| bulk edit | 100,000 | 50.0 s | 2,000 |"), "{edits}");
        let twins = json!([{ "name": "pictures", "rows": 9, "groups": 2, "read_s": 0.5, "group_s": 0.25 }]);
        assert!(duplicates_to_markdown(&twins).unwrap().contains("| pictures | 9 | 2 | 0.50 s | 0.25 s |"));
        let searches = json!({ "build_s": 61.2, "bytes": 512e6, "follow_ms": 300.1, "rows": [
            { "name": "word", "p50_ms": 1.04, "p95_ms": 50.0, "p99_ms": 60.0, "found": 31234 },
        ] });
        let table = searches_to_markdown(&searches).unwrap();
        assert!(
            table.contains("took 61 s to build and has 512 MB; a changed caption was found after 300 ms"),
            "{table}"
        );
        assert!(table.contains("| word | 1.0 ms | 50.0 ms (more than the 50 ms that are wanted) | 60.0 ms | 31,234 |"));
    }
}
