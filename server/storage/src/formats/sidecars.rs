//! Pictures with a `.txt` of the same name beside each, as trainers of image models read them.
//!
//! A sidecar holds one caption and nothing else: neither its source nor a second caption. The line break at its end is
//! not part of the caption.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use super::{
    folder::{self, PictureFolder},
    names::{NameBook, split_extension},
    row::{CaptionRow, FormatError, Picture, RowError},
    source::{Record, RowReader},
    writer::{RowWriter, WriteError},
};
use crate::DatasetFolder;

/// Far longer than any caption; keeps a huge file beside a picture from filling the memory.
const MAX_CAPTION_BYTES: u64 = 1 << 20;

/// Whether the folder has sidecars: it is enough that one picture has one.
pub(super) fn are_in(path: &Path) -> bool {
    folder::open(path).is_ok_and(|(folder, names)| names.iter().any(|name| sidecar(&folder, name).is_some()))
}

pub(super) fn read(path: &Path) -> Result<RowReader, FormatError> {
    let (folder, names) = folder::open(path)?;
    let total = names.len() as u64;
    let records = names.into_iter().zip(1..).map(move |(name, number)| record(&folder, name, number));
    Ok(RowReader::counted(records, total))
}

fn record(folder: &DatasetFolder, file_name: String, number: u64) -> Record {
    let picture = folder.image_path(&file_name).map_or(Picture::Absent, Picture::File);
    let caption = sidecar(folder, &file_name).map(|sidecar| {
        let file = fs::File::open(sidecar).map_err(|error| format!("it can't be read: {error}"))?;
        let mut bytes = Vec::new();
        let read = file.take(MAX_CAPTION_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("it can't be read: {error}"))?;
        if bytes.len() as u64 > MAX_CAPTION_BYTES {
            return Err(format!("it is longer than {MAX_CAPTION_BYTES} bytes"));
        }
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let text = text.trim_start_matches('\u{feff}');
        Ok(text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text).to_owned())
    });
    let wrong =
        |problem| RowError { unit: "picture", number, problem: format!("the .txt of {file_name:?}: {problem}") };
    let caption = caption.transpose().map_err(wrong)?;
    Ok(vec![CaptionRow { file_name, caption, picture, ..CaptionRow::default() }])
}

/// The picture's sidecar, if there is one; a link may lead outside the folder and is not followed.
fn sidecar(folder: &DatasetFolder, image_name: &str) -> Option<std::path::PathBuf> {
    let path = folder.image_path(image_name)?.with_extension("txt");
    fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()).then_some(path)
}

/// Writes pictures and sidecars.
pub(super) struct SidecarWriter {
    pictures: PictureFolder,
}

impl SidecarWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { pictures: PictureFolder::create(path, NameBook::by_stem())? })
    }
}

impl RowWriter for SidecarWriter {
    fn write(&mut self, row: &CaptionRow) -> Result<(), WriteError> {
        let (row, is_new) = self.pictures.add(row)?;
        if !is_new {
            let problem = format!("{:?} has a caption already, and a .txt holds one", row.file_name);
            return Err(WriteError::Row(problem));
        }
        let Some(caption) = &row.caption else { return Ok(()) };
        let name = format!("{}.txt", split_extension(&row.file_name).0);
        Ok(self.pictures.folder.add(&name, format!("{caption}\n").as_bytes())?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.pictures.folder.finish()
    }
}
