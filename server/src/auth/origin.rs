//! What tells a page of another site from a program and from a page of ours.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Uri, header};

/// Whether the `host` that a request is for can only be this machine: `localhost` and names below it, loopback
/// addresses, and the name that the server was told to listen on.
pub(crate) fn names_this_machine(host: &str, configured: &str) -> bool {
    let host = without_port(host).to_ascii_lowercase();
    let name = host.trim_end_matches('.');
    let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
    name == "localhost"
        || name.ends_with(".localhost")
        || name == configured.to_ascii_lowercase()
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The host that a request is for, as the client named it.
pub(crate) fn requested_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let authority = uri.authority().map(axum::http::uri::Authority::as_str);
    authority.or_else(|| headers.get(header::HOST).map(|host| host.to_str().unwrap_or("?")))
}

/// Whether a browser says that a page of another site made the request. Programs say nothing of the kind.
pub(crate) fn is_cross_site(uri: &Uri, headers: &HeaderMap) -> bool {
    const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let is_foreign = |site: &axum::http::HeaderValue| !matches!(site.as_bytes(), b"same-origin" | b"none");
    let own = requested_host(uri, headers);
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("null"));
    headers.get(SEC_FETCH_SITE).is_some_and(is_foreign)
        || origin.is_some_and(|origin| origin.split_once("://").map(|(_, host)| host) != own)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            // An IPv6 address without brackets has no port.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::headers, *};

    #[test]
    fn names_of_this_machine_are_known() {
        for host in ["localhost", "LOCALHOST:8000", "localhost.", "app.localhost:1", "127.0.0.1:8000", "127.8.9.1"] {
            assert!(names_this_machine(host, "localhost"), "{host}");
        }
        for host in ["[::1]:8000", "[::1]", "::1", "box:8000", "Box", "[::ffff:127.0.0.1]:80"] {
            assert!(names_this_machine(host, "box"), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8000", "10.0.0.1", "127.0.0.1.evil.example", "", "?"] {
            assert!(!names_this_machine(host, "localhost"), "{host}");
        }
    }

    #[test]
    fn pages_of_other_sites_are_told_from_the_rest() {
        let is_cross_site = |named: &[(&'static str, &str)]| {
            let named = [&[("host", "localhost:8000")], named].concat();
            is_cross_site(&Uri::from_static("/"), &headers(&named))
        };
        assert!(!is_cross_site(&[]));
        assert!(!is_cross_site(&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8000")]));
        assert!(!is_cross_site(&[("sec-fetch-site", "none")]));
        assert!(is_cross_site(&[("sec-fetch-site", "same-site")]));
        assert!(is_cross_site(&[("sec-fetch-site", "cross-site")]));
        assert!(is_cross_site(&[("origin", "http://localhost:3000")]));
        assert!(is_cross_site(&[("origin", "null")]));
    }
}
