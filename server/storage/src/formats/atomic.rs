//! Files and folders that appear whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A file that is written under another name beside its own and takes its own when it is finished. Dropped before, it
/// leaves nothing.
#[derive(Debug)]
pub(super) struct AtomicFile {
    file: BufWriter<File>,
    place: Place,
}

impl AtomicFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let place = Place::beside(path)?;
        let file = OpenOptions::new().write(true).create_new(true).open(&place.temporary)?;
        Ok(Self { file: BufWriter::new(file), place })
    }

    /// Waits until the disk has the file and gives it its name.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        self.place.take()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The same for a folder.
#[derive(Debug)]
pub(super) struct AtomicFolder {
    place: Place,
}

impl AtomicFolder {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let place = Place::beside(path)?;
        fs::create_dir(&place.temporary)?;
        Ok(Self { place })
    }

    /// Where the file of this name goes until the folder is finished; the folders on the way there are made.
    ///
    /// The name must be safe, see [`super::safe_name`].
    pub(super) fn path(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.place.temporary.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(path)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        sync_folder(&self.place.temporary)?;
        self.place.take()
    }
}

/// A name and the name that is used until all is there.
#[derive(Debug)]
struct Place {
    temporary: PathBuf,
    path: PathBuf,
    is_taken: bool,
}

impl Place {
    fn beside(path: &Path) -> io::Result<Self> {
        /// Two exports of one process must not meet.
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "the path has no name at its end");
        let name = path.file_name().ok_or_else(no_name)?.to_string_lossy();
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.{}-{number}.part", std::process::id()));
        Ok(Self { temporary, path: path.to_owned(), is_taken: false })
    }

    fn take(mut self) -> io::Result<()> {
        // It was not there when the export began; what came since is not ours to replace.
        if self.path.try_exists()? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&self.temporary, &self.path)?;
        self.is_taken = true;
        sync_folder(folder_of(&self.path))
    }
}

/// The folder that a path lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_taken {
            return;
        }
        // What can't be removed is a hidden leftover; there is nobody to tell.
        let _ = if self.temporary.is_dir() {
            fs::remove_dir_all(&self.temporary)
        } else {
            fs::remove_file(&self.temporary)
        };
    }
}

/// Waits until the disk has the folder's names; only Unix can open a folder for it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
