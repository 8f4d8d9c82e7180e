//! `/api/v1/datasets/{dataset}/arena` and `/api/v1/comparisons/{comparison}/vote`: two captions of a picture, shown without
//! their sources, and which one somebody prefers.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    comparisons::{ArenaScope, Chance, ComparedCaption, Comparison, Outcome},
    jobs::ImageSelection,
    search::SearchQuery,
};

use super::{
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted},
    page::{nothing_there, parse_id},
    selection::{SelectionSchema, check_name, check_selection},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    search::all_matching,
    state::AppState,
};

/// Sources that a comparison may be limited to.
const MOST_SOURCES: usize = 50;

/// What is to be compared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NextComparisonBody {
    /// Captions of which images; of all where nothing is said.
    #[schema(value_type = SelectionSchema)]
    pub(crate) images: ImageSelection,
    /// Of which sources (their names), at least two; of all where none is named.
    pub(crate) sources: Vec<String>,
}

impl JsonShape for NextComparisonBody {
    const SHAPE: &'static str = r#"{} or {"images": {"query": "dog"}, "sources": ["florence", "human"]}"#;
}

/// Two captions of a picture.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparisonResponse {
    id: Uuid,
    /// Of which picture.
    image: Uuid,
    left: ComparedCaptionResponse,
    right: ComparedCaptionResponse,
    /// What you said of them: `left`, `right`, `tie`, `both_bad` or `skipped`; null before.
    #[schema(value_type = Option<crate::api::names::OutcomeName>)]
    outcome: Option<Outcome>,
}

/// One of the two.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparedCaptionResponse {
    text: String,
    /// Whose it is; null before you have voted.
    source: Option<String>,
}

/// What comes next in the arena.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextComparisonResponse {
    /// Null where you have been asked about everything.
    comparison: Option<ComparisonResponse>,
    /// How many votes you have given in this dataset.
    votes: i64,
}

/// What you prefer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoteBody {
    /// `left`, `right`, `tie`, `both_bad` or `skipped`.
    #[schema(value_type = crate::api::names::OutcomeName)]
    outcome: Outcome,
}

impl JsonShape for VoteBody {
    const SHAPE: &'static str = r#"{"outcome": "left"}"#;
}

impl From<Comparison> for ComparisonResponse {
    fn from(Comparison { id, image, left, right, outcome }: Comparison) -> Self {
        // Who has not voted must not know.
        let side = |ComparedCaption { text, source, .. }: ComparedCaption| ComparedCaptionResponse {
            text,
            source: outcome.is_some().then_some(source),
        };
        Self { id, image, left: side(left), right: side(right), outcome }
    }
}

/// Get two captions to compare
///
/// Of one picture, in random order, without their sources' names: those that you were shown last where you have not voted
/// on them, else two that you have not been asked about. For annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/arena/next", tag = "Arena", request_body = NextComparisonBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "Two captions", body = NextComparisonResponse), AccountErrors),
)]
pub(crate) async fn next_comparison(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<NextComparisonBody>,
) -> Result<Json<NextComparisonResponse>, Problem> {
    let (comparison, votes) = draw(&state, &identity, &slug, body).await?;
    Ok(Json(NextComparisonResponse { comparison: comparison.map(Into::into), votes }))
}

/// What somebody is to be asked next, and how many votes they have given.
pub(crate) async fn draw(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    body: NextComparisonBody,
) -> Result<(Option<Comparison>, i64), Problem> {
    let reader = identity.reader(Scope::Write)?;
    let NextComparisonBody { images, sources } = body;
    check_selection(&images)?;
    if sources.len() == 1 || sources.len() > MOST_SOURCES {
        return Err(invalid("sources", "name at least two and at most 50, or none for all"));
    }
    for source in &sources {
        check_name("sources", Some(source))?;
    }
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    let among = chosen(state, &database, &reader, slug, &images).await?;
    let scope = ArenaScope { images: images.filter(), among, sources };
    let mut start = [0; 32];
    start[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    let chance = Chance { start, is_swapped: Uuid::new_v4().as_u128() & 1 == 1 };
    let next = database.next_comparison(&reader, slug, &scope, chance, OffsetDateTime::now_utc()).await?;
    Ok((permitted(next)?, database.count_own_votes(&reader, slug).await?))
}

/// The pictures that a selection names or searches for; none where that leaves all.
pub(crate) async fn chosen(
    state: &AppState,
    database: &Database,
    reader: &Reader,
    slug: &str,
    images: &ImageSelection,
) -> Result<Option<Vec<Uuid>>, Problem> {
    let Some(query) = &images.query else { return Ok(images.images.clone()) };
    let query: SearchQuery = query.parse()?;
    let scope = database.search_scope(reader, slug).await?.ok_or_else(nothing_there)?;
    let mut found = all_matching(&state.search, &scope, &query).await?;
    if let Some(named) = &images.images {
        found.retain(|id| named.contains(id));
    }
    Ok(Some(found))
}

/// Vote
///
/// Once you have, the answer names the two sources. Voting again takes the place of what you said.
#[utoipa::path(
    put, path = "/api/v1/comparisons/{comparison}/vote", tag = "Arena", request_body = VoteBody,
    params(("comparison" = Uuid, Path, description = "What you were shown")),
    responses((status = 200, description = "The comparison with its sources", body = ComparisonResponse), AccountErrors),
)]
pub(crate) async fn put_vote(
    State(state): State<AppState>,
    identity: Identity,
    Path(comparison): Path<String>,
    JsonBody(VoteBody { outcome }): JsonBody<VoteBody>,
) -> Result<Json<ComparisonResponse>, Problem> {
    let (reader, id) = (identity.reader(Scope::Write)?, parse_id(&comparison)?);
    let voted = state.storage.database()?.vote(&reader, id, outcome, OffsetDateTime::now_utc()).await?;
    Ok(Json(permitted(voted)?.into()))
}

/// Take a vote back
///
/// You will be asked about the two again.
#[utoipa::path(
    delete, path = "/api/v1/comparisons/{comparison}/vote", tag = "Arena",
    params(("comparison" = Uuid, Path, description = "What you voted on")),
    responses((status = 200, description = "The comparison, without a vote", body = ComparisonResponse), AccountErrors),
)]
pub(crate) async fn delete_vote(
    State(state): State<AppState>,
    identity: Identity,
    Path(comparison): Path<String>,
) -> Result<Json<ComparisonResponse>, Problem> {
    let (reader, id) = (identity.reader(Scope::Write)?, parse_id(&comparison)?);
    Ok(Json(permitted(state.storage.database()?.take_back_vote(&reader, id).await?)?.into()))
}
