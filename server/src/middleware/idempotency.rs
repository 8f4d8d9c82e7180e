//! `Idempotency-Key`: a request that is sent again is answered once.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use vasari_storage::idempotency_keys::KeyedRequest;

use crate::{
    api::{
        ask::{in_time, read_body},
        problem::{Problem, ProblemKind},
    },
    auth::Caller,
    idempotency::{Known, StoredAnswer},
    state::AppState,
};

/// The header that carries the key.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Answers a request with a key as it was answered before, if it was.
pub(crate) async fn answer_once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    answer(&state, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(state: &AppState, request: Request, next: Next) -> Result<Response, Problem> {
    let key = read_key(request.headers())?;
    let caller = request.extensions().get::<Caller>().expect("the guard knows who calls. This is a bug.");
    let caller = caller.client.clone();
    let (parts, body) = request.into_parts();
    let mut whole = Request::new(body);
    // The limit on the body's size stands in the extensions.
    *whole.extensions_mut() = parts.extensions.clone();
    let body = in_time(Instant::now() + state.timeout, read_body(whole)).await?;
    let fingerprint = fingerprint(parts.uri.path(), &parts.headers, &body);
    let keyed = KeyedRequest { caller, key, fingerprint };
    match state.idempotency.begin(&state.storage, keyed, state.timeout).await? {
        Known::Answered(answer) => Ok(replay(*answer)),
        Known::InUse => Err(Problem::later(
            ProblemKind::IdempotencyKeyInUse,
            "The first request with this Idempotency-Key is still being answered.",
            Duration::from_secs(1),
        )),
        Known::Reused => {
            let detail = "This Idempotency-Key came with another request before. Give each request a key of its own.";
            Err(Problem::new(ProblemKind::IdempotencyKeyReused, detail))
        }
        Known::New(claim) => {
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            let (parts, body) = response.into_parts();
            // Answers with a key don't come in pieces: asking for both is refused.
            let body = body.collect().await.map_err(|_| Problem::internal())?.to_bytes();
            let answer = StoredAnswer { status: parts.status, headers: parts.headers.clone(), body: body.clone() };
            claim.settle(answer).await;
            Ok(Response::from_parts(parts, Body::from(body)))
        }
    }
}

fn replay(answer: StoredAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn read_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = values.next().and_then(|value| value.to_str().ok()).filter(|key| (1..=255).contains(&key.len()));
    match (key, values.next()) {
        (Some(key), None) => Ok(key.to_owned()),
        _ => Err(Problem::new(
            ProblemKind::InvalidField,
            "Idempotency-Key: it must come once and have 1 to 255 printable ASCII characters.",
        )),
    }
}

/// A hash of what is asked. The boundary of a form is left out: clients make up another each time they send it.
fn fingerprint(path: &str, headers: &HeaderMap, body: &[u8]) -> [u8; 32] {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"').as_bytes())
    });
    let accept = headers.get(header::ACCEPT).map_or(&b""[..], HeaderValue::as_bytes);
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(path.as_bytes());
    add(kind.trim().to_ascii_lowercase().as_bytes());
    add(accept);
    match boundary.filter(|boundary| !boundary.is_empty()) {
        Some(boundary) => split(body, boundary).for_each(add),
        None => add(body),
    }
    hash.finalize().into()
}

/// What stands between the occurrences of `separator`.
fn split<'a>(bytes: &'a [u8], separator: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(at) = find(bytes, separator) else {
            rest = None;
            return Some(bytes);
        };
        rest = Some(&bytes[at + separator.len()..]);
        Some(&bytes[..at])
    })
}

/// Where `wanted`, which isn't empty, begins for the first time.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut start = 0;
    loop {
        let at = start + bytes.get(start..)?.iter().position(|byte| byte == first)?;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        start = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(boundary: &str, field: &str) -> [u8; 32] {
        let headers = HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            HeaderValue::from_str(&format!("multipart/form-data; charset=utf-8; boundary=\"{boundary}\"")).unwrap(),
        )]);
        let body = format!("--{boundary}\r\nname=\"task\"\r\n\r\n{field}\r\n--{boundary}--\r\n");
        fingerprint("/caption", &headers, body.as_bytes())
    }

    #[test]
    fn form_that_is_sent_again_with_another_boundary_is_the_same() {
        assert_eq!(form("aXbX", "od"), form("----WebKitFormBoundary7", "od"));
        assert_ne!(form("aXbX", "od"), form("aXbX", "ocr"));
    }

    #[test]
    fn parts_can_not_be_shifted_into_each_other() {
        let headers = HeaderMap::new();
        assert_ne!(fingerprint("/caption", &headers, b"{}"), fingerprint("/caption{", &headers, b"}"));
        assert_ne!(form("aXbX", "x--y"), form("aXbX", "x--aXbXy"));
    }

    #[test]
    fn keys_are_short_and_plain() {
        let key_of = |values: &[&'static str]| {
            let values = values.iter().map(|value| (IDEMPOTENCY_KEY, HeaderValue::from_static(value)));
            read_key(&values.collect())
        };
        assert_eq!(key_of(&["order-17"]), Ok("order-17".into()));
        assert!(key_of(&[""]).is_err());
        assert!(key_of(&["a".repeat(256).leak()]).is_err());
        let latin = HeaderMap::from_iter([(IDEMPOTENCY_KEY, HeaderValue::from_bytes(b"\xe9").unwrap())]);
        assert!(read_key(&latin).is_err());
    }
}
