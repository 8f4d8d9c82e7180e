//! What a job is asked to do.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{captions::Status, formats::Format, images::ImageFilter};

/// What a job is asked to do, as its row keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobRequest {
    /// Caption pictures.
    Caption(CaptionJob),
    /// Take in captions and pictures from a file.
    Import(ImportJob),
    /// Write captions and pictures into a file.
    Export(ExportJob),
    /// Change many captions alike.
    BulkEdit(BulkEditJob),
    /// Write one caption for several pictures.
    KeepCaption(KeepCaptionJob),
    /// Make captions what they were before another job changed them.
    Rollback(RollbackJob),
    /// Build the search indexes of all servers anew.
    Reindex,
}

/// Which pictures of a dataset. Each member that is given narrows the choice; nothing given means all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSelection {
    /// Those that this search finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Those with a caption of this source (its slug).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Those without a caption of this source (its slug).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Those with a caption in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// These, chosen one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<Uuid>>,
}

/// Captions that a model is to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaptionJob {
    /// Of which pictures.
    pub images: ImageSelection,
    /// The task's marker, such as `<CAPTION>`.
    pub task: String,
    /// The task's input, where it takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How captions are searched for, every parameter filled in.
    pub parameters: Map<String, Value>,
}

/// A file whose captions and pictures are to be taken in. It lies in the object store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportJob {
    /// Under which id the file is kept.
    pub file: Uuid,
    /// What its uploader calls it.
    pub file_name: String,
    /// How to read it; where nothing is said, its name or what it holds tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Which column is which field, as `column=field`; columns of the usual names are known.
    #[serde(default)]
    pub mapping: Vec<String>,
    /// The source of captions that name none.
    pub source: String,
    /// Whether to find out what would happen and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Captions and pictures that are to be written into a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportJob {
    /// Of which pictures.
    pub images: ImageSelection,
    /// How to write it.
    pub format: Format,
    /// Which captions of a picture.
    #[serde(default)]
    pub captions: CaptionChoice,
}

/// Which captions of a picture are exported.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptionChoice {
    /// Every source's.
    #[default]
    All,
    /// One: an approved one, else a person's, else that of the first of these sources that has one, else any.
    Best {
        /// Sources by preference (their slugs).
        #[serde(default)]
        sources: Vec<String>,
    },
    /// Those of this source (its slug).
    Source(String),
}

/// A change of many captions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkEditJob {
    /// Of which pictures.
    pub images: ImageSelection,
    /// Whose captions (a source's slug); all where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_source: Option<String>,
    /// What is changed.
    pub edit: CaptionEdit,
}

/// One caption that is to be several pictures', as whoever asks says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepCaptionJob {
    /// What it says.
    pub text: String,
    /// Who said so first (a source's slug).
    pub of_source: String,
    /// Of which pictures.
    pub images: Vec<KeptImage>,
}

/// A picture that gets a caption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptImage {
    /// Which one.
    pub id: Uuid,
    /// At which version whoever asks saw their own caption of it; nothing where they saw none. One that has changed since is
    /// left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
}

/// Captions that are to become what they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackJob {
    /// The bulk edit, or the rollback, that is taken back.
    pub job: Uuid,
}

/// A change of one caption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum CaptionEdit {
    /// Puts a text before.
    Prefix {
        /// Which.
        text: String,
    },
    /// Puts a text behind.
    Suffix {
        /// Which.
        text: String,
    },
    /// Replaces a text wherever it stands.
    Replace {
        /// What to look for.
        find: String,
        /// What to put in its place.
        replacement: String,
        /// Whether `A` is `a`.
        #[serde(default)]
        ignore_case: bool,
    },
    /// Replaces what a regular expression matches.
    ReplaceRegex {
        /// The expression, in the syntax of the crate `regex`.
        pattern: String,
        /// What to put in its place; `$1` and `${name}` are what groups matched.
        replacement: String,
    },
    /// Takes white space away before, behind and where there is more than one.
    Trim,
    /// Writes everything in small letters.
    Lowercase,
    /// Begins with a capital letter and leaves the rest.
    Capitalize,
    /// Says how far the review is.
    SetStatus {
        /// How far.
        status: Status,
        /// Why, where it is rejected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl JobRequest {
    /// The name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Caption(_) => "caption",
            Self::Import(_) => "import",
            Self::Export(_) => "export",
            Self::BulkEdit(_) => "bulk_edit",
            Self::KeepCaption(_) => "keep_caption",
            Self::Rollback(_) => "rollback",
            Self::Reindex => "reindex",
        }
    }

    /// Whether it takes a server with a model.
    pub fn needs_model(&self) -> bool {
        matches!(self, Self::Caption(_))
    }

    /// Whether what it changed can be taken back.
    pub fn can_roll_back(&self) -> bool {
        matches!(self, Self::BulkEdit(_) | Self::KeepCaption(_) | Self::Rollback(_))
    }

    /// Whether it is done item by item, each of which can be tried again.
    pub fn has_items(&self) -> bool {
        matches!(self, Self::Caption(_) | Self::BulkEdit(_) | Self::KeepCaption(_) | Self::Rollback(_))
    }
}

impl ImageSelection {
    /// What of the selection the tables alone can tell.
    pub fn filter(&self) -> ImageFilter {
        ImageFilter { has_source: self.source.clone(), lacks_source: self.missing.clone(), status: self.status }
    }
}
