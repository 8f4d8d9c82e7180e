//! `/api/v1/images/{image}/exif`: what a camera wrote into a picture's file.

use std::io::Cursor;

use axum::{
    Json,
    extract::{Path, State},
};
use exif::{In, Reader};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_storage::objects::Object;

use super::{image_files::is_lost, images::find};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// Entries that are told; cameras write fewer than a hundred.
const MOST_FIELDS: usize = 200;

/// The longest value that is told whole, in characters.
const MOST_VALUE: usize = 200;

/// An entry that a camera wrote.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ExifField {
    /// As the EXIF standard calls it, such as `ExposureTime`.
    name: String,
    /// For people to read, such as `1/125 s`.
    value: String,
}

/// What a camera wrote into a picture's file
///
/// The entries of its EXIF, in their order; none where it has no EXIF.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/exif", tag = "Datasets",
    params(("image" = Uuid, Path, description = "Which picture")),
    responses((status = 200, description = "The entries", body = Vec<ExifField>), AccountErrors),
)]
pub(crate) async fn get_image_exif(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
) -> Result<Json<Vec<ExifField>>, Problem> {
    let image = find(&state, identity.as_ref(), &image).await?;
    let bytes = state.storage.objects.get(Object::Image(&image.sha256)).await?.ok_or_else(|| is_lost(&image.sha256))?;
    let reading = tokio::task::spawn_blocking(move || read_exif(&bytes));
    Ok(Json(reading.await.map_err(|_| Problem::internal())?))
}

/// The entries of a file. What can't be read counts as absent.
fn read_exif(file: &[u8]) -> Vec<ExifField> {
    let Ok(exif) = Reader::new().read_from_container(&mut Cursor::new(file)) else { return Vec::new() };
    let of_picture = exif.fields().filter(|field| field.ifd_num == In::PRIMARY);
    let field = |field: &exif::Field| {
        let value = field.display_value().with_unit(&exif).to_string();
        let is_long = value.chars().count() > MOST_VALUE;
        let value = if is_long { value.chars().take(MOST_VALUE).chain(['…']).collect() } else { value };
        ExifField { name: field.tag.to_string(), value }
    };
    of_picture.take(MOST_FIELDS).map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF header with one entry: the camera's maker.
    fn exif(maker: &[u8]) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0".to_vec();
        tiff.extend((maker.len() as u32).to_le_bytes());
        tiff.extend(26_u32.to_le_bytes());
        tiff.extend([0; 4]);
        tiff.extend(maker);
        tiff
    }

    fn jpeg(tiff: &[u8]) -> Vec<u8> {
        let length = (tiff.len() as u16 + 8).to_be_bytes();
        [&[0xff, 0xd8, 0xff, 0xe1][..], &length, b"Exif\0\0", tiff, &[0xff, 0xd9]].concat()
    }

    #[test]
    fn entries_are_read_for_people() {
        let fields = read_exif(&jpeg(&exif(b"Cam <b>era\0")));
        assert_eq!(fields, [ExifField { name: "Make".into(), value: "\"Cam <b>era\"".into() }]);
        let long = read_exif(&jpeg(&exif(&[b'x'; 5000])));
        assert_eq!(long[0].value.chars().count(), MOST_VALUE + 1);
    }

    #[test]
    fn broken_entries_count_as_absent() {
        let whole = jpeg(&exif(b"Camera\0"));
        for length in 0..whole.len() {
            read_exif(&whole[..length]);
        }
        assert!(read_exif(b"no picture").is_empty() && read_exif(&jpeg(b"II*\0")).is_empty());
    }
}
