//! Long commands with something to look at while they run.
//!
//! On a terminal a spinner shows the elapsed time and the last line of progress. Elsewhere (a log, CI) the command
//! prints what it says as it comes, less cargo's hundreds of `Compiling` lines, of which one is shown every half minute.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

/// How often a log hears from a command that only makes progress.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// First words of the lines that only tell how far a tool has come.
const PROGRESS_WORDS: [&str; 13] = [
    "Adding",
    "Blocking",
    "Building",
    "Checking",
    "Compiling",
    "Documenting",
    "Downloaded",
    "Downloading",
    "Dirty",
    "Fresh",
    "Generated",
    "Locking",
    "Updating",
];

/// Runs `command` to its end under `label`; an exit status other than 0 is an error that quotes the command.
pub(crate) fn run(label: &str, command: &mut Command) -> anyhow::Result<()> {
    capture(label, command).map(drop)
}

/// As [`run`], and returns everything that the command said on both streams.
pub(crate) fn capture(label: &str, command: &mut Command) -> anyhow::Result<String> {
    let finished = observe(label, command)?;
    if !finished.success {
        bail!("{} (after {})\n  command: {}", finished.status, seconds(finished.elapsed), quoted(command));
    }
    Ok(finished.output)
}

/// How a command ended.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) output: String,
    status: String,
    elapsed: Duration,
}

/// As [`capture`], but leaves the judgement of a failed exit to the caller.
pub(crate) fn observe(label: &str, command: &mut Command) -> anyhow::Result<Finished> {
    let started = Instant::now();
    let mut display = Display::new(label, started);
    if display.is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| {
            format!("`{}` does not start: is it installed and on PATH?", command.get_program().to_string_lossy())
        })?;

    let (sender, lines) = mpsc::channel();
    forward_lines(child.stdout.take(), sender.clone());
    forward_lines(child.stderr.take(), sender);

    let mut output = String::new();
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                output.push_str(&line);
                output.push('\n');
                display.show(&line);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => display.beat(),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().with_context(|| format!("waiting for {label}"))?;
    display.finish();
    Ok(Finished { success: status.success(), output, status: status.to_string(), elapsed: started.elapsed() })
}

/// `73.4 s` below two minutes, `4 min 05 s` above.
pub(crate) fn seconds(elapsed: Duration) -> String {
    if elapsed < Duration::from_mins(2) {
        format!("{:.1} s", elapsed.as_secs_f64())
    } else {
        format!("{} min {:02} s", elapsed.as_secs() / 60, elapsed.as_secs() % 60)
    }
}

/// What the person or the log sees of a running command.
struct Display {
    label: String,
    started: Instant,
    last_shown: Instant,
    last_progress: Option<String>,
    spinner: Option<ProgressBar>,
}

impl Display {
    fn new(label: &str, started: Instant) -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}")
                .expect("the template is a constant and well formed. This is a bug.");
            let spinner = ProgressBar::new_spinner().with_style(style).with_prefix(label.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        Self { label: label.to_owned(), started, last_shown: started, last_progress: None, spinner }
    }

    fn is_terminal(&self) -> bool {
        self.spinner.is_some()
    }

    fn show(&mut self, line: &str) {
        let plain = console::strip_ansi_codes(line);
        match &self.spinner {
            Some(spinner) if is_progress(&plain) => spinner.set_message(plain.trim().to_owned()),
            Some(spinner) => spinner.println(line),
            None if is_progress(&plain) => {
                self.last_progress = Some(plain.trim().to_owned());
                self.beat();
            }
            None => {
                println!("{plain}");
                self.last_shown = Instant::now();
            }
        }
    }

    fn beat(&mut self) {
        if self.spinner.is_none() && self.last_shown.elapsed() >= HEARTBEAT {
            let progress = self.last_progress.as_deref().unwrap_or("still running");
            println!("[{}] {}: {progress}", clock(self.started.elapsed()), self.label);
            self.last_shown = Instant::now();
        }
    }

    fn finish(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }
}

fn forward_lines(stream: Option<impl Read + Send + 'static>, sender: mpsc::Sender<String>) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        // Bytes, not `lines()`: a compiler may quote a source line that is not UTF-8.
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            if sender.send(line).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

fn is_progress(plain_line: &str) -> bool {
    plain_line.split_whitespace().next().is_some_and(|word| PROGRESS_WORDS.contains(&word))
}

fn clock(elapsed: Duration) -> String {
    format!("{:02}:{:02}", elapsed.as_secs() / 60, elapsed.as_secs() % 60)
}

/// The command as it could be typed into a shell.
fn quoted(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| {
            let word = word.to_string_lossy();
            let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,+@".contains(c));
            if is_plain { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiling_lines_are_progress_and_warnings_are_not() {
        assert!(is_progress("   Compiling serde v1.0.0"));
        assert!(is_progress("    Blocking waiting for file lock on build directory"));
        assert!(!is_progress("warning: unused variable: `x`"));
        assert!(!is_progress(""));
    }

    #[test]
    fn a_failing_command_is_quoted_with_its_status() {
        let error = run("probe", Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("exit status: 3"), "{message}");
        assert!(message.contains("sh -c 'echo out; echo err >&2; exit 3'"), "{message}");
    }

    #[test]
    fn both_streams_are_captured() {
        let output = capture("probe", Command::new("sh").args(["-c", "echo out; echo err >&2"])).unwrap();
        assert!(output.contains("out\n") && output.contains("err\n"), "{output}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run("probe", &mut Command::new("no-such-program-of-ours")).unwrap_err();
        assert!(error.to_string().contains("`no-such-program-of-ours` does not start"), "{error}");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(1_234)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(245)), "4 min 05 s");
    }
}
