//! `/api/v1/users`: everybody who has an account, for administrators.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    links::LinkPurpose,
    users::{AccountChange, AccountUpdate, User},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    invitations::LinkResponse,
    page::{Page, PageQueryParams, nothing_there, parse_id},
};
use crate::{
    api::{
        docs::AccountErrors,
        problem::{Problem, ProblemKind},
    },
    people::{Identity, create_link},
    state::AppState,
};

/// Somebody with an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserResponse {
    id: Uuid,
    name: String,
    /// Whether they administer this server.
    is_admin: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Since when they may not sign in; null where they may.
    #[serde(with = "time::serde::rfc3339::option")]
    disabled_at: Option<OffsetDateTime>,
}

/// What is to change; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateUserBody {
    /// Whether they may sign in no longer. Their sessions end at once and their keys open nothing.
    pub(crate) disabled: Option<bool>,
    /// Whether they administer this server.
    pub(crate) is_admin: Option<bool>,
}

impl JsonShape for UpdateUserBody {
    const SHAPE: &'static str = r#"{"disabled": true, "is_admin": false}"#;
}

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        let User { id, name, is_admin, created_at, disabled_at } = user;
        Self { id, name, is_admin, created_at, disabled_at }
    }
}

/// List the people
///
/// By name. For administrators.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "People",
    params(
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of people", body = Page<UserResponse>), AccountErrors),
)]
pub(crate) async fn list_users(
    State(state): State<AppState>,
    identity: Identity,
    params: PageQueryParams,
) -> Result<Json<Page<UserResponse>>, Problem> {
    let reader = identity.administrator()?;
    let users = state.storage.database()?.list_users(&reader, params.cursor.as_deref(), params.rows()).await?;
    Ok(Json(params.page(users, |user| user.name.clone())))
}

/// Change somebody's account
///
/// Disable them or let them in again, make them an administrator or take that away. For administrators. The last
/// administrator who may sign in stays one.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "People", request_body = UpdateUserBody,
    params(("id" = Uuid, Path, description = "Who")),
    responses((status = 200, description = "As they are now", body = UserResponse), AccountErrors),
)]
pub(crate) async fn update_user(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<UpdateUserBody>,
) -> Result<Json<UserResponse>, Problem> {
    Ok(Json(change_user(&state, &identity, &audit, &id, &body).await?.into()))
}

/// Changes somebody's account.
pub(crate) async fn change_user(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    id: &str,
    body: &UpdateUserBody,
) -> Result<User, Problem> {
    let reader = identity.administrator()?;
    let (database, id) = (state.storage.database()?, parse_id(id)?);
    let update = AccountUpdate { is_admin: body.is_admin, is_disabled: body.disabled };
    match database.change_account(&reader, id, update, OffsetDateTime::now_utc()).await? {
        AccountChange::Done(user) => {
            let disabled = body.disabled.map(|is_on| if is_on { "user.disable" } else { "user.enable" });
            let admin = body.is_admin.map(|is_on| if is_on { "user.make_admin" } else { "user.unmake_admin" });
            for action in disabled.into_iter().chain(admin) {
                audit.record(&database, Some(identity), (action, Some(id)), json!({})).await?;
            }
            Ok(user)
        }
        AccountChange::LastAdministrator => {
            let detail = "This is the last administrator who can sign in. Make another one first.";
            Err(Problem::new(ProblemKind::Conflict, detail))
        }
        AccountChange::Unknown => Err(nothing_there()),
    }
}

/// Let somebody choose a new password
///
/// Gives a token for `POST /api/v1/auth/reset-password`, in place of an earlier one. For administrators.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/password-reset", tag = "People",
    params(("id" = Uuid, Path, description = "Who")),
    responses((status = 201, description = "The link", body = LinkResponse), AccountErrors),
)]
pub(crate) async fn create_password_reset(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<LinkResponse>), Problem> {
    Ok((StatusCode::CREATED, Json(make_password_reset(&state, &identity, &audit, &id).await?)))
}

/// Makes a link with which somebody chooses a new password.
pub(crate) async fn make_password_reset(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    id: &str,
) -> Result<LinkResponse, Problem> {
    let reader = identity.administrator()?;
    let (database, id) = (state.storage.database()?, parse_id(id)?);
    let token = create_link(&database, &reader, LinkPurpose::PasswordReset(id)).await?;
    let token = token.ok_or_else(nothing_there)?;
    audit.record(&database, Some(identity), ("user.create_password_reset", Some(id)), json!({})).await?;
    Ok(LinkResponse::new(token))
}
