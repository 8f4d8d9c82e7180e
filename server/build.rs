//! Packs the demo checkpoint, the sample pictures and, for what ships, the pages' files into the program, so that one
//! file is all there is to install; and tells it what it is built from.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    // Cargo tells it to build scripts only; `vasari --version` shows it.
    println!("cargo::rustc-env=VASARI_TARGET={}", variable("TARGET"));
    println!("cargo::rerun-if-env-changed=VASARI_BUILD_REVISION");
    println!("cargo::rustc-env=VASARI_BUILT_FROM={}", variable("VASARI_BUILD_REVISION"));
    // Asked now and not when this was compiled: checkouts that share a build folder share this program too.
    let demo = folder_of("CARGO_MANIFEST_DIR")?.join("../model/demo");
    let out = folder_of("OUT_DIR")?;
    let mut source = fs::File::create(out.join("bundled.rs"))?;
    // `cargo xtask dist` names it. Anybody else's program finds the pages where `--site-root` says.
    println!("cargo::rerun-if-env-changed=VASARI_BUILD_SITE");
    let site = env::var_os("VASARI_BUILD_SITE").map(PathBuf::from);
    let folders =
        [("CHECKPOINT", Some(demo.join("checkpoint"))), ("SAMPLES", Some(demo.join("samples"))), ("SITE", site)];
    for (constant, folder) in folders {
        writeln!(source, "const {constant}: &[(&str, &[u8])] = &[")?;
        if let Some(folder) = folder {
            println!("cargo::rerun-if-changed={}", folder.display());
            let folder = folder.canonicalize()?;
            for path in files(&folder)? {
                // As text, so that the quotes and escapes are those of a string literal.
                let name = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().into_owned();
                let path = path.display().to_string();
                writeln!(source, "    ({name:?}, include_bytes!({path:?})),")?;
            }
        }
        writeln!(source, "];")?;
    }
    Ok(())
}

fn folder_of(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("cargo sets {variable}")))
}

/// An environment variable's value, or `unknown`.
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| "unknown".into())
}

/// The files of a folder and of those in it, sorted by name.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
