//! A folder of pictures without captions, and what the formats share that hold pictures in a folder.

use std::{borrow::Cow, fs::File, io, path::Path};

use super::{
    bundle::Bundle,
    names::NameBook,
    row::{CaptionRow, FormatError, Picture},
    source::RowReader,
    writer::{RowWriter, WriteError, no_picture, refuse_other_files, safely_named},
};
use crate::{DatasetError, DatasetFolder};

pub(super) fn read(path: &Path) -> Result<RowReader, FormatError> {
    let (folder, names) = open(path)?;
    let total = names.len() as u64;
    let row = move |name: String| {
        let picture = folder.image_path(&name).map_or(Picture::Absent, Picture::File);
        Ok(vec![CaptionRow { file_name: name, picture, ..CaptionRow::default() }])
    };
    Ok(RowReader::counted(names.into_iter().map(row), total))
}

/// The folder and the names of its pictures.
pub(super) fn open(path: &Path) -> Result<(DatasetFolder, Vec<String>), FormatError> {
    let unreadable = |error| match error {
        DatasetError::Unreadable { path, source } => FormatError::Unreadable { path, source },
        DatasetError::NotAFolder(path) => FormatError::Unreadable { path, source: io::ErrorKind::NotADirectory.into() },
    };
    let folder = DatasetFolder::open(path).map_err(unreadable)?;
    let names = folder.image_names().map_err(unreadable)?;
    Ok((folder, names))
}

/// Writes pictures alone.
pub(super) struct FolderWriter {
    pictures: PictureFolder,
}

impl FolderWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { pictures: PictureFolder::create(path, NameBook::default())? })
    }
}

impl RowWriter for FolderWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        self.pictures.add(row).map(drop)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.pictures.folder.finish()
    }
}

/// A folder, or an archive of one, that pictures are copied to, each once.
pub(super) struct PictureFolder {
    pub(super) folder: Bundle,
    names: NameBook,
}

impl PictureFolder {
    pub(super) fn create(path: &Path, names: NameBook) -> io::Result<Self> {
        Ok(Self { folder: Bundle::create(path)?, names })
    }

    /// Copies the row's picture unless it is there. Gives the row under its name in the folder, and whether the picture
    /// is a new one.
    pub(super) fn add<'a>(&mut self, row: &'a CaptionRow) -> Result<(Cow<'a, CaptionRow>, bool), WriteError> {
        refuse_other_files(row)?;
        refuse_missing_picture(row)?;
        let (row, is_new) = safely_named(row, &mut self.names)?;
        if is_new {
            self.folder.add_picture(&row.file_name, &row.picture)?;
        }
        Ok((row, is_new))
    }
}

/// Tells a picture that isn't there, before its name is given away.
pub(super) fn refuse_missing_picture(row: &CaptionRow) -> Result<(), WriteError> {
    match &row.picture {
        Picture::Absent => Err(no_picture(row)),
        Picture::File(path) => match File::open(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(WriteError::Row(format!("the picture of {:?} can't be read: {error}", row.file_name))),
        },
        Picture::Bytes(_) => Ok(()),
    }
}
