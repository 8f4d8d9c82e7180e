//! Hugging Face's `imagefolder`: pictures, and a `metadata.jsonl` or `metadata.csv` beside them.
//!
//! A picture with several captions has several lines. Every line names every field, and regions are text that holds JSON,
//! because the library wants one type a column.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use serde_json::Value;

use super::{
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

/// Writes an `imagefolder`.
pub(super) struct ImageFolderWriter {
    metadata: BufWriter<File>,
    pictures: PictureFolder,
}

impl ImageFolderWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let names = NameBook::default().reserve(METADATA).reserve("metadata.csv");
        let pictures = PictureFolder::create(path, names)?;
        let metadata = BufWriter::new(File::create_new(pictures.folder.path(METADATA)?)?);
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
        let Self { mut metadata, pictures } = *self;
        metadata.flush()?;
        metadata.get_ref().sync_all()?;
        pictures.folder.finish()
    }
}
