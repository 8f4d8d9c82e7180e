//! `PATCH /api/v1/datasets/{dataset}/captions`: how far the review of several captions is.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{api_keys::Scope, captions::Status};

use super::{
    body::{JsonBody, JsonShape},
    captions::StoredCaptionResponse,
    datasets::{checked, permitted},
    review_decisions::checked_reason,
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// Captions of a request.
const MOST: usize = 1000;

/// Which captions, and how far their review is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateCaptionsBody {
    /// At most 1,000.
    captions: Vec<SeenCaption>,
    /// `draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers.
    #[schema(value_type = String)]
    status: Status,
    /// Why they are rejected, in at most 1,000 characters; with `rejected` alone.
    reason: Option<String>,
}

/// A caption as you saw it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenCaption {
    id: Uuid,
    version: i32,
}

impl JsonShape for UpdateCaptionsBody {
    const SHAPE: &'static str = r#"{"captions": [{"id": "…", "version": 1}], "status": "approved"}"#;
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct UpdatedCaptionsResponse {
    /// Those that changed, as they are now.
    changed: Vec<StoredCaptionResponse>,
    /// How many did not: somebody changed them since you saw them, or they are gone.
    unchanged: usize,
}

/// Say how far the review of several captions is
///
/// Each at the version that you saw; those that somebody has changed since stay as they are. It is one act, which `/undo`
/// undoes as one.
#[utoipa::path(
    patch, path = "/api/v1/datasets/{dataset}/captions", tag = "Datasets", request_body = UpdateCaptionsBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "What changed", body = UpdatedCaptionsResponse), AccountErrors),
)]
pub(crate) async fn update_captions(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(UpdateCaptionsBody { captions, status, reason }): JsonBody<UpdateCaptionsBody>,
) -> Result<Json<UpdatedCaptionsResponse>, Problem> {
    let reader = identity.reader(Scope::Write)?;
    if captions.is_empty() || captions.len() > MOST {
        return Err(invalid("captions", "send at least one and at most 1,000"));
    }
    let reason = checked_reason(status, reason)?;
    let seen: Vec<_> = captions.iter().map(|seen| (seen.id, seen.version)).collect();
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    let changed =
        database.set_caption_statuses(&reader, checked(&slug)?, &seen, status, reason.as_deref(), now).await?;
    let changed = permitted(changed)?;
    let unchanged = seen.len() - changed.len();
    Ok(Json(UpdatedCaptionsResponse { changed: changed.into_iter().map(Into::into).collect(), unchanged }))
}
