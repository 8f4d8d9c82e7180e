//! Builds the pages' static files: the browser's half as WebAssembly, its JavaScript, the style sheet, the font.
//!
//! The site folder is `<target>/site`, as the server serves it under `/`:
//!
//! ```text
//! favicon.svg
//! pkg/vasari.js  pkg/vasari_bg.wasm  pkg/vasari.css  pkg/figtree.woff2
//! docs/book/     the documentation, see [`crate::book`]
//! ```
//!
//! Beside each text there is a `.br`, compressed as well as it goes: that takes seconds, which no visitor should wait for.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, anyhow};
use brotli::CompressorWriter;
use wasm_bindgen_cli_support::Bindgen;

use crate::book;
use crate::progress;
use crate::tools;
use crate::workspace::Workspace;

/// The crate of the browser's half.
const FRONTEND: &str = "vasari-frontend";
/// The name of the scripts, which the server's `LeptosOptions::output_name` repeats.
const OUTPUT_NAME: &str = "vasari";
const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The cargo profile of the browser's half: small, because every visitor downloads it.
const WASM_PROFILE: &str = "wasm";
/// The ending of compressed twins.
pub(crate) const BROTLI: &str = "br";
/// The best that brotli does.
const BROTLI_QUALITY: u32 = 11;
/// The base-2 logarithm of how far back brotli looks, in bytes: browsers take no more.
const BROTLI_WINDOW: u32 = 24;
/// Latin letters of Figtree (SIL OFL 1.1), one file for all weights.
const FONT: &str = "end2end/node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2";

/// Builds what is out of date and returns the site folder (`<target>/site`).
pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let site = workspace.target().join("site");
    let package = site.join("pkg");
    std::fs::create_dir_all(&package).with_context(|| format!("creating {}", package.display()))?;
    tools::ensure_wasm_target()?;
    tools::ensure_npm_packages(workspace)?;

    let wasm = compile(workspace)?;
    let is_bound = bind(&wasm, &package)?;
    let is_bundled = bundle_styles(workspace, "main.css", &package.join(format!("{OUTPUT_NAME}.css")))?;
    copy(&workspace.root().join(FONT), &package.join("figtree.woff2"))?;
    copy(&workspace.root().join("style/assets/favicon.svg"), &site.join("favicon.svg"))?;
    if is_bound || is_bundled {
        compress(&package)?;
        report(&package)?;
    }
    book::build(workspace, &site)?;
    Ok(site)
}

/// Compiles the browser's half; cargo knows what is out of date.
fn compile(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let mut cargo = workspace.cargo(["build", "--locked", "--package", FRONTEND]);
    cargo.args(["--target", WASM_TARGET, "--profile", WASM_PROFILE]);
    progress::run("build the pages", &mut cargo)?;
    let file = format!("{}.wasm", FRONTEND.replace('-', "_"));
    Ok(workspace.target().join(WASM_TARGET).join(WASM_PROFILE).join(file))
}

/// Writes the JavaScript that loads the WebAssembly, and the WebAssembly without what only wasm-bindgen reads. Returns
/// whether there was something to do.
fn bind(wasm: &Path, package: &Path) -> anyhow::Result<bool> {
    let written = package.join(format!("{OUTPUT_NAME}_bg.wasm"));
    if is_newer(&written, &[wasm.to_path_buf()]) {
        return Ok(false);
    }
    let bind = || {
        Bindgen::new()
            .input_path(wasm)
            .out_name(OUTPUT_NAME)
            .web(true)?
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(package)
    };
    bind().map_err(|error| anyhow!("wasm-bindgen on {}: {error:#}", wasm.display()))?;
    Ok(true)
}

/// Bundles a style sheet of `style/` and what it imports. Returns whether there was something to do.
pub(crate) fn bundle_styles(workspace: &Workspace, name: &str, bundle: &Path) -> anyhow::Result<bool> {
    let folder = workspace.root().join("style");
    let sources = std::fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>())
        .with_context(|| format!("reading {}", folder.display()))?;
    if is_newer(bundle, &sources) {
        return Ok(false);
    }
    let mut esbuild = Command::new(workspace.root().join("end2end/node_modules/.bin/esbuild"));
    esbuild.arg(folder.join(name)).args(["--bundle", "--minify", "--log-level=warning", "--external:/pkg/*"]);
    esbuild.arg(format!("--outfile={}", bundle.display()));
    progress::run(&format!("bundle the style sheet {name}"), &mut esbuild)?;
    Ok(true)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !is_newer(to, &[from.to_path_buf()]) {
        std::fs::copy(from, to).with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

/// Whether `made` is there and younger than everything it was made from.
fn is_newer(made: &Path, sources: &[PathBuf]) -> bool {
    let modified = |path: &Path| -> Option<SystemTime> { std::fs::metadata(path).ok()?.modified().ok() };
    let Some(made) = modified(made) else { return false };
    sources.iter().all(|source| modified(source).is_some_and(|source| source < made))
}

/// Writes the compressed twin of each file that it makes smaller.
fn compress(package: &Path) -> anyhow::Result<()> {
    for name in ["vasari.js", "vasari_bg.wasm", "vasari.css"] {
        let file = package.join(name);
        let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let twin = package.join(format!("{name}.{BROTLI}"));
        std::fs::write(&twin, compressed(&bytes)?).with_context(|| format!("writing {}", twin.display()))?;
    }
    Ok(())
}

/// Prints what a visitor downloads.
fn report(package: &Path) -> anyhow::Result<()> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(package)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(|| format!("reading {}", package.display()))?;
    files.retain(|file| file.is_file() && file.extension().is_none_or(|extension| extension != BROTLI));
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let twin = package.join(format!("{name}.{BROTLI}"));
        let sent = std::fs::metadata(&twin).map_or(bytes.len() as u64, |twin| twin.len());
        println!("  {name:<28} {:>7.1} kB, {:>6.1} kB as it is sent", kilobytes(bytes.len() as u64), kilobytes(sent));
    }
    Ok(())
}

fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}

pub(crate) fn compressed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut writer = CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(bytes).and_then(|()| writer.flush()).context("compressing")?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_younger_than_its_sources_is_kept() {
        let folder = std::env::temp_dir().join(format!("vasari-site-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [made, source] = ["made", "source"].map(|name| folder.join(name));
        let write_at = |path: &Path, seconds| {
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            std::fs::File::create(path).and_then(|file| file.set_modified(time)).unwrap();
        };
        write_at(&source, 100);
        assert!(!is_newer(&made, std::slice::from_ref(&source)), "nothing has been made");
        write_at(&made, 101);
        assert!(is_newer(&made, std::slice::from_ref(&source)));
        write_at(&source, 102);
        assert!(!is_newer(&made, std::slice::from_ref(&source)));
        assert!(!is_newer(&made, &[folder.join("missing")]));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn compressed_bytes_are_all_there() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|number| (number / 7 % 251) as u8).collect();
        let small = compressed(&bytes).unwrap();
        assert!(small.len() < bytes.len() / 10, "{}", small.len());
        let mut back = Vec::new();
        std::io::copy(&mut brotli::Decompressor::new(&small[..], 4096), &mut back).unwrap();
        assert_eq!(back, bytes);
    }
}
