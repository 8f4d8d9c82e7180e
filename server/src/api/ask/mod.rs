//! What a captioning request asks for, whether it came as a multipart form or as JSON.

mod data_url;
mod form;
mod json;

use std::time::Instant;

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, StatusCode, header},
};

pub(crate) use data_url::decode_data_url;
pub(crate) use form::{MAX_PARTS, no_form, read_form, read_text, too_many_images, too_many_parts, unreadable};
pub(crate) use json::parse_json;

use super::{
    fields::{BATCH_SIZE, Fields, invalid},
    problem::{Problem, ProblemKind},
};
use crate::{captioning::check_type, middleware::IDEMPOTENCY_KEY, state::AppState};

/// What a captioning request asks for.
#[derive(Debug, Default)]
pub(crate) struct CaptionAsk {
    /// The pictures, in the order they came.
    pub(crate) images: Vec<ImageSource>,
    /// The sample on display; the page alone sends it.
    pub(crate) sample: Option<String>,
    /// Everything else.
    pub(crate) fields: Fields,
}

/// Where a picture comes from.
#[derive(Debug)]
pub(crate) enum ImageSource {
    /// The request itself.
    Upload(UploadedImage),
    /// An address, and how the client calls what lies there.
    Url { url: String, file_name: Option<String> },
}

/// A file of a request.
#[derive(Debug)]
pub(crate) struct UploadedImage {
    pub(crate) file_name: Option<String>,
    /// The type that the client says it has.
    pub(crate) declared_type: Option<String>,
    pub(crate) bytes: Bytes,
}

impl ImageSource {
    /// The file's name, as the client calls it; of a URL its last part.
    pub(crate) fn file_name(&self) -> Option<String> {
        match self {
            Self::Upload(upload) => upload.file_name.clone(),
            Self::Url { url, file_name } => file_name.clone().or_else(|| {
                let path = url.split(['?', '#']).next()?;
                path.rsplit('/').next().map(str::to_owned)
            }),
        }
        .filter(|name| !name.is_empty())
    }

    /// The file, fetched if need be. `field` is where a URL came in.
    pub(crate) async fn read(self, state: &AppState, field: &str, deadline: Instant) -> Result<UploadedImage, Problem> {
        let upload = match self {
            Self::Upload(upload) => upload,
            Self::Url { url, .. } => state.image_urls.fetch(&url, field, deadline).await?,
        };
        check_type(&upload)?;
        Ok(upload)
    }
}

/// How many pictures an endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pictures {
    /// One, in the field `image` or `image_url`.
    One,
    /// Up to [`MAX_IMAGES`], in the field `images`.
    Several,
    /// One, in a conversation.
    InMessages,
}

/// Most pictures in one request.
pub(crate) const MAX_IMAGES: usize = BATCH_SIZE.max as usize;

/// Longer than any prompt that a model takes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

impl CaptionAsk {
    /// Reads a request of either kind, or gives up at the deadline.
    pub(crate) async fn read(request: Request, pictures: Pictures, deadline: Instant) -> Result<Self, Problem> {
        let has_key = request.headers().contains_key(IDEMPOTENCY_KEY);
        let ask = in_time(deadline, async {
            let kind = content_type(request.headers());
            if kind.eq_ignore_ascii_case("application/json") {
                return json::read_json(&read_body(request).await?, pictures);
            }
            let headers = request.headers().clone();
            let multipart = Multipart::from_request(request, &()).await;
            read_form(&headers, multipart, pictures).await
        })
        .await?;
        if has_key && ask.fields.stream {
            return Err(no_stream_with_key("stream"));
        }
        Ok(ask)
    }

    /// The picture, which must be there.
    pub(crate) fn into_image(self, pictures: Pictures) -> Result<(ImageSource, Fields), Problem> {
        let (images, fields) = self.into_images(pictures)?;
        let image = images.into_iter().next().ok_or_else(|| missing_image(pictures))?;
        Ok((image, fields))
    }

    /// The pictures, of which there must be at least one.
    pub(crate) fn into_images(self, pictures: Pictures) -> Result<(Vec<ImageSource>, Fields), Problem> {
        if self.images.is_empty() {
            return Err(missing_image(pictures));
        }
        Ok((self.images, self.fields))
    }
}

/// What is wrong with a request without a picture.
pub(crate) fn missing_image(pictures: Pictures) -> Problem {
    let detail = match pictures {
        Pictures::One => "Send the picture as a file in the field image, or in JSON as base64 in image.",
        Pictures::InMessages => "Send the picture in a message of the user's, as a part of the type image_url.",
        Pictures::Several => "Send each picture as a file in the repeated field images, or in JSON as an array images.",
    };
    Problem::new(ProblemKind::MissingImage, detail)
}

/// What is wrong with a request for a stream that is to be answered once.
pub(crate) fn no_stream_with_key(field: &str) -> Problem {
    invalid(field, "an answer that comes in pieces can't be given again; leave out the header Idempotency-Key or this")
}

/// Reads what `reading` reads, or gives up at the deadline.
pub(crate) async fn in_time<T>(
    deadline: Instant,
    reading: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    tokio::time::timeout_at(deadline.into(), reading).await.unwrap_or_else(|_| {
        let detail = "The request's body didn't arrive in the time that the server allows.";
        Err(Problem::new(ProblemKind::RequestTimeout, detail))
    })
}

/// A whole body, up to the size that the server reads.
pub(crate) async fn read_body(request: Request) -> Result<Bytes, Problem> {
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::from_status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Problem::new(ProblemKind::BadRequest, "The request's body breaks off."),
    })
}

/// The type that a request's body has by its header, without parameters; empty without a header.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim()
}
