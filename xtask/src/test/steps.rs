//! The steps of `cargo xtask test`, in the order they run.
//!
//! Cargo resolves features over the packages that are selected together, so every step selects one of the same few
//! sets; another set would compile the dependencies once more. The sets never mix `ssr` with `hydrate`.

use std::path::Path;
use std::process::Command;

use super::audit;
use crate::book::{self, DocsArgs};
use crate::messages::{self, MessagesArgs};
use crate::progress;
use crate::queries::{self, QueriesArgs};
use crate::tools;
use crate::workspace::Workspace;

/// One thing that must hold. `run` fails, passes, or says why this machine can't tell.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) run: fn(&Workspace) -> anyhow::Result<Outcome>,
}

pub(super) enum Outcome {
    Passed,
    Skipped(String),
}

/// Everything that CI runs.
pub(super) const STEPS: &[Step] = &[
    Step { name: "fmt", about: "the code is formatted (rustfmt)", run: check_format },
    Step { name: "typos", about: "no spelling mistakes (typos)", run: check_spelling },
    Step { name: "machine", about: "this machine has what the tests need, or gets it", run: prepare_machine },
    Step { name: "audit", about: "licences, banned crates and sources of the dependencies", run: audit::check_crates },
    Step { name: "advisories", about: "known vulnerabilities of the dependencies", run: audit::check_advisories },
    Step { name: "unused", about: "no dependency that nothing uses (cargo shear)", run: audit::check_unused },
    Step { name: "npm-audit", about: "known vulnerabilities of the npm packages", run: audit::check_npm },
    Step { name: "clippy-ssr", about: "lints, as the server compiles", run: lint_server },
    Step { name: "clippy-wasm", about: "lints, as the browser's half compiles", run: lint_browser },
    Step {
        name: "docs",
        about: "the documentation builds without a warning, and its links lead somewhere",
        run: build_docs,
    },
    Step { name: "queries", about: "every SQL query fits the tables", run: check_queries },
    Step { name: "messages", about: "every message can be translated", run: check_messages },
    Step { name: "tests", about: "unit, integration and documentation tests", run: run_tests },
    Step { name: "cuda", about: "the CUDA build type-checks", run: check_cuda },
    Step { name: "deploy", about: "images, proxies, chart and alerts are what their programs read", run: check_deploy },
    Step { name: "end2end", about: "the pages work in Chromium (Playwright)", run: run_end2end },
    Step { name: "clients", about: "the clients work, and the API keeps its word", run: run_clients },
    Step { name: "operations", about: "several servers, upgrades, backups and kills", run: run_operations },
];

/// Everything that compiles for the machine itself, less xtask: the packages and features of the shipped program.
const SERVER_SET: [&str; 5] = ["--workspace", "--exclude", "vasari-frontend", "--exclude", "xtask"];
/// xtask alone, as `cargo xtask` compiles it.
const XTASK_SET: [&str; 2] = ["--package", "xtask"];
const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

fn check_format(workspace: &Workspace) -> anyhow::Result<Outcome> {
    progress::run("rustfmt", &mut workspace.cargo(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

fn check_spelling(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let typos = tools::ensure_python_tool(workspace, "typos")?;
    progress::run("typos", Command::new(typos).args(["--color", "never"]).current_dir(workspace.root()))?;
    Ok(Outcome::Passed)
}

fn prepare_machine(workspace: &Workspace) -> anyhow::Result<Outcome> {
    tools::ensure_cxx()?;
    tools::ensure_wasm_target()?;
    tools::ensure_nextest(workspace)?;
    tools::ensure_npm_packages(workspace)?;
    println!("Chromium: {}", tools::ensure_chromium()?.display());
    println!("PostgreSQL: {}", tools::ensure_postgres()?.display());
    Ok(Outcome::Passed)
}

fn lint_server(workspace: &Workspace) -> anyhow::Result<Outcome> {
    for set in [&SERVER_SET[..], &XTASK_SET[..]] {
        let mut clippy = workspace.cargo(["clippy", "--locked", "--all-targets", "--keep-going"]);
        progress::run("clippy (ssr)", clippy.args(set).args(DENY_WARNINGS))?;
    }
    Ok(Outcome::Passed)
}

fn lint_browser(workspace: &Workspace) -> anyhow::Result<Outcome> {
    tools::ensure_wasm_target()?;
    let mut clippy = workspace.cargo(["clippy", "--locked", "--target", "wasm32-unknown-unknown"]);
    // The frontend turns the app's `hydrate` on; naming the app as well has it linted, not only compiled.
    clippy.args(["--package", "vasari-frontend", "--package", "vasari-app"]).args(DENY_WARNINGS);
    progress::run("clippy (wasm32)", &mut clippy)?;
    Ok(Outcome::Passed)
}

fn build_docs(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let mut doc = workspace.cargo(["doc", "--locked", "--no-deps", "--document-private-items"]);
    doc.args(SERVER_SET).env("RUSTDOCFLAGS", "--deny warnings");
    progress::run("rustdoc", &mut doc)?;
    book::run(workspace, &DocsArgs { check: true })?;
    Ok(Outcome::Passed)
}

fn check_queries(workspace: &Workspace) -> anyhow::Result<Outcome> {
    queries::run(workspace, &QueriesArgs { check: true })?;
    Ok(Outcome::Passed)
}

fn check_messages(workspace: &Workspace) -> anyhow::Result<Outcome> {
    messages::run(workspace, &MessagesArgs { language: None, check: true })?;
    Ok(Outcome::Passed)
}

fn run_tests(workspace: &Workspace) -> anyhow::Result<Outcome> {
    for set in [&SERVER_SET[..], &XTASK_SET[..]] {
        let mut nextest = tools::ensure_nextest(workspace)?;
        nextest.args(["run", "--locked", "--no-fail-fast", "--no-tests=fail", "--status-level=slow"]).args(set);
        progress::run("tests", &mut nextest)?;
    }
    let mut doctests = workspace.cargo(["test", "--locked", "--doc", "--no-fail-fast"]);
    progress::run("documentation tests", doctests.args(SERVER_SET))?;
    Ok(Outcome::Passed)
}

fn check_cuda(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let mut check = workspace.cargo(["check", "--locked", "--package", "vasari", "--features", "cuda"]);
    progress::run("cargo check --features cuda", &mut check)?;
    Ok(Outcome::Passed)
}

fn run_end2end(workspace: &Workspace) -> anyhow::Result<Outcome> {
    tools::ensure_npm_packages(workspace)?;
    // The page writes Python that needs a package.
    let python = tools::ensure_clients(workspace)?;
    let chromium = tools::ensure_chromium()?;
    let built = crate::serve::build_server(workspace)?;
    let mut playwright = Command::new(workspace.root().join("end2end/node_modules/.bin/playwright"));
    playwright.arg("test").current_dir(workspace.root().join("end2end"));
    playwright.env("CHROMIUM_PATH", chromium).env("PYTHON", python);
    playwright.env("VASARI_BIN", built.program).env("VASARI_SITE_ROOT", built.site);
    progress::run("playwright", &mut playwright)?;
    Ok(Outcome::Passed)
}

fn run_clients(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let python = tools::ensure_clients(workspace)?;
    run_pytest(workspace, &python, "clients")
}

fn check_deploy(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let python = tools::ensure_deploy_tools(workspace)?;
    run_pytest(workspace, &python, "deploy")
}

/// Runs the Python tests of a folder of `end2end/` with the program as it is now.
fn run_pytest(workspace: &Workspace, python: &Path, folder: &str) -> anyhow::Result<Outcome> {
    let built = crate::serve::build_server(workspace)?;
    let mut pytest = Command::new(python);
    // Nothing is left in the checkout.
    pytest.args(["-B", "-m", "pytest", &format!("end2end/{folder}")]).current_dir(workspace.root());
    pytest.env("VASARI_BIN", built.program).env("VASARI_SITE_ROOT", built.site);
    progress::run(&format!("pytest ({folder})"), &mut pytest)?;
    Ok(Outcome::Passed)
}

fn run_operations(workspace: &Workspace) -> anyhow::Result<Outcome> {
    // What they need of Python the clients need as well.
    let python = tools::ensure_clients(workspace)?;
    tools::ensure_postgres()?;
    tools::ensure_nginx()?;
    let built = crate::serve::build_server(workspace)?;
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "end2end/operations"]).current_dir(workspace.root());
    pytest.env("VASARI_BIN", built.program).env("VASARI_SITE_ROOT", built.site);
    progress::run("pytest (operations)", &mut pytest)?;
    Ok(Outcome::Passed)
}
