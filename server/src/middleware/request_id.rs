//! Gives every request an id, writes it into the answer and the log, and turns every failure into a problem document.

use std::any::Any;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;
use uuid::Uuid;

use super::request_log::RequestLog;
use crate::api::problem::Problem;

/// The id of a request, to quote when asking for help.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Runs the request under its id.
pub(crate) async fn with_request_id(mut request: Request, next: Next) -> Response {
    let id = accepted_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let log = RequestLog::begin(&id, &request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = log.span();
    async move {
        let mut response = next.run(request).await;
        describe_failure(&mut response, &id);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        log.follow(response)
    }
    .instrument(span)
    .await
}

/// Answers for a handler that panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer that catches panics hands them over so")]
pub(crate) fn handle_panic(panic: Box<dyn Any + Send>) -> Response {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message");
    tracing::error!(message, "a handler panicked");
    Problem::internal().into_response()
}

/// The id that the client gave the request, if it is one that can stand in a log.
fn accepted_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ((1..=64).contains(&id.len()) && id.chars().all(is_plain)).then(|| id.to_owned())
}

/// Writes a problem document into an answer that fails without a page of its own.
fn describe_failure(response: &mut Response, id: &str) {
    let problem = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let fails = status.is_client_error() || status.is_server_error();
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(problem) = problem.or_else(|| (fails && !is_page).then(|| Problem::from_status(status))) {
        problem.write_into(response, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_may_name_its_request_in_plain_letters() {
        let id_of =
            |value: &'static str| accepted_id(&HeaderMap::from_iter([(HEADER, HeaderValue::from_static(value))]));
        assert_eq!(id_of("order-17.a_b"), Some("order-17.a_b".into()));
        assert_eq!(id_of("a b"), None);
        assert_eq!(id_of("<script>"), None);
        assert_eq!(id_of(""), None);
    }
}
