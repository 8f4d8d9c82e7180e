//! The cookies of a browser that is signed in. No script can read them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{ACCESS_TOKEN_LIFETIME, People, REFRESH_TOKEN_LIFETIME};
use crate::auth::names_this_machine;

const ACCESS: &str = "vasari_access";
const REFRESH: &str = "vasari_refresh";

/// Browsers say this where nobody can listen, and on their own machine.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Writes cookies for one browser.
pub(crate) struct Cookies {
    /// Whether they may never travel in the clear.
    is_secure: bool,
}

impl Cookies {
    /// Cookies that go by TLS alone where the browser uses it: with certificates of our own, or with a proxy before us.
    pub(crate) fn new(people: &People, headers: &HeaderMap) -> Self {
        let names_https = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let trusts_connection = headers.contains_key(SEC_FETCH_SITE) && !names_this_machine(host, "");
        Self { is_secure: people.is_tls || names_https || trusts_connection }
    }

    /// Signs a browser in.
    pub(crate) fn set(&self, headers: &mut HeaderMap, access_token: &str, refresh_token: &str) {
        self.set_access(headers, access_token);
        self.set_refresh(headers, refresh_token);
    }

    /// Sets the access token.
    pub(crate) fn set_access(&self, headers: &mut HeaderMap, token: &str) {
        self.append(headers, ACCESS, token, ACCESS_TOKEN_LIFETIME.whole_seconds());
    }

    /// Sets the refresh token.
    pub(crate) fn set_refresh(&self, headers: &mut HeaderMap, token: &str) {
        self.append(headers, REFRESH, token, REFRESH_TOKEN_LIFETIME.whole_seconds());
    }

    /// Takes both away.
    pub(crate) fn clear(&self, headers: &mut HeaderMap) {
        self.append(headers, ACCESS, "", 0);
        self.append(headers, REFRESH, "", 0);
    }

    fn append(&self, headers: &mut HeaderMap, name: &str, value: &str, seconds: i64) {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let value = HeaderValue::from_str(&cookie).expect("tokens are plain letters. This is a bug.");
        headers.append(header::SET_COOKIE, value);
    }
}

/// The access token that a browser sends.
pub(crate) fn access_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, ACCESS)
}

/// The refresh token that a browser sends.
pub(crate) fn refresh_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, REFRESH)
}

/// Has a request bring another access token than it came with.
pub(crate) fn replace_access_cookie(headers: &mut HeaderMap, token: &str) {
    let mut pairs: Vec<String> =
        pairs(headers).filter(|(name, _)| *name != ACCESS).map(|(name, value)| format!("{name}={value}")).collect();
    pairs.push(format!("{ACCESS}={token}"));
    let value = HeaderValue::from_str(&pairs.join("; ")).expect("they came in a header. This is a bug.");
    headers.insert(header::COOKIE, value);
}

fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    pairs(headers).filter(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value).next()
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_found_among_others() {
        let mut set = HeaderMap::new();
        Cookies { is_secure: true }.set(&mut set, "a.b.c", "r");
        let lines: Vec<_> = set.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(lines[0], "vasari_access=a.b.c; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        assert!(lines[1].starts_with("vasari_refresh=r; Path=/; Max-Age=2592000; HttpOnly"), "{lines:?}");
        let mut request =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("x=1; vasari_access=a.b.c; y"))]);
        assert_eq!((access_cookie(&request), refresh_cookie(&request)), (Some("a.b.c"), None));
        replace_access_cookie(&mut request, "d.e.f");
        assert_eq!((access_cookie(&request), cookie(&request, "x")), (Some("d.e.f"), Some("1")));
    }
}
