//! `/api/v1/datasets/{dataset}/metrics`: the captions of each source in numbers.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;
use vasari_curation::metrics::{Bins, Metric, Summary};
use vasari_storage::jobs::ImageSelection;

use super::{datasets::reading, list_images::ListImages, search_params::SearchParams};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    caption_metrics::{Measurement, question},
    people::Identity,
    state::AppState,
};

/// The captions of a dataset in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptionMetricsResponse {
    /// How many pictures were looked at.
    pub(crate) images: u64,
    /// How many captions they have.
    pub(crate) captions: u64,
    /// The source that the others were compared with.
    pub(crate) reference: Option<String>,
    /// The model whose tokens were counted; null where the server has none.
    pub(crate) tokenizer: Option<String>,
    /// By name; those that say something of these pictures.
    pub(crate) sources: Vec<SourceMetricsResponse>,
    /// How the captions lie in bins, the same for all sources.
    pub(crate) histograms: Vec<HistogramResponse>,
}

/// The captions of a source in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceMetricsResponse {
    /// The source's name.
    pub(crate) source: String,
    /// How many captions it has.
    pub(crate) captions: u64,
    /// The numbers of its captions, by measure: `words`, `tokens`, `repetition` (of its runs of three words, how many stood
    /// in it before), `variety` (its words that are different, as a share), `hedges`; and against the reference `bleu_4`,
    /// `rouge_l`, `meteor`, `cider`.
    pub(crate) summaries: BTreeMap<&'static str, SummaryResponse>,
    pub(crate) vocabulary: VocabularyResponse,
    pub(crate) hedging: HedgingResponse,
    /// Null for the reference itself, and where there is none.
    pub(crate) against_reference: Option<AgainstReferenceResponse>,
}

/// Many numbers in a few.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct SummaryResponse {
    pub(crate) mean: f64,
    pub(crate) min: f32,
    pub(crate) p5: f64,
    pub(crate) p25: f64,
    pub(crate) median: f64,
    pub(crate) p75: f64,
    pub(crate) p95: f64,
    pub(crate) max: f32,
}

/// Which words a source knows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VocabularyResponse {
    /// How many words all captions have together.
    pub(crate) words: u64,
    /// How many of those are different.
    pub(crate) distinct_words: u64,
    /// The latter as a share of the former. It falls as texts grow: compare sources that say as much.
    pub(crate) type_token_ratio: f64,
}

/// How often a source says that it is not sure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HedgingResponse {
    /// How many captions have such a phrase.
    pub(crate) captions: u64,
    /// The same as a share of all.
    pub(crate) share: f64,
    /// The phrases, the most frequent first.
    pub(crate) phrases: Vec<HedgeResponse>,
}

/// A phrase such as "appears to".
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HedgeResponse {
    pub(crate) phrase: &'static str,
    /// How many captions have it.
    pub(crate) captions: u64,
}

/// A source against the reference, over the pictures of which both say something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgainstReferenceResponse {
    /// How many pictures those are.
    pub(crate) images: u64,
    /// BLEU-4 of all captions together, 0 to 1, as sacrebleu has it of texts that are split into words.
    pub(crate) bleu_4: f64,
    /// ROUGE-L, 0 to 1: the captions' mean, as in the programs of the COCO caption challenge.
    pub(crate) rouge_l: f64,
    /// In the manner of METEOR, without synonyms, 0 to 1: the captions' mean.
    pub(crate) meteor: f64,
    /// `CIDEr`-D, 0 to 10: the captions' mean. How rare words are tell all captions of the reference that were looked at.
    pub(crate) cider: f64,
}

/// How the captions of each source lie in bins.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistogramResponse {
    pub(crate) metric: &'static str,
    pub(crate) bins: Vec<BinResponse>,
    pub(crate) sources: Vec<CountsResponse>,
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(crate) struct BinResponse {
    /// From this number on.
    pub(crate) from: f32,
    /// Below this one; null for the last, which has no end.
    pub(crate) below: Option<f32>,
}

/// A source's captions by bin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsResponse {
    pub(crate) source: String,
    /// As many as there are bins.
    pub(crate) counts: Vec<u64>,
}

impl From<&Summary> for SummaryResponse {
    fn from(summary: &Summary) -> Self {
        let Summary { mean, min, p5, p25, median, p75, p95, max, .. } = *summary;
        Self { mean, min, p5, p25, median, p75, p95, max }
    }
}

impl From<&Measurement> for CaptionMetricsResponse {
    fn from(measurement: &Measurement) -> Self {
        let measured = &measurement.measured;
        let speaking: Vec<usize> =
            (0..measurement.sources.len()).filter(|place| measured.sources[*place].captions > 0).collect();
        let name = |place: usize| measurement.sources[place].slug.clone();
        let histograms = measured.histograms.iter().map(|histogram| HistogramResponse {
            metric: histogram.metric.name(),
            bins: bins(&histogram.bins),
            sources: speaking
                .iter()
                .filter(|place| measured.sources[**place].summary(histogram.metric).is_some())
                .map(|place| CountsResponse { source: name(*place), counts: histogram.counts[*place].clone() })
                .collect(),
        });
        Self {
            images: measurement.images.len() as u64,
            captions: measured.captions.len() as u64,
            reference: measurement.reference.map(name),
            tokenizer: measurement.tokenizer.clone(),
            sources: speaking.iter().map(|place| source_of(measurement, *place)).collect(),
            histograms: histograms.collect(),
        }
    }
}

fn source_of(measurement: &Measurement, place: usize) -> SourceMetricsResponse {
    let source = &measurement.measured.sources[place];
    let summaries = Metric::ALL.into_iter().filter_map(|metric| Some((metric.name(), source.summary(metric)?.into())));
    let mean = |metric| source.summary(metric).map_or(0.0, |summary| summary.mean);
    let phrase = |(phrase, captions): &(&'static str, usize)| HedgeResponse { phrase, captions: *captions as u64 };
    SourceMetricsResponse {
        source: measurement.sources[place].slug.clone(),
        captions: source.captions as u64,
        summaries: summaries.collect(),
        vocabulary: VocabularyResponse {
            words: source.words,
            distinct_words: source.distinct_words as u64,
            type_token_ratio: source.distinct_words as f64 / source.words.max(1) as f64,
        },
        hedging: HedgingResponse {
            captions: source.hedging as u64,
            share: source.hedging as f64 / source.captions.max(1) as f64,
            phrases: source.hedges.iter().map(phrase).collect(),
        },
        against_reference: source.bleu_4.map(|bleu_4| AgainstReferenceResponse {
            images: source.compared as u64,
            bleu_4,
            rouge_l: mean(Metric::RougeL),
            meteor: mean(Metric::Meteor),
            cider: mean(Metric::Cider),
        }),
    }
}

pub(crate) fn bins(bins: &Bins) -> Vec<BinResponse> {
    bins.ranges().map(|(from, below)| BinResponse { from, below }).collect()
}

/// Measure the captions
///
/// Of each source: how long captions are, how repetitive, how various, how unsure; and how near to the reference. They are
/// measured when somebody asks, which takes seconds for a hundred thousand captions, and the answer is kept until one changes. More
/// than a million captions are refused (status 422): narrow them.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/metrics", tag = "Metrics",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("reference" = Option<String>, Query, description = "The source that the others are compared with"),
        ("q" = Option<String>, Query, description = "Only captions of pictures that this search finds"),
        ("source" = Option<String>, Query, description = "Only of pictures with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only of pictures without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only of pictures with a caption in this state"),
    ),
    responses((status = 200, description = "The numbers", body = CaptionMetricsResponse), AccountErrors),
)]
pub(crate) async fn get_metrics(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    list: ListImages,
    search: SearchParams,
) -> Result<Json<CaptionMetricsResponse>, Problem> {
    let images = selection(list, &search);
    let reference = parameter(query.as_deref().unwrap_or_default(), "reference");
    let measurement = measure(&state, identity.as_ref(), (&slug, &images, &reference)).await?;
    Ok(Json(CaptionMetricsResponse::from(&*measurement)))
}

/// What was measured of these pictures of a dataset, against a reference (its name; empty for none).
pub(crate) async fn measure(
    state: &AppState,
    identity: Option<&Identity>,
    (slug, images, reference): (&str, &ImageSelection, &str),
) -> Result<Arc<Measurement>, Problem> {
    let (reader, database) = (reading(identity)?, state.storage.database()?);
    let question = question(state, (&database, reader), slug, images, reference).await?;
    state.caption_metrics.measure(&database, &question).await
}

/// The pictures that an address's parameters name.
pub(crate) fn selection(list: ListImages, search: &SearchParams) -> ImageSelection {
    ImageSelection {
        query: search.query.as_ref().map(ToString::to_string),
        source: list.filter.has_source,
        missing: list.filter.lacks_source,
        status: list.filter.status,
        images: None,
    }
}

/// A parameter of an address's query; empty where it isn't there.
pub(crate) fn parameter(query: &str, name: &str) -> String {
    let found = form_urlencoded::parse(query.as_bytes()).find(|(found, _)| found == name);
    found.map_or_else(String::new, |(_, value)| value.into_owned())
}
