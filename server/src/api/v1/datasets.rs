//! `/api/v1/datasets`: named collections of pictures.

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
    datasets::{Dataset, DatasetChange, NewDataset, Permitted, Role, Visibility},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    page::{Page, PageQueryParams, nothing_there},
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
    #[schema(value_type = crate::api::names::VisibilityName)]
    visibility: Visibility,
    /// What you may do in it: `viewer`, `annotator`, `reviewer` or `owner`.
    #[schema(value_type = crate::api::names::RoleName)]
    role: Role,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// A dataset that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateDatasetBody {
    /// How URLs name it: small letters, digits and dashes, at most 64.
    pub(crate) slug: String,
    /// What people call it, at most 200 characters.
    pub(crate) name: String,
    /// What it is about, at most 10,000 characters.
    #[serde(default)]
    pub(crate) description: String,
    /// `private` unless said otherwise.
    #[serde(default = "private")]
    #[schema(value_type = crate::api::names::VisibilityName)]
    pub(crate) visibility: Visibility,
}

/// What is to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateDatasetBody {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    #[schema(value_type = Option<crate::api::names::VisibilityName>)]
    pub(crate) visibility: Option<Visibility>,
}

impl JsonShape for CreateDatasetBody {
    const SHAPE: &'static str = r#"{"slug": "birds", "name": "Birds", "visibility": "private"}"#;
}

impl JsonShape for UpdateDatasetBody {
    const SHAPE: &'static str = r#"{"name": "Birds", "visibility": "public"}"#;
}

impl From<Dataset> for DatasetResponse {
    fn from(dataset: Dataset) -> Self {
        let Dataset { id, slug, name, description, visibility, role, created_at } = dataset;
        Self { id, slug, name, description, visibility, role, created_at }
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
    Ok((StatusCode::CREATED, Json(make_dataset(&state, &identity, &audit, body).await?.into())))
}

/// Makes a dataset that is the identity's.
pub(crate) async fn make_dataset(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    body: CreateDatasetBody,
) -> Result<Dataset, Problem> {
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
    audit
        .record(&database, Some(identity), ("dataset.create", Some(dataset.id)), json!({ "slug": dataset.slug }))
        .await?;
    Ok(dataset)
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
    Ok(Json(change_dataset(&state, &identity, &audit, &slug, body).await?.into()))
}

/// Changes what a dataset is called, is about, and who sees it.
pub(crate) async fn change_dataset(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: UpdateDatasetBody,
) -> Result<Dataset, Problem> {
    let reader = identity.reader(Scope::Write)?;
    check_description(body.description.as_deref().unwrap_or_default())?;
    let change = DatasetChange {
        name: body.name.as_deref().map(checked_name).transpose()?,
        description: body.description,
        visibility: body.visibility,
    };
    let database = state.storage.database()?;
    let dataset = permitted(database.change_dataset(&reader, checked(slug)?, &change).await?)?;
    audit.record(&database, Some(identity), ("dataset.update", Some(dataset.id)), json!({ "slug": slug })).await?;
    Ok(dataset)
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
    remove_dataset(&state, &identity, &audit, &slug).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a dataset with all that is in it.
pub(crate) async fn remove_dataset(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
) -> Result<(), Problem> {
    let reader = identity.reader(Scope::Write)?;
    let database = state.storage.database()?;
    permitted(database.delete_dataset(&reader, checked(slug)?).await?)?;
    audit.record(&database, Some(identity), ("dataset.delete", None), json!({ "slug": slug })).await?;
    Ok(())
}

/// In whose name to read: somebody's, or nobody's, who sees what is public.
pub(crate) fn reading(identity: Option<&Identity>) -> Result<Reader, Problem> {
    identity.map_or(Ok(Reader::anonymous()), |identity| identity.reader(Scope::Read))
}

/// What was done, or why it was not.
pub(crate) fn permitted<T>(outcome: Permitted<T>) -> Result<T, Problem> {
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
pub(crate) fn lacks_role(role: Role) -> Problem {
    Problem::new(ProblemKind::Forbidden, format!("In this dataset it takes the role {role} to do this."))
}

/// A name of a path as it can be looked up.
///
/// # Errors
///
/// A problem with status 404: what has a NUL in it names nothing, and Postgres can't be asked for it.
pub(crate) fn checked(name: &str) -> Result<&str, Problem> {
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
