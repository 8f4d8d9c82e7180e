//! The table at the end of a test run.

use std::fmt;
use std::time::Duration;

use crate::progress::seconds;

/// How one step ended; the texts are reasons for people.
#[derive(Debug)]
pub(super) enum Verdict {
    Passed,
    Failed(String),
    Skipped(String),
}

/// The steps that ran, in order.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<(&'static str, Verdict, Duration)>,
}

impl Report {
    pub(super) fn add(&mut self, step: &'static str, verdict: Verdict, elapsed: Duration) -> &Verdict {
        self.lines.push((step, verdict, elapsed));
        &self.lines.last().expect("a line was just pushed. This is a bug.").1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.lines.iter().any(|(_, verdict, _)| matches!(verdict, Verdict::Failed(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        writeln!(f, "\n=== summary")?;
        for (step, verdict, elapsed) in &self.lines {
            let (word, reason) = match verdict {
                Verdict::Passed => ("passed", None),
                Verdict::Failed(reason) => ("FAILED", Some(reason)),
                Verdict::Skipped(reason) => ("skipped", Some(reason)),
            };
            match verdict {
                Verdict::Passed => passed += 1,
                Verdict::Failed(_) => failed += 1,
                Verdict::Skipped(_) => skipped += 1,
            }
            write!(f, "{step:<13} {word:<8} {:>12}", seconds(*elapsed))?;
            match reason.and_then(|reason| reason.lines().next()) {
                Some(first_line) => writeln!(f, "  {first_line}")?,
                None => writeln!(f)?,
            }
        }
        let total = self.lines.iter().map(|(_, _, elapsed)| *elapsed).sum();
        writeln!(f, "{:<13} {:<8} {:>12}\n", "all steps", "", seconds(total))?;
        // The closing line in the plain form that every reader of test logs knows.
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_the_steps() {
        let mut report = Report::default();
        report.add("fmt", Verdict::Passed, Duration::from_millis(700));
        report.add("docs", Verdict::Failed("exit status: 101\n  command: cargo doc".to_owned()), Duration::ZERO);
        report.add("advisories", Verdict::Skipped("no database".to_owned()), Duration::ZERO);

        let text = report.to_string();
        assert!(report.has_failed());
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        assert!(text.contains("FAILED") && text.contains("exit status: 101"), "{text}");
        assert!(!text.contains("command:"), "the table keeps to one line per step: {text}");
    }
}
