//! From a question about a picture to its answer: what the API, the page and the command line share.

use std::sync::Arc;

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use vasari_app::types::ImageSize;
use vasari_inference::{
    CaptionRequest, CaptionResult, ModelDescription, Parameters, Permit, Region, RgbPixels, TaskInput,
};

use crate::{
    api::{
        caption_form::UploadedImage,
        problem::{Problem, ProblemKind},
    },
    florence2_backend::{self, DecodeError},
    parameters,
    state::{AppState, LoadedModel},
};

/// What is asked of a picture, checked against the model and filled with the server's defaults.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) task: String,
    pub(crate) text: Option<String>,
    pub(crate) parameters: Parameters,
}

/// The answer to a [`Question`], as JSON shows it. [`vasari_app::types::CaptionResponse`] is what the page reads of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CaptionAnswer {
    /// The caption as a person reads it; for tasks that answer with regions, their labels joined by ", ".
    pub(crate) caption: String,
    /// exp(mean log-probability of the generated text tokens), 0 to 1.
    pub(crate) confidence: f32,
    /// Seconds from the decoded request to the answer, to the millisecond.
    pub(crate) processing_time: f64,
    pub(crate) model_info: ModelInfo,
    /// The task's marker, such as `<OD>`.
    pub(crate) task: String,
    /// The task's input, where it takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// The picture's size once its EXIF orientation is applied: what the regions are measured in.
    pub(crate) image: ImageSize,
    /// What was found, and where. Empty for tasks that answer with text alone.
    pub(crate) regions: Vec<Region>,
    /// The answer as the reference's post-processing gives it.
    pub(crate) answer: Value,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ModelInfo {
    pub(crate) model_type: &'static str,
    /// Vasari's version.
    pub(crate) version: &'static str,
    /// The checkpoint's name.
    pub(crate) name: String,
    /// The hub's commit, or a fingerprint of the checkpoint's folder.
    pub(crate) revision: String,
    /// What must be known about the model to judge its answers: the demo model says what it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notice: Option<&'static str>,
}

impl Question {
    /// Checks the task's name, its input and the parameters; `None` asks for the plain caption.
    pub(crate) fn new(
        state: &AppState,
        task: Option<&str>,
        text: Option<String>,
        parameters: &Parameters,
    ) -> Result<Self, Problem> {
        Self::of_model(&state.model.description, &state.defaults, task, text, parameters)
    }

    /// As [`Question::new`], for who has no server.
    pub(crate) fn of_model(
        model: &ModelDescription,
        defaults: &Parameters,
        task: Option<&str>,
        text: Option<String>,
        parameters: &Parameters,
    ) -> Result<Self, Problem> {
        let name = task.unwrap_or("<CAPTION>");
        let task = model.find_task(name).ok_or_else(|| unknown_task(model, name))?;
        let invalid = |detail: String| Problem::new(ProblemKind::InvalidField, detail);
        let text = text.filter(|text| !text.trim().is_empty());
        match (task.input, &text) {
            (TaskInput::None, Some(_)) => {
                return Err(invalid(format!("text: {} takes none. Leave the field out.", task.marker)));
            }
            (TaskInput::Words, None) => {
                return Err(invalid(format!("text: {} needs words to look for.", task.marker)));
            }
            (TaskInput::Region, None) => {
                let detail = "needs a box: x0,y0,x1,y1 in pixels, or <loc_x0><loc_y0><loc_x1><loc_y1> in thousandths";
                return Err(invalid(format!("text: {} {detail}.", task.marker)));
            }
            _ => {}
        }
        let parameters = parameters::with_defaults(parameters, defaults).map_err(|problem| invalid(problem + "."))?;
        Ok(Self { task: task.marker.clone(), text, parameters })
    }

    /// The question about a picture, as a backend takes it.
    pub(crate) fn about(self, image: RgbPixels) -> CaptionRequest {
        CaptionRequest { image, task: self.task, text: self.text, parameters: self.parameters }
    }
}

impl CaptionAnswer {
    /// Joins a backend's result with what was asked.
    pub(crate) fn new(
        model: &LoadedModel,
        question: Question,
        image: ImageSize,
        result: CaptionResult,
        seconds: f64,
    ) -> Self {
        let CaptionResult { caption, regions, answer, confidence, .. } = result;
        Self {
            caption,
            confidence,
            processing_time: (seconds * 1000.0).round() / 1000.0,
            model_info: model.info(),
            task: question.task,
            text: question.text,
            image,
            regions,
            answer,
        }
    }
}

/// Decodes an uploaded picture, a few at a time.
pub(crate) async fn decode(state: &AppState, image: UploadedImage, deadline: Instant) -> Result<RgbPixels, Problem> {
    check_type(&image)?;
    decode_bytes(state, image.bytes, deadline).await
}

/// Decodes a file, a few at a time: a picture of 40 megapixels takes a processor for half a second.
pub(crate) async fn decode_bytes(state: &AppState, bytes: Bytes, deadline: Instant) -> Result<RgbPixels, Problem> {
    let turn = tokio::time::timeout_at(deadline, Arc::clone(&state.decoders).acquire_owned()).await;
    let turn = turn.map_err(|_| too_late())?.expect("nobody closes the semaphore. This is a bug.");
    let decoding = tokio::task::spawn_blocking(move || {
        let picture = florence2_backend::decode(&bytes);
        drop(turn);
        picture
    });
    let picture = tokio::time::timeout_at(deadline, decoding).await.map_err(|_| too_late())?;
    picture.map_err(|_| Problem::internal())?.map_err(Problem::from)
}

/// Submits the question and waits for its answer. Dropping this future cancels the caption.
pub(crate) async fn answer(
    state: &AppState,
    permit: Permit,
    question: Question,
    image: RgbPixels,
    began: Instant,
    deadline: Instant,
) -> Result<CaptionAnswer, Problem> {
    let size = size_of(&image);
    let ticket = permit.submit(question.clone().about(image));
    let result = tokio::time::timeout_at(deadline, ticket).await.map_err(|_| too_late())??;
    let timing = result.timing;
    tracing::info!(
        task = question.task,
        queued_ms = timing.queued.as_millis() as u64,
        computed_ms = timing.computed.as_millis() as u64,
        batch_size = timing.batch_size,
        "captioned"
    );
    Ok(CaptionAnswer::new(&state.model, question, size, result, began.elapsed().as_secs_f64()))
}

/// The picture's size, as answers carry it.
pub(crate) fn size_of(image: &RgbPixels) -> ImageSize {
    ImageSize { width: image.width(), height: image.height() }
}

/// What is wrong with a file that isn't a picture of the type it claims.
fn check_type(image: &UploadedImage) -> Result<(), Problem> {
    if image.bytes.is_empty() {
        return Err(Problem::new(ProblemKind::DamagedImage, "The file is empty."));
    }
    // What is no picture at all is named by the decoder.
    let Some(found) = sniff(&image.bytes) else { return Ok(()) };
    let declared = image.declared_type.as_deref().unwrap_or("").split(';').next().unwrap_or("").trim();
    let declared = declared.to_ascii_lowercase();
    let agrees = matches!(declared.as_str(), "" | "application/octet-stream" | "image/*")
        || declared == found
        || (found == "image/jpeg" && matches!(declared.as_str(), "image/jpg" | "image/pjpeg"))
        || (found == "image/png" && matches!(declared.as_str(), "image/x-png" | "image/apng"));
    if agrees {
        return Ok(());
    }
    let detail = format!("The file is declared as another type, but it is {found}. Declare it as what it is.");
    Err(Problem::new(ProblemKind::UnsupportedImage, detail))
}

/// The type of a picture, by its first bytes.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn unknown_task(model: &ModelDescription, name: &str) -> Problem {
    let markers: Vec<_> = model.tasks.iter().map(|task| task.marker.as_str()).collect();
    let shown: String = name.chars().take(40).collect();
    let detail = format!("task: there is no {shown:?}. The tasks are {}.", markers.join(", "));
    Problem::new(ProblemKind::UnknownTask, detail)
}

fn too_late() -> Problem {
    let detail = "The caption wasn't ready in the time that the server allows. Fewer num_beams are quicker.";
    Problem::new(ProblemKind::CaptionTimeout, detail)
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        let kind = match error {
            DecodeError::Unsupported(_) => ProblemKind::UnsupportedImage,
            DecodeError::Damaged(_) => ProblemKind::DamagedImage,
            DecodeError::TooLarge(_) => ProblemKind::ImageTooLarge,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use vasari_inference::{Backend, fake::FakeBackend};

    use super::*;

    fn ask(task: Option<&str>, text: Option<&str>) -> Result<Question, Problem> {
        let model = FakeBackend::default().describe();
        Question::of_model(&model, &Parameters::default(), task, text.map(Into::into), &Parameters::default())
    }

    fn upload(bytes: &'static [u8], declared: Option<&str>) -> UploadedImage {
        UploadedImage { file_name: None, declared_type: declared.map(Into::into), bytes: Bytes::from_static(bytes) }
    }

    #[test]
    fn plain_caption_is_what_is_asked_for_when_nothing_is() {
        assert_eq!(ask(None, None).unwrap().task, "<CAPTION>");
        assert_eq!(ask(Some("od"), None).unwrap().task, "<OD>");
    }

    #[test]
    fn unknown_task_is_answered_with_the_known_ones() {
        let problem = ask(Some("<VQA>"), None).unwrap_err();
        assert_eq!(problem.status(), 400);
        assert!(problem.detail().contains("<CAPTION>, <DETAILED_CAPTION>, <OD>"), "{problem:?}");
    }

    #[test]
    fn text_must_fit_the_task() {
        assert!(ask(Some("<OD>"), Some("a dog")).unwrap_err().detail().contains("takes none"));
        assert!(ask(Some("<CAPTION_TO_PHRASE_GROUNDING>"), Some(" ")).unwrap_err().detail().contains("needs words"));
        assert!(ask(Some("<CAPTION_TO_PHRASE_GROUNDING>"), Some("a dog")).is_ok());
    }

    #[test]
    fn files_are_told_by_their_first_bytes() {
        const GIF: &[u8] = b"GIF89a....";
        assert!(check_type(&upload(GIF, None)).is_ok());
        assert!(check_type(&upload(GIF, Some("image/gif"))).is_ok());
        assert_eq!(check_type(&upload(GIF, Some("image/png"))).unwrap_err().status(), 415);
        assert_eq!(check_type(&upload(b"", None)).unwrap_err().status(), 422);
    }
}
