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
use vasari_storage::sources::ModelSource;

use super::{
    ask::{CaptionAsk, Pictures, in_time},
    caption_form::CaptionForm,
    docs::{CaptionErrors, CaptionFormBody, CaptionJson, ServerSentEvent},
    events,
    fields::{Fields, invalid},
    keeping::{Keeper, StoredResult},
    problem::Problem,
};
use crate::{
    auth::Caller,
    captioning::{self, CaptionAnswer, Timings},
    middleware::{KnownIdentity, RequestId},
    state::AppState,
};

/// What a picture shows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptionResponse {
    #[serde(flatten)]
    answer: CaptionAnswer,
    /// Where the time went, if `timings` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    timings: Option<Timings>,
    /// What became of it in the dataset, if one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stored: Option<StoredResult>,
}

/// What is done with an answer before it goes out.
pub(crate) struct Finish {
    /// Whether it tells where the time went.
    pub(crate) with_timings: bool,
    /// In which picture's place it is kept, and as whose.
    pub(crate) keeper: Option<(Keeper, ModelSource)>,
}

/// Caption a picture
///
/// Describes the picture in one sentence, or does what `task` says. A temperature or `top_p` other than 1 means
/// sampling unless `do_sample` is false; sampling works with one beam only. With `stream` the answer comes as
/// server-sent events: `text` with `{"text": …}` as the answer grows, then one `caption` with the whole answer, or one
/// `error` with a problem document. With `dataset` the caption is kept there, for who is signed in or sends a key with the
/// scopes `caption` and `write`; without it nothing is kept.
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
    Extension(identity): Extension<KnownIdentity>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    answer(&state, &caller, identity, id, request, "<CAPTION>").await
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
    Extension(identity): Extension<KnownIdentity>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    answer(&state, &caller, identity, id, request, "<DETAILED_CAPTION>").await
}

/// Captions the picture of a request. A form posted by a page of another site does no harm: what lets the caller in isn't
/// sent by a browser on its own, cookies count for nothing there, and without an account nothing is kept.
async fn answer(
    state: &AppState,
    caller: &Caller,
    identity: KnownIdentity,
    id: RequestId,
    request: Request,
    default_task: &str,
) -> Result<Response, Problem> {
    let deadline = Instant::now() + state.timeout;
    let client = caller.id();
    state.engines.check(&client)?;
    let mut ask = CaptionAsk::read(request, Pictures::One, deadline).await?;
    ask.fields.task.get_or_insert_with(|| default_task.to_owned());
    // Before a picture is fetched for nothing.
    ask.fields.check(state)?;
    let (keeper, file, fields) = if let Some((keeper, file)) = Keeper::find(state, identity, &mut ask, deadline).await?
    {
        (Some(keeper), file, ask.fields)
    } else {
        let (image, fields) = ask.into_image(Pictures::One)?;
        (None, image.read(state, "image_url", deadline).await?.bytes, fields)
    };
    let (stream, with_timings) = (fields.stream, fields.timings);
    let running = captioning::begin(state, &client, fields.about(file), deadline).await?;
    let finish = Finish { with_timings, keeper: keeper.map(|keeper| (keeper, running.source())) };
    if stream {
        return Ok(events::answer(state, running, finish, id));
    }
    Ok(Json(finish.respond(state, running.finish().await?).await?).into_response())
}

/// Captions a picture of a dataset that the fields name, and keeps what comes of it.
pub(crate) async fn caption_in_dataset(
    state: &AppState,
    caller: &Caller,
    identity: KnownIdentity,
    fields: Fields,
) -> Result<(), Problem> {
    let deadline = Instant::now() + state.timeout;
    let client = caller.id();
    state.engines.check(&client)?;
    fields.check(state)?;
    let mut ask = CaptionAsk { images: Vec::new(), sample: None, fields };
    let kept = Keeper::find(state, identity, &mut ask, deadline).await?;
    let (keeper, file) = kept.ok_or_else(|| invalid("dataset", "it must name the dataset of the picture"))?;
    let running = captioning::begin(state, &client, ask.fields.about(file), deadline).await?;
    let finish = Finish { with_timings: false, keeper: Some((keeper, running.source())) };
    finish.respond(state, running.finish().await?).await?;
    Ok(())
}

impl CaptionResponse {
    /// The answer, with or without where its time went.
    pub(crate) fn new(answer: CaptionAnswer, with_timings: bool) -> Self {
        let timings = with_timings.then_some(answer.timings);
        Self { answer, timings, stored: None }
    }
}

impl Finish {
    /// The answer as it goes out. What is to be kept is kept when this returns.
    pub(crate) async fn respond(&self, state: &AppState, answer: CaptionAnswer) -> Result<CaptionResponse, Problem> {
        let stored = match &self.keeper {
            Some((keeper, source)) => Some(keeper.keep(state, source, &answer).await?),
            None => None,
        };
        Ok(CaptionResponse { stored, ..CaptionResponse::new(answer, self.with_timings) })
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
