//! Where the index lies: a folder with a lock, the indexes in folders of their own, and a file that says which one counts.
//!
//! An index that is built anew grows beside the one that answers, and becomes the one that counts when that file is
//! replaced. All of it can be deleted at any moment.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

const LOCK: &str = "lock";
const CURRENT: &str = "current";
const PREFIX: &str = "index-";

/// The folder of all indexes.
#[derive(Debug, Clone)]
pub(super) struct IndexFolder {
    root: PathBuf,
}

/// Held by the one program that writes here.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl IndexFolder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes the folder where it is missing, and takes it for this program. None where another program has it.
    pub(super) fn lock(&self) -> io::Result<Option<FolderLock>> {
        fs::create_dir_all(&self.root)?;
        let file = File::options().create(true).truncate(false).write(true).open(self.root.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FolderLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether the lock's file is still there; it goes with the folder.
    pub(super) fn has_lock(&self) -> bool {
        self.root.join(LOCK).exists()
    }

    /// The index that counts, if there is one.
    pub(super) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.root.join(CURRENT)).ok()?;
        let is_ours = name.strip_prefix(PREFIX).is_some_and(|id| Uuid::parse_str(id).is_ok());
        is_ours.then(|| self.root.join(name))
    }

    /// A folder for an index that is to be built.
    pub(super) fn create(&self) -> io::Result<PathBuf> {
        let path = self.root.join(format!("{PREFIX}{}", Uuid::now_v7().simple()));
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Makes an index the one that counts.
    pub(super) fn publish(&self, index: &Path) -> io::Result<()> {
        let name = index.file_name().expect("an index has a folder of its own. This is a bug.");
        let draft = self.root.join(format!("{CURRENT}.new"));
        let mut file = File::create(&draft)?;
        file.write_all(name.as_encoded_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, self.root.join(CURRENT))?;
        File::open(&self.root)?.sync_all()
    }

    /// Deletes all indexes but this one. What can't be deleted is left for the next time.
    pub(super) fn keep_only(&self, kept: &Path) {
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_index = entry.file_name().to_string_lossy().starts_with(PREFIX);
            if is_index
                && path != kept
                && let Err(error) = fs::remove_dir_all(&path)
            {
                tracing::warn!(%error, "an old search index can't be deleted");
            }
        }
    }

    /// Whether the index is there, and still the one that counts.
    pub(super) fn is_current(&self, index: &Path) -> bool {
        index.join("meta.json").exists() && self.current().as_deref() == Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_index_counts_and_one_program_writes() {
        let root = tempfile::tempdir().unwrap();
        let folder = IndexFolder::new(root.path().join("search"));
        let lock = folder.lock().unwrap().expect("it is free");
        assert!(folder.lock().unwrap().is_none(), "it is taken");
        assert_eq!(folder.current(), None);
        let (old, new) = (folder.create().unwrap(), folder.create().unwrap());
        folder.publish(&old).unwrap();
        folder.publish(&new).unwrap();
        assert_eq!(folder.current(), Some(new.clone()));
        assert!(!folder.is_current(&new), "nothing is in it");
        fs::write(new.join("meta.json"), "{}").unwrap();
        assert!(folder.is_current(&new) && !folder.is_current(&old));
        folder.keep_only(&new);
        assert!(!old.exists() && new.exists());
        drop(lock);
        assert!(folder.lock().unwrap().is_some());
        fs::write(root.path().join("search/current"), "../../etc").unwrap();
        assert_eq!(folder.current(), None);
    }
}
