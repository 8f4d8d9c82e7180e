//! The bytes of a picture and its thumbnails. What lies at such an address never changes.

use std::ops::Range;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use vasari_storage::{
    images::DatasetImage,
    objects::Object,
    thumbnails::{ThumbnailSize, thumbnail},
};

use super::{images::find, page::nothing_there};
use crate::{
    api::{
        docs::{AccountErrors, FileBytes},
        problem::Problem,
    },
    florence2_backend::decode,
    people::Identity,
    state::AppState,
};

/// To be kept for a year by whoever asked, and by nobody between, who could show it to others.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// A picture's file
///
/// As it was sent. Takes `Range` with one range, and `If-None-Match`.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/file", tag = "Datasets",
    params(("image" = Uuid, Path, description = "Which picture")),
    responses(
        (status = 200, description = "The file", body = FileBytes, content_type = "image/*"),
        (status = 206, description = "The range of it that was asked for", body = FileBytes, content_type = "image/*"),
        (status = 304, description = "It is what you have"),
        (status = 416, description = "It has no such range; `Content-Range` says how long it is"),
        AccountErrors,
    ),
)]
pub(crate) async fn get_image_file(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(image): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let image = find(&state, identity.as_ref(), &image).await?;
    let etag = etag(&image, "");
    let response = Response::builder().header(header::ETAG, &etag).header(header::CACHE_CONTROL, IMMUTABLE);
    if is_known(&headers, &etag) {
        return Ok(finish(response.status(StatusCode::NOT_MODIFIED), Body::empty()));
    }
    let response = response.header(header::CONTENT_TYPE, format!("image/{}", image.format));
    let (length, object) = (image.byte_size as u64, Object::Image(&image.sha256));
    let objects = &state.storage.objects;
    let asked = Asked::read(&headers, length);
    let bytes = match asked.clone() {
        Asked::Whole => objects.get(object).await?,
        Asked::Beyond => Some(Vec::new()),
        Asked::Part(range) => objects.get_range(object, range).await?,
    };
    Ok(asked.respond(response, length, bytes.ok_or_else(|| is_lost(&image.sha256))?))
}

/// A picture, smaller
///
/// WebP whose longer side has so many pixels: 256, 512 or 1440. A picture that is smaller keeps its size. Takes `Range` with
/// one range, and `If-None-Match`.
#[utoipa::path(
    get, path = "/api/v1/images/{image}/thumbnails/{pixels}", tag = "Datasets",
    params(
        ("image" = Uuid, Path, description = "Which picture"),
        ("pixels" = u32, Path, description = "256, 512 or 1440"),
    ),
    responses(
        (status = 200, description = "The thumbnail", body = FileBytes, content_type = "image/webp"),
        (status = 206, description = "The range of it that was asked for", body = FileBytes, content_type = "image/webp"),
        (status = 304, description = "It is what you have"),
        (status = 416, description = "It has no such range; `Content-Range` says how long it is"),
        AccountErrors,
    ),
)]
pub(crate) async fn get_thumbnail(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path((image, pixels)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let size = pixels.parse().ok().and_then(ThumbnailSize::from_pixels).ok_or_else(nothing_there)?;
    let image = find(&state, identity.as_ref(), &image).await?;
    let etag = etag(&image, &pixels);
    let response = Response::builder().header(header::ETAG, &etag).header(header::CACHE_CONTROL, IMMUTABLE);
    if is_known(&headers, &etag) {
        return Ok(finish(response.status(StatusCode::NOT_MODIFIED), Body::empty()));
    }
    let bytes = match state.storage.objects.get(Object::Thumbnail(&image.sha256, size)).await? {
        Some(bytes) => bytes,
        None => make_again(&state, &image.sha256, size).await?,
    };
    let length = bytes.len() as u64;
    let asked = Asked::read(&headers, length);
    let bytes = match asked.clone() {
        Asked::Whole => bytes,
        Asked::Beyond => Vec::new(),
        Asked::Part(range) => bytes[range.start as usize..range.end as usize].to_vec(),
    };
    Ok(asked.respond(response.header(header::CONTENT_TYPE, "image/webp"), length, bytes))
}

/// A thumbnail that somebody deleted, or a backup left out, from its picture.
pub(crate) async fn make_again(state: &AppState, sha256: &[u8], size: ThumbnailSize) -> Result<Vec<u8>, Problem> {
    let bytes = state.storage.objects.get(Object::Image(sha256)).await?.ok_or_else(|| is_lost(sha256))?;
    let permit = state.decoders.acquire().await.map_err(|_| Problem::internal())?;
    let making = tokio::task::spawn_blocking(move || {
        let picture = decode(&bytes)?;
        thumbnail(&picture, size).map_err(|error| {
            tracing::error!(%error, "a thumbnail can't be made");
            Problem::internal()
        })
    });
    let webp = making.await.map_err(|_| Problem::internal())??;
    drop(permit);
    state.storage.objects.put(Object::Thumbnail(sha256, size), webp.clone()).await?;
    Ok(webp)
}

pub(super) fn finish(response: axum::http::response::Builder, body: Body) -> Response<Body> {
    response.body(body).expect("the headers are plain text. This is a bug.")
}

/// The sum of the file names what it is; a thumbnail adds its size.
fn etag(image: &DatasetImage, suffix: &str) -> String {
    format!("\"{}{suffix}\"", hex(&image.sha256))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().trim_start_matches("W/") == etag || value.trim() == "*")
}

/// What a request asks for of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    Part(Range<u64>),
    /// A part that the file does not have.
    Beyond,
}

impl Asked {
    /// What the header `Range` asks for (RFC 9110, section 14). A header that can't be read is passed over, and so is one
    /// with several ranges: both are allowed.
    pub(super) fn read(headers: &HeaderMap, length: u64) -> Self {
        let range = headers.get(header::RANGE).and_then(|range| parse_range(range.to_str().ok()?, length));
        match range {
            None => Self::Whole,
            Some(range) if range.start < range.end => Self::Part(range),
            Some(_) => Self::Beyond,
        }
    }

    /// The answer with what was asked for of a file of this length.
    fn respond(self, response: axum::http::response::Builder, length: u64, bytes: Vec<u8>) -> Response<Body> {
        let response = response.header(header::ACCEPT_RANGES, "bytes");
        let response = match self {
            Self::Whole => response,
            Self::Beyond => response
                .status(StatusCode::RANGE_NOT_SATISFIABLE)
                .header(header::CONTENT_RANGE, format!("bytes */{length}")),
            Self::Part(range) => response
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {}-{}/{length}", range.start, range.end - 1)),
        };
        finish(response, Body::from(bytes))
    }
}

/// The range, cut to the file's length; an empty one lies beyond.
fn parse_range(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    if first.is_empty() {
        return Some(length.saturating_sub(number(last)?)..length);
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    (first <= last).then(|| first..last.saturating_add(1).min(length))
}

pub(super) fn is_lost(sha256: &[u8]) -> Problem {
    tracing::error!(sum = hex(sha256), "the bytes of a picture are not in the object store");
    Problem::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let asked = |range: &str| {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(range).unwrap())]);
            Asked::read(&headers, 10)
        };
        assert_eq!(asked("bytes=0-3"), Asked::Part(0..4));
        assert_eq!(asked("bytes=4-"), Asked::Part(4..10));
        assert_eq!(asked("bytes=-3"), Asked::Part(7..10));
        assert_eq!(asked("bytes=-30"), Asked::Part(0..10));
        assert_eq!(asked("bytes=8-99"), Asked::Part(8..10));
        for beyond in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
            assert_eq!(asked(beyond), Asked::Beyond, "{beyond}");
        }
        for passed_over in ["bytes=3-1", "bytes=0-1,3-4", "pages=1-2", "bytes=x-", "bytes=-", "bytes=+1-2"] {
            assert_eq!(asked(passed_over), Asked::Whole, "{passed_over}");
        }
    }
}
