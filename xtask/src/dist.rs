//! `cargo xtask dist`: what ships.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::folders::files_below;
use crate::serve;
use crate::tools;
use crate::workspace::Workspace;

/// The shells whose completions are packed, and the names under which they look for them.
const COMPLETIONS: [(&str, &str); 3] = [("bash", "vasari.bash"), ("zsh", "_vasari"), ("fish", "vasari.fish")];

/// What comes along as it stands in the repository.
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Build what ships: one program with its pages, demo model and sample pictures inside, and an archive of it.
///
/// Copying `vasari` to a machine is an install; PostgreSQL beside it or elsewhere is all it wants. The archive adds manual
/// pages, completions for shells, a systemd unit and a list of all that the program is made of (SBOM, `CycloneDX`), and
/// `SHA256SUMS` stands beside it.
///
/// Uses the profile `dist` (fat link-time optimisation), which shares nothing with the profile that `serve` and `test`
/// use: the first build compiles everything once more, about 30 minutes on two cores. To try something out, use
/// `cargo xtask serve`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask dist                   for the CPU
  cargo xtask dist --features cuda   for NVIDIA GPUs as well
  cargo xtask dist --program-only    the program alone, as for an image")]
pub(crate) struct DistArgs {
    /// Cargo features of the server, comma-separated
    #[arg(long, value_name = "FEATURES")]
    features: Option<String>,
    /// Build the program and pack nothing
    #[arg(long)]
    program_only: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &DistArgs) -> anyhow::Result<()> {
    let features = args.features.as_deref();
    let program = serve::build(workspace, "dist", features)?.program;
    println!("program: {}", program.display());
    if args.program_only {
        return Ok(());
    }
    let about = Version::of(&program)?;
    let folder = workspace.target().join("packages");
    let contents = folder.join(about.package_name());
    if contents.exists() {
        fs::remove_dir_all(&contents).with_context(|| format!("{} can't be removed", contents.display()))?;
    }
    fill(workspace, &program, &contents)?;
    tools::write_sbom(workspace, &contents.join("vasari.cdx.json"))?;
    let archive = pack(&contents)?;
    sum(&folder)?;
    let megabytes = fs::metadata(&archive)?.len() as f64 / 1e6;
    println!("archive: {} ({megabytes:.0} MB), its sum in SHA256SUMS beside it", archive.display());
    Ok(())
}

/// What `vasari --version` says.
struct Version {
    number: String,
    target: String,
    features: String,
}

impl Version {
    fn of(program: &Path) -> anyhow::Result<Self> {
        Self::parse(&output_of(program, &["--version"])?)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let after = |start: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(start));
            line.map(str::to_owned)
                .with_context(|| format!("`vasari --version` has no line that begins with {start:?}"))
        };
        Ok(Self { number: after("vasari ")?, target: after("target: ")?, features: after("features: ")? })
    }

    /// Such as `vasari-0.1.0-x86_64-unknown-linux-gnu-cuda`.
    fn package_name(&self) -> String {
        let features =
            if self.features == "none" { String::new() } else { format!("-{}", self.features.replace(", ", "-")) };
        format!("vasari-{}-{}{features}", self.number, self.target)
    }
}

/// Puts into a new folder what an archive holds besides the SBOM.
fn fill(workspace: &Workspace, program: &Path, contents: &Path) -> anyhow::Result<()> {
    let place = |name: &str| -> anyhow::Result<PathBuf> {
        let path = contents.join(name);
        let parent = path.parent().unwrap_or(contents);
        fs::create_dir_all(parent).with_context(|| format!("{} can't be made", parent.display()))?;
        Ok(path)
    };
    let copy = |from: &Path, name: &str| -> anyhow::Result<()> {
        fs::copy(from, place(name)?).with_context(|| format!("{} can't be copied", from.display()))?;
        Ok(())
    };
    copy(program, "vasari")?;
    for name in DOCUMENTS {
        copy(&workspace.root().join(name), name)?;
    }
    copy(&workspace.root().join("deploy/systemd/vasari.service"), "vasari.service")?;
    output_of(program, &["man", "--output", &contents.join("man/man1").to_string_lossy()])?;
    for (shell, name) in COMPLETIONS {
        fs::write(place(&format!("completions/{name}"))?, output_of(program, &["completions", shell])?)
            .with_context(|| format!("the completions for {shell} can't be written"))?;
    }
    Ok(())
}

/// Writes the archive of a folder beside it. Equal contents make equal archives: times and owners aren't in it.
fn pack(contents: &Path) -> anyhow::Result<PathBuf> {
    let name = contents.file_name().unwrap_or_default();
    let mut path = contents.as_os_str().to_owned();
    path.push(".tar.gz");
    let path = PathBuf::from(path);
    let write = || -> anyhow::Result<()> {
        let mut archive = tar::Builder::new(GzEncoder::new(File::create(&path)?, Compression::best()));
        archive.mode(tar::HeaderMode::Deterministic);
        for file in files_below(contents)? {
            let inside = Path::new(name).join(file.strip_prefix(contents).unwrap_or(&file));
            archive.append_path_with_name(&file, inside)?;
        }
        Ok(archive.into_inner()?.finish()?.flush()?)
    };
    write().with_context(|| format!("{} can't be written", path.display()))?;
    Ok(path)
}

/// Writes the sums of all archives in the folder, as `sha256sum --check` reads them.
fn sum(folder: &Path) -> anyhow::Result<()> {
    let mut lines = String::new();
    let entries = fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".tar.gz") {
            let bytes = fs::read(&path).with_context(|| format!("{} can't be read", path.display()))?;
            let sum = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            lines = format!("{lines}{sum}  {name}\n");
        }
    }
    fs::write(folder.join("SHA256SUMS"), lines).context("SHA256SUMS can't be written")
}

/// What the program prints.
fn output_of(program: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.with_context(|| format!("{} does not start", program.display()))?;
    if !output.status.success() {
        bail!("`vasari {}` failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("the program printed what is no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_is_named_by_what_the_program_says() {
        let text = "vasari 1.2.3\ncommit: abc\ntarget: x86_64-unknown-linux-gnu\nfeatures: none\n";
        assert_eq!(Version::parse(text).unwrap().package_name(), "vasari-1.2.3-x86_64-unknown-linux-gnu");
        let text = text.replace("none", "cuda");
        assert_eq!(Version::parse(&text).unwrap().package_name(), "vasari-1.2.3-x86_64-unknown-linux-gnu-cuda");
        let error = Version::parse("vasari 1.2.3\n").err().unwrap();
        assert!(error.to_string().contains("target: "), "{error}");
    }

    #[test]
    fn archive_holds_the_folder_and_its_sum_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let contents = folder.path().join("vasari-1");
        fs::create_dir_all(contents.join("man/man1")).unwrap();
        fs::write(contents.join("vasari"), "program").unwrap();
        fs::write(contents.join("man/man1/vasari.1"), "page").unwrap();
        let archive = pack(&contents).unwrap();
        sum(folder.path()).unwrap();

        let mut read = tar::Archive::new(flate2::read::GzDecoder::new(File::open(&archive).unwrap()));
        let names: Vec<_> = read.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
        assert_eq!(names, [Path::new("vasari-1/man/man1/vasari.1"), Path::new("vasari-1/vasari")]);
        let mut check = Command::new("sha256sum");
        assert!(
            check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(folder.path()).status().unwrap().success()
        );
        let first = fs::read(&archive).unwrap();
        assert_eq!(fs::read(pack(&contents).unwrap()).unwrap(), first, "the same contents make the same archive");
    }
}
