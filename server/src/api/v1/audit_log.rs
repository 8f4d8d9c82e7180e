//! `GET /api/v1/audit-log`: who did what, for administrators.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::audit_log::{AuditEntry, AuditFilter, NamedAuditEntry};

use super::page::{Page, PageQueryParams};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// Something that somebody did.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntryResponse {
    id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    /// Who; null for somebody who was not signed in, and for whoever runs the server.
    actor_user: Option<Uuid>,
    /// What they are called now.
    actor_name: Option<String>,
    /// With which key.
    actor_key: Option<Uuid>,
    /// What the key is called.
    key_name: Option<String>,
    /// What, such as `user.disable`.
    action: String,
    /// To whom or what.
    subject: Option<Uuid>,
    /// What a person, a key, a dataset or a source is called now.
    subject_name: Option<String>,
    #[schema(value_type = Object)]
    detail: Value,
    /// The request that asked for it.
    request_id: Option<String>,
}

impl From<NamedAuditEntry> for AuditEntryResponse {
    fn from(named: NamedAuditEntry) -> Self {
        let NamedAuditEntry { entry, actor_name, key_name, subject_name } = named;
        let AuditEntry { id, at, actor_user, actor_key, action, subject, detail, request_id } = entry;
        Self { id, at, actor_user, actor_name, actor_key, key_name, action, subject, subject_name, detail, request_id }
    }
}

/// Which entries are asked for: `?actor=&action=`.
pub(crate) struct AuditQueryParams(AuditFilter);

impl<S: Sync> FromRequestParts<S> for AuditQueryParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut filter = AuditFilter::default();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "actor" => {
                    let actor = value.parse().map_err(|_| invalid("actor", "it must be somebody's id"))?;
                    filter.actor = Some(actor);
                }
                "action" => filter.action = Some(checked_action(&value)?.to_owned()),
                _ => {}
            }
        }
        Ok(Self(filter))
    }
}

/// An action as it can be looked for.
pub(crate) fn checked_action(action: &str) -> Result<&str, Problem> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if action.split_once('.').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb)) {
        return Ok(action);
    }
    Err(invalid("action", "it must be what entries have as their action, such as user.disable"))
}

/// List who did what
///
/// The newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/audit-log", tag = "People",
    params(
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("actor" = Option<Uuid>, Query, description = "What this person did, their own signing in and up included"),
        ("action" = Option<String>, Query, description = "Entries of this action alone, such as `user.disable`"),
    ),
    responses((status = 200, description = "A page of the log", body = Page<AuditEntryResponse>), AccountErrors),
)]
pub(crate) async fn list_audit_log(
    State(state): State<AppState>,
    identity: Identity,
    params: PageQueryParams,
    AuditQueryParams(filter): AuditQueryParams,
) -> Result<Json<Page<AuditEntryResponse>>, Problem> {
    let reader = identity.administrator()?;
    let before = params.id_cursor()?;
    let entries = state.storage.database()?.list_audit_log(&reader, &filter, before, params.rows()).await?;
    Ok(Json(params.page(entries, |named| named.entry.id.to_string())))
}
