//! One half of the benchmark: a process that measures what it is told to.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

/// A loaded model in a process of its own; ends when it is dropped.
pub(crate) struct Runner {
    name: &'static str,
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Runner {
    /// Starts `command` and waits until it says `ready`.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name}'s half of the benchmark does not start"))?;
        let commands = child.stdin.take();
        let answers = child.stdout.take().context("a piped process has a standard output")?;
        let mut runner = Self { name, child, commands, answers: BufReader::new(answers) };
        let first = runner.read_line()?;
        if first != "ready" {
            bail!("{name}'s half of the benchmark said {first:?} where \"ready\" was expected");
        }
        Ok(runner)
    }

    /// Has `command` done once; milliseconds, or MiB for `memory`.
    pub(crate) fn ask(&mut self, command: &str) -> anyhow::Result<f64> {
        let name = self.name;
        let commands = self.commands.as_mut().context("the process still takes commands")?;
        writeln!(commands, "{command}").with_context(|| format!("{name}'s half of the benchmark has ended"))?;
        let answer = self.read_line()?;
        answer.parse().with_context(|| format!("{name} answered {answer:?} to {command:?}"))
    }

    fn read_line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("{}'s half of the benchmark ended; what it printed above says why", self.name);
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Both halves end with their input.
        drop(self.commands.take());
        if let Err(error) = self.child.wait() {
            eprintln!("{}'s half of the benchmark: {error}", self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn commands_are_answered_in_turn() {
        let mut script = shell("echo ready; while read line; do echo ${#line}.5; done");
        let mut runner = Runner::start("probe", &mut script).unwrap();
        assert!((runner.ask("vision").unwrap() - 6.5).abs() < 1e-9);
        assert!((runner.ask("beams").unwrap() - 5.5).abs() < 1e-9);
    }

    #[test]
    fn a_half_that_ends_is_named() {
        let error = Runner::start("probe", &mut shell("exit 1")).err().unwrap();
        assert!(error.to_string().contains("probe's half"), "{error}");
    }
}
