//! The arena and its board, as pages show them.

use serde::Serialize;

use super::{Chip, Dataset, ImageFile, Listing};

/// Two captions of a picture, without their sources.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ArenaData {
    /// The dataset with its sources.
    pub dataset: Dataset,
    /// Whose captions are compared, where not everybody's are.
    pub sources: Vec<String>,
    /// Of which pictures.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// What is asked now; nothing where everything has been.
    pub comparison: Option<ComparisonData>,
    /// What was said last, with the sources.
    pub last: Option<VotedData>,
    /// How many votes whoever looks has given in this dataset.
    pub votes: u64,
}

/// What is asked.
#[derive(Debug, Clone, Serialize)]
pub struct ComparisonData {
    /// Which comparison.
    pub id: String,
    /// The picture.
    pub image: ImageFile,
    /// What the one source says.
    pub left: String,
    /// What the other says.
    pub right: String,
}

/// What was said of the last two.
#[derive(Debug, Clone, Serialize)]
pub struct VotedData {
    /// Which comparison.
    pub id: String,
    /// Whose was on the left.
    pub left: String,
    /// Whose was on the right.
    pub right: String,
    /// `left`, `right`, `tie`, `both_bad` or `skipped`.
    pub outcome: String,
}

/// Sources by what people preferred.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BoardData {
    /// The dataset.
    pub dataset: Dataset,
    /// Votes about which pictures.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// The best first.
    pub standings: Vec<StandingData>,
    /// How many votes count.
    pub votes: u64,
    /// From how many people.
    pub voters: u64,
    /// How many pairs at least two people voted on, how often they said the same (0 to 1), and Krippendorff's alpha.
    pub agreement: Option<(u64, f64, Option<f64>)>,
}

/// Where a source stands.
#[derive(Debug, Clone, Serialize)]
pub struct StandingData {
    /// The source's name.
    pub source: String,
    /// 1000 for one like the others; 400 more means preferred ten times as often.
    pub score: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How often it was compared.
    pub comparisons: u64,
    /// How often it was preferred; a tie is half a time.
    pub wins: f64,
}
