//! Answers in lines of JSON, each sent as soon as it is there.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::events::forbid_storing;

const NDJSON: &str = "application/x-ndjson";

/// Whether a client asks for lines by name.
pub(crate) fn accepts_lines(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or("").trim());
    kinds.any(|kind| kind.eq_ignore_ascii_case(NDJSON))
}

/// The answer that carries these lines.
pub(crate) fn respond_in_lines(lines: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from_stream(lines.map(Ok::<_, Infallible>)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    forbid_storing(&mut response);
    response
}

/// A line.
pub(crate) fn line(value: &impl Serialize) -> Bytes {
    let mut json = serde_json::to_vec(value).expect("results can be written as JSON. This is a bug.");
    json.push(b'\n');
    json.into()
}
