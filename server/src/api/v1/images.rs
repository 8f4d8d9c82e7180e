//! `/api/v1/datasets/{dataset}/images`: pictures in a dataset, and `/api/v1/images/{image}`: one of them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{api_keys::Scope, images::DatasetImage};

use super::{
    datasets::{permitted, reading},
    page::{nothing_there, parse_id},
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// A picture in a dataset.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImageResponse {
    id: Uuid,
    /// Its name in the dataset.
    file_name: String,
    /// SHA-256 of the file, in hexadecimal.
    sha256: String,
    /// In bytes.
    byte_size: i64,
    /// `jpeg`, `png`, `gif` or `webp`.
    format: String,
    /// In pixels, as shown.
    width: i32,
    height: i32,
    /// A ThumbHash in base64: what to show before the picture is there.
    thumbhash: String,
    #[serde(with = "time::serde::rfc3339")]
    added_at: OffsetDateTime,
}

impl From<DatasetImage> for ImageResponse {
    fn from(image: DatasetImage) -> Self {
        let DatasetImage { id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at } = image;
        let sha256 = sha256.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let thumbhash = STANDARD.encode(thumbhash);
        Self { id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at }
    }
}

/// A picture
#[utoipa::path(
    get, path = "/api/v1/images/{image}", tag = "Datasets",
    params(("image" = Uuid, Path, description = "Which picture")),
    responses((status = 200, description = "The picture", body = ImageResponse), AccountErrors),
)]
pub(crate) async fn get_image(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
) -> Result<Json<ImageResponse>, Problem> {
    Ok(Json(find(&state, identity.as_ref(), &image).await?.into()))
}

/// Delete a picture
///
/// It can be taken back for seven days. For owners.
#[utoipa::path(
    delete, path = "/api/v1/images/{image}", tag = "Datasets",
    params(("image" = Uuid, Path, description = "Which picture")),
    responses((status = 204, description = "It is gone"), AccountErrors),
)]
pub(crate) async fn delete_image(
    State(state): State<AppState>,
    identity: Identity,
    Path(image): Path<String>,
) -> Result<StatusCode, Problem> {
    set_deleted(&state, &identity, &image, Some(OffsetDateTime::now_utc())).await
}

/// Take a deleted picture back
#[utoipa::path(
    post, path = "/api/v1/images/{image}/restore", tag = "Datasets",
    params(("image" = Uuid, Path, description = "Which picture")),
    responses((status = 204, description = "It is back"), AccountErrors),
)]
pub(crate) async fn restore_image(
    State(state): State<AppState>,
    identity: Identity,
    Path(image): Path<String>,
) -> Result<StatusCode, Problem> {
    set_deleted(&state, &identity, &image, None).await
}

async fn set_deleted(
    state: &AppState,
    identity: &Identity,
    image: &str,
    since: Option<OffsetDateTime>,
) -> Result<StatusCode, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let changed = state.storage.database()?.set_image_deleted(&reader, parse_id(image)?, since).await;
    permitted(
        changed.map_err(|error| Problem::of_conflict(error, "Its name has gone to another picture meanwhile."))?,
    )?;
    Ok(StatusCode::NO_CONTENT)
}

/// The picture of this id that the caller may see.
pub(super) async fn find(state: &AppState, identity: Option<&Identity>, image: &str) -> Result<DatasetImage, Problem> {
    let reader = reading(identity)?;
    let found = state.storage.database()?.find_image(&reader, parse_id(image)?).await?;
    found.ok_or_else(nothing_there)
}
