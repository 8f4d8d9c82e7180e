//! `/api/v1/datasets/{dataset}/sources`: where a dataset's captions come from.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    StorageError,
    api_keys::Scope,
    sources::{AddedSource, NewSource, NewSourceKind, Source, SourceKind},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted, reading},
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

/// The most bytes of parameters, as JSON.
const MAX_PARAMETERS: usize = 16 * 1024;

/// Where captions come from.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceResponse {
    id: Uuid,
    /// Its name in the dataset.
    slug: String,
    /// `model`, `person` or `import`.
    #[schema(value_type = crate::api::names::SourceKindName)]
    kind: SourceKind,
    /// Whether it is you.
    is_own: bool,
    /// A model's name.
    model: Option<String>,
    /// The revision of a model's weights.
    revision: Option<String>,
    /// What a model was asked, such as `<CAPTION>`.
    task: Option<String>,
    /// How a model was asked.
    #[schema(value_type = Option<Object>)]
    parameters: Option<Value>,
    /// How many pictures it has a caption of.
    captions: i64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// A source that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSourceBody {
    /// Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64.
    slug: String,
    /// What it is; people become a source when they write.
    kind: CreateSourceKind,
    /// A model's name, which it must have; at most 200 characters.
    model: Option<String>,
    /// The revision of a model's weights, at most 200 characters.
    revision: Option<String>,
    /// What a model was asked, which must be told; at most 200 characters.
    task: Option<String>,
    /// How a model was asked, at most 16 KB.
    #[schema(value_type = Option<Object>)]
    parameters: Option<serde_json::Map<String, Value>>,
}

/// What a source can be that is made beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum CreateSourceKind {
    Model,
    Import,
}

/// What a source is to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateSourceBody {
    /// Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64.
    slug: String,
}

impl JsonShape for CreateSourceBody {
    const SHAPE: &'static str = r#"{"slug": "blip", "kind": "model", "model": "blip-large", "task": "caption"} or {"slug": "old", "kind": "import"}"#;
}

impl JsonShape for UpdateSourceBody {
    const SHAPE: &'static str = r#"{"slug": "first-try"}"#;
}

impl From<Source> for SourceResponse {
    fn from(source: Source) -> Self {
        let Source { id, slug, kind, is_own, model, revision, task, parameters, captions, created_at } = source;
        Self { id, slug, kind, is_own, model, revision, task, parameters, captions, created_at }
    }
}

/// What is to be deleted, said twice: `?confirm=`.
pub(crate) struct Confirmation(String);

impl<S: Sync> FromRequestParts<S> for Confirmation {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let confirmed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "confirm");
        Ok(Self(confirmed.map(|(_, slug)| slug.into_owned()).unwrap_or_default()))
    }
}

/// List a dataset's sources
///
/// By name, each with how many pictures it has a caption of.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/sources", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of sources", body = Page<SourceResponse>), AccountErrors),
)]
pub(crate) async fn list_sources(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(dataset): Path<String>,
    params: PageQueryParams,
) -> Result<Json<Page<SourceResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let database = state.storage.database()?;
    let sources = database.list_sources(&reader, checked(&dataset)?, params.cursor.as_deref(), params.rows()).await?;
    Ok(Json(params.page(sources.ok_or_else(nothing_there)?, |source| source.slug.clone())))
}

/// Make a source
///
/// For a model that runs elsewhere, or captions from a file. For annotators. A model with what it is asked is one source:
/// where the dataset has it, the answer's status is 409 and its detail names that source.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/sources", tag = "Datasets", request_body = CreateSourceBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 201, description = "The source", body = SourceResponse), AccountErrors),
)]
pub(crate) async fn create_source(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(dataset): Path<String>,
    JsonBody(body): JsonBody<CreateSourceBody>,
) -> Result<(StatusCode, Json<SourceResponse>), Problem> {
    let reader = identity.reader(Scope::Write)?;
    let new = body.checked()?;
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    let made = database.create_source(&reader, checked(&dataset)?, &new, now).await;
    let id = match permitted(made.map_err(is_taken)?)? {
        AddedSource::New(id) => id,
        AddedSource::SameAs(slug) => {
            let detail = format!("The dataset has this model with what it is asked already: it is the source {slug}.");
            return Err(Problem::new(ProblemKind::Conflict, detail));
        }
    };
    let detail = json!({ "dataset": dataset, "slug": new.slug });
    audit.record(&database, Some(&identity), ("source.create", Some(id)), detail).await?;
    let source = database.find_source(&reader, id).await?.ok_or_else(nothing_there)?;
    Ok((StatusCode::CREATED, Json(source.into())))
}

/// Rename a source
///
/// Captions, searches and exports name it so from now on. For owners.
#[utoipa::path(
    patch, path = "/api/v1/datasets/{dataset}/sources/{source}", tag = "Datasets", request_body = UpdateSourceBody,
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("source" = String, Path, description = "The source's name in it"),
    ),
    responses((status = 200, description = "As it is now", body = SourceResponse), AccountErrors),
)]
pub(crate) async fn update_source(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path((dataset, slug)): Path<(String, String)>,
    JsonBody(body): JsonBody<UpdateSourceBody>,
) -> Result<Json<SourceResponse>, Problem> {
    Ok(Json(rename_source(&state, &identity, &audit, (&dataset, &slug), &body.slug).await?.into()))
}

/// Gives a source of a dataset another name.
pub(crate) async fn rename_source(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    (dataset, slug): (&str, &str),
    new_slug: &str,
) -> Result<Source, Problem> {
    let reader = identity.reader(Scope::Write)?;
    check_source_slug(new_slug)?;
    let database = state.storage.database()?;
    let renamed = database.rename_source(&reader, checked(dataset)?, checked(slug)?, new_slug).await;
    let id = permitted(renamed.map_err(is_taken)?)?;
    let detail = json!({ "dataset": dataset, "from": slug, "to": new_slug });
    audit.record(&database, Some(identity), ("source.rename", Some(id)), detail).await?;
    database.find_source(&reader, id).await?.ok_or_else(nothing_there)
}

/// Delete a source
///
/// With all its captions and their history, for good: its name must stand in `confirm` once more. For owners.
#[utoipa::path(
    delete, path = "/api/v1/datasets/{dataset}/sources/{source}", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("source" = String, Path, description = "The source's name in it"),
        ("confirm" = String, Query, description = "The source's name once more"),
    ),
    responses((status = 204, description = "It is gone"), AccountErrors),
)]
pub(crate) async fn delete_source(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path((dataset, slug)): Path<(String, String)>,
    Confirmation(confirmed): Confirmation,
) -> Result<StatusCode, Problem> {
    remove_source(&state, &identity, &audit, (&dataset, &slug), &confirmed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a source of a dataset with all its captions, where its name was said twice.
pub(crate) async fn remove_source(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    (dataset, slug): (&str, &str),
    confirmed: &str,
) -> Result<(), Problem> {
    let reader = identity.reader(Scope::Write)?;
    if confirmed != slug {
        let detail = "the source's captions go with it for good; to do so, give its name once more";
        return Err(invalid("confirm", detail));
    }
    let database = state.storage.database()?;
    let id = permitted(database.delete_source(&reader, checked(dataset)?, checked(slug)?).await?)?;
    let detail = json!({ "dataset": dataset, "slug": slug });
    audit.record(&database, Some(identity), ("source.delete", Some(id)), detail).await?;
    Ok(())
}

fn is_taken(error: StorageError) -> Problem {
    Problem::of_conflict(error, "The dataset has a source of this name. Choose another.")
}

impl CreateSourceBody {
    fn checked(self) -> Result<NewSource, Problem> {
        check_source_slug(&self.slug)?;
        let model = checked_word("model", self.model)?;
        let (revision, task) = (checked_word("revision", self.revision)?, checked_word("task", self.task)?);
        let parameters = Value::Object(self.parameters.clone().unwrap_or_default());
        let text = parameters.to_string();
        // As JSON writes it: Postgres takes no text with a NUL in it.
        if text.len() > MAX_PARAMETERS || text.contains("\\u0000") {
            return Err(invalid("parameters", "they may have at most 16 KB as JSON, and no NUL among them"));
        }
        let kind = match (self.kind, model, task) {
            (CreateSourceKind::Model, Some(model), Some(task)) => {
                NewSourceKind::Model { model, revision, task, parameters }
            }
            (CreateSourceKind::Model, None, _) => return Err(invalid("model", "a model must have its name")),
            (CreateSourceKind::Model, _, None) => return Err(invalid("task", "what the model was asked must be told")),
            (CreateSourceKind::Import, None, None) if revision.is_none() && self.parameters.is_none() => {
                NewSourceKind::Import
            }
            (CreateSourceKind::Import, ..) => {
                return Err(invalid("kind", "only a model has model, revision, task and parameters"));
            }
        };
        Ok(NewSource { id: Uuid::now_v7(), slug: self.slug, kind })
    }
}

fn checked_word(field: &str, word: Option<String>) -> Result<Option<String>, Problem> {
    let is_right = |word: &String| (1..=200).contains(&word.chars().count()) && !word.contains('\0');
    match word {
        Some(word) if !is_right(&word) => {
            Err(invalid(field, "it must have 1 to 200 characters, and no NUL among them"))
        }
        word => Ok(word),
    }
}

fn check_source_slug(slug: &str) -> Result<(), Problem> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let first_is_plain = slug.bytes().next().is_some_and(is_plain);
    if slug.len() <= 64 && first_is_plain && slug.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte)) {
        return Ok(());
    }
    let detail =
        "it must be small letters, digits, dots, dashes and underscores, at most 64, with a letter or digit first";
    Err(invalid("slug", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_as_the_tables_want_them() {
        for right in ["florence-2-base.caption", "7", "a_b"] {
            assert!(check_source_slug(right).is_ok(), "{right}");
        }
        for wrong in ["", "-a", ".a", "A", "a b", "ä", &"x".repeat(65)] {
            assert!(check_source_slug(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn model_tells_what_it_is_and_an_import_does_not() {
        let check = |json: Value| serde_json::from_value::<CreateSourceBody>(json).unwrap().checked();
        let fault = |json: Value| check(json).unwrap_err().detail().to_owned();
        assert!(check(json!({ "slug": "a", "kind": "model", "model": "m", "task": "t" })).is_ok());
        assert!(check(json!({ "slug": "a", "kind": "import" })).is_ok());
        for (body, field) in [
            (json!({ "slug": "a", "kind": "model", "task": "t" }), "model:"),
            (json!({ "slug": "a", "kind": "model", "model": "m" }), "task:"),
            (json!({ "slug": "a", "kind": "model", "model": "", "task": "t" }), "model:"),
            (json!({ "slug": "a", "kind": "import", "task": "t" }), "kind:"),
            (
                json!({ "slug": "a", "kind": "model", "model": "m", "task": "t", "parameters": { "x": "a\0" } }),
                "parameters:",
            ),
        ] {
            assert!(fault(body.clone()).starts_with(field), "{body}");
        }
    }
}
