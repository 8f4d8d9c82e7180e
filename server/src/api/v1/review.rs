//! `/api/v1/datasets/{dataset}/review/next` and `/api/v1/review-leases/{lease}`: the queue of what waits for review, which
//! gives a picture to one reviewer at a time.

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
    jobs::ImageSelection,
    review::{Lease, NextReview, ReviewScope},
};

use super::{
    arena::chosen,
    body::{JsonBody, JsonShape},
    captions::StoredCaptionResponse,
    datasets::{checked, permitted},
    images::ImageResponse,
    page::{nothing_there, parse_id},
    selection::{SelectionSchema, check_selection},
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// What is to be reviewed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NextReviewBody {
    /// Captions of which images; of all where nothing is said. Where a source is named, a caption of that one
    /// waits; a status that is named does not matter, because what waits is submitted.
    #[schema(value_type = SelectionSchema)]
    images: ImageSelection,
}

impl JsonShape for NextReviewBody {
    const SHAPE: &'static str = r#"{} or {"images": {"query": "dog", "source": "anna"}}"#;
}

/// What comes next.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextReviewResponse {
    /// Null where nothing waits that nobody else looks at or is to look at.
    item: Option<ReviewItemResponse>,
    /// How many images wait that you have skipped.
    skipped: i64,
}

/// An image that is yours to look at.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewItemResponse {
    lease: LeaseResponse,
    image: ImageResponse,
    /// What every source says of it; those that are `submitted` wait.
    captions: Vec<StoredCaptionResponse>,
}

/// That you are looking at an image, and nobody else is given it.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeaseResponse {
    id: Uuid,
    image: Uuid,
    /// Whether the image was assigned to you.
    assigned: bool,
    /// When others may be given it; renew the lease before.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

impl From<Lease> for LeaseResponse {
    fn from(Lease { id, image, is_assigned, expires_at }: Lease) -> Self {
        Self { id, image, assigned: is_assigned, expires_at }
    }
}

/// Get the next image to review
///
/// The one that you are looking at already while a caption of it still waits; else one that was assigned to you, else one
/// that is nobody's. It is yours for five minutes, and longer while you renew the lease: nobody else is given it. You look at
/// one image of a dataset at a time: each answer ends the lease before. For reviewers.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/review/next", tag = "Review", request_body = NextReviewBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The image with its captions", body = NextReviewResponse), AccountErrors),
)]
pub(crate) async fn next_review(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(NextReviewBody { images }): JsonBody<NextReviewBody>,
) -> Result<Json<NextReviewResponse>, Problem> {
    let NextReview { lease, skipped } = take_next(&state, &identity, &slug, &images).await?;
    let Some(lease) = lease else { return Ok(Json(NextReviewResponse { item: None, skipped })) };
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    let image = database.find_image(&reader, lease.image).await?.ok_or_else(nothing_there)?;
    let captions = database.list_captions(&reader, lease.image).await?.unwrap_or_default();
    let captions = captions.into_iter().map(Into::into).collect();
    let item = ReviewItemResponse { lease: lease.into(), image: image.into(), captions };
    Ok(Json(NextReviewResponse { item: Some(item), skipped }))
}

/// What somebody is to look at next.
pub(crate) async fn take_next(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    images: &ImageSelection,
) -> Result<NextReview, Problem> {
    let reader = identity.reader(Scope::Write)?;
    check_selection(images)?;
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    let among = chosen(state, &database, &reader, slug, images).await?;
    let scope = ReviewScope { images: images.filter(), among };
    permitted(database.next_review(&reader, slug, scope, OffsetDateTime::now_utc()).await?)
}

/// Say that you are still looking
///
/// The image stays yours for five more minutes. Status 404 where the lease has ended, and somebody else may look at the image.
#[utoipa::path(
    put, path = "/api/v1/review-leases/{lease}", tag = "Review",
    params(("lease" = Uuid, Path, description = "Which lease")),
    responses((status = 200, description = "The lease", body = LeaseResponse), AccountErrors),
)]
pub(crate) async fn renew_lease(
    State(state): State<AppState>,
    identity: Identity,
    Path(lease): Path<String>,
) -> Result<Json<LeaseResponse>, Problem> {
    let (reader, id) = (identity.reader(Scope::Write)?, parse_id(&lease)?);
    let renewed = state.storage.database()?.renew_lease(&reader, id, OffsetDateTime::now_utc()).await?;
    Ok(Json(renewed.ok_or_else(nothing_there)?.into()))
}

/// Let others look
///
/// Nothing is decided, and somebody else may be given the image.
#[utoipa::path(
    delete, path = "/api/v1/review-leases/{lease}", tag = "Review",
    params(("lease" = Uuid, Path, description = "Which lease")),
    responses((status = 204, description = "It has ended"), AccountErrors),
)]
pub(crate) async fn release_lease(
    State(state): State<AppState>,
    identity: Identity,
    Path(lease): Path<String>,
) -> Result<StatusCode, Problem> {
    let (reader, id) = (identity.reader(Scope::Write)?, parse_id(&lease)?);
    let is_ended = state.storage.database()?.release_lease(&reader, id).await?;
    if is_ended { Ok(StatusCode::NO_CONTENT) } else { Err(nothing_there()) }
}

/// Skip an image
///
/// You are not given it again before you ask for what you skipped. An image that was assigned to you stays so.
#[utoipa::path(
    post, path = "/api/v1/review-leases/{lease}/skip", tag = "Review",
    params(("lease" = Uuid, Path, description = "Which lease")),
    responses((status = 204, description = "The lease has ended"), AccountErrors),
)]
pub(crate) async fn skip_lease(
    State(state): State<AppState>,
    identity: Identity,
    Path(lease): Path<String>,
) -> Result<StatusCode, Problem> {
    let (reader, id) = (identity.reader(Scope::Write)?, parse_id(&lease)?);
    let is_skipped = state.storage.database()?.skip_lease(&reader, id, OffsetDateTime::now_utc()).await?;
    if is_skipped { Ok(StatusCode::NO_CONTENT) } else { Err(nothing_there()) }
}

/// Ask for what you skipped
///
/// You are given those images again. For reviewers.
#[utoipa::path(
    delete, path = "/api/v1/datasets/{dataset}/review/skips", tag = "Review",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 204, description = "Nothing is skipped any more"), AccountErrors),
)]
pub(crate) async fn forget_skips(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
) -> Result<StatusCode, Problem> {
    let reader = identity.reader(Scope::Write)?;
    permitted(state.storage.database()?.forget_skips(&reader, checked(&slug)?).await?)?;
    Ok(StatusCode::NO_CONTENT)
}
