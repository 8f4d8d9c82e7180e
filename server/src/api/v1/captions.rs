//! Captions of a picture: what every source says, how to change it, and what it was.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    captions::{Caption, CaptionVersion, Status, Written},
};

use super::{
    body::{JsonBody, JsonShape},
    datasets::{lacks_role, reading},
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

/// What a source says of a picture.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoredCaptionResponse {
    id: Uuid,
    /// The source's name in the dataset.
    source: String,
    text: String,
    /// Boxes, quads and polygons with their labels, in pixels of the picture as shown.
    #[schema(value_type = Option<Vec<Object>>)]
    regions: Option<Value>,
    /// 0 to 1.
    confidence: Option<f32>,
    /// `draft`, `submitted`, `approved` or `rejected`.
    #[schema(value_type = String)]
    status: Status,
    /// Counts its changes; who changes it says which one they saw.
    version: i32,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

/// One of the states that a caption has had.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaptionVersionResponse {
    version: i32,
    text: String,
    #[schema(value_type = Option<Vec<Object>>)]
    regions: Option<Value>,
    confidence: Option<f32>,
    #[schema(value_type = String)]
    status: Status,
    /// Who made it so; null for Vasari itself.
    changed_by: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    changed_at: OffsetDateTime,
}

/// What is to change about a caption: its text, or how far its review is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateCaptionBody {
    /// The version that you saw.
    version: i32,
    /// What it is to say, at most 20,000 characters. It is a draft then.
    text: Option<String>,
    /// `draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers.
    #[schema(value_type = Option<String>)]
    status: Option<Status>,
}

impl JsonShape for UpdateCaptionBody {
    const SHAPE: &'static str = r#"{"version": 1, "text": "A red car."} or {"version": 1, "status": "approved"}"#;
}

impl From<Caption> for StoredCaptionResponse {
    fn from(caption: Caption) -> Self {
        let Caption { id, source, text, regions, confidence, status, version, updated_at } = caption;
        Self { id, source, text, regions, confidence, status, version, updated_at }
    }
}

impl From<CaptionVersion> for CaptionVersionResponse {
    fn from(past: CaptionVersion) -> Self {
        let CaptionVersion { version, text, regions, confidence, status, changed_by, changed_at } = past;
        Self { version, text, regions, confidence, status, changed_by, changed_at }
    }
}

/// List a picture's captions
///
/// One of each source, by the source's name.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/captions", tag = "Datasets",
    params(("image" = Uuid, Path, description = "Which picture")),
    responses((status = 200, description = "Its captions", body = Vec<StoredCaptionResponse>), AccountErrors),
)]
pub(crate) async fn list_captions(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
) -> Result<Json<Vec<StoredCaptionResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let captions = state.storage.database()?.list_captions(&reader, parse_id(&image)?).await?;
    Ok(Json(captions.ok_or_else(nothing_there)?.into_iter().map(StoredCaptionResponse::from).collect()))
}

/// Change a caption
///
/// Its text, or how far its review is; not both at once. What it was stays in its history. Where somebody has changed it
/// since the version that you saw, nothing changes, and `current` of the problem (status 409) is what it is now.
#[utoipa::path(
    patch, path = "/api/v1/captions/{caption}", tag = "Datasets", request_body = UpdateCaptionBody,
    params(("caption" = Uuid, Path, description = "Which caption")),
    responses((status = 200, description = "As it is now", body = StoredCaptionResponse), AccountErrors),
)]
pub(crate) async fn update_caption(
    State(state): State<AppState>,
    identity: Identity,
    Path(caption): Path<String>,
    JsonBody(body): JsonBody<UpdateCaptionBody>,
) -> Result<Json<StoredCaptionResponse>, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, id, now) = (state.storage.database()?, parse_id(&caption)?, OffsetDateTime::now_utc());
    let written = match (&body.text, body.status) {
        (Some(text), None) => {
            check_text(text)?;
            database.change_caption(&reader, id, body.version, text, now).await?
        }
        (None, Some(status)) => database.set_caption_status(&reader, id, body.version, status, now).await?,
        _ => return Err(invalid("text", "send either it or status")),
    };
    match written {
        Written::Done(caption) => Ok(Json(caption.into())),
        Written::Unknown => Err(nothing_there()),
        Written::Forbidden(role) => Err(lacks_role(role)),
        Written::Changed(caption) => {
            let detail = "Somebody has changed the caption since the version that you saw. Look at what it is now, under \
                          current, and send its version.";
            let current = serde_json::to_value(StoredCaptionResponse::from(caption));
            let current = current.expect("a caption can be written as JSON. This is a bug.");
            Err(Problem::new(ProblemKind::Conflict, detail).with_current(current))
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
    Ok(Json(versions.ok_or_else(nothing_there)?.into_iter().map(CaptionVersionResponse::from).collect()))
}

fn check_text(text: &str) -> Result<(), Problem> {
    if text.chars().count() <= 20_000 && !text.contains('\0') {
        return Ok(());
    }
    Err(invalid("text", "it may have at most 20,000 characters, and no NUL among them"))
}
