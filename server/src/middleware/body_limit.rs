//! Refuses a request that says it is too large, before its body is read.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;

use crate::{
    api::{
        problem::{Problem, ProblemKind},
        v1::{add_images::takes_archives, imports::takes_large_files},
    },
    config::ByteSize,
    state::AppState,
};

/// What a form may have besides its file.
pub(crate) const FORM_BYTES: u64 = 1 << 20;

/// Answers 413 by the `Content-Length`. A body that hides its length is cut off where it is read.
pub(crate) async fn refuse_large_bodies(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_upload = is_upload(&request);
    let limit = if is_upload { state.max_import_bytes + FORM_BYTES } else { state.max_request_bytes };
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|length| length <= limit) {
        return next.run(request).await;
    }
    settle(request);
    let detail = if is_upload {
        format!("The file is larger than {}. Send it in parts.", ByteSize(state.max_import_bytes))
    } else {
        format!("The request is larger than {}. Send less at once.", ByteSize(limit))
    };
    let mut response = Problem::new(ProblemKind::RequestTooLarge, detail).into_response();
    debug_assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Whether a request may bring a large file, for which other limits hold: its endpoint keeps it on the disk, once it knows
/// that the caller may.
pub(super) fn is_upload(request: &Request) -> bool {
    let path = request.uri().path();
    takes_large_files(path) || takes_archives(path)
}

/// Lets a request go whose answer is settled without its body.
pub(super) fn settle(request: Request) {
    // Who asked before sending sends nothing once refused.
    if !request.headers().contains_key(header::EXPECT) && !request.body().is_end_stream() {
        tokio::spawn(drain(request.into_body()));
    }
}

/// Takes in and throws away what is already under way, for a moment: a connection that is closed on a client in the
/// middle of sending loses the answer as well.
async fn drain(mut body: Body) {
    const MOMENT: Duration = Duration::from_secs(2);
    let read_all = async { while let Some(Ok(_)) = body.frame().await {} };
    // Running out of time is what is meant to happen to a very large body.
    drop(tokio::time::timeout(MOMENT, read_all).await);
}
