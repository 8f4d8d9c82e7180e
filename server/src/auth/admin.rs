//! Whoever runs the server.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    Access, Denial, client_group, find,
    origin::{is_cross_site, names_this_machine, requested_host},
    shown_keys::header_keys,
};
use crate::{
    api::problem::{Problem, ProblemKind},
    listener::Peer,
    state::AppState,
};

/// Proof that a request comes from whoever runs the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admin;

impl FromRequestParts<AppState> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Parts { uri, headers, extensions, .. } = parts;
        let peer = extensions.get::<Peer>().expect("the listener knows its peers. This is a bug.").address.ip();
        let client = state.access.addresses.client(peer, headers);
        state.limits.address.check(&client_group(client)).map_err(IntoResponse::into_response)?;
        state.access.admin(peer, uri, headers).map_err(|refusal| match refusal {
            Refusal::Denied(denial) => denial.answer(false),
            Refusal::Forbidden(detail) => {
                metrics::counter!("vasari_rejections_total", "reason" => "unauthorized").increment(1);
                Problem::new(ProblemKind::Forbidden, detail).into_response()
            }
        })
    }
}

/// Why somebody is not let through as admin.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Denied(Denial),
    Forbidden(&'static str),
}

impl Access {
    /// With admin keys: who shows one, in a header that no browser sends by itself. Without any key at all: who asks on
    /// this machine of a server that only this machine reaches, and is neither a page of another site nor somebody
    /// behind a proxy.
    fn admin(&self, peer: IpAddr, uri: &Uri, headers: &HeaderMap) -> Result<Admin, Refusal> {
        let shown = header_keys(headers);
        if find(&self.admin_keys, &shown).is_some() {
            return Ok(Admin);
        }
        if !self.admin_keys.is_empty() {
            return Err(match (find(&self.keys, &shown), shown.is_empty()) {
                (Some(_), _) => Refusal::Forbidden("This key may ask for captions; an admin key is needed here."),
                (None, true) => Refusal::Denied(Denial::MissingKey),
                (None, false) => Refusal::Denied(Denial::InvalidKey),
            });
        }
        let is_here =
            self.is_loopback && self.keys.is_empty() && peer.to_canonical().is_loopback() && !is_forwarded(headers);
        if !is_here {
            let detail = "Nobody may do this over HTTP until the server is started with --admin-key.";
            return Err(Refusal::Forbidden(detail));
        }
        let host = requested_host(uri, headers).unwrap_or("");
        if is_cross_site(uri, headers) || !names_this_machine(host, &self.host) {
            return Err(Refusal::Forbidden("Pages of other sites may not do this."));
        }
        Ok(Admin)
    }
}

/// Whether a proxy says that it speaks for somebody else.
fn is_forwarded(headers: &HeaderMap) -> bool {
    const MARKS: [HeaderName; 4] = [
        HeaderName::from_static("x-forwarded-for"),
        HeaderName::from_static("x-real-ip"),
        header::FORWARDED,
        header::VIA,
    ];
    MARKS.iter().any(|mark| headers.contains_key(mark))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::access, *};
    use crate::auth::tests::headers;

    /// The status of an admin request from `peer` with these headers, 200 if it is let through.
    fn status(access: &Access, peer: &str, named: &[(&'static str, &str)]) -> u16 {
        let named = [&[("host", "localhost:8000")], named].concat();
        match access.admin(peer.parse().unwrap(), &Uri::from_static("/"), &headers(&named)) {
            Ok(Admin) => 200,
            Err(Refusal::Denied(_)) => 401,
            Err(Refusal::Forbidden(_)) => 403,
        }
    }

    #[test]
    fn admin_key_is_needed_where_there_is_one() {
        let access = access("127.0.0.1", &["--api-key", "user", "--admin-key", "root"]);
        assert_eq!(status(&access, "127.0.0.1", &[("authorization", "Bearer root")]), 200);
        assert_eq!(status(&access, "127.0.0.1", &[("x-api-key", "root")]), 200);
        assert_eq!(status(&access, "127.0.0.1", &[]), 401);
        assert_eq!(status(&access, "127.0.0.1", &[("authorization", "Bearer other")]), 401);
        assert_eq!(status(&access, "127.0.0.1", &[("authorization", "Bearer user")]), 403);
        // any:root, which a browser might send for a page of another site.
        assert_eq!(status(&access, "127.0.0.1", &[("authorization", "Basic YW55OnJvb3Q=")]), 401);
    }

    #[test]
    fn without_keys_this_machine_alone_is_admin() {
        let open = access("127.0.0.1", &[]);
        assert_eq!(status(&open, "127.0.0.1", &[]), 200);
        assert_eq!(status(&open, "203.0.113.7", &[]), 403);
        for foreign in [
            ("x-forwarded-for", "203.0.113.7"),
            ("via", "1.1 proxy"),
            ("origin", "http://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert_eq!(status(&open, "127.0.0.1", &[foreign]), 403, "{foreign:?}");
        }
        assert_eq!(status(&access("0.0.0.0", &[]), "127.0.0.1", &[]), 403);
        assert_eq!(status(&access("0.0.0.0", &["--allow-anonymous"]), "127.0.0.1", &[]), 403);
        assert_eq!(status(&access("127.0.0.1", &["--api-key", "user"]), "127.0.0.1", &[("x-api-key", "user")]), 403);
    }

    #[test]
    fn name_that_was_made_to_mean_this_machine_is_refused() {
        let rebound = headers(&[("host", "evil.example"), ("origin", "http://evil.example")]);
        let here = "127.0.0.1".parse().unwrap();
        assert!(access("127.0.0.1", &[]).admin(here, &Uri::from_static("/"), &rebound).is_err());
    }
}
