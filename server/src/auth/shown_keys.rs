//! The keys that a request shows.

use axum::http::{HeaderMap, HeaderName, header};
use base64::{Engine, engine::general_purpose::STANDARD};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The keys of `Authorization: Bearer KEY` and `X-API-Key: KEY`, and the password of `Authorization: Basic`, which is
/// how a browser sends a key that it asked its user for.
pub(crate) fn shown_keys(headers: &HeaderMap) -> Vec<String> {
    let mut keys = header_keys(headers);
    keys.extend(authorization(headers, "basic").and_then(|encoded| {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        Some(decoded.split_once(':')?.1.to_owned())
    }));
    keys.retain(|key| !key.is_empty());
    keys
}

/// As [`shown_keys`], without what a browser may send unasked.
pub(crate) fn header_keys(headers: &HeaderMap) -> Vec<String> {
    let own = headers.get(API_KEY).and_then(|value| value.to_str().ok());
    let keys = authorization(headers, "bearer").into_iter().chain(own);
    keys.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect()
}

/// What follows the name of the scheme.
fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (name, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::{super::tests::headers, *};

    #[test]
    fn keys_are_found_where_clients_put_them() {
        let of = |name, value| shown_keys(&headers(&[(name, value)]));
        assert_eq!(of("authorization", "Bearer abc"), ["abc"]);
        assert_eq!(of("authorization", "bearer  abc "), ["abc"]);
        assert_eq!(of("x-api-key", "abc"), ["abc"]);
        // anyone:a:c
        assert_eq!(of("authorization", "Basic YW55b25lOmE6Yw=="), ["a:c"]);
        for nothing in ["Bearer", "Bearer ", "abc", "Basic abc", "Basic YW55b25lOg==", "Digest abc"] {
            assert!(of("authorization", nothing).is_empty(), "{nothing}");
        }
        let both = headers(&[("authorization", "Basic YW55b25lOmE6Yw=="), ("x-api-key", "abc")]);
        assert_eq!(shown_keys(&both), ["abc", "a:c"]);
        assert_eq!(header_keys(&both), ["abc"]);
    }
}
