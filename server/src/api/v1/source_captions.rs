//! Captions that programs make elsewhere and bring here.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vasari_storage::{
    api_keys::Scope,
    captions::{NewCaption, Run, Stored},
};

use super::{
    body::{JsonBody, JsonShape},
    captions::{StoredCaptionResponse, check_text, contradicted},
    datasets::lacks_role,
    page::{nothing_there, parse_id},
    regions::{RegionBody, checked_regions},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// What a model or an import says of a picture.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddCaptionBody {
    /// The source's name in the dataset: a model or an import, no person.
    source: String,
    /// At most 20,000 characters.
    text: String,
    /// What is where, at most 1,000.
    regions: Option<Vec<RegionBody>>,
    /// How sure the source is, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    confidence: Option<f32>,
}

impl JsonShape for AddCaptionBody {
    const SHAPE: &'static str = r#"{"source": "florence-2-base.caption", "text": "a red car", "confidence": 0.9}"#;
}

/// Add what a model says of a picture
///
/// Or what an import says. What the source says again takes the place of what it said before, which stays in the history;
/// the same again changes nothing. What a person has changed or approved is not overwritten: that is a problem (status
/// 409), of which `current` is what stays and `sent` what you sent. For annotators.
#[utoipa::path(
    post, path = "/api/v1/images/{image}/captions", tag = "Datasets", request_body = AddCaptionBody,
    params(("image" = Uuid, Path, description = "Which picture")),
    responses(
        (status = 200, description = "As it is now", body = StoredCaptionResponse),
        (status = 201, description = "The source's first of this picture", body = StoredCaptionResponse),
        AccountErrors,
    ),
)]
pub(crate) async fn add_caption(
    State(state): State<AppState>,
    identity: Identity,
    Path(image): Path<String>,
    JsonBody(body): JsonBody<AddCaptionBody>,
) -> Result<(StatusCode, Json<StoredCaptionResponse>), Problem> {
    let reader = identity.reader(Scope::Write)?;
    let AddCaptionBody { source, text, regions, confidence } = body;
    check_text(&text)?;
    if confidence.is_some_and(|confidence| !(0.0..=1.0).contains(&confidence)) {
        return Err(invalid("confidence", "it must be 0 to 1"));
    }
    let sent = json!({ "text": text, "regions": regions, "confidence": confidence });
    let regions = regions.as_deref().map(checked_regions).transpose()?;
    let (database, image, now) = (state.storage.database()?, parse_id(&image)?, OffsetDateTime::now_utc());
    let found =
        if source.contains('\0') { None } else { database.find_source_of_image(&reader, image, &source).await? };
    let new = NewCaption { text, regions, confidence };
    // Of a source that there isn't the same is said as of one that may not be written: nothing.
    match database.put_source_caption(&reader, image, found.unwrap_or_default(), &new, now).await? {
        Run::Done(Stored::Created, caption) => Ok((StatusCode::CREATED, Json(caption.into()))),
        Run::Done(Stored::Updated | Stored::Unchanged, caption) => Ok((StatusCode::OK, Json(caption.into()))),
        Run::Done(Stored::Kept, caption) => {
            let detail = "A person has changed or approved what this source said, and that stays. Change it by its id.";
            Err(contradicted(detail, caption, sent))
        }
        Run::Forbidden(role) => Err(lacks_role(role)),
        Run::Unknown if found.is_none() && database.find_image(&reader, image).await?.is_some() => {
            Err(invalid("source", "the dataset has no model or import of this name"))
        }
        Run::Unknown => Err(nothing_there()),
    }
}
