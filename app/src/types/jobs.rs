//! Jobs: what pages show of them, and what their events tell.

use serde::{Deserialize, Serialize};

use super::{DatasetLink, Problem};

/// Somebody's jobs that go on.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct RunningJobs {
    /// How many.
    pub running: u32,
    /// How far they are together, 0 to 1.
    pub share: f32,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// A model captions images.
    Caption,
    /// A file is taken in.
    Import,
    /// A file is written.
    Export,
    /// Many captions are changed alike, or one is written for several pictures.
    #[serde(alias = "keep_caption")]
    BulkEdit,
    /// Captions become what they were before a bulk edit.
    Rollback,
    /// The search index is built anew.
    Reindex,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Nobody has begun.
    Waiting,
    /// It goes on.
    Running,
    /// All is done, but for what failed.
    Succeeded,
    /// It could not go on.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// How much of a job is done, as `GET /api/v1/jobs/{job}/events` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct JobProgress {
    /// What it does.
    pub kind: JobKind,
    /// How far it is.
    pub state: JobState,
    /// Of how many items it consists; unknown until it is planned.
    pub total: Option<u64>,
    /// How many are done.
    pub done: u64,
    /// How many failed for good.
    pub failed: u64,
    /// Items a second.
    pub pace: Option<f64>,
    /// At this pace.
    pub seconds_left: Option<f64>,
}

/// A job as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct JobSummary {
    /// Which one.
    pub id: String,
    /// What it does, in words.
    pub title: String,
    /// Where.
    pub dataset: Option<DatasetLink>,
    /// How much of it is done.
    pub progress: JobProgress,
    /// Who asked; nobody for whoever runs the server.
    pub creator: Option<String>,
    /// When it was asked, as RFC 3339 writes it.
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Why it failed as a whole.
    pub error: Option<String>,
}

/// The page of jobs.
#[derive(Debug, Clone, Serialize)]
pub struct JobsData {
    /// The newest first.
    pub jobs: Vec<JobSummary>,
    /// The dataset that they are about, where only one's are shown.
    pub dataset: Option<DatasetLink>,
    /// What continues the list, if it is longer.
    pub next_cursor: Option<String>,
    /// Whether this is not the list's beginning.
    pub is_continued: bool,
}

/// The page of one job.
#[derive(Debug, Clone, Serialize)]
pub struct JobData {
    /// The job.
    pub job: JobSummary,
    /// What was asked: what it is called, and what was said.
    pub asked: Vec<(String, String)>,
    /// Which images, in words; nothing for a job that is about none.
    pub images: Vec<Chip>,
    /// Where these images are shown.
    pub images_address: Option<String>,
    /// What came of it.
    pub outcome: JobOutcome,
    /// Whether whoever looks may stop it and take it up again.
    pub may_change: bool,
    /// Whether there is something to take up again.
    pub can_resume: bool,
    /// What failed of it: a part of all.
    pub failures: Vec<JobFailure>,
    /// What continues them.
    pub next_failures: Option<String>,
    /// Whether these are not the first.
    pub is_continued: bool,
    /// Why what was just asked was not done.
    pub problem: Option<Problem>,
}

/// A part of a job that failed.
#[derive(Debug, Clone, Serialize)]
pub struct JobFailure {
    /// Which: "Row 12".
    pub place: String,
    /// What people call it.
    pub label: String,
    /// Where it is shown.
    pub address: Option<String>,
    /// Why it failed.
    pub error: String,
}

/// What came of a job.
#[derive(Debug, Clone, Serialize)]
pub enum JobOutcome {
    /// There is nothing to say besides the numbers.
    Nothing,
    /// A file.
    File {
        /// Its name.
        name: String,
        /// In bytes.
        size: u64,
        /// SHA-256, in hexadecimal.
        sha256: String,
        /// What is in it.
        counts: Vec<String>,
    },
    /// A file that was deleted, because nobody keeps them for ever.
    FileGone,
    /// What an import changes, or would.
    Import {
        /// In words.
        counts: Vec<String>,
        /// Whether nothing was changed.
        is_dry_run: bool,
        /// What the button does that does it.
        apply: Option<String>,
    },
    /// Captions that were changed, or restored.
    Edited {
        /// In words.
        counts: Vec<String>,
        /// The job that was rolled back, if that is what this one did.
        of: Option<String>,
        /// Whether whoever looks may have them become what they were.
        can_roll_back: bool,
    },
    /// Captions of a source.
    Captions {
        /// The source's name.
        source: String,
        /// Where they are shown.
        address: String,
    },
}

/// Something that images were chosen by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chip {
    /// By what.
    pub name: String,
    /// What was said.
    pub value: String,
}

impl JobKind {
    /// So many of what it consists of.
    pub fn count(self, number: u64) -> String {
        match self {
            Self::Caption | Self::Export | Self::Reindex => plural!(number, "{n} image", "{n} images"),
            Self::Import => plural!(number, "{n} row", "{n} rows"),
            Self::BulkEdit | Self::Rollback => plural!(number, "{n} caption", "{n} captions"),
        }
    }
}

impl JobState {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Waiting => t!("Waiting"),
            Self::Running => t!("Running"),
            Self::Succeeded => t!("Done"),
            Self::Failed => t!("Failed"),
            Self::Cancelled => t!("Stopped"),
        }
    }

    /// Whether nothing more comes, unless somebody takes the job up again.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}
