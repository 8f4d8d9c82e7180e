//! The cookies of a browser that is signed in. No script can read them.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{ACCESS_TOKEN_LIFETIME, REFRESH_TOKEN_LIFETIME};

const ACCESS: &str = "vasari_access";
const REFRESH: &str = "vasari_refresh";

/// The paths that the refresh token travels to, and no others.
const REFRESH_PATH: &str = "/api/v1/auth";

/// Sets both cookies. `is_secure` says that they may never travel in the clear.
pub(crate) fn set_cookies(headers: &mut HeaderMap, access_token: &str, refresh_token: &str, is_secure: bool) {
    append(headers, ACCESS, access_token, "/", ACCESS_TOKEN_LIFETIME.whole_seconds(), is_secure);
    append(headers, REFRESH, refresh_token, REFRESH_PATH, REFRESH_TOKEN_LIFETIME.whole_seconds(), is_secure);
}

/// Takes both cookies away.
pub(crate) fn clear_cookies(headers: &mut HeaderMap, is_secure: bool) {
    append(headers, ACCESS, "", "/", 0, is_secure);
    append(headers, REFRESH, "", REFRESH_PATH, 0, is_secure);
}

/// The access token that a browser sends.
pub(super) fn access_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, ACCESS)
}

/// The refresh token that a browser sends.
pub(crate) fn refresh_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, REFRESH)
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(own, value)| *own == name && !value.is_empty()).map(|(_, value)| value);
    found.next()
}

fn append(headers: &mut HeaderMap, name: &str, value: &str, path: &str, seconds: i64, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let value = HeaderValue::from_str(&cookie).expect("tokens are plain letters. This is a bug.");
    headers.append(header::SET_COOKIE, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_found_among_others() {
        let mut set = HeaderMap::new();
        set_cookies(&mut set, "a.b.c", "r", true);
        let lines: Vec<_> = set.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(lines[0], "vasari_access=a.b.c; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        assert!(lines[1].starts_with("vasari_refresh=r; Path=/api/v1/auth; Max-Age=2592000; HttpOnly"), "{lines:?}");
        let request = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("x=1; vasari_access=a.b.c; y"))]);
        assert_eq!((access_cookie(&request), refresh_cookie(&request)), (Some("a.b.c"), None));
    }
}
