//! `cargo xtask fuzz`: what strangers send, changed at random for as long as one likes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::{progress, tools, workspace::Workspace};

/// Throw millions of changed inputs at what reads those of strangers, and see that nothing panics, hangs or grows.
///
/// The targets are those of `fuzz/`, in cargo-fuzz's layout, on libFuzzer. Stable Rust compiles them: the coverage that
/// libFuzzer follows is a pass of LLVM's, and no sanitizer is used, as nothing here is `unsafe`. Overflows and debug
/// assertions are checked. What was found interesting stays in cargo's build folder, and the next run goes on from there.
/// Exit status 1 when an input fails; where it was written is printed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask fuzz
  cargo xtask fuzz image --seconds 3600")]
pub(crate) struct FuzzArgs {
    /// What to fuzz; everything where nothing is named
    #[arg(value_enum)]
    targets: Vec<Target>,
    /// How long, each
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// Pictures: read, turned upright, made into pixel values
    Image,
    /// Answers of a model, read into boxes and labels
    Postprocess,
    /// What is typed to find pictures
    Query,
    /// Files that are imported: tables, lines, Parquet, archives
    Formats,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Postprocess => "postprocess",
            Self::Query => "query",
            Self::Formats => "formats",
        }
    }

    /// Committed inputs to begin with.
    fn seeds(self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Image => workspace.root().join("model/tests/fixtures/images"),
            other => workspace.root().join("fuzz/seeds").join(other.name()),
        }
    }
}

/// What makes LLVM count the branches that an input takes, and note what it is compared with.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

pub(crate) fn run(workspace: &Workspace, args: &FuzzArgs) -> anyhow::Result<()> {
    tools::ensure_cxx()?;
    let targets = if args.targets.is_empty() { Target::value_variants() } else { &args.targets };
    let programs = build(workspace)?;
    let mut failed = Vec::new();
    for target in targets {
        if !fuzz(workspace, *target, &programs.join(target.name()), args.seconds)? {
            failed.push(target.name());
        }
    }
    if !failed.is_empty() {
        bail!("an input fails: {}", failed.join(", "));
    }
    Ok(())
}

/// Compiles the targets with everything below them; returns the folder of their programs.
fn build(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let machine = tools::host_triple()?;
    let folder = workspace.target().join("fuzz");
    // With a machine named, build scripts and macros are compiled without the flags.
    let mut cargo = workspace.cargo(["build", "--locked", "--package", "vasari-fuzz", "--bins", "--target", &machine]);
    cargo.arg("--target-dir").arg(&folder).env("RUSTFLAGS", COVERAGE).env("SQLX_OFFLINE", "true");
    progress::run("build the targets", &mut cargo)?;
    Ok(folder.join(machine).join("debug"))
}

/// Runs a target; whether all inputs are taken well.
fn fuzz(workspace: &Workspace, target: Target, program: &Path, seconds: u32) -> anyhow::Result<bool> {
    let folder = workspace.target().join("fuzz");
    let corpus = folder.join("corpus").join(target.name());
    let findings = folder.join("findings").join(target.name());
    for folder in [&corpus, &findings] {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    }
    let mut command = Command::new(program);
    command.arg(&corpus).arg(target.seeds(workspace));
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-max_len=65536"]);
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", findings.display()));
    let dictionary = workspace.root().join(format!("fuzz/dictionaries/{}.dict", target.name()));
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    let finished = progress::observe(&format!("fuzz {} for {seconds} s", target.name()), &mut command)?;
    let executed = after(&finished.output, "stat::number_of_executed_units:").unwrap_or("no");
    let covered = after(&finished.output, " cov: ").unwrap_or("none");
    println!("{}: {executed} inputs, {covered} branches covered", target.name());
    if !finished.success {
        println!("What failed lies in {}", findings.display());
    }
    Ok(finished.success)
}

/// The word after the last of these.
fn after<'a>(output: &'a str, label: &str) -> Option<&'a str> {
    output.rsplit_once(label)?.1.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_the_last_ones() {
        let output = "#2 INITED cov: 10 ft: 20\n#9 DONE cov: 30 ft: 40\nstat::number_of_executed_units: 123\n";
        assert_eq!((after(output, " cov: "), after(output, "_units:")), (Some("30"), Some("123")));
        assert_eq!(after("", " cov: "), None);
    }
}
