//! Writing a format, row by row.

use std::{
    borrow::Cow,
    io,
    path::{Path, PathBuf},
};

use super::{
    Format,
    coco::CocoWriter,
    csv::CsvWriter,
    folder::FolderWriter,
    imagefolder::ImageFolderWriter,
    jsonl::JsonlWriter,
    names::NameBook,
    parquet::ParquetWriter,
    row::{CaptionRow, FormatError},
    sidecars::SidecarWriter,
    webdataset::WebDatasetWriter,
};
use crate::dataset_folder::is_image_name;

/// Writes rows to a file or folder that appears under its name when all is there.
///
/// Dropped before [`Self::finish`], it leaves nothing. The rows of one picture should come one after the other: an
/// archive of samples then holds the picture once, and so does a Parquet file.
pub struct ExportWriter {
    writer: Box<dyn RowWriter>,
    path: PathBuf,
}

/// Why a row was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The format can't hold the row; the others go on.
    #[error("{0}")]
    Row(String),
    /// The row's picture or the file can't be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What writes one format.
pub(super) trait RowWriter: Send {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl ExportWriter {
    /// Begins to write.
    ///
    /// # Errors
    ///
    /// When something is at the path already, or the system refuses.
    pub fn create(path: &Path, format: Format) -> Result<Self, FormatError> {
        let unwritable = |source| FormatError::Unwritable { path: path.to_owned(), source };
        if path.try_exists().map_err(unwritable)? {
            return Err(FormatError::Exists(path.to_owned()));
        }
        let writer: io::Result<Box<dyn RowWriter>> = match format {
            Format::Jsonl => JsonlWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::ImageFolder => ImageFolderWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::Csv => CsvWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::Parquet => ParquetWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::Coco => CocoWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::Sidecars => SidecarWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::WebDataset => WebDatasetWriter::create(path).map(|writer| Box::new(writer) as _),
            Format::Folder => FolderWriter::create(path).map(|writer| Box::new(writer) as _),
        };
        Ok(Self { writer: writer.map_err(unwritable)?, path: path.to_owned() })
    }

    /// Writes a row, with its picture where the format holds pictures.
    ///
    /// # Errors
    ///
    /// [`WriteError::Row`] concerns this row alone. After [`WriteError::Io`] the export can't go on.
    pub fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        self.writer.write(row)
    }

    /// Waits until the disk has everything and gives it its name.
    pub fn finish(self) -> Result<(), FormatError> {
        let Self { writer, path } = self;
        writer.finish().map_err(|source| FormatError::Unwritable { path, source })
    }
}

/// The row under its name in the export, and whether the picture is a new one.
pub(super) fn safely_named<'a>(
    row: &'a CaptionRow,
    names: &mut NameBook,
) -> Result<(Cow<'a, CaptionRow>, bool), WriteError> {
    let no_name = || WriteError::Row(format!("{:?} names no file, so the picture can't be exported", row.file_name));
    let (name, is_new) = names.name(&row.file_name).ok_or_else(no_name)?;
    let row = if name == row.file_name {
        Cow::Borrowed(row)
    } else {
        Cow::Owned(CaptionRow { file_name: name, ..row.clone() })
    };
    Ok((row, is_new))
}

/// Refuses a name that a format with pictures in it can't have.
pub(super) fn refuse_other_files(row: &CaptionRow) -> Result<(), WriteError> {
    if is_image_name(&row.file_name) {
        return Ok(());
    }
    let problem = format!("{:?} does not end as a picture does: .jpg, .jpeg, .png, .gif or .webp", row.file_name);
    Err(WriteError::Row(problem))
}

/// What is said where a format holds the pictures themselves and there is none.
pub(super) fn no_picture(row: &CaptionRow) -> WriteError {
    WriteError::Row(format!("the picture of {:?} is not there, and this format holds the pictures", row.file_name))
}
