//! `/sign-in`: name and password.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::{
    t,
    types::{PageData, SignInData},
};

use super::visit::{Visit, redirect_with_cookies, safe_address};
use crate::{
    api::{
        problem::Problem,
        v1::{audit::Audit, sessions::sign_in_as},
    },
    auth::ClientGroup,
    config::SignUp,
    middleware::RequestId,
    state::AppState,
};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SignInQueryParams {
    #[serde(default)]
    next: String,
    /// Whether a password was just changed.
    changed: Option<String>,
    /// Whether all sessions were just ended.
    out: Option<String>,
}

/// The form's fields.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// The form. Who is signed in already goes on.
pub(crate) async fn get_page(visit: Visit, Query(query): Query<SignInQueryParams>) -> Result<Response, Problem> {
    visit.database()?;
    let next = safe_address(&query.next).to_owned();
    if visit.identity.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    let notice = match (query.changed, query.out) {
        (Some(_), _) => Some(t!("The password is changed. Sign in with it.").to_owned()),
        (None, Some(_)) => Some(t!("You are signed out everywhere.").to_owned()),
        (None, None) => None,
    };
    Ok(render(&visit, SignInData { next, notice, ..SignInData::default() }, StatusCode::OK))
}

/// The way to where they wanted, or the form again.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    (audit, client): (Audit, ClientGroup),
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Response {
    let SignInForm { name, password, next } = form;
    let next = safe_address(&next).to_owned();
    match sign_in_as(&state, (&audit, client), &headers, (&name, password), false).await {
        Ok(answer) => redirect_with_cookies(answer.headers(), &next),
        Err(problem) => {
            let data = SignInData { name, next, problem: Some(problem.document(&id.0)), ..SignInData::default() };
            render(&visit, data, problem.status())
        }
    }
}

fn render(visit: &Visit, data: SignInData, status: StatusCode) -> Response {
    let is_open = visit.state.people.sign_up == SignUp::Open;
    let data = PageData::SignIn(SignInData { is_open, ..data });
    visit.answer((t!("Sign in"), t!("Sign in to see and caption your datasets.")), visit.frame(), data, status)
}
