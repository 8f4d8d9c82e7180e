//! The demo checkpoint and the sample pictures that come within the program.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use sha2::{Digest, Sha256};

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// Writes the demo checkpoint into the data folder, if it isn't there, and returns its folder.
pub(crate) fn unpack_checkpoint(data_dir: &Path) -> anyhow::Result<PathBuf> {
    unpack(data_dir, "demo-model", CHECKPOINT)
}

/// Writes the sample pictures into the data folder, if they aren't there, and returns their folder.
pub(crate) fn unpack_samples(data_dir: &Path) -> anyhow::Result<PathBuf> {
    unpack(data_dir, "samples", SAMPLES)
}

/// Writes `files` into a folder named by what they hold, so that another version of the program has another folder.
fn unpack(data_dir: &Path, name: &str, files: &[(&str, &[u8])]) -> anyhow::Result<PathBuf> {
    let mut hash = Sha256::new();
    for (file, bytes) in files {
        hash.update(file);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    let digest = hash.finalize();
    let start = digest.first_chunk().copied().map(u64::from_be_bytes).expect("the digest has 32 bytes. This is a bug.");
    let folder = data_dir.join(format!("{name}-{start:016x}"));
    fs::create_dir_all(&folder)
        .with_context(|| format!("{} can't be made; choose another folder with --data-dir", folder.display()))?;
    for (file, bytes) in files {
        let path = folder.join(file);
        // A file that was cut off or changed is written again.
        if fs::read(&path).is_ok_and(|found| found == *bytes) {
            continue;
        }
        let unfinished = folder.join(format!(".{file}.{}", std::process::id()));
        fs::write(&unfinished, bytes)
            .and_then(|()| fs::rename(&unfinished, &path))
            .with_context(|| format!("{} can't be written; choose another folder with --data-dir", path.display()))?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_file_is_written_again() {
        let data = tempfile::tempdir().unwrap();
        let files: &[(&str, &[u8])] = &[("a.txt", b"one"), ("b.txt", b"two")];
        let folder = unpack(data.path(), "set", files).unwrap();
        fs::write(folder.join("a.txt"), "on").unwrap();
        assert_eq!(unpack(data.path(), "set", files).unwrap(), folder);
        assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"one");
        assert_ne!(unpack(data.path(), "set", &files[..1]).unwrap(), folder);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
    }

    #[test]
    fn checkpoint_is_within_the_program() {
        let names: Vec<_> = CHECKPOINT.iter().map(|(name, _)| *name).collect();
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            assert!(names.contains(&name), "{names:?}");
        }
    }
}
