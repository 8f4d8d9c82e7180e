//! `GET /api/v1/audit-log`: who did what, for administrators.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::audit_log::AuditEntry;

use super::page::{Page, PageQueryParams};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
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
    /// With which key.
    actor_key: Option<Uuid>,
    /// What, such as `user.disable`.
    action: String,
    /// To whom or what.
    subject: Option<Uuid>,
    #[schema(value_type = Object)]
    detail: Value,
    /// The request that asked for it.
    request_id: Option<String>,
}

impl From<AuditEntry> for AuditEntryResponse {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor_user, actor_key, action, subject, detail, request_id } = entry;
        Self { id, at, actor_user, actor_key, action, subject, detail, request_id }
    }
}

/// List who did what
///
/// The newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/audit-log", tag = "People",
    params(
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of the log", body = Page<AuditEntryResponse>), AccountErrors),
)]
pub(crate) async fn list_audit_log(
    State(state): State<AppState>,
    identity: Identity,
    params: PageQueryParams,
) -> Result<Json<Page<AuditEntryResponse>>, Problem> {
    let reader = identity.administrator()?;
    let before = params.id_cursor()?;
    let entries = state.storage.database()?.list_audit_log(&reader, before, params.rows()).await?;
    Ok(Json(params.page(entries, |entry| entry.id.to_string())))
}
