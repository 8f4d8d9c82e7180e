//! `/api/v1/datasets/{dataset}/views`: what somebody looked for, under a name.

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
    saved_views::{MOST_VIEWS, NewSavedView, SavedView},
};

use super::{
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted, reading},
    page::{nothing_there, parse_id},
};
use crate::{
    api::{
        docs::AccountErrors,
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    people::Identity,
    state::AppState,
};

/// The longest name, in characters.
const MOST_NAME: usize = 100;
/// The longest query, in characters.
const MOST_QUERY: usize = 4000;

/// A view that was saved.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedViewResponse {
    id: Uuid,
    name: String,
    /// What the address of the dataset's page says after its question mark.
    query: String,
    /// Whether everybody who sees the dataset sees it.
    shared: bool,
    /// Who saved it.
    owner: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// A view to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveViewBody {
    /// 1 to 100 characters. Your view of this name becomes this one.
    pub(crate) name: String,
    /// What the address of the dataset's page says after its question mark, at most 4,000 characters.
    pub(crate) query: String,
    /// Whether everybody who sees the dataset sees it, which takes an annotator.
    #[serde(default)]
    pub(crate) shared: bool,
}

impl JsonShape for SaveViewBody {
    const SHAPE: &'static str = r#"{"name": "To check", "query": "q=dog&status=draft", "shared": false}"#;
}

impl From<SavedView> for SavedViewResponse {
    fn from(SavedView { id, name, query, is_shared, owner, created_at, .. }: SavedView) -> Self {
        Self { id, name, query, shared: is_shared, owner, created_at }
    }
}

/// List views
///
/// Yours of this dataset, and those that others share, by name.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/views", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The views", body = Vec<SavedViewResponse>), AccountErrors),
)]
pub(crate) async fn list_views(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
) -> Result<Json<Vec<SavedViewResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let views = state.storage.database()?.list_saved_views(&reader, checked(&slug)?).await?;
    Ok(Json(views.ok_or_else(nothing_there)?.into_iter().map(Into::into).collect()))
}

/// Save a view
///
/// Under a name of your own, for you alone or for everybody who sees the dataset.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/views", tag = "Datasets", request_body = SaveViewBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 201, description = "The view's id", body = SavedViewId), AccountErrors),
)]
pub(crate) async fn save_view(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<SaveViewBody>,
) -> Result<(StatusCode, Json<SavedViewId>), Problem> {
    Ok((StatusCode::CREATED, Json(SavedViewId { id: keep_view(&state, &identity, &slug, body).await? })))
}

/// A view that has just been saved.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedViewId {
    id: Uuid,
}

/// Saves a view in somebody's name.
pub(crate) async fn keep_view(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    body: SaveViewBody,
) -> Result<Uuid, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let name = body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
        return Err(invalid("name", "it must have 1 to 100 characters, without line breaks"));
    }
    let query = body.query.trim_start_matches('?').to_owned();
    if query.chars().count() > MOST_QUERY || query.chars().any(char::is_control) {
        return Err(invalid("query", "it must have at most 4,000 characters, without line breaks"));
    }
    let new = NewSavedView { name, query, is_shared: body.shared };
    let saved = state.storage.database()?.save_view(&reader, checked(slug)?, &new, OffsetDateTime::now_utc()).await?;
    permitted(saved)?.ok_or_else(|| {
        let detail = format!("You have {MOST_VIEWS} views of this dataset already. Delete one first.");
        Problem::new(ProblemKind::Conflict, detail)
    })
}

/// Delete a view
///
/// Yours, or one that somebody shares in a dataset that you own.
#[utoipa::path(
    delete, path = "/api/v1/views/{id}", tag = "Datasets",
    params(("id" = Uuid, Path, description = "Which view")),
    responses((status = 204, description = "It is gone"), AccountErrors),
)]
pub(crate) async fn delete_view(
    State(state): State<AppState>,
    identity: Identity,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    remove_view(&state, &identity, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the view of this id in somebody's name.
pub(crate) async fn remove_view(state: &AppState, identity: &Identity, id: &str) -> Result<(), Problem> {
    let reader = identity.reader(Scope::Write)?;
    let is_gone = state.storage.database()?.delete_saved_view(&reader, parse_id(id)?).await?;
    if is_gone { Ok(()) } else { Err(nothing_there()) }
}
