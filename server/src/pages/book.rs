//! The documentation, which `cargo xtask docs` builds into the site folder.

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::{Redirect, Response},
};

/// Its own scripts, styles and images, and no inline ones.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

pub(crate) async fn go_to_start() -> Redirect {
    Redirect::temporary("/docs/book/index.html")
}

/// Lets the book's pages load what belongs to them.
pub(crate) async fn allow_own_files(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // An answer that says "not modified" renews the headers of what the browser has, so it must say the same.
    if response.status().is_success() || response.status().is_redirection() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    }
    response
}
