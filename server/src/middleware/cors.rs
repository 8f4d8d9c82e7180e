//! Which other origins may call the captioning paths.

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// What a page may read of an answer besides its body.
const EXPOSED: [HeaderName; 5] = [
    HeaderName::from_static("x-request-id"),
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
];

/// Allows `origins`, or every origin for `*`. Nothing is known here of who asks, so that a page of another site gets
/// nothing that it couldn't get otherwise.
///
/// # Errors
///
/// A sentence about an origin that is none.
pub(crate) fn cors(origins: &[String]) -> Result<CorsLayer, String> {
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().map(|origin| parse_origin(origin)).collect::<Result<Vec<_>, _>>()?)
    };
    Ok(CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED))
}

fn parse_origin(origin: &str) -> Result<HeaderValue, String> {
    let wrong = || format!("--allow-origin {origin:?} is no origin; write it like https://example.org, without a path");
    let (_, host) = origin.split_once("://").ok_or_else(wrong)?;
    if host.is_empty() || host.contains('/') {
        return Err(wrong());
    }
    HeaderValue::from_str(origin).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_a_scheme_and_no_path() {
        assert!(cors(&["https://example.org".into(), "http://localhost:3000".into()]).is_ok());
        assert!(cors(&["*".into()]).is_ok());
        for wrong in ["example.org", "https://example.org/page", "https://"] {
            assert!(cors(&[wrong.into()]).is_err(), "{wrong}");
        }
    }
}
