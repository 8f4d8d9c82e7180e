//! `captions.jsonl`: one caption a line, in the shapes that people have.
//!
//! ```json
//! {"image": "a.jpg", "caption": "a red car"}
//! {"file_name": "a.jpg", "text": "a red car"}
//! {"image": "a.jpg", "caption": "a red car", "source": "florence-2", "task": "<CAPTION>", "confidence": 0.93}
//! ```
//!
//! Fields of other names are left alone.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    sync::Arc,
};

use serde_json::Value;

use super::{
    atomic::AtomicFile,
    mapping::{ColumnMapping, Columns, Field, value_of},
    names::NameBook,
    row::{CaptionRow, FormatError, RowError},
    source::{Beside, CountedFile, Record, RowReader},
    writer::{RowWriter, WriteError, safely_named},
};

/// Far longer than any caption; keeps a file without line breaks from filling the memory.
const MAX_LINE_BYTES: u64 = 1 << 20;

pub(super) fn read(path: &Path, mapping: ColumnMapping) -> Result<RowReader, FormatError> {
    let file = CountedFile::open(path)?;
    let (done, total) = (Arc::clone(&file.done), file.total);
    let lines = Lines { reader: BufReader::new(file), mapping, beside: Beside::file(path), line: 0, is_over: false };
    Ok(RowReader::new(lines, done, total))
}

struct Lines<R> {
    reader: BufReader<R>,
    mapping: ColumnMapping,
    beside: Beside,
    line: u64,
    is_over: bool,
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while !self.is_over {
            self.line += 1;
            let rows = match self.next_line() {
                Ok(Some(bytes)) => bytes.and_then(|bytes| self.rows(&bytes)),
                Ok(None) => return None,
                Err(error) => {
                    self.is_over = true;
                    Err(format!("the file can't be read further: {error}"))
                }
            };
            match rows {
                Ok(rows) if rows.is_empty() => {}
                Ok(rows) => return Some(Ok(self.beside.find(rows))),
                Err(problem) => return Some(Err(RowError { unit: "line", number: self.line, problem })),
            }
        }
        None
    }
}

impl<R: Read> Lines<R> {
    /// The next line, `None` at the end; the inner error is the line's own.
    fn next_line(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut bytes = Vec::new();
        // One byte more than allowed tells a line that is too long from one that just fits.
        let read = self.reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        if read as u64 > MAX_LINE_BYTES && !bytes.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Err(format!("the line is longer than {MAX_LINE_BYTES} bytes"))));
        }
        Ok(Some(Ok(bytes)))
    }

    /// The rows of a line, none for an empty one.
    fn rows(&self, bytes: &[u8]) -> Result<Vec<CaptionRow>, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "the line is not UTF-8".to_owned())?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let columns = serde_json::from_str::<Columns>(text);
        self.mapping.rows(&columns.map_err(|error| format!("the line is not a JSON object: {error}"))?)
    }
}

/// Writes `captions.jsonl`.
pub(super) struct JsonlWriter {
    file: AtomicFile,
    names: NameBook,
}

impl JsonlWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: AtomicFile::create(path)?, names: NameBook::default() })
    }
}

impl RowWriter for JsonlWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        let row = safely_named(row, &mut self.names)?.0;
        let values = Field::ALL.into_iter().filter_map(|field| Some((field.name().to_owned(), value_of(&row, field)?)));
        let mut columns: Columns = values.collect();
        // A line without a caption would be taken for a mistake.
        columns.entry(Field::Caption.name()).or_insert(Value::Null);
        Ok(write_line(&mut self.file, &columns)?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.file.finish()
    }
}

pub(super) fn write_line(file: &mut impl Write, columns: &Columns) -> io::Result<()> {
    serde_json::to_writer(&mut *file, columns)?;
    file.write_all(b"\n")
}
