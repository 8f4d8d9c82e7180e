//! `/api/v1/images/{image}/captions/mine`: what the caller writes of a picture.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use vasari_storage::{
    api_keys::Scope,
    captions::{Caption, NewCaption},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    captions::{StoredCaptionResponse, check_text, done},
    page::parse_id,
    regions::{RegionBody, checked_regions},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// What you say of a picture.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutOwnCaptionBody {
    /// At most 20,000 characters.
    pub(crate) text: String,
    /// What is where, at most 1,000; an empty array for nothing, left out for what there is.
    pub(crate) regions: Option<Vec<RegionBody>>,
    /// The version that you saw; left out for the first.
    pub(crate) version: Option<i32>,
}

impl JsonShape for PutOwnCaptionBody {
    const SHAPE: &'static str = r#"{"text": "A red car."} or {"text": "A red car.", "version": 1}"#;
}

/// The version that was seen: `?version=`.
pub(crate) struct SeenVersion(i32);

impl<S: Sync> FromRequestParts<S> for SeenVersion {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let version = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "version");
        let version = version.and_then(|(_, version)| version.parse().ok());
        version.map(Self).ok_or_else(|| invalid("version", "name the version that you saw, as ?version=1"))
    }
}

/// Write your own caption of a picture
///
/// Everybody has one of each picture. The first in a dataset makes you a source of it, which is called after you. Without
/// `version` it is your first of this picture; with the version that you saw it takes that one's place, which stays in its
/// history. Where there is one already, or you have changed it elsewhere, nothing changes: of the problem (status 409),
/// `current` is what it is now and `sent` what you sent. For annotators.
#[utoipa::path(
    put, path = "/api/v1/images/{image}/captions/mine", tag = "Datasets", request_body = PutOwnCaptionBody,
    params(("image" = Uuid, Path, description = "Which picture")),
    responses(
        (status = 200, description = "As it is now", body = StoredCaptionResponse),
        (status = 201, description = "Your first of this picture", body = StoredCaptionResponse),
        AccountErrors,
    ),
)]
pub(crate) async fn put_own_caption(
    State(state): State<AppState>,
    identity: Identity,
    Path(image): Path<String>,
    JsonBody(body): JsonBody<PutOwnCaptionBody>,
) -> Result<(StatusCode, Json<StoredCaptionResponse>), Problem> {
    let status = if body.version.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(write_own_caption(&state, &identity, &image, body).await?.into())))
}

/// Writes somebody's own caption of the picture of this id.
pub(crate) async fn write_own_caption(
    state: &AppState,
    identity: &Identity,
    image: &str,
    body: PutOwnCaptionBody,
) -> Result<Caption, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let PutOwnCaptionBody { text, regions, version } = body;
    check_text(&text)?;
    let sent = json!({ "text": text, "regions": regions });
    let regions = regions.as_deref().map(checked_regions).transpose()?;
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    let new = NewCaption { text, regions, confidence: None };
    done(database.put_own_caption(&reader, parse_id(image)?, version, &new, now).await?, sent)
}

/// Delete your own caption of a picture
///
/// With its history, for good. Where you have changed it elsewhere since the version that you name, it stays, and `current`
/// of the problem (status 409) is what it is. For annotators.
#[utoipa::path(
    delete, path = "/api/v1/images/{image}/captions/mine", tag = "Datasets",
    params(
        ("image" = Uuid, Path, description = "Which picture"),
        ("version" = i32, Query, description = "The version that you saw"),
    ),
    responses((status = 204, description = "It is gone"), AccountErrors),
)]
pub(crate) async fn delete_own_caption(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(image): Path<String>,
    SeenVersion(version): SeenVersion,
) -> Result<StatusCode, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, image) = (state.storage.database()?, parse_id(&image)?);
    let deleted = done(database.delete_own_caption(&reader, image, version).await?, json!(null))?;
    let detail = json!({ "image": image, "versions": deleted.version });
    audit.record(&database, Some(&identity), ("caption.delete", Some(deleted.id)), detail).await?;
    Ok(StatusCode::NO_CONTENT)
}
