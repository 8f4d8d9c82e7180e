//! The form that a caption is asked for with: multipart fields, checked one by one.

use axum::{
    body::Bytes,
    extract::{
        Multipart,
        multipart::{Field, MultipartError, MultipartRejection},
    },
    http::{HeaderMap, StatusCode, header},
};
use vasari_inference::Parameters;

use super::problem::{Problem, ProblemKind};
use crate::parameters;

/// What a form asks for; everything is optional until [`CaptionForm::into_image`].
#[derive(Debug, Default)]
pub(crate) struct CaptionForm {
    /// The file in the field `image`. The page's plain form sends one without a name when none was chosen.
    pub(crate) image: Option<UploadedImage>,
    /// The task's marker or name.
    pub(crate) task: Option<String>,
    /// The task's input.
    pub(crate) text: Option<String>,
    /// The sample on display; the page alone sends it.
    pub(crate) sample: Option<String>,
    /// How the caption is searched for.
    pub(crate) parameters: Parameters,
}

/// A file of a form.
#[derive(Debug)]
pub(crate) struct UploadedImage {
    pub(crate) file_name: Option<String>,
    /// The type that the client says it has.
    pub(crate) declared_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// More parts than any client has a use for.
const MAX_PARTS: usize = 64;

/// Longer than any prompt that a model takes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

impl CaptionForm {
    /// Reads the form. Fields of other names are passed over.
    pub(crate) async fn read(
        headers: &HeaderMap,
        multipart: Result<Multipart, MultipartRejection>,
    ) -> Result<Self, Problem> {
        let mut multipart = multipart.map_err(|_| no_form(headers))?;
        let mut form = Self::default();
        let mut seen = Vec::new();
        let mut parts = 0;
        while let Some(field) = multipart.next_field().await.map_err(|error| unreadable(&error))? {
            parts += 1;
            if parts > MAX_PARTS {
                let detail = format!("The form has more than {MAX_PARTS} parts.");
                return Err(Problem::new(ProblemKind::RequestTooLarge, detail));
            }
            let Some(name) = field.name().and_then(known_field) else { continue };
            if seen.contains(&name) {
                let detail = format!("The field {name} came more than once. Send it once.");
                return Err(Problem::new(ProblemKind::RepeatedField, detail));
            }
            seen.push(name);
            form.take(name, field).await?;
        }
        Ok(form)
    }

    /// The picture, which must be there.
    pub(crate) fn into_image(self) -> Result<UploadedImage, Problem> {
        let missing = || Problem::new(ProblemKind::MissingImage, "Send the picture as a file in the field image.");
        self.image.ok_or_else(missing)
    }

    async fn take(&mut self, name: &'static str, field: Field<'_>) -> Result<(), Problem> {
        if name == "image" {
            let file_name = field.file_name().map(str::to_owned);
            let declared_type = field.content_type().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
            self.image = Some(UploadedImage { file_name, declared_type, bytes });
            return Ok(());
        }
        let value = read_text(name, field).await?;
        // An empty field is what a browser's form sends for what was left open.
        if value.trim().is_empty() {
            return Ok(());
        }
        let invalid = |problem: String| Problem::new(ProblemKind::InvalidField, format!("{name}: {problem}."));
        let parameters = &mut self.parameters;
        match name {
            "max_length" => parameters.max_length = Some(parameters::parse_max_length(&value).map_err(invalid)?),
            "num_beams" => parameters.num_beams = Some(parameters::parse_num_beams(&value).map_err(invalid)?),
            "temperature" => parameters.temperature = Some(parameters::parse_temperature(&value).map_err(invalid)?),
            "top_p" => parameters.top_p = Some(parameters::parse_top_p(&value).map_err(invalid)?),
            "do_sample" => parameters.do_sample = Some(parameters::parse_do_sample(&value).map_err(invalid)?),
            "seed" => parameters.seed = Some(parameters::parse_seed(&value).map_err(invalid)?),
            "task" => self.task = Some(value),
            "text" => self.text = Some(value),
            _ => self.sample = Some(value),
        }
        Ok(())
    }
}

/// The field's name, if it is one that is read.
fn known_field(name: &str) -> Option<&'static str> {
    const KNOWN: [&str; 10] =
        ["image", "task", "text", "sample", "max_length", "num_beams", "temperature", "top_p", "do_sample", "seed"];
    KNOWN.into_iter().find(|known| *known == name)
}

async fn read_text(name: &str, mut field: Field<'_>) -> Result<String, Problem> {
    let invalid = |problem: &str| Problem::new(ProblemKind::InvalidField, format!("{name}: {problem}."));
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| unreadable(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(invalid("it is longer than 64 KB"));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not valid UTF-8"))?;
    if text.contains('\0') {
        return Err(invalid("it contains a NUL character"));
    }
    Ok(text)
}

/// What is wrong with a request that has no multipart body.
fn no_form(headers: &HeaderMap) -> Problem {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = content_type.split(';').next().unwrap_or("").trim();
    if kind.is_empty() || kind.eq_ignore_ascii_case("multipart/form-data") {
        let detail =
            "The request needs the header Content-Type: multipart/form-data with a boundary, and a body to match.";
        return Problem::new(ProblemKind::BadMultipart, detail);
    }
    Problem::new(
        ProblemKind::UnsupportedMediaType,
        "Send a form as multipart/form-data with a file in the field image.",
    )
}

fn unreadable(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::from_status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    tracing::debug!(error = error.body_text(), "a form can't be read");
    Problem::new(
        ProblemKind::BadMultipart,
        "The form breaks off or isn't framed by the boundary that its header names.",
    )
}
