//! `/api/v1/sessions`: where one is signed in.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{api_keys::Scope, open_sessions::OpenSession};

use super::{
    audit::Audit,
    page::{Page, PageQueryParams, nothing_there, parse_id},
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::{Credential, Identity},
    state::AppState,
};

/// A browser or program that is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenSessionResponse {
    id: Uuid,
    /// What it calls itself.
    user_agent: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was last renewed, which a browser in use is once a day.
    #[serde(with = "time::serde::rfc3339")]
    renewed_at: OffsetDateTime,
    /// Whether it is the one that asks.
    is_current: bool,
}

impl OpenSessionResponse {
    fn new(session: OpenSession, identity: &Identity) -> Self {
        let OpenSession { id, user_agent, created_at, renewed_at } = session;
        Self { id, user_agent, created_at, renewed_at, is_current: identity.credential == Credential::Session(id) }
    }
}

/// List one's sessions
///
/// Those of whoever asks that go on, the newest first.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "Sign-in",
    params(
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of sessions", body = Page<OpenSessionResponse>), AccountErrors),
)]
pub(crate) async fn list_sessions(
    State(state): State<AppState>,
    identity: Identity,
    params: PageQueryParams,
) -> Result<Json<Page<OpenSessionResponse>>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let (database, before, now) = (state.storage.database()?, params.id_cursor()?, OffsetDateTime::now_utc());
    let mut sessions = database.list_open_sessions(&reader, before, params.rows(), now).await?;
    let next = params.cut(&mut sessions, |session| session.id.to_string());
    let sessions = sessions.into_iter().map(|session| OpenSessionResponse::new(session, &identity)).collect();
    Ok(Json(Page::new(sessions, next)))
}

/// End a session
///
/// One of whoever asks: that browser or program must sign in again.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", tag = "Sign-in",
    params(("id" = Uuid, Path, description = "Which session")),
    responses((status = 204, description = "It has ended"), AccountErrors),
)]
pub(crate) async fn delete_session(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    end_own_session(&state, &identity, &audit, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one session of whoever asks.
pub(crate) async fn end_own_session(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    id: &str,
) -> Result<(), Problem> {
    identity.session()?;
    let (database, id, user) = (state.storage.database()?, parse_id(id)?, identity.user.id);
    if !database.revoke_session(id, user, OffsetDateTime::now_utc()).await? {
        return Err(nothing_there());
    }
    audit.record(&database, Some(identity), ("session.end", Some(user)), json!({ "session": id })).await?;
    Ok(())
}
