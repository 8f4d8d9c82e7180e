//! `/api/v1/datasets/{dataset}/search/fields`: what a query can name, for whoever completes what is typed.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_storage::{
    captions::Status,
    search::{FIELDS, ScopeSource, SortKey, is_values},
};

use super::{
    datasets::{checked, reading},
    page::nothing_there,
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// What a query in a dataset can name.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchFieldsResponse {
    fields: Vec<FieldResponse>,
    /// Whose captions can be looked at, by name.
    sources: Vec<SearchSourceResponse>,
    /// What pictures can be sorted by.
    sorts: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct FieldResponse {
    name: &'static str,
    /// What stands after the colon, in words.
    meaning: &'static str,
    /// What stands after the colon, where that can be listed.
    values: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct SearchSourceResponse {
    slug: String,
    /// How a query writes it before the colon: in quotes where it is called as a field is.
    prefix: String,
    /// `model`, `person` or `import`.
    kind: String,
    /// What it was asked, such as `<CAPTION>`.
    task: Option<String>,
}

/// List what a query can name
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/search/fields", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "Fields, sources and orders", body = SearchFieldsResponse), AccountErrors),
)]
pub(crate) async fn list_search_fields(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
) -> Result<Json<SearchFieldsResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let scope = state.storage.database()?.search_scope(&reader, checked(&slug)?).await?;
    let sources = scope.ok_or_else(nothing_there)?.sources;
    let fields = FIELDS.into_iter().map(|(name, meaning)| {
        let values = match name {
            "status" => Status::ALL.iter().map(ToString::to_string).collect(),
            "is" => is_values(),
            "has" | "missing" => sources.iter().map(|source| source.slug.clone()).collect(),
            "task" => tasks(&sources),
            _ => vec![],
        };
        FieldResponse { name, meaning, values }
    });
    let fields = fields.collect();
    let sorts = SortKey::ALL.iter().map(ToString::to_string).collect();
    let sources = sources.into_iter().map(|source| SearchSourceResponse {
        prefix: source.query_prefix(),
        slug: source.slug,
        kind: source.kind,
        task: source.task,
    });
    Ok(Json(SearchFieldsResponse { fields, sources: sources.collect(), sorts }))
}

/// What the sources were asked, each once.
fn tasks(sources: &[ScopeSource]) -> Vec<String> {
    let mut tasks: Vec<_> = sources.iter().filter_map(ScopeSource::plain_task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}
