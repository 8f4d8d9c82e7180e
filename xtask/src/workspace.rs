//! Where the checkout is and where cargo builds it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// The checkout and its build folder, both absolute.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, because the build folder may be moved by `CARGO_TARGET_DIR` or by any of cargo's own files.
    pub(crate) fn locate() -> anyhow::Result<Self> {
        let output = Command::new(cargo_program())
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(manifest_folder().join("Cargo.toml"))
            .output()
            .context("cargo does not start: is it on PATH?")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Self::from_metadata(&output.stdout)
    }

    fn from_metadata(metadata: &[u8]) -> anyhow::Result<Self> {
        let metadata: serde_json::Value =
            serde_json::from_slice(metadata).context("`cargo metadata` did not answer in JSON")?;
        let path = |key: &str| {
            metadata[key].as_str().map(PathBuf::from).with_context(|| format!("`cargo metadata` has no `{key}`"))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's build folder, shared by every step.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The `vasari` binary that a cargo profile leaves behind (`debug`, `dist`).
    pub(crate) fn server_binary(&self, profile_folder: &str) -> PathBuf {
        self.target.join(profile_folder).join(format!("vasari{}", std::env::consts::EXE_SUFFIX))
    }

    /// Builds an example; returns the program. The packages are those that the tests select, so that the dependencies are
    /// compiled as they are there.
    pub(crate) fn build_example(&self, name: &str) -> anyhow::Result<PathBuf> {
        let set = ["--workspace", "--exclude", "vasari-frontend", "--exclude", "xtask"];
        let mut build = self.cargo(["build", "--locked", "--example", name]);
        build.args(set);
        crate::progress::run(&format!("build the example {name}"), &mut build)?;
        Ok(self.target().join("debug/examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }

    /// The commit that is checked out, in git's short form; `None` outside a clone.
    pub(crate) fn revision(&self) -> Option<String> {
        let mut git = Command::new("git");
        let output = git.args(["rev-parse", "--short=12", "HEAD"]).current_dir(&self.root).output().ok()?;
        let revision = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| revision.trim().to_owned())
    }

    /// `cargo` in the checkout, the same one that started xtask.
    pub(crate) fn cargo<I, S>(&self, arguments: I) -> Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<std::ffi::OsStr>,
    {
        let mut command = Command::new(cargo_program());
        command.args(arguments).current_dir(&self.root);
        // `cargo run` exports the variables of xtask's own package; a build script that reads them would be rebuilt.
        for (name, _) in std::env::vars_os() {
            let is_package_variable = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_") || matches!(name, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH")
            });
            if is_package_variable {
                command.env_remove(name);
            }
        }
        command
    }
}

fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// This crate's folder, as cargo says when it starts the program: checkouts that share a build folder share the program
/// too, and what was compiled in may be another's. Started by hand, the program has only that.
fn manifest_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_root_and_target() {
        let workspace =
            Workspace::from_metadata(br#"{"workspace_root": "/checkout", "target_directory": "/elsewhere"}"#).unwrap();
        assert_eq!(workspace.root(), Path::new("/checkout"));
        assert!(workspace.server_binary("debug").starts_with("/elsewhere/debug"));
    }

    #[test]
    fn metadata_without_a_target_names_the_missing_key() {
        let error = Workspace::from_metadata(br#"{"workspace_root": "/checkout"}"#).unwrap_err();
        assert!(error.to_string().contains("target_directory"), "{error}");
    }
}
