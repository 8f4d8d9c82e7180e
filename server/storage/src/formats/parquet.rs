//! Parquet, as Hugging Face's `datasets` lays it out: the picture is a group of its bytes and its path, and the file's
//! metadata tells that it is an image.
//!
//! A picture with several captions has several rows; its bytes stand once in each group of rows.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, LazyLock},
};

use ::parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    record::{
        Field as Cell, Row,
        reader::{ReaderIter, TreeBuilder},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use serde_json::{Value, json};

use super::{
    Format,
    atomic::AtomicFile,
    mapping::{ColumnMapping, Columns, Field, value_of},
    names::NameBook,
    row::{CaptionRow, FormatError, Picture, RowError},
    source::{Beside, Record, RowReader, open_file},
    writer::{RowWriter, WriteError, safely_named},
};

pub(super) fn read(path: &Path, mapping: ColumnMapping) -> Result<RowReader, FormatError> {
    let damaged = |error: ParquetError| FormatError::Damaged {
        path: path.to_owned(),
        format: Format::Parquet.label(),
        problem: error.to_string(),
    };
    let file = SerializedFileReader::new(open_file(path)?).map_err(damaged)?;
    let total = file.metadata().file_metadata().num_rows().max(0) as u64;
    let rows =
        Rows { file, group: 0, open_group: None, number: 0, mapping, beside: Beside::file(path), is_over: false };
    Ok(RowReader::counted(rows, total))
}

struct Rows {
    file: SerializedFileReader<std::fs::File>,
    group: usize,
    open_group: Option<ReaderIter>,
    number: u64,
    mapping: ColumnMapping,
    beside: Beside,
    is_over: bool,
}

impl Iterator for Rows {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.is_over {
            return None;
        }
        self.number += 1;
        // The library panics on some damaged files.
        let row = catch_unwind(AssertUnwindSafe(|| self.next_row().transpose()));
        let row = row.unwrap_or_else(|_| Some(Err(ParquetError::General("it is damaged".to_owned()))))?;
        let rows = match row {
            Ok(row) => self.rows(row),
            Err(error) => {
                self.is_over = true;
                Err(format!("the file can't be read further: {error}"))
            }
        };
        Some(rows.map_err(|problem| RowError { unit: "row", number: self.number, problem }))
    }
}

impl Rows {
    fn next_row(&mut self) -> Result<Option<Row>, ParquetError> {
        loop {
            if let Some(row) = self.open_group.as_mut().and_then(Iterator::next) {
                return row.map(Some);
            }
            if self.group >= self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.group)?;
            let schema = self.file.metadata().file_metadata().schema_descr_ptr();
            // Few rows at a time, because each can hold a picture.
            self.open_group = Some(TreeBuilder::new().with_batch_size(16).as_iter(schema, &*group)?);
            self.group += 1;
        }
    }

    fn rows(&self, row: Row) -> Result<Vec<CaptionRow>, String> {
        let mut columns = Columns::new();
        let mut picture = None;
        for (name, cell) in row.into_columns() {
            match cell {
                Cell::Group(group) if name == "image" => {
                    for (part, cell) in group.into_columns() {
                        match cell {
                            Cell::Bytes(bytes) if part == "bytes" => picture = Some(Arc::from(bytes.data())),
                            Cell::Str(path) if part == "path" => drop(columns.insert(name.clone(), path.into())),
                            _ => {}
                        }
                    }
                }
                cell => drop(columns.insert(name, value_of_cell(cell))),
            }
        }
        let is_named = |column: &str| columns.get(column).is_some_and(Value::is_string);
        if let Some(bytes) = picture.as_ref().filter(|_| !is_named("file_name") && !is_named("image")) {
            let name = format!("{:08}.{}", self.number, extension_of(bytes));
            columns.insert(Field::FileName.name().to_owned(), name.into());
        }
        let mut rows = self.mapping.rows(&columns)?;
        let Some(bytes) = picture else { return Ok(self.beside.find(rows)) };
        for row in &mut rows {
            row.picture = Picture::Bytes(Arc::clone(&bytes));
        }
        Ok(rows)
    }
}

/// Numbers, text and lists of them; what else there is tells nothing about a caption.
fn value_of_cell(cell: Cell) -> Value {
    match cell {
        Cell::Str(text) => text.into(),
        Cell::Float(number) => f64::from(number).into(),
        Cell::Double(number) => number.into(),
        Cell::Int(number) => number.into(),
        Cell::Long(number) => number.into(),
        Cell::UInt(number) => number.into(),
        Cell::ULong(number) => number.into(),
        Cell::Short(number) => number.into(),
        Cell::UShort(number) => number.into(),
        // Text whose column doesn't say that it is text.
        Cell::Bytes(bytes) => bytes.as_utf8().map_or(Value::Null, Value::from),
        Cell::ListInternal(list) => list.elements().iter().cloned().map(value_of_cell).collect(),
        _ => Value::Null,
    }
}

/// How the name of a picture with these bytes ends.
fn extension_of(bytes: &[u8]) -> &'static str {
    let format = image::guess_format(bytes).ok();
    format.and_then(|format| format.extensions_str().first().copied()).unwrap_or("jpg")
}

/// The columns of what we write.
const SCHEMA: &str = "message caption {
    optional group image { optional binary bytes; optional binary path (UTF8); }
    required binary file_name (UTF8);
    optional binary caption (UTF8);
    optional binary source (UTF8);
    optional binary task (UTF8);
    optional float confidence;
    optional binary status (UTF8);
    optional binary regions (UTF8);
    optional int32 width (INTEGER(32, false));
    optional int32 height (INTEGER(32, false));
}";

/// What tells `datasets` the types of the columns.
static HUGGING_FACE: LazyLock<String> = LazyLock::new(|| {
    let value = |kind: &str| json!({"dtype": kind, "_type": "Value"});
    let types = json!({
        "image": {"_type": "Image"}, "file_name": value("string"), "caption": value("string"),
        "source": value("string"), "task": value("string"), "confidence": value("float32"), "status": value("string"),
        "regions": value("string"), "width": value("uint32"), "height": value("uint32"),
    });
    json!({"info": {"features": types}}).to_string()
});

/// Rows and bytes of pictures after which a group of rows goes to the disk.
const GROUP_ROWS: usize = 1000;
const GROUP_BYTES: usize = 64 << 20;

/// Writes a file, a group of rows at a time.
pub(super) struct ParquetWriter {
    file: SerializedFileWriter<AtomicFile>,
    rows: Vec<(CaptionRow, Option<ByteArray>)>,
    bytes: usize,
    names: NameBook,
}

impl ParquetWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let schema = parse_message_type(SCHEMA).expect("the schema is correct. This is a bug.");
        let level = ZstdLevel::try_new(3).expect("the level is one that there is. This is a bug.");
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            // The rows of one picture then share its bytes.
            .set_column_dictionary_page_size_limit(picture_column(), 2 * GROUP_BYTES)
            .set_column_compression(picture_column(), Compression::UNCOMPRESSED)
            .set_key_value_metadata(Some(vec![KeyValue::new("huggingface".to_owned(), HUGGING_FACE.clone())]))
            .build();
        let file = SerializedFileWriter::new(AtomicFile::create(path)?, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file, rows: Vec::new(), bytes: 0, names: NameBook::default() })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut group = self.file.next_row_group()?;
        let pictures = rows.iter().map(|(_, bytes)| bytes.clone());
        write_column::<ByteArrayType>(&mut group, pictures, 2)?;
        let paths = rows.iter().map(|(row, bytes)| bytes.as_ref().map(|_| row.file_name.as_str().into()));
        write_column::<ByteArrayType>(&mut group, paths, 2)?;
        for field in Field::ALL {
            let rows = rows.iter().map(|(row, _)| row);
            match field {
                Field::Confidence => write_column::<FloatType>(&mut group, rows.map(|row| row.confidence), 1)?,
                Field::Width => write_column::<Int32Type>(&mut group, rows.map(|row| row.width.map(bits)), 1)?,
                Field::Height => write_column::<Int32Type>(&mut group, rows.map(|row| row.height.map(bits)), 1)?,
                field => {
                    let is_required = field == Field::FileName;
                    write_column::<ByteArrayType>(
                        &mut group,
                        rows.map(|row| text(row, field)),
                        i16::from(!is_required),
                    )?;
                }
            }
        }
        group.close().map(drop)
    }
}

impl RowWriter for ParquetWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        let row = safely_named(row, &mut self.names)?.0;
        let unreadable = |error| WriteError::Row(format!("the picture of {:?} can't be read: {error}", row.file_name));
        let same = self.rows.last().filter(|(last, _)| last.file_name == row.file_name);
        let bytes = match same {
            Some((_, bytes)) => bytes.clone(),
            None => row.picture.read().map_err(unreadable)?.map(|bytes| ByteArray::from(bytes.into_owned())),
        };
        if same.is_none() {
            self.bytes += bytes.as_ref().map_or(0, ByteArray::len);
        }
        self.rows.push((CaptionRow { picture: Picture::Absent, ..row.into_owned() }, bytes));
        if self.rows.len() >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group().map_err(io::Error::from)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        self.file.into_inner()?.finish()
    }
}

fn picture_column() -> ColumnPath {
    ColumnPath::new(vec!["image".to_owned(), "bytes".to_owned()])
}

fn bits(number: u32) -> i32 {
    number.cast_signed()
}

fn text(row: &CaptionRow, field: Field) -> Option<ByteArray> {
    let text = match value_of(row, field)? {
        Value::String(text) => text,
        value => value.to_string(),
    };
    Some(text.into_bytes().into())
}

/// Writes the group's next column. What there is of a value stands at the level given, what there isn't at 0.
fn write_column<T: DataType>(
    group: &mut ::parquet::file::writer::SerializedRowGroupWriter<'_, AtomicFile>,
    values: impl Iterator<Item = Option<T::T>>,
    level: i16,
) -> Result<(), ParquetError> {
    let mut present = Vec::new();
    let mut levels = Vec::new();
    for value in values {
        levels.push(if value.is_some() { level } else { 0 });
        present.extend(value);
    }
    let mut column = group.next_column()?.expect("the schema has as many columns. This is a bug.");
    column.typed::<T>().write_batch(&present, Some(&levels), None)?;
    column.close()
}
