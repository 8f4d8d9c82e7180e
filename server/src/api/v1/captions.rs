//! Captions of a picture: what every source says, how to change it, and what it was.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    captions::{Caption, CaptionChange, Status, Written},
    review::Verdict,
};

use super::{
    body::{JsonBody, JsonShape},
    datasets::{lacks_role, reading},
    diffs::{DiffPieceResponse, diff},
    page::{nothing_there, parse_id},
    regions::{RegionBody, checked_regions},
    review_decisions::checked_reason,
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
    #[schema(value_type = crate::api::names::StatusName)]
    status: Status,
    /// Why it was rejected, where it is and the reviewer said so; for who may write captions.
    reason: Option<String>,
    /// Whether a person has changed what a model or an import said.
    edited: bool,
    /// Counts its changes; who changes it says which one they saw.
    version: i32,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    /// How the caption that `against` names became this one, by words; only where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    diff: Option<Vec<DiffPieceResponse>>,
}

/// What is to change about a caption: its text and regions, or how far its review is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateCaptionBody {
    /// The version that you saw.
    pub(crate) version: i32,
    /// What it is to say, at most 20,000 characters. It is a draft then.
    pub(crate) text: Option<String>,
    /// What is where, at most 1,000; an empty array for nothing. It is a draft then.
    pub(crate) regions: Option<Vec<RegionBody>>,
    /// `draft`, `submitted`, `approved` or `rejected`; the last two are for reviewers.
    #[schema(value_type = Option<crate::api::names::StatusName>)]
    pub(crate) status: Option<Status>,
    /// Why, where the status is `rejected`: at most 1,000 characters, for whoever wrote it. It is gone once the caption is
    /// changed or submitted again.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

impl JsonShape for UpdateCaptionBody {
    const SHAPE: &'static str = r#"{"version": 1, "text": "A red car."} or {"version": 1, "status": "approved"}"#;
}

impl From<Caption> for StoredCaptionResponse {
    fn from(caption: Caption) -> Self {
        let Caption { id, source, text, regions, confidence, status, reason, edited, version, updated_at } = caption;
        Self { id, source, text, regions, confidence, status, reason, edited, version, updated_at, diff: None }
    }
}

/// List a picture's captions
///
/// One of each source, by the source's name.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/captions", tag = "Datasets",
    params(
        ("image" = Uuid, Path, description = "Which picture"),
        ("against" = Option<Uuid>, Query, description = "One of its captions, with which the others are compared by words"),
    ),
    responses((status = 200, description = "Its captions", body = Vec<StoredCaptionResponse>), AccountErrors),
)]
pub(crate) async fn list_captions(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<StoredCaptionResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let captions = state.storage.database()?.list_captions(&reader, parse_id(&image)?).await?;
    let captions = captions.ok_or_else(nothing_there)?;
    let query = query.unwrap_or_default();
    let against = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "against");
    let former = match against {
        Some((_, id)) => {
            let former = captions.iter().find(|caption| caption.id.to_string() == id);
            let former =
                former.ok_or_else(|| invalid("against", "it must be the id of one of this picture's captions"))?;
            Some((former.id, former.text.clone()))
        }
        None => None,
    };
    let response = |caption: Caption| {
        let former = former.as_ref().filter(|(id, _)| *id != caption.id);
        let diff = former.map(|(_, former)| diff(former, &caption.text));
        StoredCaptionResponse { diff, ..caption.into() }
    };
    Ok(Json(captions.into_iter().map(response).collect()))
}

/// Change a caption
///
/// Its text and regions, or how far its review is; not both at once. What it was stays in its history. Where somebody has
/// changed it since the version that you saw, nothing changes: of the problem (status 409), `current` is what it is now and
/// `sent` what you sent.
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
    Ok(Json(change_caption(&state, &identity, &caption, body).await?.into()))
}

/// Changes the caption of this id in somebody's name.
pub(crate) async fn change_caption(
    state: &AppState,
    identity: &Identity,
    caption: &str,
    body: UpdateCaptionBody,
) -> Result<Caption, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, id, now) = (state.storage.database()?, parse_id(caption)?, OffsetDateTime::now_utc());
    let UpdateCaptionBody { version, text, regions, status, reason } = body;
    let sent = json!({ "text": text, "regions": regions, "status": status, "reason": reason });
    let reason = checked_reason(status.unwrap_or(Status::Draft), reason)?;
    let written = match (text.is_some() || regions.is_some(), status) {
        (true, None) => {
            let regions = regions.as_deref().map(checked_regions).transpose()?;
            check_text(text.as_deref().unwrap_or_default())?;
            database.change_caption(&reader, id, version, CaptionChange { text, regions }, now).await?
        }
        (false, Some(status)) => {
            let verdict = Verdict { status, reason, text: None };
            database.review_caption(&reader, id, version, verdict, now).await?
        }
        _ => return Err(invalid("text", "send it or regions, or else status alone")),
    };
    done(written, sent)
}

/// The caption as it is now, or why it is not as it was to be; `sent` is what it was to be.
pub(crate) fn done(written: Written, sent: Value) -> Result<Caption, Problem> {
    match written {
        Written::Done(caption) => Ok(caption),
        Written::Unknown => Err(nothing_there()),
        Written::Forbidden(role) => Err(lacks_role(role)),
        Written::Changed(caption) => {
            let detail = "Somebody has changed the caption since the version that you saw. Look at what it is now, under \
                          current, and send its version.";
            Err(contradicted(detail, caption, sent))
        }
    }
}

/// A problem that shows both texts: what is there, and what was sent.
pub(super) fn contradicted(detail: &'static str, current: Caption, sent: Value) -> Problem {
    let current = serde_json::to_value(StoredCaptionResponse::from(current));
    let current = current.expect("a caption can be written as JSON. This is a bug.");
    Problem::new(ProblemKind::Conflict, detail).with_both(current, sent)
}

/// Checks a caption's text.
pub(super) fn check_text(text: &str) -> Result<(), Problem> {
    if text.chars().count() <= 20_000 && !text.contains('\0') {
        return Ok(());
    }
    Err(invalid("text", "it may have at most 20,000 characters, and no NUL among them"))
}
