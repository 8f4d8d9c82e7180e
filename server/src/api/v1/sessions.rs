//! `/api/v1/auth/…`: signing in and out, and staying signed in.

use std::time::Instant;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Database,
    sessions::{NewRefreshToken, NewSession, Rotation},
    users::User,
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    users::UserResponse,
};
use crate::{
    api::{
        ask::read_body,
        docs::AccountErrors,
        problem::{Problem, ProblemKind},
    },
    auth::{ClientGroup, is_cross_site},
    people::{
        ACCESS_TOKEN_LIFETIME, AccessGrant, AccountKey, Cookies, Identity, OpaqueToken, People, REFRESH_TOKEN_LIFETIME,
        cross_site, refresh_cookie, sha256, unauthenticated,
    },
    state::AppState,
};

/// The longest name of a browser that is kept.
const USER_AGENT_CHARACTERS: usize = 200;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    name: String,
    password: String,
    /// Whether the tokens come in the answer, for a program, instead of in cookies.
    #[serde(default)]
    tokens: bool,
}

impl JsonShape for SignInBody {
    const SHAPE: &'static str = r#"{"name": "anna", "password": "…", "tokens": false}"#;
}

/// A refresh token, for programs; a browser sends its own in a cookie.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    refresh_token: String,
}

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionResponse {
    user: UserResponse,
    /// Seconds until the access token is to be renewed.
    expires_in: i64,
    /// What to send as `Authorization: Bearer`; only where tokens were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    access_token: Option<String>,
    /// What renews it, once; only where tokens were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refresh_token: Option<String>,
}

/// Sign in
///
/// With name and password. A browser gets its tokens in cookies that no script can read, a program gets them in the
/// answer if it asks with `tokens`. A wrong name and a wrong password get the same answer after the same time. After ten
/// wrong passwords from one address a name takes one more each half minute.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-in", tag = "Sign-in", request_body = SignInBody,
    responses((status = 200, description = "Signed in", body = SessionResponse), AccountErrors),
)]
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    audit: Audit,
    client: ClientGroup,
    (uri, headers): (Uri, HeaderMap),
    JsonBody(body): JsonBody<SignInBody>,
) -> Result<Response, Problem> {
    if is_cross_site(&uri, &headers) {
        return Err(cross_site());
    }
    let SignInBody { name, password, tokens } = body;
    sign_in_as(&state, (&audit, client), &headers, (&name, password), tokens).await
}

/// Signs somebody in by name and password, and answers with the session.
pub(crate) async fn sign_in_as(
    state: &AppState,
    (audit, client): (&Audit, ClientGroup),
    headers: &HeaderMap,
    (name, password): (&str, String),
    tokens: bool,
) -> Result<Response, Problem> {
    let database = state.storage.database()?;
    let found = match name.trim() {
        // Postgres keeps no such text.
        name if name.contains('\0') => None,
        name => database.find_credentials(name).await?,
    };
    // Somebody by their id, as a name can be written in several ways.
    let account = found.as_ref().map_or_else(|| name.trim().to_lowercase(), |found| found.user.id.to_string());
    let hash = found.as_ref().and_then(|found| found.password_hash.clone());
    let is_right = verify_counted(state, (sha256(&account), client), password, hash).await?;
    let Some(user) = found.map(|found| found.user).filter(|user| is_right && user.disabled_at.is_none()) else {
        audit.record(&database, None, ("session.refuse", None), json!({})).await?;
        let detail = "The name or the password is wrong, or the account is disabled.";
        return Err(Problem::new(ProblemKind::SignInFailed, detail));
    };
    let id = user.id;
    let response = open_session(state, &database, user, headers, tokens).await?;
    audit.record(&database, None, ("session.open", Some(id)), json!({})).await?;
    Ok(response)
}

/// Whether a password is the one of this hash, unless too many wrong ones were tried on the account.
pub(super) async fn verify_counted(
    state: &AppState,
    (account, client): (AccountKey, ClientGroup),
    password: String,
    hash: Option<String>,
) -> Result<bool, Problem> {
    let People { passwords, guesses, .. } = &state.people;
    let attempt = guesses.begin(account, client.0, Instant::now()).map_err(|wait| {
        metrics::counter!("vasari_rejections_total", "reason" => "rate_limited").increment(1);
        Problem::later(ProblemKind::RateLimited, "Too many wrong passwords were tried for this name.", wait)
    })?;
    let is_right = passwords.verify(password, hash).await?;
    if is_right {
        guesses.was_right(attempt, Instant::now());
    }
    Ok(is_right)
}

/// Opens a session for somebody who has just shown who they are, and answers with it.
pub(super) async fn open_session(
    state: &AppState,
    database: &Database,
    user: User,
    headers: &HeaderMap,
    tokens: bool,
) -> Result<Response, Problem> {
    let (token, now) = (OpaqueToken::generate(), OffsetDateTime::now_utc());
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let session = NewSession {
        id: Uuid::now_v7(),
        user_id: user.id,
        user_agent: user_agent.map(|name| name.chars().take(USER_AGENT_CHARACTERS).collect()),
        token: NewRefreshToken { hash: token.hash(), expires_at: now + REFRESH_TOKEN_LIFETIME },
    };
    database.open_session(&session, now).await?;
    answer(state, database, (session.id, user), token, headers, tokens).await
}

/// Stay signed in
///
/// Exchanges the refresh token for new tokens: that of the cookie, or that of the body for a program. Each works once.
/// One that comes a second time was copied, and ends its session.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "Sign-in", request_body = Option<RefreshBody>,
    responses((status = 200, description = "Still signed in", body = SessionResponse), AccountErrors),
)]
pub(crate) async fn refresh_session(
    State(state): State<AppState>,
    audit: Audit,
    request: Request,
) -> Result<Response, Problem> {
    let database = state.storage.database()?;
    let (shown, headers, is_program) = shown_token(request).await?;
    let shown = shown.ok_or_else(unauthenticated)?;
    let (token, now) = (OpaqueToken::generate(), OffsetDateTime::now_utc());
    let new = NewRefreshToken { hash: token.hash(), expires_at: now + REFRESH_TOKEN_LIFETIME };
    match database.rotate_refresh_token(&sha256(&shown), &new, now).await? {
        Rotation::Renewed { session, user } => {
            answer(&state, &database, (session, user), token, &headers, is_program).await
        }
        Rotation::Reused { session, user } => {
            tracing::warn!(%session, %user, "a refresh token came a second time, and its session has ended");
            let detail = json!({ "session": session });
            audit.record(&database, None, ("session.reuse", Some(user)), detail).await?;
            Err(session_ended())
        }
        Rotation::Refused => Err(session_ended()),
    }
}

/// Sign out
///
/// Ends the session of the cookie, or of the refresh token in the body, and takes the cookies away.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-out", tag = "Sign-in", request_body = Option<RefreshBody>,
    responses((status = 204, description = "Signed out"), AccountErrors),
)]
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    identity: Option<Identity>,
    request: Request,
) -> Result<Response, Problem> {
    let (shown, headers, _) = shown_token(request).await?;
    end_session(&state, identity.as_ref(), shown.as_deref()).await?;
    Ok(without_cookies(&state, &headers))
}

/// Ends the session that asks, and that of a refresh token.
pub(crate) async fn end_session(
    state: &AppState,
    identity: Option<&Identity>,
    refresh_token: Option<&str>,
) -> Result<(), Problem> {
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    if let Some(token) = refresh_token {
        database.revoke_session_of_token(&sha256(token), now).await?;
    }
    if let Some(identity) = identity
        && let Ok(session) = identity.session()
    {
        database.revoke_session(session, identity.user.id, now).await?;
    }
    Ok(())
}

/// Sign out everywhere
///
/// Ends all sessions of whoever asks, in every browser. Keys go on.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-out-everywhere", tag = "Sign-in",
    responses((status = 204, description = "Signed out everywhere"), AccountErrors),
)]
pub(crate) async fn sign_out_everywhere(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    end_all_sessions(&state, &identity, &audit).await?;
    Ok(without_cookies(&state, &headers))
}

/// Ends all sessions of whoever asks.
pub(crate) async fn end_all_sessions(state: &AppState, identity: &Identity, audit: &Audit) -> Result<(), Problem> {
    identity.session()?;
    let database = state.storage.database()?;
    let ended = database.revoke_sessions(identity.user.id, OffsetDateTime::now_utc()).await?;
    let detail = json!({ "sessions": ended });
    audit.record(&database, Some(identity), ("session.end_all", Some(identity.user.id)), detail).await?;
    Ok(())
}

fn session_ended() -> Problem {
    Problem::new(ProblemKind::Unauthenticated, "The session has ended. Sign in again.")
}

/// The refresh token of a body, which only a program sends, or of a cookie; the request's headers; and whether it was a
/// program.
async fn shown_token(request: Request) -> Result<(Option<String>, HeaderMap, bool), Problem> {
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let body = read_body(request).await?;
    // `null` is how some clients write that there is no body.
    let body: Option<RefreshBody> = match body.as_ref() {
        b"" => None,
        body => serde_json::from_slice(body).map_err(|_| {
            let detail = "The body must be a JSON object like {\"refresh_token\": \"…\"}, or empty.";
            Problem::new(ProblemKind::BadJson, detail)
        })?,
    };
    if let Some(body) = body {
        return Ok((Some(body.refresh_token), headers, true));
    }
    if is_cross_site(&uri, &headers) {
        return Err(cross_site());
    }
    Ok((refresh_cookie(&headers).map(str::to_owned), headers, false))
}

async fn answer(
    state: &AppState,
    database: &Database,
    (session, user): (Uuid, User),
    refresh_token: OpaqueToken,
    headers: &HeaderMap,
    tokens: bool,
) -> Result<Response, Problem> {
    let grant = AccessGrant { user: user.id, session };
    let access_token = state.people.access_tokens(database).await?.issue(grant, OffsetDateTime::now_utc());
    let mut body = SessionResponse {
        user: user.into(),
        expires_in: ACCESS_TOKEN_LIFETIME.whole_seconds(),
        access_token: None,
        refresh_token: None,
    };
    if tokens {
        body.access_token = Some(access_token);
        body.refresh_token = Some(refresh_token.0);
        return Ok(Json(body).into_response());
    }
    let mut response = Json(body).into_response();
    Cookies::new(&state.people, headers).set(response.headers_mut(), &access_token, &refresh_token.0);
    Ok(response)
}

/// Nothing, and the cookies gone.
pub(crate) fn without_cookies(state: &AppState, headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    Cookies::new(&state.people, headers).clear(response.headers_mut());
    response
}
