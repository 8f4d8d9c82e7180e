//! The page that changes many captions alike.

use serde::Serialize;

use super::{DiffPiece, ImageChoice, Problem};

/// The page that changes many captions alike.
#[derive(Debug, Clone, Serialize)]
pub struct EditData {
    /// Which images there are to choose from.
    pub choice: ImageChoice,
    /// The form as it was written.
    pub written: WrittenEdit,
    /// Whether whoever looks may approve and reject.
    pub may_review: bool,
    /// What it would change, once that was asked for.
    pub preview: Option<EditPreview>,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// A change as it was written into the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WrittenEdit {
    /// Whose captions; empty for all.
    pub of_source: String,
    /// What is done: a name of [`EDIT_OPERATIONS`].
    pub operation: String,
    /// What is put before or behind.
    pub text: String,
    /// What is looked for.
    pub find: String,
    /// What is put in its place.
    pub replacement: String,
    /// Whether `A` is `a`.
    pub ignore_case: bool,
    /// How far the review is to be.
    pub status: String,
    /// Why, where they are rejected.
    pub reason: String,
}

/// What a change would do.
#[derive(Debug, Clone, Serialize)]
pub struct EditPreview {
    /// How many captions were looked at.
    pub captions: u64,
    /// How many would change.
    pub changed: u64,
    /// How many can't be changed.
    pub failed: u64,
    /// Whether all were looked at.
    pub is_complete: bool,
    /// Some of the changes.
    pub sample: Vec<PreviewedEdit>,
}

/// A caption that would change.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewedEdit {
    /// The picture's name.
    pub file_name: String,
    /// Where it is shown.
    pub address: String,
    /// The source's name.
    pub source: String,
    /// How its text becomes the other.
    pub pieces: Vec<DiffPiece>,
    /// How far its review is afterwards.
    pub status: String,
}

/// What can be done to captions: names on the wire, and what people call them.
pub const EDIT_OPERATIONS: [(&str, &str); 8] = [
    ("replace", message!("Find and replace")),
    ("replace_regex", message!("Replace by a regular expression")),
    ("prefix", message!("Put a text before")),
    ("suffix", message!("Put a text behind")),
    ("trim", message!("Tidy white space")),
    ("lowercase", message!("Write in small letters")),
    ("capitalize", message!("Begin with a capital letter")),
    ("set_status", message!("Set the review status")),
];
