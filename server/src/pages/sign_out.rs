//! `/sign-out`: the session ends.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::visit::{Visit, redirect_with_cookies};
use crate::{
    api::{
        problem::Problem,
        v1::sessions::{end_session, without_cookies},
    },
    people::refresh_cookie,
    state::AppState,
};

/// Ends the session of this browser, and leads to what everybody may see.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    end_session(&state, visit.identity.as_ref(), refresh_cookie(&headers)).await?;
    Ok(redirect_with_cookies(without_cookies(&state, &headers).headers(), "/"))
}
