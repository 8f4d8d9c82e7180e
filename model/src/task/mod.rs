//! The 15 tasks of Florence-2, their prompts and their input checks.

mod facts;
mod prompt;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use prompt::{MAX_TEXT_BYTES, PromptError};

/// What Florence-2 can be asked to do with a picture.
///
/// On the wire and on the command line a task is its [marker](Task::marker); what comes in may also be the
/// [name](Task::name), in any case, with `-` or `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// One short sentence.
    Caption,
    /// Two or three sentences.
    DetailedCaption,
    /// A paragraph.
    MoreDetailedCaption,
    /// The written words in the picture, as one text.
    Ocr,
    /// The written words in the picture, each with the quadrilateral it stands in.
    OcrWithRegion,
    /// Objects with their category and box.
    ObjectDetection,
    /// Regions with a short description each.
    DenseRegionCaption,
    /// Boxes that may hold something, without labels.
    RegionProposal,
    /// Boxes for the phrases of a given caption.
    CaptionToPhraseGrounding,
    /// The outline of what a given phrase refers to.
    ReferringExpressionSegmentation,
    /// The outline of what a given box holds.
    RegionToSegmentation,
    /// Boxes or outlines of what a given phrase names.
    OpenVocabularyDetection,
    /// The category of what a given box holds.
    RegionToCategory,
    /// A description of what a given box holds.
    RegionToDescription,
    /// The written words within a given box.
    RegionToOcr,
}

/// What a task wants besides the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskInput {
    /// Nothing.
    None,
    /// A phrase or a caption.
    Text,
    /// A box in the picture: `<loc_x0><loc_y0><loc_x1><loc_y1>` in thousandths, or `x0,y0,x1,y1` in pixels.
    Region,
}

/// The shape of what a task answers; see [`Answer`](crate::Answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// A plain text.
    Text,
    /// Boxes with labels.
    Boxes,
    /// Quadrilaterals with labels.
    Quads,
    /// Outlines with labels.
    Polygons,
    /// Boxes or outlines, whichever the model chose, with labels.
    BoxesAndPolygons,
}

/// A string that names none of the tasks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no task; the tasks are {}", all_names())]
pub struct UnknownTask {
    /// What was asked for, shortened.
    pub found: String,
}

impl Task {
    /// Every task, captions first.
    pub const ALL: [Task; 15] = [
        Task::Caption,
        Task::DetailedCaption,
        Task::MoreDetailedCaption,
        Task::Ocr,
        Task::OcrWithRegion,
        Task::ObjectDetection,
        Task::DenseRegionCaption,
        Task::RegionProposal,
        Task::CaptionToPhraseGrounding,
        Task::ReferringExpressionSegmentation,
        Task::RegionToSegmentation,
        Task::OpenVocabularyDetection,
        Task::RegionToCategory,
        Task::RegionToDescription,
        Task::RegionToOcr,
    ];

    /// The task's name in the model's world, such as `<MORE_DETAILED_CAPTION>`.
    pub fn marker(self) -> &'static str {
        self.facts().marker
    }

    /// The marker in snake case without brackets, such as `more_detailed_caption`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// A title for people, such as "More detailed caption".
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// One sentence for people that tells what the task answers.
    pub fn description(self) -> &'static str {
        self.facts().description
    }

    /// What the task wants besides the picture.
    pub fn input(self) -> TaskInput {
        self.facts().input
    }

    /// The shape of the task's answer.
    pub fn answer_kind(self) -> AnswerKind {
        self.facts().answer_kind
    }
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.marker())
    }
}

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bare = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
        let name = bare.to_ascii_lowercase().replace('-', "_");
        Task::ALL.into_iter().find(|task| task.name() == name).ok_or_else(|| UnknownTask { found: shortened(text) })
    }
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.marker())
    }
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The start of what a person sent, short enough to be said back to them.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn all_names() -> String {
    Task::ALL.map(Task::name).join(", ")
}

#[cfg(test)]
mod tests;
