//! `/reset?token=…`: a new password, by an administrator's link.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::OffsetDateTime;
use vasari_app::{
    t,
    types::{PageData, ResetPasswordData},
};
use vasari_storage::links::LinkPurpose;

use super::visit::Visit;
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            sign_up::{link_unusable, set_password},
        },
    },
    middleware::RequestId,
    people::sha256,
    state::AppState,
};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ResetPasswordQueryParams {
    #[serde(default)]
    token: String,
}

/// The form's fields.
#[derive(Deserialize)]
pub(crate) struct ResetPasswordForm {
    token: String,
    password: String,
}

/// The form, for who has a link.
pub(crate) async fn get_page(visit: Visit, Query(query): Query<ResetPasswordQueryParams>) -> Result<Response, Problem> {
    let link = visit.database()?.find_link(&sha256(&query.token), OffsetDateTime::now_utc()).await?;
    if !matches!(link, Some(LinkPurpose::PasswordReset(_))) {
        return Err(link_unusable());
    }
    Ok(render(&visit, ResetPasswordData { token: query.token, problem: None }, StatusCode::OK))
}

/// The way to the sign-in, or the form again.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Form(form): Form<ResetPasswordForm>,
) -> Result<Response, Problem> {
    let ResetPasswordForm { token, password } = form;
    match set_password(&state, &audit, &token, password).await {
        Ok(()) => Ok(Redirect::to("/sign-in?changed=yes").into_response()),
        Err(problem) if problem.status() == StatusCode::GONE => Err(problem),
        Err(problem) => {
            let data = ResetPasswordData { token, problem: Some(problem.document(&id.0)) };
            Ok(render(&visit, data, problem.status()))
        }
    }
}

fn render(visit: &Visit, data: ResetPasswordData, status: StatusCode) -> Response {
    let words = (t!("Choose a new password"), t!("Choose a new password for your account."));
    visit.answer(words, visit.frame(), PageData::ResetPassword(data), status)
}
