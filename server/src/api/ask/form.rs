//! A captioning request as a multipart form, checked field by field.

use axum::{
    extract::{
        Multipart,
        multipart::{Field as Part, MultipartError, MultipartRejection},
    },
    http::{HeaderMap, StatusCode},
};

use super::{
    super::{
        fields::{Field, invalid},
        problem::{Problem, ProblemKind},
    },
    CaptionAsk, ImageSource, MAX_IMAGES, MAX_TEXT_BYTES, Pictures, UploadedImage, content_type,
};

/// More parts than any client has a use for.
pub(crate) const MAX_PARTS: usize = 64;

/// What a part of this name is, for an endpoint that takes so many pictures.
enum PartKind {
    Image,
    Url,
    Sample,
    Field(&'static Field),
}

/// Reads a form. Fields of other names are passed over.
pub(crate) async fn read_form(
    headers: &HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
    pictures: Pictures,
) -> Result<CaptionAsk, Problem> {
    let mut multipart = multipart.map_err(|_| no_form(headers))?;
    let mut ask = CaptionAsk::default();
    let mut seen: Vec<String> = Vec::new();
    let mut parts = 0;
    while let Some(part) = multipart.next_field().await.map_err(|error| unreadable(&error))? {
        parts += 1;
        if parts > MAX_PARTS {
            return Err(too_many_parts());
        }
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let Some(kind) = PartKind::of(&name, pictures) else { continue };
        let may_repeat = pictures == Pictures::Several && matches!(kind, PartKind::Image);
        if !may_repeat && seen.contains(&name) {
            let detail = format!("The field {name} came more than once. Send it once.");
            return Err(Problem::new(ProblemKind::RepeatedField, detail));
        }
        if ask.images.len() == MAX_IMAGES && matches!(kind, PartKind::Image) {
            return Err(too_many_images());
        }
        take(&mut ask, &name, kind, part).await?;
        seen.push(name);
    }
    if pictures == Pictures::One && ask.images.len() > 1 {
        return Err(invalid("image_url", "a file came in the field image as well; send one of them"));
    }
    ask.fields = std::mem::take(&mut ask.fields).finish()?;
    Ok(ask)
}

impl PartKind {
    fn of(name: &str, pictures: Pictures) -> Option<Self> {
        match (name, pictures) {
            ("image", Pictures::One) | ("images", Pictures::Several) => Some(Self::Image),
            ("image_url", Pictures::One) => Some(Self::Url),
            ("sample", Pictures::One) => Some(Self::Sample),
            (name, pictures) => {
                let field = Field::find(name)?;
                field.is_of(pictures == Pictures::Several).then_some(Self::Field(field))
            }
        }
    }
}

async fn take(ask: &mut CaptionAsk, name: &str, kind: PartKind, part: Part<'_>) -> Result<(), Problem> {
    if let PartKind::Image = kind {
        let file_name = part.file_name().map(str::to_owned);
        let declared_type = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| unreadable(&error))?;
        ask.images.push(ImageSource::Upload(UploadedImage { file_name, declared_type, bytes }));
        return Ok(());
    }
    let text = read_text(name, part).await?;
    match kind {
        PartKind::Field(field) => ask.fields.set_text(field, &text)?,
        _ if text.trim().is_empty() => {}
        PartKind::Url => ask.images.push(ImageSource::Url { url: text, file_name: None }),
        PartKind::Image | PartKind::Sample => ask.sample = Some(text),
    }
    Ok(())
}

/// What is wrong with a form of very many parts.
pub(crate) fn too_many_parts() -> Problem {
    Problem::new(ProblemKind::RequestTooLarge, format!("The form has more than {MAX_PARTS} parts."))
}

/// What is wrong with a request that carries more pictures than one request may.
pub(crate) fn too_many_images() -> Problem {
    let detail = format!("The request has more than {MAX_IMAGES} pictures. Send them in several requests.");
    Problem::new(ProblemKind::RequestTooLarge, detail)
}

/// A text of a form, up to 64 KiB.
pub(crate) async fn read_text(name: &str, mut part: Part<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(invalid(name, "it is longer than 64 KB"));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| invalid(name, "it is not valid UTF-8"))?;
    if text.contains('\0') {
        return Err(invalid(name, "it contains a NUL character"));
    }
    Ok(text)
}

/// What is wrong with a request that has no multipart body.
pub(crate) fn no_form(headers: &HeaderMap) -> Problem {
    let kind = content_type(headers);
    if kind.is_empty() || kind.eq_ignore_ascii_case("multipart/form-data") {
        let detail =
            "The request needs the header Content-Type: multipart/form-data with a boundary, and a body to match.";
        return Problem::new(ProblemKind::BadMultipart, detail);
    }
    let detail = "Send a form as multipart/form-data with a file, or JSON as application/json with base64.";
    Problem::new(ProblemKind::UnsupportedMediaType, detail)
}

/// What is wrong with a form that breaks off.
pub(crate) fn unreadable(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::from_status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    tracing::debug!(error = error.body_text(), "a form can't be read");
    Problem::new(
        ProblemKind::BadMultipart,
        "The form breaks off or isn't framed by the boundary that its header names.",
    )
}
