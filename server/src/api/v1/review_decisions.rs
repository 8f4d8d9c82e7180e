//! `/api/v1/captions/{caption}/decision` and `/api/v1/datasets/{dataset}/review/decisions`: what reviewers decide.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    captions::{Caption, Status},
    review::{Decision, DecisionId, Verdict},
};

use super::{
    body::{JsonBody, JsonShape},
    captions::{StoredCaptionResponse, check_text, done},
    datasets::{checked, permitted},
    page::{Page, PageQueryParams, parse_id, unknown_cursor},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1000;

/// What you decide.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// The version that you saw.
    pub(crate) version: i32,
    /// `approved` or `rejected`.
    pub(crate) decision: DecisionName,
    /// Why, where you reject it: at most 1,000 characters, for whoever wrote it.
    pub(crate) reason: Option<String>,
    /// What it is to say instead, where you approve that: at most 20,000 characters.
    pub(crate) text: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DecisionName {
    Approved,
    Rejected,
}

impl JsonShape for DecisionBody {
    const SHAPE: &'static str = r#"{"version": 1, "decision": "approved"} or {"version": 1, "decision": "rejected", "reason": "No dog in sight."}"#;
}

/// What you decided.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionResponse {
    caption: Uuid,
    /// The caption's version that the decision made.
    version: i32,
    image: Uuid,
    file_name: String,
    source: String,
    /// What the caption said then.
    text: String,
    /// `approved` or `rejected`.
    #[schema(value_type = crate::api::names::StatusName)]
    decision: Status,
    reason: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    decided_at: OffsetDateTime,
    /// Whether the caption still is as you left it, so that you can take the decision back.
    stands: bool,
}

impl From<Decision> for DecisionResponse {
    fn from(decision: Decision) -> Self {
        let Decision { caption, version, image, file_name, source, text, status, reason, decided_at, stands } =
            decision;
        Self { caption, version, image, file_name, source, text, decision: status, reason, decided_at, stands }
    }
}

/// Decide on a caption
///
/// Approves or rejects it, in your name. Whoever wrote it reads why it was rejected; the reason stays in the caption's
/// history, and is gone from the caption once that is changed or submitted again. The assignment of its image ends where
/// nothing else of that waits. Where somebody has changed the caption since the version that you saw, nothing changes: of the
/// problem (status 409), `current` is what it is now. For reviewers.
#[utoipa::path(
    put, path = "/api/v1/captions/{caption}/decision", tag = "Review", request_body = DecisionBody,
    params(("caption" = Uuid, Path, description = "Which caption")),
    responses((status = 200, description = "As it is now", body = StoredCaptionResponse), AccountErrors),
)]
pub(crate) async fn put_decision(
    State(state): State<AppState>,
    identity: Identity,
    Path(caption): Path<String>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<StoredCaptionResponse>, Problem> {
    Ok(Json(decide(&state, &identity, &caption, body).await?.into()))
}

/// Decides on the caption of this id in somebody's name.
pub(crate) async fn decide(
    state: &AppState,
    identity: &Identity,
    caption: &str,
    body: DecisionBody,
) -> Result<Caption, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let DecisionBody { version, decision, reason, text } = body;
    let status = match decision {
        DecisionName::Approved => Status::Approved,
        DecisionName::Rejected => Status::Rejected,
    };
    let sent = json!({ "status": status, "reason": reason, "text": text });
    let verdict = Verdict { status, reason: checked_reason(status, reason)?, text };
    match &verdict.text {
        Some(_) if status == Status::Rejected => {
            return Err(invalid("text", "it goes with an approval; say in reason what it should be"));
        }
        Some(text) => check_text(text)?,
        None => {}
    }
    let (database, id, now) = (state.storage.database()?, parse_id(caption)?, OffsetDateTime::now_utc());
    done(database.review_caption(&reader, id, version, verdict, now).await?, sent)
}

/// A reason as it is kept; none where it is empty.
///
/// # Errors
///
/// A problem where it is too long, or goes with anything but a rejection.
pub(crate) fn checked_reason(status: Status, reason: Option<String>) -> Result<Option<String>, Problem> {
    let Some(reason) = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty()) else {
        return Ok(None);
    };
    if status != Status::Rejected {
        return Err(invalid("reason", "it goes with a rejection alone"));
    }
    if reason.chars().count() > LONGEST_REASON || reason.contains('\0') {
        return Err(invalid("reason", "it may have at most 1,000 characters, and no NUL among them"));
    }
    Ok(Some(reason))
}

/// Take a decision back
///
/// The caption becomes what it was before, as a new version, and the image is yours to look at unless somebody else does. Only
/// your own latest word can be taken back: status 404 where the caption's version is no decision of yours, 409 where somebody
/// has changed it since. For reviewers.
#[utoipa::path(
    delete, path = "/api/v1/captions/{caption}/decision", tag = "Review",
    params(
        ("caption" = Uuid, Path, description = "Which caption"),
        ("version" = i32, Query, description = "The version that the decision made"),
    ),
    responses((status = 200, description = "As it is now", body = StoredCaptionResponse), AccountErrors),
)]
pub(crate) async fn delete_decision(
    State(state): State<AppState>,
    identity: Identity,
    Path(caption): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<StoredCaptionResponse>, Problem> {
    let query = query.unwrap_or_default();
    let version = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "version");
    let version = version.and_then(|(_, value)| value.parse().ok());
    let version = version.ok_or_else(|| invalid("version", "it must be the version that the decision made"))?;
    let id = DecisionId { caption: parse_id(&caption)?, version };
    Ok(Json(take_back(&state, &identity, id).await?.into()))
}

/// Takes somebody's own decision back.
pub(crate) async fn take_back(state: &AppState, identity: &Identity, id: DecisionId) -> Result<Caption, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let taken = state.storage.database()?.take_back_decision(&reader, id, OffsetDateTime::now_utc()).await?;
    done(taken, json!({}))
}

/// List what you decided
///
/// The latest first, without what you have taken back. For reviewers.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/review/decisions", tag = "Review",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of decisions", body = Page<DecisionResponse>), AccountErrors),
)]
pub(crate) async fn list_decisions(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    params: PageQueryParams,
) -> Result<Json<Page<DecisionResponse>>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let before = params.cursor.as_deref().map(str::parse::<DecisionId>).transpose().map_err(|()| unknown_cursor())?;
    let database = state.storage.database()?;
    let decisions = database.list_own_decisions(&reader, checked(&slug)?, before, params.rows()).await?;
    let cursor = |decision: &Decision| DecisionId { caption: decision.caption, version: decision.version }.to_string();
    Ok(Json(params.page(permitted(decisions)?, cursor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_go_with_rejections_alone() {
        let reason = |status, text: &str| checked_reason(status, Some(text.to_owned()));
        assert_eq!(reason(Status::Rejected, " no dog \n"), Ok(Some("no dog".to_owned())));
        assert_eq!(reason(Status::Rejected, "  "), Ok(None));
        assert_eq!(reason(Status::Approved, ""), Ok(None));
        assert_eq!(checked_reason(Status::Approved, None), Ok(None));
        assert!(reason(Status::Approved, "good").is_err() && reason(Status::Rejected, "a\0b").is_err());
        assert!(reason(Status::Rejected, &"ä".repeat(1000)).is_ok());
        assert!(reason(Status::Rejected, &"ä".repeat(1001)).is_err());
    }
}
