//! Review, as its pages show it.

use serde::Serialize;

use super::{Caption, Chip, Dataset, ImageChoice, ImageFile, Listing, Problem, Status};

/// The queue: a picture with what waits of it; or one that was decided before.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReviewData {
    /// The dataset.
    pub dataset: Dataset,
    /// Which pictures are reviewed.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// What is looked at; nothing where nothing waits.
    pub item: Option<ReviewItemData>,
    /// What whoever looks decided before that; its id leads back to it.
    pub previous: Option<String>,
    /// What they decided just now.
    pub last: Option<DecidedData>,
    /// How many captions of the dataset wait.
    pub waiting: u64,
    /// How many captions they have decided today.
    pub today: u64,
    /// How many pictures wait that they have skipped.
    pub skipped: u64,
}

/// A picture that is reviewed, or was.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewItemData {
    /// The picture.
    pub image: ImageFile,
    /// What every source says of it.
    pub captions: Vec<Caption>,
    /// Why it is shown.
    pub occasion: Occasion,
    /// What was written and not taken.
    pub attempt: Option<ReviewAttempt>,
}

/// Why a picture is shown.
#[derive(Debug, Clone, Serialize)]
pub enum Occasion {
    /// It waits, and is kept from others meanwhile.
    Waits {
        /// The lease's id.
        lease: String,
        /// Whether it was assigned to whoever looks.
        is_assigned: bool,
    },
    /// They decided on it, and look back.
    Decided {
        /// The decision.
        decision: DecidedData,
        /// The decision after it; else the queue comes next.
        next: Option<String>,
    },
}

/// A decision.
#[derive(Debug, Clone, Serialize)]
pub struct DecidedData {
    /// By which it is taken back: the caption and its version.
    pub id: String,
    /// Of which caption.
    pub caption: String,
    /// Whose caption.
    pub source: String,
    /// Of which picture.
    pub file_name: String,
    /// Approved or rejected.
    pub status: Status,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Whether the caption still is as it was left.
    pub stands: bool,
}

/// What was written and not taken.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReviewAttempt {
    /// About which caption.
    pub caption: String,
    /// What it was to say.
    pub text: Option<String>,
    /// Why it was to be rejected.
    pub reason: Option<String>,
    /// Why not.
    pub problem: Problem,
}

/// How far review is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReviewProgressData {
    /// The dataset.
    pub dataset: Dataset,
    /// Captions that nobody has submitted.
    pub draft: u64,
    /// Captions that wait.
    pub submitted: u64,
    /// Captions that were approved.
    pub approved: u64,
    /// Captions that were rejected.
    pub rejected: u64,
    /// Everybody who may review or has, by name.
    pub people: Vec<ReviewerData>,
    /// Assignments that go on.
    pub assignments: Vec<AssignmentData>,
    /// Whose they are; empty for everybody's.
    pub of: String,
    /// What continues them.
    pub next_cursor: Option<String>,
    /// What whoever looks is called.
    pub own_name: String,
    /// What was done just now, in words.
    pub done: Option<String>,
}

/// How much somebody has reviewed.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewerData {
    /// What they are called.
    pub name: String,
    /// Whether they may review now.
    pub may_review: bool,
    /// Decisions to approve.
    pub approved: u64,
    /// Decisions to reject.
    pub rejected: u64,
    /// Both, today.
    pub today: u64,
    /// Pictures that they are to look at.
    pub assigned: u64,
}

/// A picture that somebody is to look at.
#[derive(Debug, Clone, Serialize)]
pub struct AssignmentData {
    /// Which one.
    pub image: String,
    /// What it is called.
    pub file_name: String,
    /// Who.
    pub reviewer: String,
    /// Who said so.
    pub assigned_by: Option<String>,
    /// When, as RFC 3339 writes it.
    pub assigned_at: String,
    /// Whether a caption of it waits.
    pub is_waiting: bool,
}

/// Pictures are to be assigned.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewAssignData {
    /// Which images there are to choose from.
    pub choice: ImageChoice,
    /// To whom, by name.
    pub people: Vec<String>,
    /// Those who are chosen.
    pub chosen: Vec<String>,
    /// Whether whoever looks may assign to others, and take from them.
    pub is_owner: bool,
    /// At most how many, as it was written.
    pub limit: String,
    /// Whether pictures are taken from who has them.
    pub reassign: bool,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}
