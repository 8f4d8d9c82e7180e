//! Packs the demo checkpoint and the sample pictures into the program, so that it shows something true wherever it is
//! installed.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    // Cargo tells it to build scripts only; `GET /system_info` shows it.
    println!("cargo::rustc-env=VASARI_TARGET={}", env::var("TARGET").unwrap_or_else(|_| "unknown".into()));
    // Asked now and not when this was compiled: checkouts that share a build folder share this program too.
    let demo = folder_of("CARGO_MANIFEST_DIR")?.join("../model/demo");
    let out = folder_of("OUT_DIR")?;
    let mut source = fs::File::create(out.join("bundled.rs"))?;
    for (constant, folder) in [("CHECKPOINT", demo.join("checkpoint")), ("SAMPLES", demo.join("samples"))] {
        println!("cargo::rerun-if-changed={}", folder.display());
        writeln!(source, "const {constant}: &[(&str, &[u8])] = &[")?;
        for path in files(&folder)? {
            // As text, so that the quotes and escapes are those of a string literal.
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let path = path.display().to_string();
            writeln!(source, "    ({name:?}, include_bytes!({path:?})),")?;
        }
        writeln!(source, "];")?;
    }
    Ok(())
}

fn folder_of(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("cargo sets {variable}")))
}

/// The folder's files, sorted by name.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder.canonicalize()?)?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}
