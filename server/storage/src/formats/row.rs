//! What every format holds: one caption of one picture.

use std::{borrow::Cow, fmt, fs, io, path::PathBuf, sync::Arc};

use serde_json::Value;

/// One caption of one picture. A picture with several captions has several rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaptionRow {
    /// The picture's name, relative to its dataset, with `/` between folders; safe to join to a folder.
    pub file_name: String,
    /// The caption; `None` for a picture that has none yet, which is not the same as an empty one.
    pub caption: Option<String>,
    /// Where the caption comes from: a model's or a person's name.
    pub source: Option<String>,
    /// The task that the caption answers, such as `<CAPTION>`.
    pub task: Option<String>,
    /// How sure its source was, 0 to 1.
    pub confidence: Option<f32>,
    /// What people decided about it, such as `accepted`.
    pub status: Option<String>,
    /// The regions that belong to the caption: a JSON array or object.
    pub regions: Option<Value>,
    /// The picture's width in pixels.
    pub width: Option<u32>,
    /// The picture's height in pixels.
    pub height: Option<u32>,
    /// The picture itself.
    pub picture: Picture,
}

/// Where a row's picture is.
#[derive(Clone, Default, PartialEq)]
pub enum Picture {
    /// Only its name is known.
    #[default]
    Absent,
    /// In a file, read when it is needed.
    File(PathBuf),
    /// In the memory, shared by the rows of one picture.
    Bytes(Arc<[u8]>),
}

impl Picture {
    /// The picture's bytes, `None` where there is no picture.
    pub fn read(&self) -> io::Result<Option<Cow<'_, [u8]>>> {
        match self {
            Self::Absent => Ok(None),
            Self::File(path) => Ok(Some(Cow::Owned(fs::read(path)?))),
            Self::Bytes(bytes) => Ok(Some(Cow::Borrowed(bytes))),
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("Absent"),
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            Self::Bytes(bytes) => write!(formatter, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// A record that can't be read; the others can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{unit} {number}: {problem}")]
pub struct RowError {
    /// What the format counts: `line`, `row`, `annotation`, `sample` or `picture`.
    pub unit: &'static str,
    /// Which one it is, counted from 1. Lines are those of the file, its header among them.
    pub number: u64,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// A file or folder that can't be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The system refused a file or a folder.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was read is not what its format says.
    #[error("{} can't be read as {format}: {problem}", path.display())]
    Damaged {
        /// What was read.
        path: PathBuf,
        /// The format's label.
        format: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// An export never replaces what is there.
    #[error("{} is there already; an export writes to a new name", .0.display())]
    Exists(PathBuf),
    /// The system refused what was to be written.
    #[error("{} can't be written: {source}", path.display())]
    Unwritable {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FormatError {
    /// The error in a sentence for people who know the file by another name than its path.
    pub fn of_file(&self, name: &str) -> String {
        match self {
            Self::Unreadable { source, .. } => format!("{name} can't be read: {source}."),
            Self::Damaged { format, problem, .. } => format!("{name} can't be read as {format}: {problem}."),
            Self::Exists(_) => format!("{name} is there already."),
            Self::Unwritable { source, .. } => format!("{name} can't be written: {source}."),
        }
    }
}
