//! `/api/v1/datasets/{dataset}/images`: pictures in a dataset, and `/api/v1/images/{image}`: one of them.

use std::time::Instant;

use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Reader,
    api_keys::Scope,
    images::{DatasetImage, ImagePage, NewImage},
    objects::{Object, ObjectsError},
    thumbnails::{ThumbnailSize, thumbhash, thumbnail},
};

use super::{
    datasets::{checked, permitted, reading},
    list_images::ListImages,
    page::{Page, PageQueryParams, nothing_there, parse_id},
};
use crate::{
    api::{
        ask::{CaptionAsk, ImageSource, Pictures},
        docs::{AccountErrors, BatchForm, ProblemDocument},
        problem::{Problem, ProblemKind},
    },
    florence2_backend::decode,
    middleware::RequestId,
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

/// What came of each file, in the order they were sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedImagesResponse {
    results: Vec<AddedImage>,
}

#[derive(Serialize, ToSchema)]
struct AddedImage {
    /// The file's name as the client calls it.
    filename: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Outcome {
    Added {
        image: Box<ImageResponse>,
    },
    Failed {
        #[schema(value_type = ProblemDocument)]
        error: vasari_app::types::Problem,
    },
}

impl From<DatasetImage> for ImageResponse {
    fn from(image: DatasetImage) -> Self {
        let DatasetImage { id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at } = image;
        let sha256 = sha256.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let thumbhash = STANDARD.encode(thumbhash);
        Self { id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at }
    }
}

/// Add pictures to a dataset
///
/// A file that can't be added has an `error` in the place of its picture, and the others are added. For owners.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/images", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    request_body(content((BatchForm = "multipart/form-data"))),
    responses((status = 200, description = "What came of each file", body = AddedImagesResponse), AccountErrors),
)]
pub(crate) async fn add_images(
    State(state): State<AppState>,
    identity: Identity,
    axum::Extension(request_id): axum::Extension<RequestId>,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Json<AddedImagesResponse>, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let deadline = Instant::now() + state.timeout;
    // Before the files are read, which may be many.
    state.storage.database()?.find_dataset(&reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let (images, _) = CaptionAsk::read(request, Pictures::Several, deadline).await?.into_images(Pictures::Several)?;
    let mut results = Vec::with_capacity(images.len());
    for (index, image) in images.into_iter().enumerate() {
        let filename = image.file_name().unwrap_or_else(|| format!("image-{}", index + 1));
        let outcome = match add_image(&state, &reader, &slug, &filename, image, deadline).await {
            Ok(image) => Outcome::Added { image: Box::new(image.into()) },
            Err(problem) => Outcome::Failed { error: problem.document(&request_id.0) },
        };
        results.push(AddedImage { filename, outcome });
    }
    Ok(Json(AddedImagesResponse { results }))
}

/// Stores one file: bytes and thumbnails first, and when they are on the disk, the row.
async fn add_image(
    state: &AppState,
    reader: &Reader,
    slug: &str,
    file_name: &str,
    image: ImageSource,
    deadline: Instant,
) -> Result<DatasetImage, Problem> {
    check_file_name(file_name)?;
    let bytes = image.read(state, "images", deadline).await?.bytes;
    let permit = state.decoders.acquire().await.map_err(|_| Problem::internal())?;
    let read = bytes.clone();
    let prepared = tokio::task::spawn_blocking(move || prepare(&read)).await;
    drop(permit);
    let prepared = prepared.map_err(|_| Problem::internal())??;
    let sum = store(state, &bytes, &prepared).await.map_err(|error| of_objects(&error))?;
    let new = NewImage {
        id: Uuid::now_v7(),
        file_name: file_name.to_owned(),
        sha256: sum.to_vec(),
        byte_size: bytes.len() as i64,
        format: prepared.format.to_owned(),
        width: prepared.width as i32,
        height: prepared.height as i32,
        thumbhash: prepared.thumbhash.clone(),
    };
    let added = state.storage.database()?.add_image(reader, slug, &new, OffsetDateTime::now_utc()).await;
    let added = permitted(added.map_err(|error| {
        Problem::of_conflict(error, "The dataset has a picture of this name. Send it under another.")
    })?)?;
    // A sweep that came between bytes and row has taken the bytes of an earlier, deleted one away.
    if !state.storage.objects.has(Object::Image(&sum)).await.map_err(|error| of_objects(&error))? {
        store(state, &bytes, &prepared).await.map_err(|error| of_objects(&error))?;
    }
    Ok(added)
}

/// Stores a file and its thumbnails. Returns the file's sum.
async fn store(state: &AppState, bytes: &[u8], prepared: &Prepared) -> Result<[u8; 32], ObjectsError> {
    let objects = &state.storage.objects;
    let sum = objects.put_image(bytes.to_vec()).await?;
    for (size, webp) in &prepared.thumbnails {
        objects.put(Object::Thumbnail(&sum, *size), webp.clone()).await?;
    }
    Ok(sum)
}

/// What is known of a file once it is decoded.
struct Prepared {
    format: &'static str,
    width: u32,
    height: u32,
    thumbhash: Vec<u8>,
    thumbnails: Vec<(ThumbnailSize, Vec<u8>)>,
}

fn prepare(bytes: &[u8]) -> Result<Prepared, Problem> {
    let picture = decode(bytes)?;
    let format = match image::guess_format(bytes) {
        Ok(image::ImageFormat::Jpeg) => "jpeg",
        Ok(image::ImageFormat::Gif) => "gif",
        Ok(image::ImageFormat::WebP) => "webp",
        _ => "png",
    };
    let small = |size| {
        let webp = thumbnail(&picture, size).map_err(|error| {
            tracing::error!(%error, "a thumbnail can't be made");
            Problem::internal()
        })?;
        Ok((size, webp))
    };
    let thumbnails = ThumbnailSize::ALL.into_iter().map(small).collect::<Result<_, Problem>>()?;
    let (width, height) = picture.dimensions();
    Ok(Prepared { format, width, height, thumbhash: thumbhash(&picture), thumbnails })
}

/// List a dataset's pictures
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/images", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("sort" = Option<String>, Query, description = "`added` (unless said otherwise) or `name`"),
        ("source" = Option<String>, Query, description = "Only with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only with a caption in this state"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of pictures", body = Page<ImageResponse>), AccountErrors),
)]
pub(crate) async fn list_images(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    params: PageQueryParams,
    ListImages { by_name, filter }: ListImages,
) -> Result<Json<Page<ImageResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let page = if by_name { ImagePage::Name(params.cursor.clone()) } else { ImagePage::Added(params.id_cursor()?) };
    let images = state.storage.database()?.list_images(&reader, checked(&slug)?, &filter, &page, params.rows()).await?;
    let cursor = |image: &DatasetImage| if by_name { image.file_name.clone() } else { image.id.to_string() };
    Ok(Json(params.page(images.ok_or_else(nothing_there)?, cursor)))
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

/// Checks a name that a client gives a picture. Folders before it are fine; what leads out of a folder, were the dataset
/// written into one, is not.
fn check_file_name(name: &str) -> Result<(), Problem> {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let is_plain = !name.chars().any(|c| c.is_control() || c == '\\') && name.split('/').all(is_part);
    if is_plain && name.chars().count() <= 500 {
        return Ok(());
    }
    let detail = "A picture's name must have at most 500 characters, no control character and no backslash, and lead to \
                  no other folder than one below.";
    Err(Problem::new(ProblemKind::InvalidField, detail))
}

/// The object store fails, which is no fault of the client.
pub(super) fn of_objects(error: &ObjectsError) -> Problem {
    tracing::error!(%error, "a picture can't be stored or read");
    Problem::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for right in ["a.png", "birds/gull 1.jpg", "ä.webp", ".hidden.png"] {
            assert!(check_file_name(right).is_ok(), "{right}");
        }
        for wrong in ["", "/a.png", "../a.png", "a/../b.png", "a//b.png", "a\\b.png", "a\0.png", "a\n.png"] {
            assert!(check_file_name(wrong).is_err(), "{wrong:?}");
        }
        assert!(check_file_name(&"x".repeat(501)).is_err());
    }
}
