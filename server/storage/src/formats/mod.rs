//! The formats that captions come in and go out in.
//!
//! - [`read`] gives the rows of a file or folder one by one; what is wrong with one is told and the others go on.
//! - [`ExportWriter`] writes rows; the file or folder appears whole or not at all.
//!
//! | format | captions of a picture | pictures | read in constant memory |
//! |---|---|---|---|
//! | [`Format::Jsonl`] | any number | beside the file | yes |
//! | [`Format::ImageFolder`] | any number | in the folder | yes |
//! | [`Format::Csv`] | any number | beside the file | yes |
//! | [`Format::Parquet`] | any number | in the file | yes, a page of each column at a time |
//! | [`Format::Coco`] | any number | beside the file | no: the document is read whole |
//! | [`Format::WebDataset`] | any number | in the archive | yes, a sample at a time |
//! | [`Format::Sidecars`] | **one**, and nothing but its text | in the folder | yes, but for the names |
//! | [`Format::Folder`] | none | in the folder | yes, but for the names |
//!
//! A folder goes out as a `.zip` archive where its name ends so, and comes in by way of [`unpack`].
//!
//! Names of pictures are made safe on the way in and on the way out ([`safe_name`]). What writes remembers each name
//! that it gave, so that two pictures never share one.

mod archive;
mod atomic;
mod bundle;
mod coco;
mod csv;
mod folder;
mod imagefolder;
mod jsonl;
mod mapping;
mod names;
mod parquet;
mod row;
mod sidecars;
mod source;
mod webdataset;
mod writer;

use std::{path::Path, str::FromStr};

use serde::{Deserialize, Serialize};

pub use self::{
    archive::{ArchiveKind, ArchiveLimits, open_file_or_archive, pack, unpack},
    mapping::{ColumnMapping, Field, MappingError},
    names::safe_name,
    row::{CaptionRow, FormatError, Picture, RowError},
    source::{RowReader, read},
    writer::{ExportWriter, WriteError},
};

/// A format that captions come in and go out in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `captions.jsonl`: one JSON object a line.
    Jsonl,
    /// A folder of pictures with `metadata.jsonl` (or, to read, `metadata.csv`), as Hugging Face's `imagefolder`.
    ImageFolder,
    /// A table with a header; cells that a spreadsheet would take for formulas are marked as text.
    Csv,
    /// A Parquet file in which Hugging Face's `datasets` finds the pictures.
    Parquet,
    /// COCO's captions in one JSON document.
    Coco,
    /// A folder of pictures with a `.txt` of the same name beside each. It holds one caption of a picture.
    Sidecars,
    /// A tar archive of samples, as `webdataset` reads it.
    WebDataset,
    /// A folder of pictures without captions.
    Folder,
}

/// No format has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no format; there are jsonl, imagefolder, csv, parquet, coco, sidecars, webdataset and folder")]
pub struct UnknownFormat(String);

impl Format {
    /// All formats.
    pub const ALL: [Self; 8] = [
        Self::Jsonl,
        Self::ImageFolder,
        Self::Csv,
        Self::Parquet,
        Self::Coco,
        Self::Sidecars,
        Self::WebDataset,
        Self::Folder,
    ];

    /// The name that programs use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::ImageFolder => "imagefolder",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Coco => "coco",
            Self::Sidecars => "sidecars",
            Self::WebDataset => "webdataset",
            Self::Folder => "folder",
        }
    }

    /// The name that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Jsonl => "captions.jsonl",
            Self::ImageFolder => "Hugging Face imagefolder",
            Self::Csv => "CSV table",
            Self::Parquet => "Parquet file",
            Self::Coco => "COCO captions",
            Self::Sidecars => "pictures with .txt files",
            Self::WebDataset => "WebDataset archive",
            Self::Folder => "folder of pictures",
        }
    }

    /// What a file of the format is called at the end, without the dot; `None` for folders.
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::Jsonl => Some("jsonl"),
            Self::Csv => Some("csv"),
            Self::Parquet => Some("parquet"),
            Self::Coco => Some("json"),
            Self::WebDataset => Some("tar"),
            Self::ImageFolder | Self::Sidecars | Self::Folder => None,
        }
    }

    /// Whether the pictures themselves are in it.
    pub fn holds_pictures(self) -> bool {
        matches!(self, Self::ImageFolder | Self::Parquet | Self::Sidecars | Self::WebDataset | Self::Folder)
    }

    /// The format of what lies at the path, by its name, or by what a folder holds.
    pub fn detect(path: &Path) -> Option<Self> {
        if !path.is_dir() {
            return Self::of_name(path);
        }
        let has = |name: &str| path.join(name).is_file();
        if has("metadata.jsonl") || has("metadata.csv") {
            return Some(Self::ImageFolder);
        }
        if has("captions.jsonl") {
            return Some(Self::Jsonl);
        }
        Some(if sidecars::are_in(path) { Self::Sidecars } else { Self::Folder })
    }

    /// The format that a file of this name would have; a name without an ending is that of an imagefolder.
    pub fn of_name(path: &Path) -> Option<Self> {
        let Some(extension) = path.extension() else { return Some(Self::ImageFolder) };
        match extension.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" | "tsv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            "json" => Some(Self::Coco),
            "tar" => Some(Self::WebDataset),
            _ => None,
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let format = Self::ALL.into_iter().find(|format| format.name() == name);
        format.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
