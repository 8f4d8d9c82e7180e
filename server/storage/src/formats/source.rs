//! Reading a format, row by row.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    ColumnMapping, Format, coco, csv, folder, imagefolder, jsonl, parquet,
    row::{CaptionRow, FormatError, Picture, RowError},
    sidecars, webdataset,
};
use crate::DatasetFolder;

/// Reads the rows of the file or folder at the path.
///
/// # Errors
///
/// When it can't be read at all. What is wrong with one record comes as an item, and the others go on.
pub fn read(path: &Path, format: Format, mapping: &ColumnMapping) -> Result<RowReader, FormatError> {
    let mapping = mapping.clone();
    match format {
        Format::Jsonl => {
            let inside = path.join("captions.jsonl");
            jsonl::read(if path.is_dir() { &inside } else { path }, mapping)
        }
        Format::ImageFolder => imagefolder::read(path, mapping),
        Format::Csv => csv::read(path, mapping),
        Format::Parquet => parquet::read(path, mapping),
        Format::Coco => coco::read(path, &mapping),
        Format::Sidecars => sidecars::read(path),
        Format::WebDataset => webdataset::read(path, mapping),
        Format::Folder => folder::read(path),
    }
}

/// The rows of a file or folder.
pub struct RowReader {
    rows: Box<dyn Iterator<Item = Result<CaptionRow, RowError>> + Send>,
    done: Arc<AtomicU64>,
    total: u64,
}

/// What a record gives: one row or, with several captions, several.
pub(super) type Record = Result<Vec<CaptionRow>, RowError>;

impl RowReader {
    /// From an iterator that counts what it has done, of so much in all.
    pub(super) fn new(
        records: impl Iterator<Item = Record> + Send + 'static,
        done: Arc<AtomicU64>,
        total: u64,
    ) -> Self {
        let split = |record: Record| match record {
            Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        };
        Self { rows: Box::new(records.flat_map(split)), done, total }
    }

    /// From an iterator over so many records.
    pub(super) fn counted(records: impl Iterator<Item = Record> + Send + 'static, total: u64) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&done);
        let count = move |_: &Record| {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        Self::new(records.inspect(count), done, total)
    }

    /// How far the reading is, and how far it goes, in a unit of the format's own.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total)
    }
}

impl Iterator for RowReader {
    type Item = Result<CaptionRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next()
    }
}

/// A file that counts the bytes read from it.
pub(super) struct CountedFile {
    file: File,
    pub(super) done: Arc<AtomicU64>,
    /// The file's size in bytes.
    pub(super) total: u64,
}

impl CountedFile {
    pub(super) fn open(path: &Path) -> Result<Self, FormatError> {
        let file = open_file(path)?;
        let total = file.metadata().map_err(|source| unreadable(path, source))?.len();
        Ok(Self { file, done: Arc::default(), total })
    }
}

impl Read for CountedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Opens what must be a file.
pub(super) fn open_file(path: &Path) -> Result<File, FormatError> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let metadata = file.metadata().map_err(|source| unreadable(path, source))?;
    if metadata.is_dir() {
        return Err(unreadable(path, io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> FormatError {
    FormatError::Unreadable { path: path.to_owned(), source }
}

/// The pictures beside a file.
pub(super) struct Beside(Option<DatasetFolder>);

impl Beside {
    pub(super) fn file(path: &Path) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self(DatasetFolder::open(folder).ok())
    }

    /// Fills in where the rows' pictures are. A name that leads outside the folder has none.
    pub(super) fn find(&self, mut rows: Vec<CaptionRow>) -> Vec<CaptionRow> {
        for row in &mut rows {
            let found: Option<PathBuf> = self.0.as_ref().and_then(|folder| folder.image_path(&row.file_name));
            row.picture = found.map_or(Picture::Absent, Picture::File);
        }
        rows
    }
}
