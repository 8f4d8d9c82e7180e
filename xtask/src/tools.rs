//! What the other commands need from the machine: finds it, installs what it can, and says exactly what it cannot.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::progress;
use crate::workspace::Workspace;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// What writes the SBOM.
const SBOM_VERSION: &str = "0.10.0";

/// Makes sure that rustc can compile for the browser.
pub(crate) fn ensure_wasm_target() -> anyhow::Result<()> {
    let sysroot = answer(Command::new("rustc").args(["--print", "sysroot"])).context("rustc does not answer")?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    if !is_on_path("rustup") {
        bail!(
            "rustc has no {WASM_TARGET} target and there is no rustup to add it: install that target's standard library"
        );
    }
    progress::run("install the wasm target", Command::new("rustup").args(["target", "add", WASM_TARGET]))
        .with_context(|| format!("`rustup target add {WASM_TARGET}` failed"))
}

/// Makes sure that `cargo nextest` runs, and returns the command that it is part of.
pub(crate) fn ensure_nextest(workspace: &Workspace) -> anyhow::Result<Command> {
    if answer(workspace.cargo(["nextest", "--version"])).is_some() {
        return Ok(workspace.cargo(["nextest"]));
    }
    let mut command = Command::new(ensure_python_tool(workspace, "cargo-nextest")?);
    command.arg("nextest").current_dir(workspace.root());
    Ok(command)
}

/// Writes the list of what the program is made of (SBOM) as `CycloneDX`.
pub(crate) fn write_sbom(workspace: &Workspace, path: &Path) -> anyhow::Result<()> {
    let folder = workspace.target().join("cargo-tools");
    if !folder.join("bin/cargo-sbom").is_file() {
        let mut install = workspace.cargo(["install", "--locked", "--quiet", "cargo-sbom", "--version", SBOM_VERSION]);
        progress::run("install cargo-sbom", install.arg("--root").arg(&folder))?;
    }
    let mut sbom = Command::new(folder.join("bin/cargo-sbom"));
    sbom.args(["sbom", "--cargo-package", "vasari", "--output-format", "cyclone_dx_json_1_4", "--project-directory"]);
    let list = answer(sbom.arg(workspace.root())).context("`cargo sbom` failed")?;
    std::fs::write(path, list).with_context(|| format!("{} can't be written", path.display()))
}

/// Makes sure that one of the tools of `xtask/tools.txt` is there, and returns its path.
pub(crate) fn ensure_python_tool(workspace: &Workspace, name: &str) -> anyhow::Result<PathBuf> {
    let environment = ensure_environment(workspace, "tools", "xtask/tools.txt")
        .with_context(|| format!("`{name}` is needed for this step"))?;
    let program = environment.join("bin").join(name);
    if !program.is_file() {
        bail!("xtask/tools.txt installs no `{name}`");
    }
    Ok(program)
}

/// Makes sure that the clients of `end2end/clients` are there, and returns the Python that finds them.
pub(crate) fn ensure_clients(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    if !is_on_path("curl") {
        ensure_debian_packages("curl", &["curl"])?;
    }
    Ok(ensure_environment(workspace, "clients", "end2end/clients/requirements.txt")?.join("bin/python"))
}

/// Makes sure that the programs are there that read what lies in `deploy/`, and returns the Python that tests it.
pub(crate) fn ensure_deploy_tools(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let programs = [
        ("caddy", "caddy"),
        ("curl", "curl"),
        ("nginx", "nginx"),
        ("openssl", "openssl"),
        ("promtool", "prometheus"),
        ("systemd-analyze", "systemd"),
    ];
    // Where Debian has nginx, off the path of everybody but root.
    let is_there = |program: &str| is_on_path(program) || Path::new("/usr/sbin").join(program).is_file();
    let is_missing = |(program, _): &&(&str, &str)| !is_there(program);
    let missing: Vec<&str> = programs.iter().filter(is_missing).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        ensure_debian_packages(&format!("what reads deploy/ ({})", missing.join(", ")), &missing)?;
    }
    ensure_postgres()?;
    Ok(ensure_environment(workspace, "deploy", "end2end/deploy/requirements.txt")?.join("bin/python"))
}

/// Makes sure that there is a virtual environment of this name in the build folder with the pinned packages that the
/// file lists, and returns its folder. It is renewed when the list changes.
fn ensure_environment(workspace: &Workspace, name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let environment = workspace.target().join(name);
    let stamp = environment.join("installed.txt");
    let list = workspace.root().join(requirements);
    let wanted = std::fs::read_to_string(&list).with_context(|| format!("reading {requirements}"))?;
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(environment);
    }

    // Debian ships `ensurepip` apart from Python itself.
    if answer(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_none() {
        ensure_debian_packages("Python's venv", &["python3", "python3-venv"])?;
    }
    progress::run("create the packages' folder", Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    progress::run(
        &format!("install what {requirements} lists"),
        Command::new(environment.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--only-binary=:all:", "--requirement"])
            .arg(list),
    )
    .with_context(|| format!("PyPI did not give the packages of {requirements}"))?;
    std::fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))?;
    Ok(environment)
}

/// Makes sure that the end-to-end tests' npm packages are those of the lock file.
pub(crate) fn ensure_npm_packages(workspace: &Workspace) -> anyhow::Result<()> {
    if !is_on_path("npm") {
        ensure_debian_packages("Node.js and npm", &["nodejs", "npm"])?;
    }
    let folder = workspace.root().join("end2end");
    let lock = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    let modified = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    if modified(&installed).is_some_and(|installed| Some(installed) >= modified(&lock)) {
        return Ok(());
    }
    progress::run("npm ci (end2end)", Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
}

/// Makes sure that there is a Chromium, and returns its path. `CHROMIUM_PATH` names one that is not on `PATH`.
pub(crate) fn ensure_chromium() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM_PATH").map(PathBuf::from) {
        if path.is_file() {
            return Ok(path);
        }
        bail!("CHROMIUM_PATH is {}, and there is no such file", path.display());
    }
    if find_chromium().is_none() {
        ensure_debian_packages("Chromium", &["chromium", "fonts-dejavu-core"])?;
    }
    find_chromium().context("no Chromium on PATH: install one, or point CHROMIUM_PATH at it")
}

/// Makes sure that there is an nginx, which Debian keeps where only root's `PATH` leads.
pub(crate) fn ensure_nginx() -> anyhow::Result<PathBuf> {
    let find =
        || find_on_path("nginx").or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.is_file()));
    if find().is_none() {
        ensure_debian_packages("nginx", &["nginx"])?;
    }
    find().context("no nginx: install one")
}

/// Makes sure that there are PostgreSQL's server binaries, and returns the folder they are in.
pub(crate) fn ensure_postgres() -> anyhow::Result<PathBuf> {
    if find_postgres().is_none() {
        ensure_debian_packages("PostgreSQL", &["postgresql"])?;
    }
    find_postgres().context("no PostgreSQL server: install one, with its `postgres` on PATH")
}

/// Makes sure that there is a compiler of C++, in which libFuzzer is written.
pub(crate) fn ensure_cxx() -> anyhow::Result<()> {
    if ["c++", "g++", "clang++"].iter().any(|program| is_on_path(program)) {
        return Ok(());
    }
    ensure_debian_packages("a compiler of C++", &["g++"])
}

/// What rustc calls this machine.
pub(crate) fn host_triple() -> anyhow::Result<String> {
    let version = answer(Command::new("rustc").arg("-vV")).context("rustc does not answer")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

fn find_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].into_iter().find_map(find_on_path)
}

/// Debian keeps the server's binaries off `PATH`, one folder per major version; the newest is taken.
fn find_postgres() -> Option<PathBuf> {
    let by_version = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = by_version
        .filter(|entry| entry.path().join("bin/postgres").is_file())
        .max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
    match newest {
        Some(entry) => Some(entry.path().join("bin")),
        None => find_on_path("postgres").and_then(|program| program.parent().map(Path::to_path_buf)),
    }
}

/// Installs Debian packages as root; tells anybody else the command.
fn ensure_debian_packages(what: &str, packages: &[&str]) -> anyhow::Result<()> {
    let by_hand = format!("apt-get update && apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if !is_on_path("apt-get") {
        bail!("{what} is missing. Install it with this system's package manager (on Debian: {by_hand})");
    }
    let is_root = answer(Command::new("id").arg("-u")).is_some_and(|user| user.trim() == "0");
    if !is_root {
        bail!("{what} is missing, and only root can install it. Run: sudo sh -c '{by_hand}'");
    }
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    progress::run("apt-get update", apt_get().args(["update", "--quiet", "--quiet"]))?;
    progress::run(
        &format!("install {what}"),
        apt_get().args(["install", "--yes", "--quiet", "--quiet", "--no-install-recommends"]).args(packages),
    )
    .with_context(|| format!("{what} is missing, and this failed: {by_hand}"))
}

fn is_on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// What a quick command prints, if it starts and succeeds.
fn answer(mut command: impl std::borrow::BorrowMut<Command>) -> Option<String> {
    let output = command.borrow_mut().stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("no-such-program-of-ours"));
    }

    #[test]
    fn every_package_is_pinned() {
        let lists = [
            include_str!("../tools.txt"),
            include_str!("../../end2end/clients/requirements.txt"),
            include_str!("../../end2end/deploy/requirements.txt"),
        ];
        for list in lists {
            let pins: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            assert!(!pins.is_empty());
            assert!(pins.iter().all(|pin| pin.contains("==")), "{pins:?}");
        }
    }

    #[test]
    fn a_failing_command_has_no_answer() {
        assert_eq!(answer(Command::new("sh").args(["-c", "echo 7"])).as_deref(), Some("7\n"));
        assert_eq!(answer(Command::new("sh").args(["-c", "echo 7; exit 1"])), None);
    }
}
