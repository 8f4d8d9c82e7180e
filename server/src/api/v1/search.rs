//! `/api/v1/datasets/{dataset}/search`: pictures by what is said of them.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    captions::Status,
    search::{Highlighter, HitCaption, IndexState, IndexStatus, SearchCursor, SearchRequest, TextRange},
};

use super::{
    datasets::{checked, reading},
    images::ImageResponse,
    page::{Page, PageQueryParams, nothing_there, unknown_cursor},
    search_params::SearchParams,
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// A page of the pictures that fit a query.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchResponse {
    #[serde(flatten)]
    page: Page<FoundImageResponse>,
    /// How many pictures fit in all.
    total: u64,
    /// The order that they are in.
    sort: String,
    index: IndexResponse,
}

/// A picture that fits.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundImageResponse {
    #[serde(flatten)]
    image: ImageResponse,
    /// What to mark in the file's name: pairs of the first character and the one after the last.
    #[schema(value_type = Vec<Vec<u32>>)]
    highlights: Vec<TextRange>,
    /// What its sources say, by their names.
    captions: Vec<FoundCaptionResponse>,
}

#[derive(Serialize, ToSchema)]
struct FoundCaptionResponse {
    id: Uuid,
    /// The source's name in the dataset.
    source: String,
    text: String,
    /// 0 to 1.
    confidence: Option<f32>,
    /// `draft`, `submitted`, `approved` or `rejected`.
    #[schema(value_type = crate::api::names::StatusName)]
    status: Status,
    /// Counts its changes; who changes it says which one they saw.
    version: i32,
    /// What to mark in the text: pairs of the first character and the one after the last, in Unicode code points.
    #[schema(value_type = Vec<Vec<u32>>)]
    highlights: Vec<TextRange>,
}

/// How the search index is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndexResponse {
    /// `ready`: it has all that was written a second ago; `degraded` while it is built: answers may lack pictures;
    /// `opening`: it answers nothing yet.
    state: &'static str,
    /// Why it is built, to go on "because".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'static str>,
    /// How many pictures are in it, of all datasets; while it is built, in the new one.
    indexed: u64,
    /// How many there are to be; while it is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total: Option<u64>,
}

impl From<IndexStatus> for IndexResponse {
    fn from(IndexStatus { state, reason, indexed, total }: IndexStatus) -> Self {
        let state = match state {
            IndexState::Opening => "opening",
            IndexState::Ready => "ready",
            IndexState::Degraded => "degraded",
        };
        Self { state, reason, indexed, total }
    }
}

impl FoundCaptionResponse {
    fn new(caption: HitCaption, highlighter: &Highlighter) -> Self {
        let HitCaption { id, source, text, confidence, status, version, .. } = caption;
        let highlights = highlighter.in_caption(&source, &text);
        Self { id, source, text, confidence, status, version, highlights }
    }
}

/// Find pictures
///
/// By what their captions say, what their files are called, and more. Words side by side must all be there:
/// `dog cat`; `dog OR cat`, `dog -cat`, `"a red car"`, `walk*`, parentheses. `florence:dog` looks at what one source says,
/// `name:holiday` at the file's name. `has:`, `missing:`, `status:`, `is:`, `task:`, `words:`, `width:`, `height:`,
/// `megapixels:`, `confidence:`, `disagreement:`, `box_disagreement:`, `added:` and `updated:` filter, numbers and dates with
/// `>`, `>=`, `<`, `<=` and `a..b`.
/// `GET …/search/fields` lists what there is. An error tells the character (`position`, `length`).
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/search", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("q" = Option<String>, Query, description = "The query, at most 1,000 characters; without one, all pictures"),
        ("sort" = Option<String>, Query, description = "`relevance` (for words, unless said otherwise), `added` (else), \
            `name`, `updated`, `confidence`, `length`, `disagreement` or `box_disagreement`; a dash before it for the \
            largest first"),
        ("source" = Option<Vec<String>>, Query, description = "Whose captions to show, repeated; all where nobody is named"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of pictures", body = SearchResponse), AccountErrors),
)]
pub(crate) async fn search_images(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    params: PageQueryParams,
    search: SearchParams,
) -> Result<Json<SearchResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let database = state.storage.database()?;
    let scope = database.search_scope(&reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let after = params.cursor.as_deref().map(|cursor| read_cursor(cursor, &search)).transpose()?;
    let request =
        SearchRequest { query: search.query.unwrap_or_default(), sort: search.sort, after, limit: params.limit() };
    let found = state.search.search(&scope, &request).await?;
    let images = database.find_images(&reader, &found.ids).await?;
    let mut captions = HashMap::<Uuid, Vec<_>>::new();
    let highlighter = Highlighter::new(&request.query);
    for caption in database.captions_of_images(&reader, &found.ids, &search.sources).await? {
        let of_image = captions.entry(caption.image_id).or_default();
        of_image.push(FoundCaptionResponse::new(caption, &highlighter));
    }
    let items = images.into_iter().map(|image| FoundImageResponse {
        highlights: highlighter.in_name(&image.file_name),
        captions: captions.remove(&image.id).unwrap_or_default(),
        image: image.into(),
    });
    Ok(Json(SearchResponse {
        page: Page::new(items.collect(), found.next.map(|cursor| cursor.to_string())),
        total: found.total,
        sort: found.sort.to_string(),
        index: found.status.into(),
    }))
}

/// The cursor, which belongs to the order that is asked for.
fn read_cursor(cursor: &str, search: &SearchParams) -> Result<SearchCursor, Problem> {
    let cursor: SearchCursor = cursor.parse().map_err(|()| unknown_cursor())?;
    match search.sort {
        Some(sort) if sort != cursor.sort() => Err(unknown_cursor()),
        _ => Ok(cursor),
    }
}
