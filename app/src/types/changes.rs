//! What people did to the captions of a dataset, as a page shows it.

use serde::Serialize;

use super::{Dataset, DiffPiece, Problem, Status};

/// What was done, the latest first.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChangesData {
    /// The dataset.
    pub dataset: Dataset,
    /// Whether only what whoever looks did is shown.
    pub is_mine: bool,
    /// Whether this is not the list's beginning.
    pub is_continued: bool,
    /// What was done.
    pub acts: Vec<Act>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// What whoever looks would undo, for who may.
    pub undo: Option<Act>,
    /// What they would do again.
    pub redo: Option<Act>,
    /// Why it could not be undone, or done again.
    pub problem: Option<Problem>,
}

/// Something that somebody did to captions.
#[derive(Debug, Clone, Serialize)]
pub struct Act {
    /// What they are called; nothing for who is not signed in.
    pub who: Option<String>,
    /// When, as RFC 3339 writes it.
    pub at: String,
    /// The job's address and what it was asked, where a job did it.
    pub job: Option<(String, String)>,
    /// How many captions it changed.
    pub captions: u64,
    /// What it changed about the first of them.
    pub example: Option<ActExample>,
    /// Whether it was undone.
    pub is_undone: bool,
}

/// How a caption changed.
#[derive(Debug, Clone, Serialize)]
pub struct ActExample {
    /// Where its picture is shown.
    pub address: String,
    /// The picture's name.
    pub file_name: String,
    /// The caption's source.
    pub source: String,
    /// Its text before and after, by words; nothing where that stayed.
    pub diff: Option<Vec<DiffPiece>>,
    /// How far its review is afterwards, where that changed.
    pub status: Option<Status>,
}
