//! `cargo xtask bench pages`: the gallery's pages with many pictures, from the server to the screen.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::figures::{self, processor};
use crate::workspace::Workspace;
use crate::{progress, serve, tools};

/// What a page may take at the 95th percentile, in milliseconds.
const WANTED_MS: f64 = 50.0;

/// The longest task that scrolling may make, in milliseconds.
const WANTED_TASK_MS: f64 = 100.0;

/// The least of Lighthouse's scores.
const WANTED_SCORE: f64 = 95.0;

/// How long the folder may take to be taken in.
const PATIENCE: Duration = Duration::from_mins(30);

/// Measure the gallery with many pictures: what pages take, scrolling from the first picture to the last, and what Lighthouse
/// says.
///
/// Serves a folder of so many pictures (the sample scenes, again and again) with `vasari gallery`, in a data folder that is
/// gone afterwards, and opens it in Chromium.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask bench pages --images 1000   a first look
  cargo xtask bench pages --write         10,000 pictures, and put the table into docs/PERFORMANCE.md")]
pub(crate) struct BenchPagesArgs {
    /// How many pictures
    #[arg(long, default_value_t = 10_000, value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    images: u32,
    /// The port that the gallery is served on meanwhile
    #[arg(long, default_value_t = 8177, value_name = "PORT")]
    port: u16,
    /// Put the table between the markers of docs/PERFORMANCE.md
    #[arg(long)]
    write: bool,
}

/// A gallery that ends when this is dropped.
struct Gallery(Child);

impl Drop for Gallery {
    fn drop(&mut self) {
        // So that its database stops with it.
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        if told.is_err() {
            drop(self.0.kill());
        }
        drop(self.0.wait());
    }
}

pub(crate) fn run(workspace: &Workspace, args: &BenchPagesArgs) -> anyhow::Result<()> {
    tools::ensure_npm_packages(workspace)?;
    // Lighthouse brings two hundred packages, which nobody else should wait for.
    let mut install = Command::new("npm");
    install.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
    progress::run("install Lighthouse", install.current_dir(workspace.root().join("end2end/bench")))?;
    let chromium = tools::ensure_chromium()?;
    let built = serve::build_server(workspace)?;
    let folder = std::env::temp_dir().join(format!("vasari-bench-pages-{}", std::process::id()));
    let outcome = measure(workspace, args, (&built, &chromium), &folder);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} can't be removed", folder.display()))?;
    }
    let (measured, taken_in) = outcome?;
    let table = to_markdown(&measured, args.images, taken_in)?;
    println!("\n{table}");
    if args.write {
        figures::write(workspace, "pages", &table)?;
    }
    Ok(())
}

fn measure(
    workspace: &Workspace,
    args: &BenchPagesArgs,
    (built, chromium): (&serve::Built, &Path),
    folder: &Path,
) -> anyhow::Result<(Value, Duration)> {
    let images = folder.join("many");
    make_folder(workspace, &images, args.images)?;
    let server = format!("http://localhost:{}", args.port);
    let mut gallery = Command::new(&built.program);
    gallery.arg("gallery").arg("--dataset-dir").arg(&images).arg("--data-dir").arg(folder.join("data"));
    gallery.args(["--port", &args.port.to_string(), "--log-level", "warn", "--address-rate-limit", "off"]);
    gallery.env("VASARI_SITE_ROOT", &built.site).stdout(Stdio::null());
    let began = Instant::now();
    let mut gallery = Gallery(gallery.spawn().context("the gallery does not start")?);
    wait_until_taken_in(&mut gallery, &server, args.images, began)?;
    let taken_in = began.elapsed();
    println!("{} pictures are taken in after {:.0} s", args.images, taken_in.as_secs_f64());
    let mut script = Command::new("node");
    script.arg(workspace.root().join("end2end/bench/pages.js")).args([server.as_str(), "/datasets/many"]);
    script.env("CHROMIUM_PATH", chromium).current_dir(workspace.root().join("end2end"));
    let output = script.stderr(Stdio::inherit()).output().context("node does not start")?;
    if !output.status.success() {
        bail!("the pages could not be measured; what is printed above says why");
    }
    Ok((serde_json::from_slice(&output.stdout).context("the script prints JSON")?, taken_in))
}

/// Sample scenes under so many names, and a caption for each.
fn make_folder(workspace: &Workspace, folder: &Path, images: u32) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let samples = workspace.root().join("model/demo/samples");
    let mut scenes: Vec<_> = fs::read_dir(&samples)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    scenes.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    scenes.sort();
    let mut lines = String::new();
    for number in 0..images {
        let scene = &scenes[number as usize % scenes.len()];
        let name = format!("{number:07}.png");
        fs::copy(scene, folder.join(&name)).with_context(|| format!("copying {}", scene.display()))?;
        let animal = ["dog", "cat", "penguin", "owl", "fox"][number as usize % 5];
        writeln!(lines, r#"{{"image": "{name}", "caption": "a {animal} beside a red apple, number {number}"}}"#)?;
    }
    fs::write(folder.join("captions.jsonl"), lines)?;
    Ok(())
}

/// Waits until the search finds every picture by its caption: the captions come last.
fn wait_until_taken_in(gallery: &mut Gallery, server: &str, images: u32, began: Instant) -> anyhow::Result<()> {
    let path = format!("{server}/api/v1/datasets/many/search?q=apple&limit=1");
    loop {
        if let Some(status) = gallery.0.try_wait()? {
            bail!("the gallery ended early ({status}); what it printed above says why");
        }
        let answer = Command::new("curl").args(["--silent", "--max-time", "10", &path]).output().context("curl")?;
        let found: Value = serde_json::from_slice(&answer.stdout).unwrap_or_default();
        if found["total"].as_u64() == Some(images.into()) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            bail!("the folder is not taken in after {} minutes", PATIENCE.as_secs() / 60);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn to_markdown(measured: &Value, images: u32, taken_in: Duration) -> anyhow::Result<String> {
    let number = |value: &Value, key: &str| value[key].as_f64().with_context(|| format!("the script tells {key}"));
    let mut text = format!(
        "{images} pictures, taken in by `vasari gallery` in {:.0} s, {}:\n\n\
         | page | median | 95 % within | 99 % within |\n|---|---:|---:|---:|\n",
        taken_in.as_secs_f64(),
        processor(),
    );
    for page in measured["pages"].as_array().context("the script tells pages")? {
        let (p50, p95, p99) = (number(page, "p50_ms")?, number(page, "p95_ms")?, number(page, "p99_ms")?);
        let mark = if p95 < WANTED_MS { String::new() } else { format!(" (more than the {WANTED_MS} ms wanted)") };
        let path = page["path"].as_str().unwrap_or_default();
        let path = if path.contains("/images/") { "an image" } else { path };
        writeln!(text, "| `{path}` | {p50:.1} ms | {p95:.1} ms{mark} | {p99:.1} ms |")?;
    }
    let scrolled = &measured["scrolled"];
    let longest = number(scrolled, "longest_ms")?;
    let mark = if longest <= WANTED_TASK_MS { "" } else { ", more than the 100 ms wanted" };
    write!(
        text,
        "\nScrolling through {} tiles took {:.0} s, with {} tasks longer than 50 ms, the longest {longest:.0} ms{mark}; the \
         document had {} elements at the end. While the page loaded, the longest task took {:.0} ms.\n\n\
         | Lighthouse | performance | accessibility | best practices |\n|---|---:|---:|---:|\n",
        scrolled["tiles"],
        number(scrolled, "seconds")?,
        scrolled["over_50_ms"],
        scrolled["nodes"],
        number(scrolled, "load_longest_ms")?,
    )?;
    for (device, rows) in [("desktop", &measured["desktop"]), ("phone", &measured["mobile"])] {
        for row in rows.as_array().context("the script tells scores")? {
            let path = row["path"].as_str().unwrap_or_default();
            let page = if path.contains("/images/") { "an image" } else { "the grid" };
            let score = |key: &str| -> anyhow::Result<String> {
                let score = number(row, key)?;
                let mark = if score >= WANTED_SCORE { "" } else { " (95 wanted)" };
                Ok(format!("{score:.0}{mark}"))
            };
            let scores = [score("performance")?, score("accessibility")?, score("best-practices")?];
            writeln!(text, "| {page}, {device} | {} |", scores.join(" | "))?;
            for wanting in row["wanting"].as_array().into_iter().flatten() {
                println!("{page}, {device}: {}", wanting.as_str().unwrap_or_default());
            }
        }
    }
    Ok(text)
}
