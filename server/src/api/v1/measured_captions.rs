//! `/api/v1/datasets/{dataset}/metrics/captions`: captions by their numbers.

use std::collections::{BTreeMap, HashMap};

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_curation::metrics::{Metric, corpus::MeasuredCaption};
use vasari_storage::{Database, Reader, StorageError, captions::Status, images::DatasetImage, search::HitCaption};

use super::{
    caption_metrics::{measure, parameter, selection},
    datasets::reading,
    list_images::ListImages,
    page::{Page, PageQueryParams},
    search_params::SearchParams,
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    caption_metrics::{Measurement, Ranges},
    people::Identity,
    state::AppState,
};

/// A caption with its numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasuredCaptionResponse {
    image: Uuid,
    file_name: String,
    /// The caption's id.
    caption: Uuid,
    source: String,
    text: String,
    #[schema(value_type = crate::api::names::StatusName)]
    status: Status,
    /// By measure; those against the reference where the picture has a caption of that.
    metrics: BTreeMap<&'static str, f32>,
}

/// A caption with its numbers and its picture.
pub(crate) struct FoundCaption {
    pub(crate) image: DatasetImage,
    pub(crate) caption: HitCaption,
    pub(crate) numbers: MeasuredCaption,
}

impl From<FoundCaption> for MeasuredCaptionResponse {
    fn from(FoundCaption { image, caption, numbers }: FoundCaption) -> Self {
        let metrics = Metric::ALL.into_iter().filter_map(|metric| Some((metric.name(), numbers.value(metric)?)));
        Self {
            image: image.id,
            file_name: image.file_name,
            caption: caption.id,
            source: caption.source,
            text: caption.text,
            status: caption.status,
            metrics: metrics.collect(),
        }
    }
}

/// List captions by their numbers
///
/// Those whose numbers lie in ranges: from `words_from` on and below `words_below`, and likewise `tokens`, `repetition`,
/// `variety`, `hedges`, `bleu_4`, `rouge_l`, `meteor` and `cider`. So what stands behind a bin of a histogram is asked for with
/// its `from` and `below`.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/metrics/captions", tag = "Metrics",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("reference" = Option<String>, Query, description = "The source that the others are compared with"),
        ("of" = Option<String>, Query, description = "Only captions of this source"),
        ("image" = Option<Uuid>, Query, description = "Only captions of this picture"),
        ("words_from" = Option<f32>, Query, description = "Only captions with so many words or more"),
        ("words_below" = Option<f32>, Query, description = "Only captions with fewer words"),
        ("order" = Option<String>, Query, description = "A measure, the least first; with a dash before it the greatest \
            first. Left out: as pictures were added"),
        ("q" = Option<String>, Query, description = "Only of pictures that this search finds"),
        ("source" = Option<String>, Query, description = "Only of pictures with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only of pictures without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only of pictures with a caption in this state"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of captions", body = Page<MeasuredCaptionResponse>), AccountErrors),
)]
pub(crate) async fn list_measured_captions(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    (params, list, search): (PageQueryParams, ListImages, SearchParams),
) -> Result<Json<Page<MeasuredCaptionResponse>>, Problem> {
    let query = query.unwrap_or_default();
    let ranges = Ranges::parse(&query)?;
    let skipped = usize::try_from(params.number_cursor()?.unwrap_or(0)).unwrap_or(0);
    let image = match parameter(&query, "image") {
        id if id.is_empty() => None,
        id => Some(id.parse::<Uuid>().map_err(|_| invalid("image", "it must be the id of a picture"))?),
    };
    let images = selection(list, &search);
    let reference = parameter(&query, "reference");
    let measurement = measure(&state, identity.as_ref(), (&slug, &images, &reference)).await?;
    let source = source_of(&measurement, &parameter(&query, "of"))?;
    let mut captions = measurement.behind(source, &ranges);
    if let Some(image) = image {
        captions.retain(|caption| measurement.images[caption.image as usize] == image);
    }
    let page = captions.get(skipped..).unwrap_or_default();
    let page = &page[..page.len().min(params.limit())];
    let next = skipped + page.len();
    let found = find(&state.storage.database()?, &reading(identity.as_ref())?, &measurement, page).await?;
    let next_cursor = (next < captions.len()).then(|| next.to_string());
    Ok(Json(Page::new(found.into_iter().map(Into::into).collect(), next_cursor)))
}

/// The place of a source by its name; of none where that is empty.
pub(crate) fn source_of(measurement: &Measurement, slug: &str) -> Result<Option<usize>, Problem> {
    if slug.is_empty() {
        return Ok(None);
    }
    let place = measurement.source(slug);
    Ok(Some(place.ok_or_else(|| invalid("of", "there is no source of this name in the dataset"))?))
}

/// What these captions say, with their pictures. One that has gone a moment ago is left out.
pub(crate) async fn find(
    database: &Database,
    reader: &Reader,
    measurement: &Measurement,
    captions: &[MeasuredCaption],
) -> Result<Vec<FoundCaption>, StorageError> {
    let mut ids: Vec<Uuid> = captions.iter().map(|caption| measurement.images[caption.image as usize]).collect();
    ids.sort_unstable();
    ids.dedup();
    let images: HashMap<Uuid, DatasetImage> =
        database.find_images(reader, &ids).await?.into_iter().map(|image| (image.id, image)).collect();
    let said = database.captions_of_images(reader, &ids, &[]).await?;
    let mut said: HashMap<(Uuid, String), HitCaption> =
        said.into_iter().map(|caption| ((caption.image_id, caption.source.clone()), caption)).collect();
    let found = captions.iter().filter_map(|numbers| {
        let image = images.get(&measurement.images[numbers.image as usize])?.clone();
        let source = measurement.sources[numbers.source as usize].slug.clone();
        let caption = said.remove(&(image.id, source))?;
        Some(FoundCaption { image, caption, numbers: *numbers })
    });
    Ok(found.collect())
}
