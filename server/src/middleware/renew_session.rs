//! Keeps a browser signed in: an access token that has had its ten minutes is replaced on the way to the handler.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use time::OffsetDateTime;
use vasari_storage::sessions::{NewRefreshToken, Renewal};

use crate::{
    api::problem::Problem,
    people::{
        AccessGrant, Cookies, OpaqueToken, REFRESH_TOKEN_LIFETIME, access_cookie, refresh_cookie,
        replace_access_cookie, sha256,
    },
    state::AppState,
};

/// Lets a browser whose access token is no longer good go on by its refresh token. What can't be renewed goes on as it
/// came, and its handler finds nobody signed in.
pub(crate) async fn renew_session(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let renewed = match renew(&state, request.headers()).await {
        Ok(renewed) => renewed,
        Err(problem) => {
            tracing::debug!(?problem, "a session can't be renewed");
            None
        }
    };
    let Some(renewed) = renewed else { return next.run(request).await };
    let cookies = Cookies::new(&state.people, request.headers());
    replace_access_cookie(request.headers_mut(), &renewed.access_token);
    let mut response = next.run(request).await;
    // Who signs in or out sets cookies of their own.
    if !response.headers().contains_key(header::SET_COOKIE) {
        cookies.set_access(response.headers_mut(), &renewed.access_token);
        if let Some(token) = &renewed.refresh_token {
            cookies.set_refresh(response.headers_mut(), token);
        }
        // Nobody between may give these cookies to others.
        let caching = response.headers_mut().entry(header::CACHE_CONTROL);
        caching.or_insert(HeaderValue::from_static("private"));
    }
    response
}

struct Renewed {
    access_token: String,
    /// Where it takes the place of the one that was shown.
    refresh_token: Option<String>,
}

async fn renew(state: &AppState, headers: &HeaderMap) -> Result<Option<Renewed>, Problem> {
    // Programs renew their tokens themselves.
    let is_program = headers.contains_key(header::AUTHORIZATION) || headers.contains_key("x-api-key");
    let Some(shown) = refresh_cookie(headers).filter(|_| !is_program) else { return Ok(None) };
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    let tokens = state.people.access_tokens(&database).await?;
    if access_cookie(headers).is_some_and(|token| tokens.read(token, now).is_some()) {
        return Ok(None);
    }
    let token = OpaqueToken::generate();
    let new = NewRefreshToken { hash: token.hash(), expires_at: now + REFRESH_TOKEN_LIFETIME };
    match database.renew_session(&sha256(shown), &new, now).await? {
        Renewal::Renewed { session, user, is_exchanged } => Ok(Some(Renewed {
            access_token: tokens.issue(AccessGrant { user: user.id, session }, now),
            refresh_token: is_exchanged.then_some(token.0),
        })),
        Renewal::Reused { session, user } => {
            tracing::warn!(%session, %user, "a refresh token came again, and its session has ended");
            Ok(None)
        }
        Renewal::Refused => Ok(None),
    }
}
