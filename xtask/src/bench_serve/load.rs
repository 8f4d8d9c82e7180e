//! A server to load, and the program that loads it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::progress;
use crate::serve::Built;

/// A running `vasari serve`; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts the server and waits until its model is warm.
    pub(crate) fn start(built: &Built, model_path: Option<&str>, batch_size: u32) -> anyhow::Result<Self> {
        let mut command = Command::new(&built.program);
        command.args(["serve", "--host", "127.0.0.1", "--port", "0", "--log-level", "warn", "--num-beams", "1"]);
        command.args(["--feature-cache-size", "0", "--rate-limit", "off", "--address-rate-limit", "off"]);
        command.args(["--batch-size", &batch_size.to_string()]).env("VASARI_SITE_ROOT", &built.site);
        if let Some(path) = model_path {
            command.args(["--model-path", path]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().context("the server does not start")?;
        let mut lines = BufReader::new(child.stdout.take().context("a piped process has a standard output")?);
        let mut welcome = String::new();
        while !welcome.contains("Ctrl+C") {
            if lines.read_line(&mut welcome)? == 0 {
                bail!("the server ended before it listened; what it printed above says why");
            }
        }
        // Whatever it prints later must not block it.
        std::thread::spawn(move || std::io::copy(&mut lines.by_ref(), &mut std::io::sink()));
        let address = welcome.split_whitespace().find(|word| word.starts_with("http://"));
        let url = address.context("the welcome names the address")?.to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How requests were answered, on the whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) answered: u64,
    pub(crate) refused: u64,
    pub(crate) refused_without_advice: u64,
    pub(crate) failed: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) refused_p99_ms: f64,
}

/// What the server adds to the model's own time, in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Alone {
    pub(crate) added_p50: f64,
    pub(crate) added_p99: f64,
    /// The part of it that decoding and resizing take.
    pub(crate) prepare_p50: f64,
}

/// The program that asks.
pub(crate) struct Load {
    program: PathBuf,
    seconds: u32,
}

impl Load {
    pub(crate) fn new(program: PathBuf, seconds: u32) -> Self {
        Self { program, seconds }
    }

    /// So many clients, each asking one picture after the other.
    pub(crate) fn closed(&self, server: &Server, pictures: &Path, clients: u32) -> anyhow::Result<Outcome> {
        let label = format!("{clients} clients, one picture after the other");
        self.outcome(&label, server, "closed", pictures, &clients.to_string())
    }

    /// So many pictures a second, answered or not.
    pub(crate) fn open(&self, server: &Server, pictures: &Path, rate: f64) -> anyhow::Result<Outcome> {
        self.outcome(&format!("{rate:.1} pictures a second"), server, "open", pictures, &rate.to_string())
    }

    /// One picture at a time.
    pub(crate) fn alone(&self, server: &Server) -> anyhow::Result<Alone> {
        let result = run("one picture at a time", Command::new(&self.program).args(["alone", &server.url, "40"]))?;
        let field = |name: &str| result[name].as_f64().with_context(|| format!("{name} is missing in {result}"));
        Ok(Alone {
            added_p50: field("added_p50_ms")?,
            added_p99: field("added_p99_ms")?,
            prepare_p50: field("prepare_p50_ms")?,
        })
    }

    fn outcome(&self, label: &str, server: &Server, kind: &str, from: &Path, amount: &str) -> anyhow::Result<Outcome> {
        let mut command = Command::new(&self.program);
        command.args([kind, &server.url]).arg(from).args([amount, &self.seconds.to_string()]);
        let result = run(label, &mut command)?;
        let count = |name: &str| result[name].as_u64().with_context(|| format!("{name} is missing in {result}"));
        // Percentiles of nothing are null.
        let number = |name: &str| result[name].as_f64().unwrap_or(f64::NAN);
        Ok(Outcome {
            answered: count("answered")?,
            refused: count("refused")?,
            refused_without_advice: count("refused_without_advice")?,
            failed: count("failed")?,
            per_second: number("per_second"),
            p50_ms: number("p50_ms"),
            p99_ms: number("p99_ms"),
            refused_p99_ms: number("refused_p99_ms"),
        })
    }
}

fn run(label: &str, command: &mut Command) -> anyhow::Result<Value> {
    let printed = progress::capture(label, command)?;
    serde_json::from_str(printed.trim()).with_context(|| format!("the load generator printed {printed:?}"))
}
