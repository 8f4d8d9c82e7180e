//! `/api/v1/images/{image}/neighbours`: what stands beside a picture.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    images::Neighbours,
    search::{SearchQuery, Sort},
};

use super::{
    datasets::reading,
    list_images::ListImages,
    page::{nothing_there, parse_id},
    search_params::SearchParams,
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// What stands beside a picture.
#[derive(Serialize, ToSchema)]
pub(crate) struct NeighboursResponse {
    /// The picture before; null before the first.
    previous: Option<Uuid>,
    /// The picture after; null after the last.
    next: Option<Uuid>,
}

/// Among which pictures somebody looks, and in which order.
pub(crate) enum Among {
    /// Those of the dataset that go through a filter.
    Dataset(Box<ListImages>),
    /// Those that fit a query.
    Found(Box<SearchQuery>, Option<Sort>),
}

impl<S: Sync> FromRequestParts<S> for Among {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SearchParams { query: Some(query), sort, .. } = SearchParams::with_query(parts)? else {
            let list = ListImages::from_request_parts(parts, state).await?;
            return Ok(Self::Dataset(Box::new(list)));
        };
        Ok(Self::Found(Box::new(query), sort))
    }
}

impl From<Neighbours> for NeighboursResponse {
    fn from(Neighbours { previous, next }: Neighbours) -> Self {
        Self { previous, next }
    }
}

/// The pictures before and after a picture
///
/// In its dataset, among those that go through the filter; with `q`, among the pictures that fit a query, in the orders of a
/// search.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/neighbours", tag = "Datasets",
    params(
        ("image" = Uuid, Path, description = "Which picture"),
        ("sort" = Option<String>, Query, description = "`added` (unless said otherwise) or `name`; with `q`, as in a search"),
        ("q" = Option<String>, Query, description = "A query, as in a search"),
        ("source" = Option<String>, Query, description = "Only with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only with a caption in this state"),
    ),
    responses((status = 200, description = "Its neighbours", body = NeighboursResponse), AccountErrors),
)]
pub(crate) async fn get_neighbours(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
    among: Among,
) -> Result<Json<NeighboursResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let (database, id) = (state.storage.database()?, parse_id(&image)?);
    let neighbours = match among {
        Among::Dataset(list) => database.neighbours(&reader, id, list.order(), &list.filter).await?,
        Among::Found(query, sort) => {
            let scope = database.search_scope_of(&reader, id).await?.ok_or_else(nothing_there)?;
            Some(state.search.neighbours(&scope, &query, sort, id).await?)
        }
    };
    Ok(Json(neighbours.ok_or_else(nothing_there)?.into()))
}
