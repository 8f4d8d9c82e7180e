//! The pages that ask for jobs: import, export, captioning.

use serde::Serialize;

use super::{Chip, Dataset, Listing, ModelNotice, Problem};
use crate::parameters::ParameterTexts;

/// The page that takes in a file.
#[derive(Debug, Clone, Serialize)]
pub struct ImportData {
    /// Into which dataset.
    pub dataset: Dataset,
    /// The largest file that the server takes, in words.
    pub most: String,
    /// The format as it was chosen; empty: the file tells.
    pub format: String,
    /// The source as it was written.
    pub source: String,
    /// Fields and the columns that were written for them.
    pub columns: Vec<(String, String)>,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// The page that writes a file.
#[derive(Debug, Clone, Serialize)]
pub struct ExportData {
    /// Which images there are to choose from.
    pub choice: ImageChoice,
    /// The format as it was chosen.
    pub format: String,
    /// Which captions: `all`, `best` or `source`.
    pub captions: String,
    /// The source that is meant or preferred.
    pub source: String,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// The page that has images captioned.
#[derive(Debug, Clone, Serialize)]
pub struct CaptionImagesData {
    /// Which images there are to choose from.
    pub choice: ImageChoice,
    /// The model that runs; nothing where there is none.
    pub model: Option<ModelNotice>,
    /// Whether it is being loaded.
    pub is_loading: bool,
    /// The task's marker, as it was chosen.
    pub task: String,
    /// The task's input, as it was written.
    pub text: String,
    /// As they were written.
    pub parameters: ParameterTexts,
    /// What the server takes for those that are left open.
    pub defaults: ParameterTexts,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// The images that a job can be about.
#[derive(Debug, Clone, Serialize)]
pub struct ImageChoice {
    /// Whose images.
    pub dataset: Dataset,
    /// The filter that the page was opened with.
    pub listing: Listing,
    /// The filter in words.
    pub chips: Vec<Chip>,
    /// The images that were chosen one by one, by id.
    pub chosen: Vec<String>,
    /// Which of them are meant.
    pub scope: ImageScope,
    /// How many there are in all.
    pub all: ImageCounts,
    /// How many go through the filter.
    pub filtered: ImageCounts,
}

/// How many images and captions there are, where that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImageCounts {
    /// Images.
    pub images: Option<u64>,
    /// Their captions, of all sources.
    pub captions: Option<u64>,
}

/// Which images a job is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum ImageScope {
    /// All of the dataset.
    #[default]
    All,
    /// Those that go through the filter.
    Filter,
    /// Those that were chosen one by one.
    Chosen,
}

impl ImageScope {
    /// Its name in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Filter => "filter",
            Self::Chosen => "chosen",
        }
    }
}

impl ImageChoice {
    /// The scopes that there are to choose from, with how much is in each.
    pub fn scopes(&self) -> Vec<(ImageScope, ImageCounts)> {
        let number = Some(self.chosen.len() as u64);
        let chosen = ImageCounts { images: number, captions: None };
        let scopes = [
            (ImageScope::Chosen, chosen, !self.chosen.is_empty()),
            (ImageScope::Filter, self.filtered, self.listing.is_filtered()),
            (ImageScope::All, self.all, true),
        ];
        scopes.into_iter().filter(|(_, _, is_there)| *is_there).map(|(scope, counts, _)| (scope, counts)).collect()
    }
}
