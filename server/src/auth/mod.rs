//! Who may call: keys, who may do without one, and what a page of another site may not do.

mod admin;
mod caller;
mod client_address;
mod origin;
mod shown_keys;

use std::net::IpAddr;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

pub(crate) use self::{
    admin::Admin,
    caller::Caller,
    client_address::{ClientAddresses, ClientGroup, group as client_group},
    origin::{is_cross_site, names_this_machine, requested_host},
    shown_keys::{header_keys, shown_keys},
};
use crate::{
    api::problem::{Problem, ProblemKind},
    config::{AuthConfig, Config, Secret},
};

/// The rules of one server.
pub(crate) struct Access {
    keys: Vec<Secret>,
    admin_keys: Vec<Secret>,
    allow_anonymous: bool,
    /// Whether only this machine reaches the server.
    is_loopback: bool,
    /// The name of `--host`.
    host: String,
    /// Tells callers from proxies.
    pub(crate) addresses: ClientAddresses,
}

/// Why a caller may not ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// A key is needed and none was shown.
    MissingKey,
    /// What was shown is no key of this server.
    InvalidKey,
    /// The server has no keys, and others than this machine reach it.
    NeedsSetUp,
}

impl Access {
    /// The rules that `config` sets for a server that listens on `address`.
    pub(crate) fn new(config: &Config, address: IpAddr) -> Self {
        let AuthConfig { api_key, admin_key, allow_anonymous, .. } = config.auth.clone();
        Self {
            keys: api_key,
            admin_keys: admin_key,
            allow_anonymous,
            is_loopback: address.to_canonical().is_loopback(),
            host: config.server.host.clone(),
            addresses: ClientAddresses::new(config.limits.trusted_proxy.clone()),
        }
    }

    /// Who calls from `client` with these headers, if they may ask for captions.
    pub(crate) fn identify(&self, headers: &HeaderMap, client: IpAddr) -> Result<Caller, Denial> {
        let shown = shown_keys::shown_keys(headers);
        if let Some(place) = find(&self.admin_keys, &shown) {
            return Ok(Caller { client: format!("admin-{place}"), is_admin: true });
        }
        if let Some(place) = find(&self.keys, &shown) {
            return Ok(Caller { client: format!("key-{place}"), is_admin: false });
        }
        if !self.keys.is_empty() && !shown.is_empty() {
            return Err(Denial::InvalidKey);
        }
        if self.is_open() {
            // Without keys of its own the server takes no notice of what programs send by habit.
            return Ok(Caller::anonymous(client));
        }
        Err(if self.keys.is_empty() { Denial::NeedsSetUp } else { Denial::MissingKey })
    }

    /// Whether captions can be had without a key.
    pub(crate) fn is_open(&self) -> bool {
        self.allow_anonymous || (self.keys.is_empty() && self.is_loopback)
    }

    /// What the operator should know before others try, if anything.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        (self.keys.is_empty() && !self.is_open()).then_some(NEEDS_SET_UP)
    }

    /// Whether a request for `host` may be answered. Only a server that is open because nobody else reaches it has to
    /// ask: a page of another site can make its own name mean this machine, and then calls as if from here.
    pub(crate) fn may_answer_for(&self, host: &str) -> bool {
        let relies_on_address = self.is_loopback && self.keys.is_empty() && !self.allow_anonymous;
        !relies_on_address || names_this_machine(host, &self.host)
    }
}

/// The place of the first of `keys` that was shown, counted from 1. Every key is compared with all that was shown,
/// so that the time it takes says nothing about which of them is near.
fn find(keys: &[Secret], shown: &[String]) -> Option<usize> {
    let mut found = None;
    for (key, place) in keys.iter().zip(1..) {
        for shown in shown {
            if key.matches(shown) && found.is_none() {
                found = Some(place);
            }
        }
    }
    found
}

const NEEDS_SET_UP: &str = "This server listens for other machines and has no API key, so it captions for nobody. \
    Whoever runs it must set --api-key (or API_KEY), or let everybody in with --allow-anonymous.";

impl Denial {
    /// The problem, in words.
    fn problem(self) -> Problem {
        match self {
            Self::MissingKey => Problem::new(
                ProblemKind::MissingApiKey,
                "This server needs a key. Send it in the header Authorization: Bearer KEY, or X-API-Key.",
            ),
            Self::InvalidKey => Problem::new(
                ProblemKind::InvalidApiKey,
                "The key that was sent is none of this server's. Send one in the header Authorization: Bearer KEY.",
            ),
            Self::NeedsSetUp => Problem::new(ProblemKind::MissingApiKey, NEEDS_SET_UP),
        }
    }

    /// The answer, which says what kind of key is asked for. A browser asks its user for one on `is_page`: the key
    /// counts as the password of any name.
    pub(crate) fn answer(self, is_page: bool) -> Response {
        metrics::counter!("vasari_rejections_total", "reason" => "unauthorized").increment(1);
        let mut response = self.problem().into_response();
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        if is_page && self != Self::NeedsSetUp {
            let basic = "Basic realm=\"Vasari: the password is the API key\", charset=\"UTF-8\"";
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(basic));
        }
        response
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
    }

    /// The rules of a server that listens on `address` and was started with `arguments`.
    pub(crate) fn access(address: &str, arguments: &[&str]) -> Access {
        let line = Line::try_parse_from([&["vasari", "--host", address], arguments].concat());
        let config = line.map(|line| line.config.complete().unwrap()).unwrap();
        Access::new(&config, address.parse().unwrap())
    }

    pub(crate) fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        let parse = |&(name, value): &(&'static str, &str)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        headers.iter().map(parse).collect()
    }

    fn identify(access: &Access, shown: &[(&'static str, &str)]) -> Result<String, Denial> {
        access.identify(&headers(shown), "203.0.113.7".parse().unwrap()).map(|caller| caller.client)
    }

    #[test]
    fn loopback_is_open_and_other_addresses_are_not() {
        assert_eq!(identify(&access("127.0.0.1", &[]), &[]), Ok("anonymous 203.0.113.7".into()));
        assert_eq!(identify(&access("::1", &[]), &[("authorization", "Bearer x")]), Ok("anonymous 203.0.113.7".into()));
        let closed = access("0.0.0.0", &[]);
        assert_eq!(identify(&closed, &[]), Err(Denial::NeedsSetUp));
        assert_eq!(identify(&closed, &[("authorization", "Bearer x")]), Err(Denial::NeedsSetUp));
        assert!(closed.advice().is_some_and(|advice| advice.contains("--api-key")));
        assert!(identify(&access("0.0.0.0", &["--allow-anonymous"]), &[]).is_ok());
    }

    #[test]
    fn each_key_is_known_by_its_place() {
        let access = access("127.0.0.1", &["--api-key", "one,two", "--admin-key", "root"]);
        assert_eq!(identify(&access, &[("authorization", "Bearer two")]), Ok("key-2".into()));
        assert_eq!(identify(&access, &[("x-api-key", "one")]), Ok("key-1".into()));
        assert_eq!(identify(&access, &[("authorization", "Bearer root")]), Ok("admin-1".into()));
        assert_eq!(identify(&access, &[]), Err(Denial::MissingKey));
        for wrong in ["Bearer three", "Bearer one,two", "Bearer", "one", "Bearer ONE"] {
            let expected = if wrong.starts_with("Bearer ") { Denial::InvalidKey } else { Denial::MissingKey };
            assert_eq!(identify(&access, &[("authorization", wrong)]), Err(expected), "{wrong}");
        }
        assert_eq!(access.advice(), None);
    }

    #[test]
    fn wrong_key_is_refused_even_where_none_is_needed() {
        let access = access("0.0.0.0", &["--api-key", "one", "--allow-anonymous"]);
        assert!(identify(&access, &[]).is_ok());
        assert_eq!(identify(&access, &[("x-api-key", "two")]), Err(Denial::InvalidKey));
    }

    #[test]
    fn open_loopback_server_answers_to_its_own_names_alone() {
        let open = access("127.0.0.1", &[]);
        assert!(open.may_answer_for("localhost:8000"));
        assert!(!open.may_answer_for("evil.example:8000"));
        assert!(access("127.0.0.1", &["--api-key", "one"]).may_answer_for("captions.example"));
        assert!(access("0.0.0.0", &[]).may_answer_for("captions.example"));
    }
}
