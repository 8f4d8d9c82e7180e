//! `/api/v1/datasets`: named collections of pictures, and who may do what in them.

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
    Reader,
    api_keys::Scope,
    datasets::{Dataset, DatasetChange, Member, NewDataset, Permitted, Role, Visibility},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    page::{Page, PageQueryParams, nothing_there, parse_id},
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

/// A named collection of pictures.
#[derive(Serialize, ToSchema)]
pub(crate) struct DatasetResponse {
    id: Uuid,
    /// How URLs name it.
    slug: String,
    name: String,
    description: String,
    /// `private`: its members see it; `public`: everybody does.
    #[schema(value_type = String)]
    visibility: Visibility,
    /// What you may do in it: `viewer`, `annotator`, `reviewer` or `owner`.
    #[schema(value_type = String)]
    role: Role,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// A dataset that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateDatasetBody {
    /// How URLs name it: small letters, digits and dashes, at most 64.
    slug: String,
    /// What people call it, at most 200 characters.
    name: String,
    /// What it is about, at most 10,000 characters.
    #[serde(default)]
    description: String,
    /// `private` unless said otherwise.
    #[serde(default = "private")]
    #[schema(value_type = String)]
    visibility: Visibility,
}

/// What is to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateDatasetBody {
    name: Option<String>,
    description: Option<String>,
    #[schema(value_type = Option<String>)]
    visibility: Option<Visibility>,
}

/// Somebody's part in a dataset.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberResponse {
    user: Uuid,
    name: String,
    #[schema(value_type = String)]
    role: Role,
}

/// The part that somebody is to have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetMemberBody {
    /// `viewer`, `annotator`, `reviewer` or `owner`.
    #[schema(value_type = String)]
    role: Role,
}

impl JsonShape for CreateDatasetBody {
    const SHAPE: &'static str = r#"{"slug": "birds", "name": "Birds", "visibility": "private"}"#;
}

impl JsonShape for UpdateDatasetBody {
    const SHAPE: &'static str = r#"{"name": "Birds", "visibility": "public"}"#;
}

impl JsonShape for SetMemberBody {
    const SHAPE: &'static str = r#"{"role": "annotator"}"#;
}

impl From<Dataset> for DatasetResponse {
    fn from(dataset: Dataset) -> Self {
        let Dataset { id, slug, name, description, visibility, role, created_at } = dataset;
        Self { id, slug, name, description, visibility, role, created_at }
    }
}

impl From<Member> for MemberResponse {
    fn from(Member { user, name, role }: Member) -> Self {
        Self { user, name, role }
    }
}

/// List the datasets
///
/// Those that you may see, by slug. Without an account: the public ones.
#[utoipa::path(
    get, path = "/api/v1/datasets", tag = "Datasets",
    params(
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of datasets", body = Page<DatasetResponse>), AccountErrors),
)]
pub(crate) async fn list_datasets(
    State(state): State<AppState>,
    identity: Option<Identity>,
    params: PageQueryParams,
) -> Result<Json<Page<DatasetResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let datasets = state.storage.database()?.list_datasets(&reader, params.cursor.as_deref(), params.rows()).await?;
    Ok(Json(params.page(datasets, |dataset| dataset.slug.clone())))
}

/// Make a dataset
///
/// It is yours: you are its owner.
#[utoipa::path(
    post, path = "/api/v1/datasets", tag = "Datasets", request_body = CreateDatasetBody,
    responses((status = 201, description = "The dataset", body = DatasetResponse), AccountErrors),
)]
pub(crate) async fn create_dataset(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    JsonBody(body): JsonBody<CreateDatasetBody>,
) -> Result<(StatusCode, Json<DatasetResponse>), Problem> {
    identity.reader(Scope::Write)?;
    check_slug(&body.slug)?;
    let name = checked_name(&body.name)?;
    check_description(&body.description)?;
    let CreateDatasetBody { slug, description, visibility, .. } = body;
    let new = NewDataset { id: Uuid::now_v7(), slug, name, description, visibility };
    let database = state.storage.database()?;
    let made = database.create_dataset(&new, identity.user.id, OffsetDateTime::now_utc()).await;
    let dataset =
        made.map_err(|error| Problem::of_conflict(error, "Another dataset has this slug. Choose another."))?;
    audit.record(&database, Some(&identity), ("dataset.create", Some(dataset.id)), json!({})).await?;
    Ok((StatusCode::CREATED, Json(dataset.into())))
}

/// A dataset
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The dataset", body = DatasetResponse), AccountErrors),
)]
pub(crate) async fn get_dataset(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
) -> Result<Json<DatasetResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let dataset = state.storage.database()?.find_dataset(&reader, checked(&slug)?).await?;
    Ok(Json(dataset.ok_or_else(nothing_there)?.into()))
}

/// Change a dataset
///
/// What it is called, is about, and who sees it. For owners.
#[utoipa::path(
    patch, path = "/api/v1/datasets/{dataset}", tag = "Datasets", request_body = UpdateDatasetBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "As it is now", body = DatasetResponse), AccountErrors),
)]
pub(crate) async fn update_dataset(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<UpdateDatasetBody>,
) -> Result<Json<DatasetResponse>, Problem> {
    let reader = identity.reader(Scope::Write)?;
    check_description(body.description.as_deref().unwrap_or_default())?;
    let change = DatasetChange {
        name: body.name.as_deref().map(checked_name).transpose()?,
        description: body.description,
        visibility: body.visibility,
    };
    let database = state.storage.database()?;
    let dataset = permitted(database.change_dataset(&reader, checked(&slug)?, &change).await?)?;
    audit.record(&database, Some(&identity), ("dataset.update", Some(dataset.id)), json!({})).await?;
    Ok(Json(dataset.into()))
}

/// Delete a dataset
///
/// With its captions and their history, at once and for good. For owners.
#[utoipa::path(
    delete, path = "/api/v1/datasets/{dataset}", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 204, description = "It is gone"), AccountErrors),
)]
pub(crate) async fn delete_dataset(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
) -> Result<StatusCode, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let database = state.storage.database()?;
    permitted(database.delete_dataset(&reader, checked(&slug)?).await?)?;
    audit.record(&database, Some(&identity), ("dataset.delete", None), json!({ "slug": slug })).await?;
    Ok(StatusCode::NO_CONTENT)
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

async fn change_member(
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

/// In whose name to read: somebody's, or nobody's, who sees what is public.
pub(super) fn reading(identity: Option<&Identity>) -> Result<Reader, Problem> {
    identity.map_or(Ok(Reader::anonymous()), |identity| identity.reader(Scope::Read))
}

/// What was done, or why it was not.
pub(super) fn permitted<T>(outcome: Permitted<T>) -> Result<T, Problem> {
    match outcome {
        Permitted::Done(value) => Ok(value),
        Permitted::Unknown => Err(nothing_there()),
        Permitted::Forbidden(role) => Err(lacks_role(role)),
        Permitted::LastOwner => {
            Err(Problem::new(ProblemKind::Conflict, "This is the dataset's last owner. Make somebody else one first."))
        }
    }
}

/// The caller may look, but not do this.
pub(super) fn lacks_role(role: Role) -> Problem {
    Problem::new(ProblemKind::Forbidden, format!("In this dataset it takes the role {role} to do this."))
}

/// A name of a path as it can be looked up.
///
/// # Errors
///
/// A problem with status 404: what has a NUL in it names nothing, and Postgres can't be asked for it.
pub(super) fn checked(name: &str) -> Result<&str, Problem> {
    if name.contains('\0') { Err(nothing_there()) } else { Ok(name) }
}

fn private() -> Visibility {
    Visibility::Private
}

fn check_slug(slug: &str) -> Result<(), Problem> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if slug.len() <= 64 && slug.split('-').all(is_word) {
        return Ok(());
    }
    Err(invalid("slug", "it must be small letters and digits, with single dashes between them, at most 64 in all"))
}

fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if (1..=200).contains(&name.chars().count()) && !name.contains('\0') {
        return Ok(name.to_owned());
    }
    Err(invalid("name", "it must have 1 to 200 characters, and no NUL among them"))
}

fn check_description(description: &str) -> Result<(), Problem> {
    if description.chars().count() <= 10_000 && !description.contains('\0') {
        return Ok(());
    }
    Err(invalid("description", "it may have at most 10,000 characters, and no NUL among them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_fit_into_urls() {
        for right in ["birds", "birds-2024", "7"] {
            assert!(check_slug(right).is_ok(), "{right}");
        }
        for wrong in ["", "-", "Birds", "a--b", "a-", "vögel", "a/b", &"x".repeat(65)] {
            assert!(check_slug(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_trimmed_and_not_empty() {
        assert_eq!(checked_name(" Birds "), Ok("Birds".to_owned()));
        assert!(checked_name("  ").is_err() && checked_name(&"x".repeat(201)).is_err() && checked_name("a\0").is_err());
    }
}
