//! `/api/v1/sign-up` and `/api/v1/auth/reset-password`: what links are for.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    StorageError,
    links::LinkPurpose,
    users::{NAME_TAKEN, NewUser},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    sessions::{SessionResponse, open_session},
};
use crate::{
    api::{
        docs::AccountErrors,
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    auth::is_cross_site,
    config::SignUp,
    people::{check_password, cross_site, sha256},
    state::AppState,
};

/// The longest name.
const NAME_CHARACTERS: usize = 64;

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    /// The token of the link; not needed where everybody may make an account.
    pub(crate) token: Option<String>,
    /// 1 to 64 characters, unique whatever their case.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    pub(crate) password: String,
    /// Whether the tokens come in the answer, for a program, instead of in cookies.
    #[serde(default)]
    pub(crate) tokens: bool,
}

impl JsonShape for SignUpBody {
    const SHAPE: &'static str = r#"{"token": "…", "name": "anna", "password": "…"}"#;
}

/// A new password, by link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordBody {
    /// The token of the link.
    token: String,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    password: String,
}

impl JsonShape for ResetPasswordBody {
    const SHAPE: &'static str = r#"{"token": "…", "password": "…"}"#;
}

/// Make an account
///
/// With the token of a link: the one that the server printed at its first start makes the first administrator. Without
/// one where the server runs with `--sign-up open`. Whoever made the account is signed in.
#[utoipa::path(
    post, path = "/api/v1/sign-up", tag = "Sign-in", request_body = SignUpBody,
    responses((status = 200, description = "Made, and signed in", body = SessionResponse), AccountErrors),
)]
pub(crate) async fn sign_up(
    State(state): State<AppState>,
    audit: Audit,
    uri: Uri,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SignUpBody>,
) -> Result<Response, Problem> {
    if is_cross_site(&uri, &headers) {
        return Err(cross_site());
    }
    make_account(&state, &audit, &headers, body).await
}

/// Makes an account, and answers with its first session.
pub(crate) async fn make_account(
    state: &AppState,
    audit: &Audit,
    headers: &HeaderMap,
    body: SignUpBody,
) -> Result<Response, Problem> {
    let database = state.storage.database()?;
    let name = check_name(&body.name)?;
    check_password(&body.password)?;
    // Before the password is hashed, which nobody gets done for nothing.
    let token = body.token.as_deref().map(sha256);
    match token {
        Some(token) => match database.find_link(&token, OffsetDateTime::now_utc()).await? {
            Some(LinkPurpose::FirstAdministrator | LinkPurpose::Invitation) => {}
            Some(LinkPurpose::PasswordReset(_)) | None => return Err(link_unusable()),
        },
        // The first account is an administrator's, whoever else may have one.
        None if state.people.sign_up == SignUp::Open && database.has_users().await? => {}
        None => {
            let detail = "An account takes an invitation. Ask an administrator of this server for a link.";
            return Err(Problem::new(ProblemKind::Forbidden, detail));
        }
    }
    let password_hash = Some(state.people.passwords.hash(body.password).await?);
    let (new, now) = (NewUser { id: Uuid::now_v7(), name, password_hash }, OffsetDateTime::now_utc());
    let created = match token {
        Some(token) => database.redeem_sign_up_link(&token, &new, now).await,
        None => database.create_user(&new, false, now).await.map(Some),
    };
    let user = created.map_err(name_taken)?.ok_or_else(link_unusable)?;
    let detail = json!({ "name": user.name, "is_admin": user.is_admin, "by_link": token.is_some() });
    audit.record(&database, None, ("user.sign_up", Some(user.id)), detail).await?;
    open_session(state, &database, user, headers, body.tokens).await
}

/// Choose a new password
///
/// With the token of a link from an administrator. All sessions end; sign in with the new password.
#[utoipa::path(
    post, path = "/api/v1/auth/reset-password", tag = "Sign-in", request_body = ResetPasswordBody,
    responses((status = 204, description = "Changed"), AccountErrors),
)]
pub(crate) async fn reset_password(
    State(state): State<AppState>,
    audit: Audit,
    JsonBody(body): JsonBody<ResetPasswordBody>,
) -> Result<StatusCode, Problem> {
    set_password(&state, &audit, &body.token, body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the password that a link is for.
pub(crate) async fn set_password(
    state: &AppState,
    audit: &Audit,
    token: &str,
    password: String,
) -> Result<(), Problem> {
    check_password(&password)?;
    let (database, token) = (state.storage.database()?, sha256(token));
    let link = database.find_link(&token, OffsetDateTime::now_utc()).await?;
    if !matches!(link, Some(LinkPurpose::PasswordReset(_))) {
        return Err(link_unusable());
    }
    let hash = state.people.passwords.hash(password).await?;
    let user = database.redeem_reset_link(&token, &hash, OffsetDateTime::now_utc()).await?;
    let user = user.ok_or_else(link_unusable)?;
    audit.record(&database, None, ("user.reset_password", Some(user)), json!({})).await?;
    Ok(())
}

/// The name without space around it.
pub(crate) fn check_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let is_plain = !name.chars().any(char::is_control);
    if is_plain && (1..=NAME_CHARACTERS).contains(&name.chars().count()) {
        return Ok(name.to_owned());
    }
    Err(invalid("name", "it must have 1 to 64 characters on one line"))
}

/// The problem of a user that can't be kept.
pub(crate) fn name_taken(error: StorageError) -> Problem {
    match error {
        StorageError::Conflict(constraint) if constraint == NAME_TAKEN => {
            Problem::new(ProblemKind::Conflict, "Somebody has this name already. Choose another one.")
        }
        error => error.into(),
    }
}

/// The link does nothing.
pub(crate) fn link_unusable() -> Problem {
    Problem::new(ProblemKind::LinkUnusable, "The link was used, has expired, or never was. Ask for a new one.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_on_one_line() {
        assert_eq!(check_name(" Änne M. "), Ok("Änne M.".into()));
        for wrong in ["", "  ", "a\nb", "a\0", &"x".repeat(65)] {
            assert!(check_name(wrong).is_err(), "{wrong:?}");
        }
    }
}
