//! What comes within the program: the demo checkpoint, the sample pictures and, where it was built to ship, the pages' files.

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

/// Writes the pages' files into the data folder, if they aren't there, and returns their folder; `None` if the program was
/// built without them.
pub(crate) fn unpack_site(data_dir: &Path) -> anyhow::Result<Option<PathBuf>> {
    if SITE.is_empty() {
        return Ok(None);
    }
    unpack(data_dir, "site", SITE).map(Some)
}

/// Writes `files`, whose names may lead into folders, into a folder named by what they hold, so that another version of the program has another folder.
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
        let unfinished = folder.join(format!("{file}.{}.unfinished", std::process::id()));
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&unfinished, bytes))
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
        let files: &[(&str, &[u8])] = &[("a.txt", b"one"), ("b/c.txt", b"two")];
        let folder = unpack(data.path(), "set", files).unwrap();
        fs::write(folder.join("a.txt"), "on").unwrap();
        assert_eq!(unpack(data.path(), "set", files).unwrap(), folder);
        assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"one");
        assert_eq!(fs::read(folder.join("b/c.txt")).unwrap(), b"two");
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
