//! A form of pictures for a dataset: files in memory, an archive on the disk.

use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field as Part},
    http::StatusCode,
};

use crate::{
    api::{
        ask::{
            ImageSource, MAX_IMAGES, MAX_PARTS, UploadedImage, no_form, too_many_images, too_many_parts, unreadable,
        },
        problem::{Problem, ProblemKind},
    },
    config::ByteSize,
    middleware::FORM_BYTES,
    spool::Spooled,
    state::AppState,
};

/// What a form brings.
pub(super) struct UploadForm {
    /// Files of the field `images`.
    pub(super) images: Vec<ImageSource>,
    /// The file of the field `archive`, with its name.
    pub(super) archive: Option<(String, Spooled)>,
}

impl UploadForm {
    /// Reads a form. Fields of other names are passed over.
    pub(super) async fn read(state: &AppState, mut request: Request) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let most = usize::try_from(state.max_import_bytes + FORM_BYTES).unwrap_or(usize::MAX);
        DefaultBodyLimit::max(most).apply(&mut request);
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| no_form(&headers))?;
        let mut read = Self { images: Vec::new(), archive: None };
        let mut room = state.max_request_bytes;
        let mut parts = 0;
        while let Some(part) = form.next_field().await.map_err(|error| unreadable(&error))? {
            parts += 1;
            if parts > MAX_PARTS {
                return Err(too_many_parts());
            }
            match part.name() {
                Some("images") if read.images.len() == MAX_IMAGES => return Err(too_many_images()),
                Some("images") => read.images.push(ImageSource::Upload(in_memory(state, part, &mut room).await?)),
                Some("archive") if read.archive.is_some() => {
                    let detail = "The field archive came more than once. Send it once.";
                    return Err(Problem::new(ProblemKind::RepeatedField, detail));
                }
                // A browser sends one without a name when none was chosen.
                Some("archive") if part.file_name().is_none_or(str::is_empty) => {}
                Some("archive") => {
                    let name = part.file_name().unwrap_or_default().to_owned();
                    read.archive = Some((name, on_disk(state, part).await?));
                }
                _ => {}
            }
        }
        if read.images.is_empty() && read.archive.is_none() {
            let detail =
                "Send each picture as a file in the repeated field images, or an archive in the field archive.";
            return Err(Problem::new(ProblemKind::MissingImage, detail));
        }
        Ok(read)
    }
}

/// Reads a file into memory. All of a form's together take no more than any other request may.
async fn in_memory(state: &AppState, mut part: Part<'_>, room: &mut u64) -> Result<UploadedImage, Problem> {
    let (file_name, declared_type) = (part.file_name().map(str::to_owned), part.content_type().map(str::to_owned));
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
        *room = room.checked_sub(chunk.len() as u64).ok_or_else(|| {
            let most = ByteSize(state.max_request_bytes);
            let detail = format!("The pictures are larger than {most} together. Send less at once, or an archive.");
            Problem::new(ProblemKind::RequestTooLarge, detail)
        })?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(UploadedImage { file_name, declared_type, bytes: bytes.into() })
}

async fn on_disk(state: &AppState, mut part: Part<'_>) -> Result<Spooled, Problem> {
    let mut spooling = state.spool.begin()?;
    while let Some(chunk) = part.chunk().await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("The archive is larger than {}. Send it in parts.", ByteSize(state.max_import_bytes));
            Problem::new(ProblemKind::RequestTooLarge, detail)
        }
        _ => unreadable(&error),
    })? {
        spooling.write(&chunk).await?;
    }
    spooling.finish().await
}
