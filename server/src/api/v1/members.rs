//! `/api/v1/datasets/{dataset}/members`: who may do what in a dataset.

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
    api_keys::Scope,
    datasets::Role,
    members::{Added, Member},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted},
    page::{nothing_there, parse_id},
    sign_up::check_name,
};
use crate::{
    api::{
        docs::AccountErrors,
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    people::Identity,
    state::AppState,
};

/// Somebody's part in a dataset.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberResponse {
    user: Uuid,
    name: String,
    #[schema(value_type = crate::api::names::RoleName)]
    role: Role,
}

/// Somebody who is to have a part.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddMemberBody {
    /// What they are called, whatever its case.
    pub(crate) name: String,
    /// `viewer`, `annotator`, `reviewer` or `owner`.
    #[schema(value_type = crate::api::names::RoleName)]
    pub(crate) role: Role,
}

/// The part that somebody is to have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetMemberBody {
    /// `viewer`, `annotator`, `reviewer` or `owner`.
    #[schema(value_type = crate::api::names::RoleName)]
    role: Role,
}

impl JsonShape for AddMemberBody {
    const SHAPE: &'static str = r#"{"name": "anna", "role": "annotator"}"#;
}

impl JsonShape for SetMemberBody {
    const SHAPE: &'static str = r#"{"role": "annotator"}"#;
}

impl From<Member> for MemberResponse {
    fn from(Member { user, name, role }: Member) -> Self {
        Self { user, name, role }
    }
}

/// List a dataset's members
///
/// By name. Who is none of them sees none.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/members", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "Everybody's part", body = Vec<MemberResponse>), AccountErrors),
)]
pub(crate) async fn list_members(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
) -> Result<Json<Vec<MemberResponse>>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let members = state.storage.database()?.list_members(&reader, checked(&slug)?).await?;
    Ok(Json(members.ok_or_else(nothing_there)?.into_iter().map(MemberResponse::from).collect()))
}

/// Add somebody by name
///
/// Somebody who has no part in the dataset yet. For owners.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/members", tag = "Datasets", request_body = AddMemberBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 201, description = "They have it", body = MemberResponse), AccountErrors),
)]
pub(crate) async fn add_member(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<AddMemberBody>,
) -> Result<(StatusCode, Json<MemberResponse>), Problem> {
    let member = add_member_named(&state, &identity, &audit, &slug, &body).await?;
    Ok((StatusCode::CREATED, Json(member.into())))
}

/// Gives somebody a part in a dataset who has none.
pub(crate) async fn add_member_named(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: &AddMemberBody,
) -> Result<Member, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let name = check_name(&body.name)?;
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    match permitted(database.add_member(&reader, checked(slug)?, (&name, body.role), now).await?)? {
        Added::Member(member) => {
            let detail = json!({ "dataset": slug, "role": member.role });
            audit.record(&database, Some(identity), ("dataset.set_member", Some(member.user)), detail).await?;
            Ok(member)
        }
        Added::AlreadyThere => {
            let detail = "They are a member of this dataset already. Change their role in the list instead.";
            Err(Problem::new(ProblemKind::Conflict, detail))
        }
        Added::Nobody => {
            Err(invalid("name", "nobody with an account here is called so; write the name that they signed up with"))
        }
    }
}

/// Give somebody a part in a dataset
///
/// Or another part than they have. For owners.
#[utoipa::path(
    put, path = "/api/v1/datasets/{dataset}/members/{user}", tag = "Datasets", request_body = SetMemberBody,
    params(("dataset" = String, Path, description = "Its slug"), ("user" = Uuid, Path, description = "Who")),
    responses((status = 204, description = "They have it"), AccountErrors),
)]
pub(crate) async fn set_member(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path((slug, user)): Path<(String, String)>,
    JsonBody(body): JsonBody<SetMemberBody>,
) -> Result<StatusCode, Problem> {
    change_member(&state, &identity, &audit, (&slug, &user), Some(body.role)).await
}

/// End somebody's part in a dataset
///
/// For owners. One owner always stays.
#[utoipa::path(
    delete, path = "/api/v1/datasets/{dataset}/members/{user}", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug"), ("user" = Uuid, Path, description = "Who")),
    responses((status = 204, description = "They have none"), AccountErrors),
)]
pub(crate) async fn remove_member(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path((slug, user)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    change_member(&state, &identity, &audit, (&slug, &user), None).await
}

/// Gives somebody another part in a dataset, or none.
pub(crate) async fn change_member(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    (slug, user): (&str, &str),
    role: Option<Role>,
) -> Result<StatusCode, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, user) = (state.storage.database()?, parse_id(user)?);
    permitted(database.set_member(&reader, checked(slug)?, user, role, OffsetDateTime::now_utc()).await?)?;
    let detail = json!({ "dataset": slug, "role": role });
    audit.record(&database, Some(identity), ("dataset.set_member", Some(user)), detail).await?;
    Ok(StatusCode::NO_CONTENT)
}
