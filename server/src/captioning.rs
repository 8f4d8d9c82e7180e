//! From a question about a picture to its answer: what the API, the page and the command line share.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vasari_app::types::ImageSize;
use vasari_inference::{
    CaptionRequest, CaptionResult, ClientId, ModelDescription, Parameters, PreparedImage, Region, TaskInput, Ticket,
    Timing, Update,
};
use vasari_storage::sources::ModelSource;

use crate::{
    api::{
        ask::UploadedImage,
        docs,
        problem::{Problem, ProblemKind},
    },
    engine::Engine,
    model_source::model_source,
    parameters,
    state::{AppState, LoadedModel},
    telemetry,
};

/// A question about a file, as it was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// The task's marker or name; `None` asks for the plain caption.
    pub(crate) task: Option<String>,
    /// The task's input.
    pub(crate) text: Option<String>,
    /// How the caption is searched for.
    pub(crate) parameters: Parameters,
    /// The picture's file.
    pub(crate) file: Bytes,
}

/// A question under way. Dropping it cancels the caption.
pub(crate) struct Running {
    engine: Arc<Engine>,
    ticket: Ticket,
    question: Question,
    size: ImageSize,
    began: Instant,
    deadline: Instant,
    prepare: Duration,
}

/// What a question under way brings.
#[derive(Debug)]
pub(crate) enum RunningUpdate {
    /// The answer has grown by this text: the model's own, with `<loc_N>` tokens for places.
    Text(String),
    /// The answer. Nothing comes after it.
    Done(Box<Result<CaptionAnswer, Problem>>),
}

/// What is asked of a picture, checked against the model and filled with the server's defaults.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) task: String,
    pub(crate) text: Option<String>,
    pub(crate) parameters: Parameters,
    /// Whether the seed among them was made up here.
    pub(crate) draws_seed: bool,
}

/// The answer to a [`Question`], as JSON shows it. [`vasari_app::types::CaptionResponse`] is what the page reads of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
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
    #[schema(nullable = false)]
    pub(crate) text: Option<String>,
    /// The picture's size once its EXIF orientation is applied: what the regions are measured in.
    #[schema(schema_with = docs::image_size)]
    pub(crate) image: ImageSize,
    /// What was found, and where. Empty for tasks that answer with text alone.
    #[schema(schema_with = docs::regions)]
    pub(crate) regions: Vec<Region>,
    /// The answer as the reference's post-processing gives it.
    pub(crate) answer: Value,
    /// Where the time went.
    #[serde(skip)]
    pub(crate) timings: Timings,
}

/// Where the time of an answer went; milliseconds. Stages that pictures passed together count in full for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct Timings {
    /// Decoding the file and making of it what the network takes.
    pub(crate) prepare_ms: f64,
    /// In line.
    pub(crate) queued_ms: f64,
    /// The vision tower; 0 when the picture's features were cached.
    pub(crate) vision_ms: f64,
    /// The encoder.
    pub(crate) encoder_ms: f64,
    /// All decoding steps.
    pub(crate) decode_ms: f64,
    /// Decoding steps.
    pub(crate) steps: u32,
    /// Tokens of the answer.
    pub(crate) tokens: u32,
    /// Most requests that shared a step, this one included.
    pub(crate) batch_size: u32,
    /// Whether what the model sees of the picture was known from an earlier question.
    pub(crate) features_cached: bool,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
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
    #[schema(nullable = false)]
    pub(crate) notice: Option<&'static str>,
}

impl Question {
    /// Checks the task's name, its input and the parameters; `None` asks for the plain caption.
    pub(crate) fn new(
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
        let mut parameters =
            parameters::with_defaults(parameters, defaults).map_err(|problem| invalid(problem + "."))?;
        let draws_seed = parameters.seed.is_none();
        // Chosen here, a draw comes out the same should the model have to start again.
        parameters.seed.get_or_insert_with(|| uuid::Uuid::new_v4().as_u64_pair().0);
        Ok(Self { task: task.marker.clone(), text, parameters, draws_seed })
    }

    /// The question about a picture, as a backend takes it.
    pub(crate) fn about(self, image: PreparedImage) -> CaptionRequest {
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
        elapsed: Duration,
    ) -> Self {
        let CaptionResult { caption, regions, answer, confidence, timing } = result;
        Self {
            caption,
            confidence,
            processing_time: (elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            model_info: model.info(),
            task: question.task,
            text: question.text,
            image,
            regions,
            answer,
            timings: timing.into(),
        }
    }
}

impl From<Timing> for Timings {
    fn from(timing: Timing) -> Self {
        let Timing { queued, vision, encoder, decode, steps, tokens, batch_size, cached } = timing;
        Self {
            prepare_ms: 0.0,
            queued_ms: milliseconds(queued),
            vision_ms: milliseconds(vision),
            encoder_ms: milliseconds(encoder),
            decode_ms: milliseconds(decode),
            steps,
            tokens,
            batch_size,
            features_cached: cached,
        }
    }
}

/// Takes a place in the queue, makes the file ready and puts the question in line. Each may refuse it.
pub(crate) async fn begin(
    state: &AppState,
    client: &ClientId,
    ask: Ask,
    deadline: Instant,
) -> Result<Running, Problem> {
    let began = Instant::now();
    let (engine, permit) = state.engines.enter(client)?;
    let Ask { task, text, parameters, file } = ask;
    let question = Question::new(&engine.model.description, &state.defaults, task.as_deref(), text, &parameters)?;
    permit.check(&question.task, &question.parameters, deadline)?;
    let image = prepare(state, &engine, file, deadline).await?;
    let prepare = began.elapsed();
    let size = ImageSize { width: image.width, height: image.height };
    let ticket = permit.submit(question.clone().about(image), deadline);
    Ok(Running { engine, ticket, question, size, began, deadline, prepare })
}

/// Decodes a file and makes of it what the network takes, a few at a time: a picture of 40 megapixels takes a processor
/// for half a second, and 120 MB.
async fn prepare(state: &AppState, engine: &Engine, file: Bytes, deadline: Instant) -> Result<PreparedImage, Problem> {
    let began = Instant::now();
    let turn = tokio::time::timeout_at(deadline.into(), Arc::clone(&state.decoders).acquire_owned()).await;
    let turn = turn.map_err(|_| Problem::too_late())?.expect("nobody closes the semaphore. This is a bug.");
    let preparer = Arc::clone(&engine.preparer);
    let preparing = tokio::task::spawn_blocking(move || {
        let image = tracing::debug_span!("prepare").in_scope(|| preparer.prepare(&file));
        drop(turn);
        image
    });
    let image = tokio::time::timeout_at(deadline.into(), preparing).await.map_err(|_| Problem::too_late())?;
    // A panic of the decoder costs its own picture alone.
    let image = image.map_err(|_| Problem::internal())??;
    telemetry::prepared(began.elapsed());
    Ok(image)
}

impl Running {
    /// The picture's size, upright.
    pub(crate) fn size(&self) -> ImageSize {
        self.size
    }

    /// What a dataset knows the answer by.
    pub(crate) fn source(&self) -> ModelSource {
        model_source(&self.engine.model.description, &self.question)
    }

    /// Whether the answer is words alone, so that what [`RunningUpdate::Text`] brings is the answer.
    pub(crate) fn answers_with_text(&self) -> bool {
        ANSWERS_WITH_TEXT.contains(&self.question.task.as_str())
    }

    /// What comes next. Nothing comes after [`RunningUpdate::Done`].
    pub(crate) async fn next(&mut self) -> RunningUpdate {
        match tokio::time::timeout_at(self.deadline.into(), self.ticket.next()).await {
            Ok(Update::Text(text)) => RunningUpdate::Text(text),
            Ok(Update::Done(result)) => RunningUpdate::Done(Box::new(self.answer(*result))),
            Err(_) => RunningUpdate::Done(Box::new(Err(Problem::too_late()))),
        }
    }

    /// The answer, whatever comes before it.
    pub(crate) async fn finish(mut self) -> Result<CaptionAnswer, Problem> {
        loop {
            if let RunningUpdate::Done(answer) = self.next().await {
                return *answer;
            }
        }
    }

    fn answer(&self, result: Result<CaptionResult, vasari_inference::CaptionError>) -> Result<CaptionAnswer, Problem> {
        let result = result?;
        telemetry::captioned(&result.timing);
        let elapsed = self.began.elapsed();
        let mut answer = CaptionAnswer::new(&self.engine.model, self.question.clone(), self.size, result, elapsed);
        answer.timings.prepare_ms = milliseconds(self.prepare);
        tracing::debug!(task = answer.task, timings = ?answer.timings, "captioned");
        Ok(answer)
    }
}

/// The tasks whose answer is a text without places.
const ANSWERS_WITH_TEXT: [&str; 7] = [
    "<CAPTION>",
    "<DETAILED_CAPTION>",
    "<MORE_DETAILED_CAPTION>",
    "<OCR>",
    "<REGION_TO_CATEGORY>",
    "<REGION_TO_DESCRIPTION>",
    "<REGION_TO_OCR>",
];

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

/// What is wrong with a file that isn't a picture of the type it claims.
pub(crate) fn check_type(image: &UploadedImage) -> Result<(), Problem> {
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

#[cfg(test)]
mod tests {
    use vasari_inference::fake;

    use super::*;

    fn ask(task: Option<&str>, text: Option<&str>) -> Result<Question, Problem> {
        let model = fake::describe();
        Question::new(&model, &Parameters::default(), task, text.map(Into::into), &Parameters::default())
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
