//! Headers that keep a browser from doing with an answer what wasn't meant.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::{
    auth::{names_this_machine, requested_host},
    listener::Peer,
};

/// The policy of a page: its own files, pictures from the person's disk, and the inline scripts and
/// styles that carry the nonce.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'nonce-NONCE' 'wasm-unsafe-eval'; \
    style-src 'self' 'nonce-NONCE'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self' data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// For everything that is no page: nothing at all.
const OTHER_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Adds the headers that the handler didn't set itself.
pub(crate) async fn add_security_headers(request: Request, next: Next) -> Response {
    let asks_for_https = wants_https(&request);
    let mut response = next.run(request).await;
    if asks_for_https {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    let headers: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, OTHER_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whether browsers should ask for this host by HTTPS alone from now on: it does speak HTTPS, and it isn't a name that
/// other servers on the person's machine have as well.
fn wants_https(request: &Request) -> bool {
    let is_tls = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_tls);
    let host = requested_host(request.uri(), request.headers()).unwrap_or("");
    is_tls && !names_this_machine(host, "")
}
