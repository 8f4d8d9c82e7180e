//! `/api/v1/datasets/{dataset}/facets`: how the pictures that fit a query divide.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_storage::search::{Facet, FacetValue};

use super::{
    datasets::{checked, reading},
    page::nothing_there,
    search::IndexResponse,
    search_params::SearchParams,
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// How the pictures that fit a query divide.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetsResponse {
    /// How many pictures fit.
    total: u64,
    facets: Vec<FacetResponse>,
    index: IndexResponse,
}

#[derive(Serialize, ToSchema)]
struct FacetResponse {
    /// `source`, `task`, `status`, `words`, `megapixels`, `is` or `added`.
    name: &'static str,
    /// Values that at least one picture has. By source, task, status and `is`, a picture can have several.
    values: Vec<FacetValueResponse>,
}

#[derive(Serialize, ToSchema)]
struct FacetValueResponse {
    value: String,
    /// What to add to the query to find these pictures.
    filter: String,
    /// How many there are.
    count: u64,
}

impl From<Facet> for FacetResponse {
    fn from(Facet { name, values }: Facet) -> Self {
        let response = |FacetValue { value, filter, count }| FacetValueResponse { value, filter, count };
        Self { name, values: values.into_iter().map(response).collect() }
    }
}

/// Count pictures by what they have in common
///
/// Of those that fit a query: how many have a caption of each source, how many are approved, how long the captions are.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/facets", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("q" = Option<String>, Query, description = "The query; without one, all pictures"),
    ),
    responses((status = 200, description = "The counts", body = FacetsResponse), AccountErrors),
)]
pub(crate) async fn get_facets(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    search: SearchParams,
) -> Result<Json<FacetsResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let scope = state.storage.database()?.search_scope(&reader, checked(&slug)?).await?;
    let scope = scope.ok_or_else(nothing_there)?;
    let index = state.search.status().into();
    let found = state.search.facets(&scope, &search.query.unwrap_or_default()).await?;
    let facets = found.facets.into_iter().map(FacetResponse::from).collect();
    Ok(Json(FacetsResponse { total: found.total, facets, index }))
}
