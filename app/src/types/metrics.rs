//! Captions in numbers, as pages show them.

use serde::Serialize;

use super::{Chip, Dataset, ListedImage, Listing, Status};

/// The captions of each source in numbers, with charts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MetricsData {
    /// The dataset.
    pub dataset: Dataset,
    /// Of which pictures.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// Why nothing was measured: a sentence. The rest is empty then.
    pub problem: Option<String>,
    /// What is shown of it.
    pub choice: MetricsChoice,
    /// How many pictures were looked at.
    pub images: u64,
    /// How many captions they have.
    pub captions: u64,
    /// The model whose tokens were counted.
    pub tokenizer: Option<String>,
    /// The measures that were taken.
    pub metrics: Vec<MetricData>,
    /// By name.
    pub sources: Vec<SourceMetrics>,
    /// The captions in bins of the measure that was chosen.
    pub histogram: Option<HistogramData>,
    /// The captions of a source in bins of two measures.
    pub scatter: Option<ScatterData>,
}

/// What is shown of what was measured: the address has it. Names of sources and measures; empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MetricsChoice {
    /// The source that the others are compared with.
    pub reference: String,
    /// What the histograms are of.
    pub metric: String,
    /// What the scatter plot has from left to right.
    pub x: String,
    /// What it has upwards.
    pub y: String,
    /// The source whose captions it is of.
    pub of: String,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricData {
    /// How addresses name it.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The same within a sentence.
    pub spoken: String,
    /// What it tells, in a sentence.
    pub about: String,
    /// How its numbers are written.
    pub unit: MetricUnit,
}

/// How numbers of a measure are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum MetricUnit {
    /// Whole numbers.
    Count,
    /// Per cent.
    Share,
    /// Decimals.
    Score,
}

/// The captions of a source in numbers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceMetrics {
    /// The source's name.
    pub source: String,
    /// How many captions it has.
    pub captions: u64,
    /// Of each measure that was taken, the captions' numbers; nothing where the source has none.
    pub summaries: Vec<Option<SummaryData>>,
    /// How many words are different.
    pub distinct_words: u64,
    /// The same as a share of all words.
    pub type_token_ratio: f64,
    /// How many captions hedge.
    pub hedging: u64,
    /// With which phrases, and in how many captions; the most frequent first.
    pub phrases: Vec<(String, u64)>,
    /// How near it is to the reference.
    pub against_reference: Option<AgainstReference>,
}

/// Many numbers in a few.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct SummaryData {
    /// Their mean.
    pub mean: f64,
    /// Below which 5 % lie.
    pub p5: f64,
    /// Below which half of them lie.
    pub median: f64,
    /// Below which 95 % lie.
    pub p95: f64,
}

/// How near a source is to the reference.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct AgainstReference {
    /// Over how many pictures.
    pub images: u64,
    /// BLEU-4 of all captions together.
    pub bleu_4: f64,
    /// ROUGE-L, the captions' mean.
    pub rouge_l: f64,
    /// METEOR, the captions' mean.
    pub meteor: f64,
    /// `CIDEr`-D, the captions' mean.
    pub cider: f64,
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct BinData {
    /// From this number on.
    pub from: f32,
    /// Below this one; the last has no end.
    pub below: Option<f32>,
}

/// The captions of each source in bins.
#[derive(Debug, Clone, Serialize)]
pub struct HistogramData {
    /// What was measured.
    pub metric: MetricData,
    /// The same for all sources.
    pub bins: Vec<BinData>,
    /// Sources, with how many captions lie in each bin.
    pub sources: Vec<(String, Vec<u64>)>,
}

/// The captions of a source in bins of two measures.
#[derive(Debug, Clone, Serialize)]
pub struct ScatterData {
    /// The source's name.
    pub source: String,
    /// From left to right.
    pub x: MetricData,
    /// Upwards.
    pub y: MetricData,
    /// Those of `x`.
    pub x_bins: Vec<BinData>,
    /// Those of `y`.
    pub y_bins: Vec<BinData>,
    /// By the places of two bins, how many captions lie in both; where any do.
    pub cells: Vec<(u32, u32, u64)>,
}

/// The captions whose numbers lie in ranges.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MeasuredCaptionsData {
    /// The dataset.
    pub dataset: Dataset,
    /// Of which pictures.
    pub listing: Listing,
    /// The filters in words.
    pub chips: Vec<Chip>,
    /// The source that the others are compared with; empty for none.
    pub reference: String,
    /// Of which source; empty for all.
    pub of: String,
    /// The ranges: a measure and its numbers.
    pub ranges: Vec<(MetricData, RangeData)>,
    /// In which order: empty for that of adding, else a measure's name, with a dash before it for the greatest first.
    pub order: String,
    /// The measures that were taken.
    pub metrics: Vec<MetricData>,
    /// How many captions there are.
    pub total: u64,
    /// Of how many pictures.
    pub images: u64,
    /// Which of them, where those are few enough for a form.
    pub ids: Vec<String>,
    /// The number of the page, from 1, and of the last one.
    pub page: (u32, u32),
    /// A page of them.
    pub rows: Vec<MeasuredRow>,
    /// Whether somebody is signed in, who may have work done.
    pub is_signed_in: bool,
}

/// From a number on and below another, where there are such ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RangeData {
    /// From this number on.
    pub from: Option<f32>,
    /// Below this one.
    pub below: Option<f32>,
}

/// A caption with its numbers.
#[derive(Debug, Clone, Serialize)]
pub struct MeasuredRow {
    /// The picture.
    pub image: ListedImage,
    /// Whose it is.
    pub source: String,
    /// What it says.
    pub text: String,
    /// How far its review is.
    pub status: Status,
    /// By the places of the measures that were taken.
    pub values: Vec<Option<f32>>,
}
