//! `/api/v1/datasets/{dataset}/duplicates/dismissals` and `/api/v1/dismissals/{dismissal}`: groups that are no duplicates.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    duplicates::{Dismissal, DuplicateKind},
};

use super::{
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted, reading},
    duplicates::DuplicateParams,
    page::{Page, PageQueryParams, nothing_there, parse_id},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// How many pictures a dismissal names at most, as the tables keep them.
const MOST_IMAGES: usize = 1000;

/// A group that is no duplicates.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DismissBody {
    /// What they were found by: `image` or `caption`.
    #[schema(value_type = crate::api::names::DuplicateKindName)]
    pub(crate) by: DuplicateKind,
    /// Its pictures, 2 to 1,000.
    pub(crate) images: Vec<Uuid>,
}

impl JsonShape for DismissBody {
    const SHAPE: &'static str = r#"{"by": "image", "images": ["…", "…"]}"#;
}

/// A group that somebody has found to be no duplicates.
#[derive(Serialize, ToSchema)]
pub(crate) struct DismissalResponse {
    id: Uuid,
    /// `image` or `caption`.
    #[schema(value_type = crate::api::names::DuplicateKindName)]
    by: DuplicateKind,
    images: Vec<Uuid>,
    /// Who said so; null where their account is gone.
    dismissed_by: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    dismissed_at: OffsetDateTime,
}

impl From<Dismissal> for DismissalResponse {
    fn from(dismissal: Dismissal) -> Self {
        let Dismissal { id, kind, images, dismissed_by, dismissed_at } = dismissal;
        Self { id, by: kind, images, dismissed_by, dismissed_at }
    }
}

/// List dismissed groups
///
/// The latest first, of one kind.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/duplicates/dismissals", tag = "Duplicates",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("by" = Option<String>, Query, description = "`image` (unless said otherwise) or `caption`"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of groups", body = Page<DismissalResponse>), AccountErrors),
)]
pub(crate) async fn list_dismissals(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    DuplicateParams { kind, .. }: DuplicateParams,
    params: PageQueryParams,
) -> Result<Json<Page<DismissalResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let (database, before) = (state.storage.database()?, params.id_cursor()?);
    let found = database.list_dismissals(&reader, checked(&slug)?, kind, before, params.rows()).await?;
    Ok(Json(params.page(found.ok_or_else(nothing_there)?, |dismissal: &Dismissal| dismissal.id.to_string())))
}

/// Dismiss a group
///
/// These pictures are no duplicates: no group of some of them is shown any more, for anybody. A group with another picture
/// in it is. For annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/duplicates/dismissals", tag = "Duplicates", request_body = DismissBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 201, description = "The dismissal", body = DismissalResponse), AccountErrors),
)]
pub(crate) async fn dismiss_group(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<DismissBody>,
) -> Result<(StatusCode, Json<DismissalResponse>), Problem> {
    Ok((StatusCode::CREATED, Json(dismiss(&state, &identity, &slug, body).await?.into())))
}

/// Notes in somebody's name that a group is no duplicates.
pub(crate) async fn dismiss(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    DismissBody { by, mut images }: DismissBody,
) -> Result<Dismissal, Problem> {
    let reader = identity.reader(Scope::Write)?;
    images.sort_unstable();
    images.dedup();
    if !(2..=MOST_IMAGES).contains(&images.len()) {
        return Err(invalid("images", "name at least two images, and at most 1,000"));
    }
    let database = state.storage.database()?;
    permitted(database.dismiss_duplicates(&reader, checked(slug)?, by, &images, OffsetDateTime::now_utc()).await?)
}

/// Take a dismissal back
///
/// The group is shown again. For annotators.
#[utoipa::path(
    delete, path = "/api/v1/dismissals/{dismissal}", tag = "Duplicates",
    params(("dismissal" = Uuid, Path, description = "Which one")),
    responses((status = 204, description = "It is taken back"), AccountErrors),
)]
pub(crate) async fn delete_dismissal(
    State(state): State<AppState>,
    identity: Identity,
    Path(dismissal): Path<String>,
) -> Result<StatusCode, Problem> {
    take_back(&state, &identity, parse_id(&dismissal)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a dismissal back in somebody's name.
pub(crate) async fn take_back(state: &AppState, identity: &Identity, id: Uuid) -> Result<(), Problem> {
    let reader = identity.reader(Scope::Write)?;
    permitted(state.storage.database()?.delete_dismissal(&reader, id).await?)
}
