//! WebDataset: a tar archive in which files of one key are a sample: `000001.jpg`, `000001.txt`, `000001.json`.
//!
//! What we write has the picture, its first caption as text, and all captions with their sources and the picture's name
//! in the JSON. Nothing is ever unpacked: what an entry's name says leads nowhere.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use serde_json::{Value, json};
use tar::{Archive, Builder, EntryType, Header};

use super::{
    atomic::AtomicFile,
    folder::refuse_missing_picture,
    mapping::{ColumnMapping, Columns, Field, value_of},
    names::{NameBook, split_extension},
    row::{CaptionRow, FormatError, Picture, RowError},
    source::{CountedFile, Record, RowReader, open_file},
    writer::{RowWriter, WriteError, refuse_other_files, safely_named},
};
use crate::dataset_folder::is_image_name;

/// Far larger than a picture or its captions are.
const MAX_ENTRY_BYTES: u64 = 256 << 20;

pub(super) fn read(path: &Path, mapping: ColumnMapping) -> Result<RowReader, FormatError> {
    let CountedFile { done, total, .. } = CountedFile::open(path)?;
    let counter = Arc::clone(&done);
    let mut samples = Samples { file: open_file(path)?, offset: 0, number: 0, is_over: false };
    let records = std::iter::from_fn(move || {
        let number = samples.number + 1;
        let record = match samples.next_sample()? {
            Ok(sample) => rows(sample, &mapping),
            Err(problem) => Err(problem),
        };
        counter.store(samples.offset, Ordering::Relaxed);
        Some(record.map_err(|problem| RowError { unit: "sample", number, problem }))
    });
    Ok(RowReader::new(records.filter(|record: &Record| !matches!(record, Ok(rows) if rows.is_empty())), done, total))
}

/// The files of one key.
#[derive(Default)]
struct Sample {
    key: String,
    /// The picture and its name's ending, with its dot.
    picture: Option<(Arc<[u8]>, String)>,
    text: Option<Vec<u8>>,
    json: Option<Vec<u8>>,
    problem: Option<String>,
}

struct Samples {
    file: File,
    /// Where the next sample begins.
    offset: u64,
    number: u64,
    is_over: bool,
}

impl Samples {
    fn next_sample(&mut self) -> Option<Result<Sample, String>> {
        if self.is_over {
            return None;
        }
        self.number += 1;
        self.gather().unwrap_or_else(|error| {
            self.is_over = true;
            Some(Err(format!("the archive can't be read further: {error}")))
        })
    }

    /// Reads entries until one has another key; the next call begins there.
    fn gather(&mut self) -> io::Result<Option<Result<Sample, String>>> {
        self.file.seek(SeekFrom::Start(self.offset))?;
        let mut archive = Archive::new(io::BufReader::new(&self.file));
        let mut sample: Option<Sample> = None;
        let mut read = 0;
        for entry in archive.entries()? {
            let mut entry = entry?;
            let end = entry.raw_file_position() + entry.size().next_multiple_of(512);
            if entry.header().entry_type() != EntryType::Regular {
                read = end;
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let (key, extension) = key_of(&name);
            let current = sample.get_or_insert_with(|| Sample { key: key.to_owned(), ..Sample::default() });
            if current.key != key {
                break;
            }
            read = end;
            current.take(&extension.to_lowercase(), &mut entry)?;
        }
        self.offset += read;
        Ok(sample.map(|sample| sample.problem.clone().map_or(Ok(sample), Err)))
    }
}

/// The key of an entry, up to the first dot of its file name, and what follows, with the dot.
fn key_of(name: &str) -> (&str, &str) {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let dot = name[file..].find('.').map_or(name.len(), |dot| file + dot);
    name.split_at(dot)
}

impl Sample {
    fn take(&mut self, extension: &str, entry: &mut (impl Read + SizedEntry)) -> io::Result<()> {
        let is_picture = is_image_name(&format!("x{extension}"));
        if !is_picture && !matches!(extension, ".txt" | ".caption" | ".json") {
            return Ok(());
        }
        if entry.size() > MAX_ENTRY_BYTES {
            let megabytes = MAX_ENTRY_BYTES >> 20;
            self.problem = Some(format!("the {extension} of {:?} is larger than {megabytes} MiB", self.key));
            return Ok(());
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        match extension {
            ".txt" | ".caption" => self.text = Some(bytes),
            ".json" => self.json = Some(bytes),
            _ => self.picture = Some((bytes.into(), extension.to_owned())),
        }
        Ok(())
    }
}

/// An entry that knows its size.
trait SizedEntry {
    fn size(&self) -> u64;
}

impl<R: Read> SizedEntry for tar::Entry<'_, R> {
    fn size(&self) -> u64 {
        tar::Entry::size(self)
    }
}

/// The rows of a sample: those of our JSON, or those that the JSON's own fields and the text give.
fn rows(sample: Sample, mapping: &ColumnMapping) -> Result<Vec<CaptionRow>, String> {
    let Sample { key, picture, text, json, .. } = sample;
    if picture.is_none() && text.is_none() && json.is_none() {
        return Ok(Vec::new());
    }
    let about = |problem: String| format!("{key:?}: {problem}");
    let mut common = match json {
        None => Columns::new(),
        Some(json) => {
            serde_json::from_slice(&json).map_err(|error| about(format!("its .json is no object: {error}")))?
        }
    };
    let extension = picture.as_ref().map_or(".jpg", |(_, extension)| extension);
    // The key is the name unless the JSON says another.
    common.entry("file_name").or_insert_with(|| Value::String(format!("{key}{extension}")));
    if let Some(text) = text {
        let text = String::from_utf8(text).map_err(|_| about("its .txt is not UTF-8".to_owned()))?;
        common.entry("caption").or_insert_with(|| Value::String(text.strip_suffix('\n').unwrap_or(&text).to_owned()));
    }
    common.entry("caption").or_insert(Value::Null);
    let captions = match common.remove("captions") {
        Some(Value::Array(captions)) if captions.iter().all(Value::is_object) && !captions.is_empty() => captions,
        _ => vec![json!({})],
    };
    let mut rows = Vec::new();
    for caption in captions {
        let Value::Object(own) = caption else { continue };
        let mut columns = common.clone();
        columns.extend(own);
        rows.extend(mapping.rows(&columns).map_err(about)?);
    }
    if let Some((bytes, _)) = picture {
        for row in &mut rows {
            row.picture = Picture::Bytes(Arc::clone(&bytes));
        }
    }
    Ok(rows)
}

/// Writes an archive. The rows of a picture that follow each other are one sample.
pub(super) struct WebDatasetWriter {
    archive: Builder<AtomicFile>,
    names: NameBook,
    waiting: Vec<CaptionRow>,
    number: u64,
}

impl WebDatasetWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let archive = Builder::new(AtomicFile::create(path)?);
        Ok(Self { archive, names: NameBook::default(), waiting: Vec::new(), number: 0 })
    }

    fn write_sample(&mut self) -> Result<(), WriteError> {
        let rows = std::mem::take(&mut self.waiting);
        let Some(first) = rows.first() else { return Ok(()) };
        let picture = first.picture.read()?.unwrap_or_default();
        self.number += 1;
        let key = format!("{:08}", self.number);
        // Loaders tell a picture by its ending, in small letters.
        let extension = split_extension(&first.file_name).1.to_lowercase();
        self.append(&format!("{key}{extension}"), &picture)?;
        if let Some(caption) = rows.iter().find_map(|row| row.caption.as_deref()) {
            self.append(&format!("{key}.txt"), caption.as_bytes())?;
        }
        let own = [Field::Caption, Field::Source, Field::Task, Field::Confidence, Field::Status, Field::Regions];
        let shared = [Field::FileName, Field::Width, Field::Height];
        let of = |row: &CaptionRow, fields: &[Field]| {
            let value = |field: &Field| (field.name().to_owned(), value_of(row, *field).unwrap_or(Value::Null));
            fields.iter().map(value).collect::<Columns>()
        };
        let mut json = of(first, &shared);
        json.insert("captions".to_owned(), rows.iter().map(|row| Value::Object(of(row, &own))).collect());
        Ok(self.append(&format!("{key}.json"), Value::Object(json).to_string().as_bytes())?)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        self.archive.append_data(&mut header, name, bytes)
    }
}

impl RowWriter for WebDatasetWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        refuse_other_files(row)?;
        refuse_missing_picture(row)?;
        let row = safely_named(row, &mut self.names)?.0;
        if self.waiting.first().is_some_and(|first| first.file_name != row.file_name) {
            self.write_sample()?;
        }
        self.waiting.push(row.into_owned());
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.write_sample().map_err(|error| match error {
            WriteError::Io(error) => error,
            WriteError::Row(problem) => io::Error::other(problem),
        })?;
        self.archive.into_inner()?.finish()
    }
}
