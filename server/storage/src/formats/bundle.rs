//! Where the files of a format go that has many: a folder, or a `.zip` archive of one.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    atomic::{AtomicFile, AtomicFolder},
    row::Picture,
};

/// A folder or an archive that appears when it is finished.
pub(super) enum Bundle {
    Folder(AtomicFolder),
    Archive(Box<ZipWriter<AtomicFile>>),
}

impl Bundle {
    /// An archive where the name ends in `.zip`, else a folder.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if is_archive_name(path) { Self::archive(path) } else { Ok(Self::Folder(AtomicFolder::create(path)?)) }
    }

    /// An archive, whatever the name.
    pub(super) fn archive(path: &Path) -> io::Result<Self> {
        Ok(Self::Archive(Box::new(ZipWriter::new(AtomicFile::create(path)?))))
    }

    /// Adds a file, whose name is new and safe (see [`super::safe_name`]), and waits until the disk has it.
    pub(super) fn add_from(&mut self, name: &str, contents: &mut impl Read) -> io::Result<()> {
        match self {
            Self::Folder(folder) => {
                let mut file = File::create_new(folder.path(name)?)?;
                io::copy(contents, &mut file)?;
                file.sync_all()
            }
            Self::Archive(archive) => {
                // Pictures are compressed already. The large form is for files of more than 4 GiB; which one this is
                // shows only once it is written.
                let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
                archive.start_file(name, options.large_file(true))?;
                io::copy(contents, archive)?;
                Ok(())
            }
        }
    }

    /// The same from the memory.
    pub(super) fn add(&mut self, name: &str, mut contents: &[u8]) -> io::Result<()> {
        self.add_from(name, &mut contents)
    }

    /// The same with a picture, as far as there is one.
    pub(super) fn add_picture(&mut self, name: &str, picture: &Picture) -> io::Result<()> {
        match picture {
            Picture::Absent => Ok(()),
            Picture::File(path) => self.add_from(name, &mut fs::File::open(path)?),
            Picture::Bytes(bytes) => self.add(name, bytes),
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.finish(),
            Self::Archive(archive) => archive.finish()?.finish(),
        }
    }
}

/// Whether a path is that of an archive, by its name.
fn is_archive_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}
