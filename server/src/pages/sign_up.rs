//! `/sign-up?token=…`: a new account, by an invitation or as the first administrator.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use time::OffsetDateTime;
use vasari_app::{
    t,
    types::{PageData, SignUpData},
};
use vasari_storage::links::LinkPurpose;

use super::visit::{Visit, redirect_with_cookies};
use crate::{
    api::{
        problem::{Problem, ProblemKind},
        v1::{
            audit::Audit,
            sign_up::{SignUpBody, link_unusable, make_account},
        },
    },
    config::SignUp,
    middleware::RequestId,
    people::sha256,
    state::AppState,
};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SignUpQueryParams {
    #[serde(default)]
    token: String,
}

/// The form's fields.
#[derive(Deserialize)]
pub(crate) struct SignUpForm {
    #[serde(default)]
    token: String,
    name: String,
    password: String,
}

/// The form, for who has a link, or where everybody may make an account.
pub(crate) async fn get_page(visit: Visit, Query(query): Query<SignUpQueryParams>) -> Result<Response, Problem> {
    let is_first = check_link(&visit, &query.token).await?;
    Ok(render(&visit, SignUpData { token: query.token, is_first, ..SignUpData::default() }, StatusCode::OK))
}

/// The datasets, where there is an account now, or the form again.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    headers: HeaderMap,
    Form(form): Form<SignUpForm>,
) -> Result<Response, Problem> {
    let SignUpForm { token, name, password } = form;
    let is_first = check_link(&visit, &token).await?;
    let link = Some(token.clone()).filter(|token| !token.is_empty());
    let body = SignUpBody { token: link, name: name.clone(), password, tokens: false };
    match make_account(&state, &audit, &headers, body).await {
        Ok(answer) => Ok(redirect_with_cookies(answer.headers(), "/")),
        Err(problem) => {
            let data = SignUpData { token, is_first, name, problem: Some(problem.document(&id.0)) };
            Ok(render(&visit, data, problem.status()))
        }
    }
}

/// Whether the link makes the first administrator.
///
/// # Errors
///
/// A problem where it makes nobody.
async fn check_link(visit: &Visit, token: &str) -> Result<bool, Problem> {
    let database = visit.database()?;
    if token.is_empty() {
        if visit.state.people.sign_up == SignUp::Open && database.has_users().await? {
            return Ok(false);
        }
        let detail = t!("An account takes an invitation. Ask an administrator of this server for a link.");
        return Err(Problem::new(ProblemKind::Forbidden, detail));
    }
    match database.find_link(&sha256(token), OffsetDateTime::now_utc()).await? {
        Some(LinkPurpose::FirstAdministrator) => Ok(true),
        Some(LinkPurpose::Invitation) => Ok(false),
        Some(LinkPurpose::PasswordReset(_)) | None => Err(link_unusable()),
    }
}

fn render(visit: &Visit, data: SignUpData, status: StatusCode) -> Response {
    let title = if data.is_first { t!("The first administrator") } else { t!("Make an account") };
    visit.answer((title, t!("Make an account on this server.")), visit.frame(), PageData::SignUp(data), status)
}
