//! What a caption was, and how to have that again.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    captions::{CaptionVersion, Status},
};

use super::{
    body::{JsonBody, JsonShape},
    captions::{StoredCaptionResponse, done},
    datasets::reading,
    diffs::{DiffPieceResponse, diff},
    page::{nothing_there, parse_id},
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// One of the states that a caption has had.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaptionVersionResponse {
    version: i32,
    text: String,
    #[schema(value_type = Option<Vec<Object>>)]
    regions: Option<Value>,
    confidence: Option<f32>,
    #[schema(value_type = crate::api::names::StatusName)]
    status: Status,
    /// Why it was rejected, where it was and the reviewer said so; for who may write captions.
    reason: Option<String>,
    /// Whether a person had changed what a model or an import said.
    edited: bool,
    /// Who made it so; null for Vasari itself.
    changed_by: Option<Uuid>,
    /// What they are called, for who is signed in.
    changed_by_name: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    changed_at: OffsetDateTime,
    /// The job that made it so, if one did.
    job: Option<Uuid>,
    /// How the version before became this one, by words; null for the first.
    diff: Option<Vec<DiffPieceResponse>>,
}

/// Which version was seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreCaptionBody {
    /// The version that the caption is at, as you saw it.
    version: i32,
}

impl JsonShape for RestoreCaptionBody {
    const SHAPE: &'static str = r#"{"version": 3}"#;
}

impl From<CaptionVersion> for CaptionVersionResponse {
    fn from(past: CaptionVersion) -> Self {
        let CaptionVersion { version, text, regions, confidence, status, reason, edited, changed_at, job, .. } = past;
        let (changed_by, changed_by_name) = (past.changed_by, past.changed_by_name);
        Self {
            version,
            text,
            regions,
            confidence,
            status,
            reason,
            edited,
            changed_by,
            changed_by_name,
            changed_at,
            job,
            diff: None,
        }
    }
}

/// List what a caption was
///
/// Every version, the latest first.
#[utoipa::path(
    get, path = "/api/v1/captions/{caption}/versions", tag = "Datasets",
    params(("caption" = Uuid, Path, description = "Which caption")),
    responses((status = 200, description = "Its versions", body = Vec<CaptionVersionResponse>), AccountErrors),
)]
pub(crate) async fn list_caption_versions(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(caption): Path<String>,
) -> Result<Json<Vec<CaptionVersionResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let versions = state.storage.database()?.list_caption_versions(&reader, parse_id(&caption)?).await?;
    let versions = versions.ok_or_else(nothing_there)?;
    // The latest comes first.
    let former: Vec<_> = versions.iter().skip(1).map(|version| Some(version.text.clone())).chain([None]).collect();
    let response = |(version, former): (CaptionVersion, Option<String>)| {
        let diff = former.map(|former| diff(&former, &version.text));
        CaptionVersionResponse { diff, ..version.into() }
    };
    Ok(Json(versions.into_iter().zip(former).map(response).collect()))
}

/// Restore what a caption was
///
/// Its text, regions and confidence become those of an earlier version, as a draft and as a new version: nothing of its
/// history is lost. Where somebody has changed it since the version that you saw, nothing changes, and `current` of the
/// problem (status 409) is what it is now. For annotators.
#[utoipa::path(
    post, path = "/api/v1/captions/{caption}/versions/{version}/restore", tag = "Datasets",
    request_body = RestoreCaptionBody,
    params(
        ("caption" = Uuid, Path, description = "Which caption"),
        ("version" = i32, Path, description = "Which of its versions it is to be again"),
    ),
    responses((status = 200, description = "As it is now", body = StoredCaptionResponse), AccountErrors),
)]
pub(crate) async fn restore_caption_version(
    State(state): State<AppState>,
    identity: Identity,
    Path((caption, past)): Path<(String, String)>,
    JsonBody(body): JsonBody<RestoreCaptionBody>,
) -> Result<Json<StoredCaptionResponse>, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let past = past.parse().map_err(|_| nothing_there())?;
    let (database, id, now) = (state.storage.database()?, parse_id(&caption)?, OffsetDateTime::now_utc());
    let written = database.restore_caption(&reader, id, body.version, past, now).await?;
    Ok(Json(done(written, json!({ "version": past }))?.into()))
}
