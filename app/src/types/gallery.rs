//! Datasets, pictures and captions, as the API answers them and as pages show them.

use serde::{Deserialize, Serialize};

use super::{DiffPiece, Listing, Problem, Region};

/// What somebody may do in a dataset; each may do what those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look.
    #[default]
    Viewer,
    /// Write captions.
    Annotator,
    /// Approve and reject captions.
    Reviewer,
    /// All.
    Owner,
}

/// How far a caption's review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has said that it is ready.
    #[default]
    Draft,
    /// It waits for a reviewer.
    Submitted,
    /// A reviewer trusts it.
    Approved,
    /// A reviewer does not.
    Rejected,
}

/// A dataset that a page is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dataset {
    /// How URLs name it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Whether everybody sees it.
    pub is_public: bool,
    /// What whoever looks may do in it.
    pub role: Role,
    /// How many pictures it has.
    pub images: u64,
    /// Where its captions come from, and how many of each there are.
    pub sources: Vec<Source>,
}

/// Where captions come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name in the dataset.
    pub slug: String,
    /// `model`, `person` or `import`.
    pub kind: String,
    /// A model's name and what it was asked, for people to read.
    pub about: String,
    /// A model's revision and how its captions were searched for: names with values.
    pub parameters: Vec<(String, String)>,
    /// Whether it is whoever looks.
    pub is_own: bool,
    /// How many captions it has made.
    pub captions: u64,
}

/// A picture in a list, as `GET /api/v1/datasets/{dataset}/images` has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ListedImage {
    /// Which one.
    pub id: String,
    /// Its name in the dataset.
    pub file_name: String,
    /// In pixels, as shown.
    pub width: u32,
    /// In pixels, as shown.
    pub height: u32,
    /// A ThumbHash in base64.
    pub thumbhash: String,
    /// The colour that it has on the whole, such as `#aabbcc`; the page alone tells it.
    #[serde(skip)]
    pub colour: String,
    /// What the chosen source says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Caption>,
}

/// What a source says of a picture, as the API has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Caption {
    /// Which one.
    pub id: String,
    /// The source's name in the dataset.
    pub source: String,
    /// What it says.
    pub text: String,
    /// What it found, and where. What is no region is passed over.
    #[serde(default, deserialize_with = "known_regions")]
    pub regions: Vec<Region>,
    /// 0 to 1.
    #[serde(default)]
    pub confidence: Option<f32>,
    /// How far its review is.
    pub status: Status,
    /// Why it was rejected, where it is and that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Counts its changes.
    pub version: i32,
    /// When it changed last, as RFC 3339 writes it.
    #[serde(default)]
    pub updated_at: String,
    /// What was searched for in the text: pairs of the first character and the one after the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(u32, u32)>,
    /// How it differs from another source's caption of the picture, by words, where a list shows that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<DiffPiece>,
}

/// One of the states that a caption has had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaptionVersion {
    /// Counts from 1.
    pub version: i32,
    /// What it said.
    pub text: String,
    /// How far its review was.
    pub status: Status,
    /// Why it was rejected, where it was and that was said.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it became so, as RFC 3339 writes it.
    pub changed_at: String,
    /// What whoever made it so is called, for who is signed in.
    #[serde(default)]
    pub changed_by_name: Option<String>,
    /// The job that made it so, if one did.
    #[serde(default)]
    pub job: Option<String>,
    /// How the version before became this one; nothing for the first.
    #[serde(default)]
    pub diff: Option<Vec<DiffPiece>>,
}

/// The page of all datasets.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DatasetsData {
    /// Those that whoever looks may see.
    pub datasets: Vec<DatasetCard>,
    /// What continues the list, if it is longer.
    pub next_cursor: Option<String>,
    /// Whether this is not the list's beginning.
    pub is_continued: bool,
    /// Whether nobody has an account yet.
    pub is_new: bool,
    /// The form for another one, for who is signed in.
    pub new: Option<NewDatasetData>,
}

/// A dataset in the list.
#[derive(Debug, Clone, Serialize)]
pub struct DatasetCard {
    /// Where its pictures are shown.
    pub address: String,
    /// The dataset, without its sources.
    pub dataset: Dataset,
    /// How many captions it has.
    pub captions: u64,
    /// Its first pictures' ids with their average colours, such as `#aabbcc`.
    pub covers: Vec<(String, String)>,
}

/// The form for a new dataset.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewDatasetData {
    /// As it was written.
    pub name: String,
    /// As it was written.
    pub slug: String,
    /// As it was written.
    pub description: String,
    /// As it was chosen.
    pub is_public: bool,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// The page of a dataset's pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridData {
    /// The dataset.
    pub dataset: Dataset,
    /// Which pictures, and how they are shown.
    pub listing: Listing,
    /// The first of them.
    pub part: GridPart,
    /// How they divide, where the search index can tell.
    pub facets: Option<Facets>,
    /// Views that were saved.
    pub views: Vec<SavedView>,
    /// Whether whoever looks is signed in, and so may save views and have work done.
    pub is_signed_in: bool,
    /// The largest request that the server reads, in bytes.
    pub max_request_bytes: u64,
}

/// A view of a dataset's pictures under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Which one.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What the list's address says after its question mark.
    pub query: String,
    /// Whether others see it.
    pub is_shared: bool,
    /// Who saved it.
    pub owner: String,
    /// Whether that is whoever looks.
    pub is_own: bool,
    /// Whether whoever looks may delete it.
    pub can_delete: bool,
}

/// How pictures divide, as `GET /api/v1/datasets/{dataset}/facets` has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facets {
    /// How many pictures there are.
    pub total: u64,
    /// What they are counted by.
    pub facets: Vec<Facet>,
    /// Whether the index is being built, so that counts lack some; the page alone tells it.
    #[serde(default)]
    pub is_building: bool,
}

/// What pictures are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facet {
    /// `source`, `task`, `status`, `words`, `megapixels`, `is` or `added`.
    pub name: String,
    /// Values that at least one picture has.
    pub values: Vec<FacetValue>,
}

/// Pictures that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FacetValue {
    /// What, as the API writes it.
    pub value: String,
    /// What to add to the query to find them.
    pub filter: String,
    /// How many there are.
    pub count: u64,
}

/// A part of a dataset's pictures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GridPart {
    /// Pictures that follow one another.
    pub images: Vec<ListedImage>,
    /// Where more of them begin.
    pub next_cursor: Option<String>,
    /// Up to where there are more before.
    pub previous_cursor: Option<String>,
    /// How many pictures the whole list has, where that is known.
    pub total: Option<u64>,
    /// Why there are none, where the query can't be understood.
    pub problem: Option<Problem>,
    /// Where in the query: the first character, and how many.
    pub wrong: Option<(u32, u32)>,
}

/// The page of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageData {
    /// Its dataset.
    pub dataset: Dataset,
    /// Which pictures it stands among.
    pub listing: Listing,
    /// The picture.
    pub image: ImageFile,
    /// What every source says of it.
    pub captions: Vec<Caption>,
    /// What stands beside it in the list.
    pub neighbours: Neighbours,
    /// A change that was not taken, of a page without scripts.
    pub attempt: Option<Attempt>,
    /// The markers of the tasks that the model can be asked about it; none for who may not ask.
    pub tasks: Vec<String>,
    /// A task that could not be run, of a page without scripts.
    pub run: Option<RunAttempt>,
}

/// A task that could not be run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunAttempt {
    /// Its marker.
    pub task: String,
    /// What it was to be asked about.
    pub text: String,
    /// Why it was not.
    pub problem: Option<Problem>,
}

/// A picture with what is known of its file, as `GET /api/v1/images/{image}` has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ImageFile {
    /// The picture.
    #[serde(flatten)]
    pub image: ListedImage,
    /// `jpeg`, `png`, `gif` or `webp`.
    pub format: String,
    /// The file's size in bytes.
    pub byte_size: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When it was added, as RFC 3339 writes it.
    pub added_at: String,
}

/// What a camera wrote into a picture's file, as `GET /api/v1/images/{image}/exif` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExifField {
    /// As the EXIF standard calls it.
    pub name: String,
    /// For people to read.
    pub value: String,
}

/// What stands beside a picture, as the API has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Neighbours {
    /// The picture before.
    pub previous: Option<String>,
    /// The picture after.
    pub next: Option<String>,
}

/// A change of a caption that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which caption.
    pub caption: String,
    /// What it was to say.
    pub text: String,
    /// Why it does not.
    pub problem: Problem,
}

impl Dataset {
    /// Where its pictures are shown.
    pub fn address(&self) -> String {
        format!("/datasets/{}", self.slug)
    }

    /// Where it is said what it is, and who works on it.
    pub fn settings_address(&self) -> String {
        format!("/datasets/{}/settings", self.slug)
    }

    /// The source that has said most; empty where none has said anything.
    pub fn main_source(&self) -> &str {
        let most = self.sources.iter().rev().filter(|source| source.captions > 0).max_by_key(|source| source.captions);
        most.map_or("", |source| &source.slug)
    }
}

impl Role {
    /// All of them, those who may least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Annotator, Self::Reviewer, Self::Owner];

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Annotator => "annotator",
            Self::Reviewer => "reviewer",
            Self::Owner => "owner",
        }
    }

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Viewer => t!("viewer"),
            Self::Annotator => t!("annotator"),
            Self::Reviewer => t!("reviewer"),
            Self::Owner => t!("owner"),
        }
    }

    /// What whoever has it is told.
    pub fn yours(self) -> &'static str {
        match self {
            Self::Viewer => t!("You are viewer"),
            Self::Annotator => t!("You are annotator"),
            Self::Reviewer => t!("You are reviewer"),
            Self::Owner => t!("You are owner"),
        }
    }

    /// What whoever has it may do, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Viewer => t!("looks"),
            Self::Annotator => t!("writes captions as well"),
            Self::Reviewer => t!("approves and rejects them as well"),
            Self::Owner => t!("does everything"),
        }
    }
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Submitted, Self::Approved, Self::Rejected];

    /// Its name on the wire and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// What people read within a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => t!("draft"),
            Self::Submitted => t!("submitted"),
            Self::Approved => t!("approved"),
            Self::Rejected => t!("rejected"),
        }
    }

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Draft => t!("Draft"),
            Self::Submitted => t!("Submitted"),
            Self::Approved => t!("Approved"),
            Self::Rejected => t!("Rejected"),
        }
    }
}

impl ListedImage {
    /// Where its thumbnail of so many pixels is: 256, 512 or 1440.
    pub fn thumbnail(&self, pixels: u32) -> String {
        format!("/api/v1/images/{}/thumbnails/{pixels}", self.id)
    }
}

impl ImageFile {
    /// Where the file itself is.
    pub fn file_address(&self) -> String {
        format!("/api/v1/images/{}/file", self.image.id)
    }
}

/// Imports bring regions as they found them; one that this page doesn't know must not cost it the whole caption.
fn known_regions<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Region>, D::Error> {
    let regions = Option::<Vec<serde_json::Value>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(regions.into_iter().filter_map(|region| serde_json::from_value(region).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caption_keeps_the_regions_that_it_knows() {
        let json = r#"{"id": "1", "source": "found", "text": "a dog", "status": "draft", "version": 2,
            "updated_at": "2026-01-01T00:00:00Z", "confidence": null,
            "regions": [{"label": "dog", "box": [1, 2, 3, 4]}, {"label": "cat", "circle": [1]}, 7]}"#;
        let caption: Caption = serde_json::from_str(json).unwrap();
        assert_eq!(caption.regions.len(), 1);
        let without = json.replace("\"regions\"", "\"others\"");
        assert_eq!(serde_json::from_str::<Caption>(&without).unwrap().regions, []);
    }
}
