//! A table with a header: one row a caption.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula, and runs it. Such
//! cells go out with an apostrophe before them, which marks text in a spreadsheet, and come in without it. An empty cell
//! is no value; an empty caption goes out as an apostrophe alone.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    sync::Arc,
};

use ::csv::{ByteRecord, Reader, ReaderBuilder, WriterBuilder};
use serde_json::Value;

use super::{
    atomic::AtomicFile,
    mapping::{ColumnMapping, Columns, Field, value_of},
    names::NameBook,
    row::{CaptionRow, FormatError, RowError},
    source::{Beside, CountedFile, Record, RowReader, open_file, unreadable},
    writer::{RowWriter, WriteError, safely_named},
};

pub(super) fn read(path: &Path, mapping: ColumnMapping) -> Result<RowReader, FormatError> {
    let delimiter = delimiter(open_file(path)?).map_err(|source| unreadable(path, source))?;
    let file = CountedFile::open(path)?;
    let (done, total) = (Arc::clone(&file.done), file.total);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let damaged =
        |problem: String| FormatError::Damaged { path: path.to_owned(), format: super::Format::Csv.label(), problem };
    let header = reader.headers().map_err(|_| damaged("its header is not UTF-8".to_owned()))?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if header.iter().all(String::is_empty) {
        return Err(damaged("it has no header; the first line names the columns".to_owned()));
    }
    let rows = Rows { reader, header, mapping, beside: Beside::file(path), is_over: false };
    Ok(RowReader::new(rows, done, total))
}

/// What stands between the names of the header: spreadsheets of some countries write semicolons.
fn delimiter(file: File) -> io::Result<u8> {
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf()?;
    let header = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let found = [b',', b';', b'\t'].into_iter().find(|delimiter| header.contains(delimiter));
    Ok(found.unwrap_or(b','))
}

struct Rows {
    reader: Reader<CountedFile>,
    header: Vec<String>,
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
        let mut record = ByteRecord::new();
        let line = self.reader.position().line();
        let rows = match self.reader.read_byte_record(&mut record) {
            Ok(false) => return None,
            Ok(true) => self.rows(&record),
            Err(error) => {
                self.is_over = true;
                Err(format!("the file can't be read further: {error}"))
            }
        };
        let number = record.position().map_or(line, ::csv::Position::line);
        Some(rows.map_err(|problem| RowError { unit: "line", number, problem }))
    }
}

impl Rows {
    fn rows(&self, record: &ByteRecord) -> Result<Vec<CaptionRow>, String> {
        if record.len() != self.header.len() {
            let (cells, columns) = (record.len(), self.header.len());
            return Err(format!(
                "there are {cells} cells, but the header names {columns} columns; is a quote missing?"
            ));
        }
        let cells = self.header.iter().zip(record.iter()).map(|(name, cell)| {
            let text = std::str::from_utf8(cell).map_err(|_| format!("the cell of {name:?} is not UTF-8"))?;
            let value = if text.is_empty() { Value::Null } else { Value::String(restore(text).to_owned()) };
            Ok((name.clone(), value))
        });
        Ok(self.beside.find(self.mapping.rows(&cells.collect::<Result<Columns, String>>()?)?))
    }
}

/// Writes a table.
pub(super) struct CsvWriter {
    table: ::csv::Writer<AtomicFile>,
    names: NameBook,
}

impl CsvWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut table = WriterBuilder::new().from_writer(AtomicFile::create(path)?);
        table.write_record(Field::ALL.map(Field::name))?;
        Ok(Self { table, names: NameBook::default() })
    }
}

impl RowWriter for CsvWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        let row = safely_named(row, &mut self.names)?.0;
        let cells = Field::ALL.map(|field| match value_of(&row, field) {
            None => String::new(),
            Some(Value::String(text)) => neutralise(text),
            Some(value) => value.to_string(),
        });
        self.table.write_record(cells).map_err(io::Error::from)?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let mut file = self.table.into_inner().map_err(::csv::IntoInnerError::into_error)?;
        file.flush()?;
        file.finish()
    }
}

/// Whether a spreadsheet takes a cell that begins so for a formula.
fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

/// The cell with an apostrophe before it where a spreadsheet would run it, or where one would be taken away.
fn neutralise(text: String) -> String {
    if text.is_empty() || begins_formula(&text) || restore(&text) != text { format!("'{text}") } else { text }
}

/// What [`neutralise`] was given.
fn restore(cell: &str) -> &str {
    let is_marked = |rest: &&str| rest.is_empty() || rest.starts_with('\'') || begins_formula(rest);
    cell.strip_prefix('\'').filter(is_marked).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula_and_each_comes_back() {
        let starts = ["", "=", "+", "-", "@", "\t", "\r", "\n", "'", "''", "'=", "a", "'a", "'''='"];
        for text in starts.iter().flat_map(|start| [(*start).to_owned(), format!("{start}1+1")]) {
            let cell = neutralise(text.clone());
            assert!(!begins_formula(&cell) && !cell.is_empty(), "{cell:?}");
            assert_eq!(restore(&cell), text);
        }
        assert_eq!(neutralise("a dog".to_owned()), "a dog");
        assert_eq!(restore("'tis a dog"), "'tis a dog");
    }
}
