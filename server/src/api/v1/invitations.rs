//! `/api/v1/invitations`: links that make accounts.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vasari_storage::links::LinkPurpose;

use super::audit::Audit;
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::{Identity, LINK_LIFETIME, create_link},
    state::AppState,
};

/// A link that somebody may use once.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkResponse {
    /// What whoever gets the link sends with what they choose. It is told here and never again.
    pub(crate) token: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires_at: OffsetDateTime,
}

impl LinkResponse {
    /// A link with this token, made just now.
    pub(super) fn new(token: String) -> Self {
        Self { token, expires_at: OffsetDateTime::now_utc() + LINK_LIFETIME }
    }
}

/// Invite somebody
///
/// Gives a token for `POST /api/v1/sign-up`. For administrators.
#[utoipa::path(
    post, path = "/api/v1/invitations", tag = "People",
    responses((status = 201, description = "The invitation", body = LinkResponse), AccountErrors),
)]
pub(crate) async fn create_invitation(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
) -> Result<(StatusCode, Json<LinkResponse>), Problem> {
    Ok((StatusCode::CREATED, Json(make_invitation(&state, &identity, &audit).await?)))
}

/// Makes a link that makes an account.
pub(crate) async fn make_invitation(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
) -> Result<LinkResponse, Problem> {
    let reader = identity.administrator()?;
    let database = state.storage.database()?;
    let token = create_link(&database, &reader, LinkPurpose::Invitation).await?;
    let token = token.ok_or_else(Problem::internal)?;
    audit.record(&database, Some(identity), ("invitation.create", None), json!({})).await?;
    Ok(LinkResponse::new(token))
}
