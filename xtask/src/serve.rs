//! `cargo xtask serve`: builds what is out of date and runs it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use clap::Args;

use crate::progress;
use crate::site;
use crate::tools;
use crate::workspace::Workspace;

/// Build the pages and the server, run them, and print the address to open.
///
/// With no options this serves the demo model that comes with the repository, on loopback. The first run compiles
/// every dependency: about 14 minutes on two cores. After that a change in the server takes seconds to build, one in
/// the pages about a minute.
///
/// Whatever follows `serve` goes to `vasari serve`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask serve                                          the demo model on port 8000
  cargo xtask serve --port 9000                              another port
  cargo xtask serve --model-path microsoft/Florence-2-base   the real model, from Hugging Face
  cargo xtask serve --cargo-features cuda --device cuda      on an NVIDIA GPU
  cargo xtask serve -- --help                                every option of `vasari serve`")]
pub(crate) struct ServeArgs {
    /// Cargo features to build the server with
    #[arg(long, value_name = "FEATURES")]
    cargo_features: Option<String>,
    /// Options for `vasari serve`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SERVER_OPTIONS")]
    options: Vec<String>,
}

/// What [`build_server`] made.
pub(crate) struct Built {
    /// The `vasari` binary.
    pub(crate) program: PathBuf,
    /// The folder with the pages' static files.
    pub(crate) site: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, args: &ServeArgs) -> anyhow::Result<()> {
    let names_database = args.options.iter().any(|option| option.starts_with("--database-url"));
    // First, so that whoever must install it hears of it before the long build.
    if !names_database
        && std::env::var_os("DATABASE_URL").is_none()
        && let Err(error) = tools::ensure_postgres()
    {
        eprintln!("{error:#}\nWithout it the server captions, but keeps nothing.");
    }
    let built = build(workspace, "dev", args.cargo_features.as_deref())?;
    let mut server = Command::new(&built.program);
    server.arg("serve").args(&args.options).env("VASARI_SITE_ROOT", &built.site);
    hand_over(&mut server).with_context(|| format!("{} does not start", built.program.display()))
}

/// Becomes the server, so that Ctrl+C reaches it alone and the prompt comes back when it has stopped.
#[cfg(unix)]
fn hand_over(server: &mut Command) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.exec())
}

/// Runs the server and ends as it ends.
#[cfg(not(unix))]
fn hand_over(server: &mut Command) -> std::io::Result<()> {
    std::process::exit(server.status()?.code().unwrap_or(1))
}

/// The server and its pages in the profile that tests use as well.
pub(crate) fn build_server(workspace: &Workspace) -> anyhow::Result<Built> {
    build(workspace, "dev", None)
}

/// The server in any cargo profile, with the pages: beside it in `dev`, within it in any other. Features are cargo's own,
/// comma-separated.
pub(crate) fn build(workspace: &Workspace, profile: &str, features: Option<&str>) -> anyhow::Result<Built> {
    tools::ensure_wasm_target()?;
    let site = site::build(workspace)?;
    let mut cargo = workspace.cargo(["build", "--locked", "--package", "vasari", "--profile", profile]);
    if let Some(features) = features {
        cargo.args(["--features", features]);
    }
    // Not while developing: every commit and every change of style would compile the server anew.
    if profile != "dev" {
        cargo.env("VASARI_BUILD_SITE", &site);
        if let Some(revision) = workspace.revision() {
            cargo.env("VASARI_BUILD_REVISION", revision);
        }
    }
    progress::run("build the server", &mut cargo)?;
    // Cargo's one exception: the profile `dev` builds into `debug`.
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(Built { program: workspace.server_binary(folder), site })
}
