//! Pictures that are there nearly twice, as pages show them.

use serde::Serialize;

use super::{Chip, Dataset, DiffPiece, ListedImage, Listing, Problem};

/// What duplicates are found by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum DuplicateBy {
    /// How pictures look.
    #[default]
    Image,
    /// What a source says of them.
    Caption,
}

/// Groups of pictures that are there nearly twice.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DuplicatesData {
    /// The dataset with its sources.
    pub dataset: Dataset,
    /// Which pictures are compared, and whose captions are shown.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// What they are found by.
    pub by: DuplicateBy,
    /// How far two of a group may be apart.
    pub distance: u32,
    /// The most that can be asked for.
    pub farthest: u32,
    /// Whether the closest groups come first, and not the largest.
    pub is_closest_first: bool,
    /// Whether these are the groups that somebody has dismissed.
    pub are_dismissed: bool,
    /// A page of groups.
    pub groups: Vec<GroupData>,
    /// What was found in all; nothing where dismissed groups are listed.
    pub found: Option<FoundDuplicates>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// Where this one does.
    pub cursor: Option<String>,
    /// Why nothing can be shown.
    pub problem: Option<Problem>,
}

/// What was found in all.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct FoundDuplicates {
    /// How many groups.
    pub groups: u64,
    /// How many pictures they have.
    pub images: u64,
    /// How many pictures were compared.
    pub compared: u64,
    /// How many pictures can't be compared yet.
    pub unhashed: u64,
    /// Whether all were compared.
    pub is_complete: bool,
    /// How many groups are left out because somebody has dismissed them.
    pub dismissed: u64,
}

/// Pictures that are alike.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupData {
    /// In the order of adding.
    pub images: Vec<GroupImage>,
    /// How far the two are apart that differ most.
    pub spread: u32,
    /// Which dismissal it is, where it is one.
    pub dismissal: Option<String>,
}

/// A picture of a group.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupImage {
    /// The picture with what the chosen source says of it.
    pub image: ListedImage,
    /// How that differs from what it says of the group's first picture of which it says anything; nothing for that one.
    pub pieces: Vec<DiffPiece>,
}

/// What keeping a caption for several pictures would write.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KeepCaptionData {
    /// The dataset.
    pub dataset: Dataset,
    /// The page's address, to which the form is sent.
    pub address: String,
    /// Where whoever changes their mind goes back to.
    pub back: String,
    /// What the caption says.
    pub text: String,
    /// Whose it is.
    pub source: String,
    /// The caption and its version, as the form says it.
    pub keep: String,
    /// The pictures and versions, as the form says them.
    pub images: String,
    /// How many captions would be new.
    pub added: u64,
    /// How many would take the place of another.
    pub changed: u64,
    /// How many say so already.
    pub unchanged: u64,
    /// The pictures.
    pub rows: Vec<KeptRow>,
}

/// A picture that would get the caption.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KeptRow {
    /// The picture.
    pub image: ListedImage,
    /// Where it is shown.
    pub address: String,
    /// What whoever asks has said of it, and how that would change; nothing where they have said nothing.
    pub pieces: Option<Vec<DiffPiece>>,
}
