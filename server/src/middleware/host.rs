//! Refuses requests for names that this server doesn't have.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::body_limit::settle;
use crate::{
    api::problem::{Problem, ProblemKind},
    auth::requested_host,
    state::AppState,
};

/// Answers 421 to a request for another host than this machine while the server is open because nobody but this
/// machine reaches it. Browsers always name a host; a program that names none is let through.
pub(crate) async fn check_host(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_ours = requested_host(request.uri(), request.headers()).is_none_or(|host| state.access.may_answer_for(host));
    if is_ours {
        return next.run(request).await;
    }
    settle(request);
    let detail = "This server is open to this machine alone and answers to localhost, not to the name that was asked \
        for. Behind a proxy, start it with --api-key, or with --allow-anonymous.";
    Problem::new(ProblemKind::MisdirectedRequest, detail).into_response()
}
