//! The Python environment that the reference implementation runs in, and the folders it writes to.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::ValueEnum;

use crate::progress;
use crate::workspace::Workspace;

/// The released sizes of Florence-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// 231 million parameters
    Base,
    /// 776 million parameters
    Large,
}

impl Size {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Large => "large",
        }
    }
}

/// Where a full-size random checkpoint and the reference's results lie.
pub(crate) fn checkpoint_folder(workspace: &Workspace, size: Size, positions: u32) -> PathBuf {
    workspace.target().join("parity").join(format!("{}-{positions}", size.name()))
}

/// A script of `model/reference/`, ready to run on a full-size checkpoint.
pub(crate) fn script(workspace: &Workspace, python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    // The scripts read only what they wrote themselves; a library that asks a model hub would be a mistake.
    command.arg("-u").arg(scripts_folder(workspace).join(name)).env("HF_HUB_OFFLINE", "1");
    command
}

/// The Python to run the reference with: `given`, or a virtual environment that is made and filled when it is missing
/// or older than `requirements.txt`.
pub(crate) fn ensure_python(workspace: &Workspace, given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let requirements = scripts_folder(workspace).join("requirements.txt");
    if let Some(python) = given {
        let imports = "import numpy, PIL, safetensors, skimage, tokenizers, torch, transformers";
        let status = Command::new(python).args(["-c", imports]).stdin(Stdio::null()).status();
        let status = status.with_context(|| format!("{} does not start", python.display()))?;
        if !status.success() {
            bail!("{} lacks packages: `pip install -r {}`", python.display(), requirements.display());
        }
        return Ok(python.to_owned());
    }
    let folder = workspace.target().join("reference-venv");
    let python = folder.join("bin/python");
    let stamp = folder.join("requirements.txt");
    let wanted = std::fs::read(&requirements).with_context(|| format!("reading {}", requirements.display()))?;
    if python.is_file() && std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    progress::run("create the reference's environment", Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .context("python3 with its venv module is needed (on Debian: apt-get install python3-venv)")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    progress::run("install torch and transformers (2 to 10 minutes)", &mut install)
        .context("the reference's packages come from PyPI, which did not give them")?;
    std::fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))?;
    Ok(python)
}

fn scripts_folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("model/reference")
}
