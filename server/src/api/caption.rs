//! `POST /caption` and `POST /detailed_caption`: a picture in, a caption out.

use std::time::Instant;

use axum::{
    Extension, Json,
    extract::{Multipart, Request, State, multipart::MultipartRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ask::{CaptionAsk, Pictures, in_time},
    caption_form::CaptionForm,
    docs::{CaptionErrors, CaptionFormBody, CaptionJson, ServerSentEvent},
    events,
    problem::Problem,
};
use crate::{
    auth::Caller,
    captioning::{self, CaptionAnswer, Timings},
    middleware::RequestId,
    state::AppState,
};

/// What a picture shows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptionResponse {
    #[serde(flatten)]
    answer: CaptionAnswer,
    /// Where the time went, if `timings` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    timings: Option<Timings>,
}

/// Caption a picture
///
/// Describes the picture in one sentence, or does what `task` says. A temperature or `top_p` other than 1 means
/// sampling unless `do_sample` is false; sampling works with one beam only. With `stream` the answer comes as
/// server-sent events: `text` with `{"text": …}` as the answer grows, then one `caption` with the whole answer, or one
/// `error` with a problem document.
#[utoipa::path(
    post, path = "/caption", tag = "Captions",
    params(("Idempotency-Key" = Option<String>, Header, description = super::docs::IDEMPOTENCY_KEY)),
    request_body(content((CaptionFormBody = "multipart/form-data"), (CaptionJson = "application/json"))),
    responses(
        (status = 200, description = "The caption", content(
            (CaptionResponse = "application/json"), (ServerSentEvent = "text/event-stream"))),
        CaptionErrors,
    ),
)]
pub(crate) async fn create_caption(
    State(state): State<AppState>,
    caller: Caller,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    answer(&state, &caller, id, request, "<CAPTION>").await
}

/// Caption a picture in detail
///
/// As `POST /caption`, with `<DETAILED_CAPTION>` as the task unless another is named.
#[utoipa::path(
    post, path = "/detailed_caption", tag = "Captions",
    params(("Idempotency-Key" = Option<String>, Header, description = super::docs::IDEMPOTENCY_KEY)),
    request_body(content((CaptionFormBody = "multipart/form-data"), (CaptionJson = "application/json"))),
    responses(
        (status = 200, description = "The caption", content(
            (CaptionResponse = "application/json"), (ServerSentEvent = "text/event-stream"))),
        CaptionErrors,
    ),
)]
pub(crate) async fn create_detailed_caption(
    State(state): State<AppState>,
    caller: Caller,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    answer(&state, &caller, id, request, "<DETAILED_CAPTION>").await
}

/// Captions the picture of a request. A form posted by a page of another site does no harm: nothing is kept, and what
/// lets the caller in isn't sent by a browser on its own.
async fn answer(
    state: &AppState,
    caller: &Caller,
    id: RequestId,
    request: Request,
    default_task: &str,
) -> Result<Response, Problem> {
    let deadline = Instant::now() + state.timeout;
    let client = caller.id();
    state.engines.check(&client)?;
    let ask = CaptionAsk::read(request, Pictures::One, deadline).await?;
    let (image, mut fields) = ask.into_image(Pictures::One)?;
    fields.task.get_or_insert_with(|| default_task.to_owned());
    // Before a picture is fetched for nothing.
    fields.check(state)?;
    let file = image.read(state, "image_url", deadline).await?.bytes;
    let (stream, timings) = (fields.stream, fields.timings);
    let running = captioning::begin(state, &client, fields.about(file), deadline).await?;
    if stream {
        return Ok(events::answer(state, running, timings, id));
    }
    Ok(Json(CaptionResponse::new(running.finish().await?, timings)).into_response())
}

impl CaptionResponse {
    /// The answer, with or without where its time went.
    pub(crate) fn new(answer: CaptionAnswer, with_timings: bool) -> Self {
        let timings = with_timings.then_some(answer.timings);
        Self { answer, timings }
    }
}

/// Reads the page's form, or gives up at the deadline.
pub(crate) async fn read_in_time(
    headers: &HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
    deadline: Instant,
) -> Result<CaptionForm, Problem> {
    in_time(deadline, CaptionForm::read(headers, multipart)).await
}
