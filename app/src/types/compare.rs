//! What several sources say of the same pictures, side by side.

use serde::{Deserialize, Serialize};

use super::{Caption, Chip, Dataset, ListedImage, Listing};

/// Pictures as rows, sources as columns.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CompareData {
    /// The dataset with its sources.
    pub dataset: Dataset,
    /// Which pictures.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// The columns: sources by their names, the reference first where there is one.
    pub columns: Vec<String>,
    /// What the others are compared with; empty for nothing.
    pub reference: String,
    /// How differences are shown.
    pub marks: DiffMarks,
    /// The pictures.
    pub rows: Vec<CompareRow>,
    /// Where these rows begin; nothing for the first.
    pub cursor: Option<String>,
    /// Where the next rows begin.
    pub next_cursor: Option<String>,
    /// How many pictures there are in all, where that is known.
    pub total: Option<u64>,
    /// Why there are none: a query that can't be understood.
    pub problem: Option<super::Problem>,
}

/// A picture with what the sources say of it.
#[derive(Debug, Clone, Serialize)]
pub struct CompareRow {
    /// The picture.
    pub image: ListedImage,
    /// What each column's source says, if anything.
    pub cells: Vec<Option<CompareCell>>,
}

/// What one source says.
#[derive(Debug, Clone, Serialize)]
pub struct CompareCell {
    /// The caption.
    pub caption: Caption,
    /// How it differs from the reference; empty where there is nothing to differ from.
    pub pieces: Vec<DiffPiece>,
}

/// A piece of a text that is compared with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffPiece {
    /// Whether it stands in both texts or in one alone.
    pub change: DiffChange,
    /// What it says, white space included.
    pub text: String,
}

/// In which of two texts a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiffChange {
    /// In both.
    Same,
    /// In the reference alone.
    Deleted,
    /// In the other alone.
    Inserted,
}

/// How differences from the reference are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum DiffMarks {
    /// What is missing and what is new, in one text.
    #[default]
    Inline,
    /// Each text by itself, with what the other lacks marked.
    Sides,
    /// Not at all.
    Off,
}

impl DiffMarks {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inline, Self::Sides, Self::Off];

    /// As addresses write it; empty for the usual one.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Inline => "",
            Self::Sides => "sides",
            Self::Off => "off",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Inline => t!("Inline"),
            Self::Sides => t!("Side by side"),
            Self::Off => t!("Off"),
        }
    }
}
