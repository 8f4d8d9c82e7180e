//! Hugging Face's `imagefolder`: pictures, and a `metadata.jsonl` or `metadata.csv` beside them.
//!
//! A picture with several captions has several lines. Every line names every field, and regions are text that holds JSON,
//! because the library wants one type a column.

use std::{
    fs::File,
    io::{self, BufWriter, Seek},
    path::Path,
};

use serde_json::Value;

use super::{
    atomic::folder_of,
    csv,
    folder::PictureFolder,
    jsonl,
    mapping::{ColumnMapping, Columns, Field, value_of},
    names::NameBook,
    row::{CaptionRow, FormatError},
    source::RowReader,
    writer::{RowWriter, WriteError},
};

const METADATA: &str = "metadata.jsonl";

pub(super) fn read(path: &Path, mapping: ColumnMapping) -> Result<RowReader, FormatError> {
    let table = path.join("metadata.csv");
    if table.is_file() { csv::read(&table, mapping) } else { jsonl::read(&path.join(METADATA), mapping) }
}

/// Writes an `imagefolder`. The lines of the metadata wait in a file of their own: an archive takes one file after the
/// other.
pub(super) struct ImageFolderWriter {
    metadata: BufWriter<File>,
    pictures: PictureFolder,
}

impl ImageFolderWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let names = NameBook::default().reserve(METADATA).reserve("metadata.csv");
        let pictures = PictureFolder::create(path, names)?;
        let metadata = BufWriter::new(tempfile::tempfile_in(folder_of(path))?);
        Ok(Self { metadata, pictures })
    }
}

impl RowWriter for ImageFolderWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        let row = self.pictures.add(row)?.0;
        let value = |field| match value_of(&row, field) {
            Some(regions) if field == Field::Regions => Value::String(regions.to_string()),
            value => value.unwrap_or(Value::Null),
        };
        let columns: Columns = Field::ALL.map(|field| (field.name().to_owned(), value(field))).into_iter().collect();
        Ok(jsonl::write_line(&mut self.metadata, &columns)?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { metadata, mut pictures } = *self;
        let mut metadata = metadata.into_inner()?;
        metadata.rewind()?;
        pictures.folder.add_from(METADATA, &mut metadata)?;
        pictures.folder.finish()
    }
}
