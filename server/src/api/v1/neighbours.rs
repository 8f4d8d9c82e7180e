//! `/api/v1/images/{image}/neighbours`: what stands beside a picture.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::images::{ImageOrder, Neighbours};

use super::{
    datasets::reading,
    list_images::ListImages,
    page::{nothing_there, parse_id},
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

impl From<Neighbours> for NeighboursResponse {
    fn from(Neighbours { previous, next }: Neighbours) -> Self {
        Self { previous, next }
    }
}

/// The pictures before and after a picture
///
/// In its dataset.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/neighbours", tag = "Datasets",
    params(
        ("image" = Uuid, Path, description = "Which picture"),
        ("sort" = Option<String>, Query, description = "`added` (unless said otherwise) or `name`"),
    ),
    responses((status = 200, description = "Its neighbours", body = NeighboursResponse), AccountErrors),
)]
pub(crate) async fn get_neighbours(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
    ListImages { by_name, .. }: ListImages,
) -> Result<Json<NeighboursResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let order = if by_name { ImageOrder::Name } else { ImageOrder::Added };
    let neighbours = state.storage.database()?.neighbours(&reader, parse_id(&image)?, order).await?;
    Ok(Json(neighbours.ok_or_else(nothing_there)?.into()))
}
