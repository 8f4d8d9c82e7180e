//! The language that somebody reads pages in.

use axum::{extract::Request, http::header, middleware::Next, response::Response};
use vasari_app::words::Language;

/// Has everything that a page says be said in the language that the browser asks for.
pub(crate) async fn speak(request: Request, next: Next) -> Response {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|accepted| accepted.to_str().ok());
    let language = accepted.map(Language::negotiate).unwrap_or_default();
    language.serve(next.run(request)).await
}
