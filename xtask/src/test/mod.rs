//! `cargo xtask test`: everything that CI runs, cheap steps first.

mod audit;
mod steps;
mod summary;

use std::time::Instant;

use anyhow::bail;
use clap::Args;

use crate::workspace::Workspace;
use steps::{STEPS, Step};
use summary::{Report, Verdict};

/// Run everything that CI runs: format, lints, docs, tests, dependency audit, browser tests.
///
/// The steps run from cheap to dear, all of them even if one fails, and a table at the end tells what each took. A
/// first run installs what is missing (as root on Debian: Chromium, PostgreSQL, Node.js; otherwise it prints the
/// command) and compiles every dependency: an hour and a quarter on two cores. After that, about 50 minutes.
///
/// The exit status is 0 only if nothing failed. A step that this machine cannot run is reported as skipped, by name and
/// reason; nothing is skipped silently.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask test                              everything
  cargo xtask test --list                       the steps, in order
  cargo xtask test --only fmt --only docs       two of them
  cargo xtask test --skip end2end               all but one")]
pub(crate) struct TestArgs {
    /// Run only this step (may be given more than once)
    #[arg(long, value_name = "STEP", value_parser = parse_step)]
    only: Vec<&'static str>,
    /// Leave this step out (may be given more than once)
    #[arg(long, value_name = "STEP", value_parser = parse_step)]
    skip: Vec<&'static str>,
    /// Print the steps in order and stop
    #[arg(long)]
    list: bool,
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> anyhow::Result<()> {
    if args.list {
        for step in STEPS {
            println!("{:<13} {}", step.name, step.about);
        }
        return Ok(());
    }
    let mut report = Report::default();
    for step in STEPS.iter().filter(|step| args.selects(step.name)) {
        let verdict = run_step(workspace, step, &mut report);
        if args.fail_fast && matches!(verdict, Verdict::Failed(_)) {
            break;
        }
    }
    if report.is_empty() {
        bail!("--only and --skip leave no step to run; `cargo xtask test --list` names them");
    }
    print!("{report}");
    // Not an error to describe: the table and the closing line above have said it all.
    if report.has_failed() {
        std::process::exit(1);
    }
    Ok(())
}

impl TestArgs {
    fn selects(&self, step: &str) -> bool {
        (self.only.is_empty() || self.only.contains(&step)) && !self.skip.contains(&step)
    }
}

fn run_step<'a>(workspace: &Workspace, step: &Step, report: &'a mut Report) -> &'a Verdict {
    println!("\n=== {}: {}", step.name, step.about);
    let started = Instant::now();
    let verdict = match (step.run)(workspace) {
        Ok(steps::Outcome::Passed) => Verdict::Passed,
        Ok(steps::Outcome::Skipped(reason)) => Verdict::Skipped(reason),
        Err(error) => Verdict::Failed(format!("{error:#}")),
    };
    match &verdict {
        Verdict::Passed => {}
        Verdict::Skipped(reason) => println!("skipped: {}: {reason}", step.name),
        Verdict::Failed(reason) => println!("FAILED: {}: {reason}", step.name),
    }
    report.add(step.name, verdict, started.elapsed())
}

fn parse_step(name: &str) -> Result<&'static str, String> {
    STEPS.iter().map(|step| step.name).find(|known| *known == name).ok_or_else(|| {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        format!("no such step; the steps are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_names_are_unique() {
        for (index, step) in STEPS.iter().enumerate() {
            assert!(STEPS[index + 1..].iter().all(|other| other.name != step.name), "{}", step.name);
        }
    }

    #[test]
    fn only_and_skip_select() {
        let args = TestArgs { only: vec!["fmt", "docs"], skip: vec!["docs"], list: false, fail_fast: false };
        assert!(args.selects("fmt"));
        assert!(!args.selects("docs"));
        assert!(!args.selects("tests"));
    }

    #[test]
    fn an_unknown_step_is_answered_with_the_known_ones() {
        assert_eq!(parse_step("fmt"), Ok("fmt"));
        assert!(parse_step("frobnicate").unwrap_err().contains("fmt"));
    }
}
