//! COCO's captions: one document with `images` and `annotations`.
//!
//! ```json
//! {"info": {…}, "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
//!  "annotations": [{"id": 1, "image_id": 1, "caption": "a red car", "source": "florence-2"}]}
//! ```
//!
//! The source, task, confidence, status and regions stand in the annotation, where other programs leave them alone. The
//! document is read whole, because annotations may come before the images that they belong to.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, BufRead, BufReader, Cursor, Read, Write},
    path::Path,
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Format,
    atomic::AtomicFile,
    mapping::{ColumnMapping, Columns, Field, value_of},
    names::NameBook,
    row::{CaptionRow, FormatError, Picture, RowError},
    source::{Beside, Record, RowReader, open_file, unreadable},
    writer::{RowWriter, WriteError, safely_named},
};

/// The captions of all of COCO are 90 MB; this keeps a wrong file from filling the memory.
const MAX_DOCUMENT_BYTES: u64 = 1 << 30;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    images: Vec<Value>,
    annotations: Vec<Value>,
}

pub(super) fn read(path: &Path, mapping: &ColumnMapping) -> Result<RowReader, FormatError> {
    let damaged =
        |problem: String| FormatError::Damaged { path: path.to_owned(), format: Format::Coco.label(), problem };
    let file = open_file(path)?;
    if file.metadata().map_err(|source| unreadable(path, source))?.len() > MAX_DOCUMENT_BYTES {
        return Err(damaged(format!("it is larger than {} MiB", MAX_DOCUMENT_BYTES >> 20)));
    }
    let document = serde_json::from_reader(BufReader::new(file.take(MAX_DOCUMENT_BYTES)));
    let document: Document =
        document.map_err(|error| damaged(format!("it is no document of COCO captions: {error}")))?;
    let records = records(document, mapping);
    let total = records.len() as u64;
    let beside = Beside::file(path);
    Ok(RowReader::counted(records.into_iter().map(move |record| record.map(|rows| beside.find(rows))), total))
}

/// The annotations' rows, then those of images without annotations.
fn records(document: Document, mapping: &ColumnMapping) -> Vec<Record> {
    let mut wrong = Vec::new();
    let mut images = HashMap::new();
    let mut order = Vec::new();
    for (image, number) in document.images.into_iter().zip(1..) {
        match image {
            Value::Object(image) if image.get("id").is_some_and(is_id) => {
                let id = image["id"].to_string();
                order.push((id.clone(), number));
                images.insert(id, image);
            }
            _ => {
                let problem = "an image is an object with an \"id\" and a \"file_name\"".to_owned();
                wrong.push(Err(RowError { unit: "image", number, problem }));
            }
        }
    }
    let mut described = HashSet::new();
    let annotations = document.annotations.into_iter().zip(1..).map(|(annotation, number)| {
        let row_error = |problem| RowError { unit: "annotation", number, problem };
        let Value::Object(mut columns) = annotation else {
            return Err(row_error("an annotation is an object with an \"image_id\" and a \"caption\"".to_owned()));
        };
        let id = columns.remove("image_id").unwrap_or(Value::Null).to_string();
        let Some(image) = images.get(&id) else {
            return Err(row_error(format!("its \"image_id\" is {id}, and no image has that id")));
        };
        described.insert(id);
        take_from_image(&mut columns, image);
        mapping.rows(&columns).map_err(row_error)
    });
    let annotations: Vec<_> = annotations.collect();
    let rest = order.into_iter().filter(|(id, _)| !described.contains(id)).map(|(id, number)| {
        let mut columns = Columns::from_iter([(Field::Caption.name().to_owned(), Value::Null)]);
        take_from_image(&mut columns, &images[&id]);
        let plain = ColumnMapping::default().rows(&columns);
        plain.map_err(|problem| RowError { unit: "image", number, problem })
    });
    wrong.into_iter().chain(annotations).chain(rest).collect()
}

fn is_id(value: &Value) -> bool {
    value.is_number() || value.is_string()
}

fn take_from_image(columns: &mut Columns, image: &Columns) {
    for field in [Field::FileName, Field::Width, Field::Height] {
        if let Some(value) = image.get(field.name()) {
            columns.insert(field.name().to_owned(), value.clone());
        }
    }
}

/// Writes a document. The list of images waits in the memory, because one list must follow the other.
pub(super) struct CocoWriter {
    file: AtomicFile,
    images: Vec<u8>,
    ids: HashMap<String, u64>,
    annotations: u64,
    names: NameBook,
}

impl CocoWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = AtomicFile::create(path)?;
        let info = json!({"description": "Captions exported by Vasari", "version": env!("CARGO_PKG_VERSION")});
        write!(file, "{{\"info\": {info}, \"licenses\": [], \"type\": \"captions\",\n\"annotations\": [")?;
        Ok(Self { file, images: Vec::new(), ids: HashMap::new(), annotations: 0, names: NameBook::default() })
    }
}

impl RowWriter for CocoWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        let (row, is_new) = safely_named(row, &mut self.names)?;
        let next = self.ids.len() as u64 + 1;
        let image_id = *self.ids.entry(row.file_name.clone()).or_insert(next);
        if is_new {
            let size = row.width.zip(row.height).or_else(|| size_of(&row.picture));
            let mut image = json!({"id": image_id, "file_name": row.file_name});
            // One that is known without the other stays as it is.
            let (width, height) = size.map_or((row.width, row.height), |(width, height)| (Some(width), Some(height)));
            for (name, value) in [("width", width), ("height", height)] {
                if let Some(value) = value {
                    image[name] = value.into();
                }
            }
            let comma = if self.images.is_empty() { "\n" } else { ",\n" };
            write!(self.images, "{comma}{image}")?;
        }
        let own = [Field::Caption, Field::Source, Field::Task, Field::Confidence, Field::Status, Field::Regions];
        let values = own.into_iter().filter_map(|field| Some((field.name().to_owned(), value_of(&row, field)?)));
        let mut annotation: Columns = values.collect();
        if annotation.is_empty() {
            return Ok(());
        }
        self.annotations += 1;
        annotation.entry(Field::Caption.name()).or_insert(Value::Null);
        annotation.insert("id".to_owned(), self.annotations.into());
        annotation.insert("image_id".to_owned(), image_id.into());
        let comma = if self.annotations == 1 { "\n" } else { ",\n" };
        Ok(write!(self.file, "{comma}{}", Value::Object(annotation))?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { mut file, images, .. } = *self;
        file.write_all(b"],\n\"images\": [")?;
        file.write_all(&images)?;
        file.write_all(b"]}\n")?;
        file.finish()
    }
}

/// The picture's width and height in pixels, as its header says.
fn size_of(picture: &Picture) -> Option<(u32, u32)> {
    fn size(reader: impl BufRead + io::Seek) -> Option<(u32, u32)> {
        image::ImageReader::new(reader).with_guessed_format().ok()?.into_dimensions().ok()
    }
    match picture {
        Picture::Absent => None,
        Picture::File(path) => size(BufReader::new(fs::File::open(path).ok()?)),
        Picture::Bytes(bytes) => size(Cursor::new(bytes)),
    }
}
