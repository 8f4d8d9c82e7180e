//! `POST /batch_caption`: several pictures in, a caption for each out.

use std::time::{Duration, Instant};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_inference::{ClientId, Refusal};

use super::{
    ask::{CaptionAsk, ImageSource, Pictures, no_stream_with_key},
    caption::CaptionResponse,
    docs::{BatchForm, BatchJson, CaptionErrors, ProblemDocument},
    fields::Fields,
    lines::{accepts_lines, line, respond_in_lines},
    problem::Problem,
};
use crate::{
    auth::Caller,
    captioning,
    middleware::{IDEMPOTENCY_KEY, RequestId},
    shutdown::Phase,
    state::AppState,
};

/// What came of each picture, in the order they were sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResponse {
    results: Vec<BatchResult>,
    /// Seconds from the request to the last caption, to the millisecond.
    total_processing_time: f64,
}

/// What came of one picture: its caption, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
struct BatchResult {
    /// The file's name as the client calls it, else its place, such as `image-1`.
    filename: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Outcome {
    Captioned(Box<CaptionResponse>),
    Failed {
        #[schema(value_type = ProblemDocument)]
        error: vasari_app::types::Problem,
    },
}

/// One line of an answer that comes as it is made.
#[derive(Serialize)]
struct Line<'a> {
    /// Which picture, counted from 0.
    index: usize,
    #[serde(flatten)]
    result: &'a BatchResult,
}

/// How many pictures of a batch wait or run at the same time unless the request says otherwise.
const AT_A_TIME: usize = 8;

/// How long until a picture that found no place in the queue tries again.
const PAUSE: Duration = Duration::from_millis(50);

/// Caption several pictures
///
/// All with the same task and parameters. A picture that can't be captioned has an `error` in the place of its caption,
/// and the others are answered. With `stream`, or when `application/x-ndjson` is accepted, each result is a line as soon
/// as it is there, in any order, with its picture's `index`; the last line has `total_processing_time`.
#[utoipa::path(
    post, path = "/batch_caption", tag = "Captions",
    params(("Idempotency-Key" = Option<String>, Header, description = super::docs::IDEMPOTENCY_KEY)),
    request_body(content((BatchForm = "multipart/form-data"), (BatchJson = "application/json"))),
    responses(
        (status = 200, description = "What came of each picture", content(
            (BatchResponse = "application/json"), (String = "application/x-ndjson"))),
        CaptionErrors,
    ),
)]
pub(crate) async fn create_batch_caption(
    State(state): State<AppState>,
    caller: Caller,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let began = Instant::now();
    let deadline = began + state.timeout;
    let client = caller.id();
    state.engines.check(&client)?;
    let accepts_lines = accepts_lines(request.headers());
    let has_key = request.headers().contains_key(IDEMPOTENCY_KEY);
    let ask = CaptionAsk::read(request, Pictures::Several, deadline).await?;
    let (images, fields) = ask.into_images(Pictures::Several)?;
    fields.check(&state)?;
    let comes_in_lines = fields.stream || accepts_lines;
    if comes_in_lines && has_key {
        return Err(no_stream_with_key("Accept"));
    }
    let results = results(state, client, images, fields, id, deadline);
    if comes_in_lines {
        return Ok(answer_in_lines(results, began));
    }
    let mut results: Vec<_> = results.collect().await;
    results.sort_by_key(|(index, _)| *index);
    let results = results.into_iter().map(|(_, result)| result).collect();
    Ok(Json(BatchResponse { results, total_processing_time: seconds_since(began) }).into_response())
}

/// The results as they come, each with its picture's place.
fn results(
    state: AppState,
    client: ClientId,
    images: Vec<ImageSource>,
    fields: Fields,
    id: RequestId,
    deadline: Instant,
) -> impl Stream<Item = (usize, BatchResult)> + Send + 'static {
    let at_a_time = fields.batch_size.map_or(AT_A_TIME, |size| size as usize);
    let caption = move |(index, image): (usize, ImageSource)| {
        let (state, client, fields, id) = (state.clone(), client.clone(), fields.clone(), id.clone());
        async move {
            let filename = image.file_name().unwrap_or_else(|| format!("image-{}", index + 1));
            let captioned = tokio::select! {
                captioned = caption(&state, &client, image, index, fields, deadline) => captioned,
                () = state.shutdown.reached(Phase::Closing) => Err(Refusal::ShuttingDown.into()),
            };
            let outcome = match captioned {
                Ok(response) => Outcome::Captioned(Box::new(response)),
                Err(problem) => Outcome::Failed { error: problem.document(&id.0) },
            };
            (index, BatchResult { filename, outcome })
        }
    };
    stream::iter(images.into_iter().enumerate().map(caption)).buffer_unordered(at_a_time)
}

/// Captions one picture. A batch may be larger than the queue: what finds no place comes back until the deadline.
async fn caption(
    state: &AppState,
    client: &ClientId,
    image: ImageSource,
    index: usize,
    fields: Fields,
    deadline: Instant,
) -> Result<CaptionResponse, Problem> {
    let timings = fields.timings;
    let file: Bytes = image.read(state, &format!("images[{index}].image_url"), deadline).await?.bytes;
    loop {
        match captioning::begin(state, client, fields.clone().about(file.clone()), deadline).await {
            Err(problem) if problem.is_lack_of_room() && Instant::now() + PAUSE < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            begun => return Ok(CaptionResponse::new(begun?.finish().await?, timings)),
        }
    }
}

fn answer_in_lines(results: impl Stream<Item = (usize, BatchResult)> + Send + 'static, began: Instant) -> Response {
    let lines = results.map(|(index, result)| line(&Line { index, result: &result }));
    let end = stream::once(async move { line(&serde_json::json!({ "total_processing_time": seconds_since(began) })) });
    respond_in_lines(lines.chain(end))
}

fn seconds_since(began: Instant) -> f64 {
    began.elapsed().as_millis() as f64 / 1000.0
}
