//! Problems as pages, for browsers: where a program gets a problem document, a person gets words and a way on.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use vasari_app::{t, types::PageData};

use super::visit::Visit;
use crate::{api::problem::Problem, middleware::RequestId, state::AppState};

/// Makes a page of a failing answer that has none, where the browser wants one. Who must sign in is led there.
pub(crate) async fn show_problems(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !wants_page(request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut asked = Request::new(()).into_parts().0;
    asked.uri = parts.uri.clone();
    asked.headers = parts.headers.clone();
    asked.extensions = parts.extensions.clone();
    let id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let is_get = parts.method == Method::GET;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    let has_words =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let fails = status.is_client_error() || status.is_server_error();
    let Some(problem) = problem.or_else(|| (fails && !has_words).then(|| Problem::from_status(status))) else {
        return response;
    };
    let Ok(visit) = Visit::from_request_parts(&mut asked, &state).await else {
        // Not even a page can be made: the problem stays a document.
        return problem.into_response();
    };
    // A server that asks for a key says so in a header, and its page is for who has none.
    let asks_for_key = response.headers().contains_key(header::WWW_AUTHENTICATE);
    if status == StatusCode::UNAUTHORIZED && is_get && !asks_for_key && visit.identity.is_none() {
        return visit.to_sign_in();
    }
    let document = problem.document(&id);
    let title = document.title.clone();
    let page = visit.answer(
        (&title, t!("Why there is no page here.")),
        visit.frame(),
        PageData::Problem(document),
        problem.status(),
    );
    let mut headers = std::mem::take(response.headers_mut());
    headers.remove(header::CONTENT_LENGTH);
    headers.extend(page.headers().clone());
    *response.headers_mut() = headers;
    *response.status_mut() = page.status();
    *response.body_mut() = page.into_body();
    problem.write_retry_after(response.headers_mut());
    response
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn programs_get_documents_and_browsers_pages() {
        let accept = |kinds: &'static str| HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(kinds))]);
        assert!(wants_page(&accept("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!wants_page(&accept("*/*")) && !wants_page(&HeaderMap::new()));
    }
}
