//! `/api/v1/me`: whoever asks.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vasari_storage::Reader;

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    sessions::verify_counted,
    users::UserResponse,
};
use crate::{
    api::{
        docs::AccountErrors,
        problem::{Problem, ProblemKind},
    },
    auth::ClientGroup,
    people::{Identity, check_password, sha256},
    state::AppState,
};

/// Whoever asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeResponse {
    user: UserResponse,
    /// What the key is for; a session is for everything.
    scopes: Vec<&'static str>,
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordBody {
    pub(crate) password: String,
    /// 12 to 256 characters.
    pub(crate) new_password: String,
}

impl JsonShape for ChangePasswordBody {
    const SHAPE: &'static str = r#"{"password": "…", "new_password": "…"}"#;
}

/// Tell who asks
#[utoipa::path(
    get, path = "/api/v1/me", tag = "Sign-in",
    responses((status = 200, description = "Whoever asks", body = MeResponse), AccountErrors),
)]
pub(crate) async fn get_me(identity: Identity) -> Json<MeResponse> {
    let scopes = identity.scopes.iter().map(|scope| scope.name()).collect();
    Json(MeResponse { user: identity.user.into(), scopes })
}

/// Change the password
///
/// Ends all other sessions of whoever asks.
#[utoipa::path(
    post, path = "/api/v1/me/password", tag = "Sign-in", request_body = ChangePasswordBody,
    responses((status = 204, description = "Changed"), AccountErrors),
)]
pub(crate) async fn change_password(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    client: ClientGroup,
    JsonBody(body): JsonBody<ChangePasswordBody>,
) -> Result<StatusCode, Problem> {
    change_own_password(&state, &identity, (&audit, client), body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the password of whoever asks, and ends their other sessions.
pub(crate) async fn change_own_password(
    state: &AppState,
    identity: &Identity,
    (audit, client): (&Audit, ClientGroup),
    body: ChangePasswordBody,
) -> Result<(), Problem> {
    let session = identity.session()?;
    // Before the old one is checked, which takes a while.
    check_password(&body.new_password)?;
    let database = state.storage.database()?;
    let found = database.find_credentials(&identity.user.name).await?;
    let hash = found.filter(|found| found.user.id == identity.user.id).and_then(|found| found.password_hash);
    let account = sha256(&identity.user.id.to_string());
    if !verify_counted(state, (account, client), body.password, hash).await? {
        return Err(Problem::new(ProblemKind::Forbidden, "The present password is another one."));
    }
    let hash = state.people.passwords.hash(body.new_password).await?;
    let (id, reader) = (identity.user.id, Reader::user(identity.user.id));
    database.set_password(&reader, &hash, Some(session), OffsetDateTime::now_utc()).await?;
    audit.record(&database, Some(identity), ("user.change_password", Some(id)), json!({})).await?;
    Ok(())
}
