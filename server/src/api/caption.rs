//! `POST /caption`: a picture in, a caption out.

use axum::{
    Json,
    extract::{Multipart, State, multipart::MultipartRejection},
    http::HeaderMap,
};
use tokio::time::Instant;

use super::{
    caption_form::CaptionForm,
    problem::{Problem, ProblemKind},
};
use crate::{
    captioning::{self, CaptionAnswer, Question},
    state::AppState,
};

/// Captions the picture of a multipart form.
///
/// Fields: `image` (a file), and optionally `task`, `text`, `max_length`, `temperature`, `top_p`, `num_beams`,
/// `do_sample` and `seed`. A form posted by a page of another site does no harm: nothing is kept and nothing is known
/// here of who asks.
pub(crate) async fn create_caption(
    State(state): State<AppState>,
    headers: HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Json<CaptionAnswer>, Problem> {
    let deadline = Instant::now() + state.timeout;
    state.queue.check()?;
    let form = read_in_time(&headers, multipart, deadline).await?;
    let question = Question::new(&state, form.task.as_deref(), form.text.clone(), &form.parameters)?;
    let image = form.into_image()?;
    let permit = state.queue.try_enter()?;
    let began = Instant::now();
    let picture = captioning::decode(&state, image, deadline).await?;
    let answer = captioning::answer(&state, permit, question, picture, began, deadline).await?;
    Ok(Json(answer))
}

/// Reads the form, or gives up at the deadline.
pub(crate) async fn read_in_time(
    headers: &HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
    deadline: Instant,
) -> Result<CaptionForm, Problem> {
    let form = tokio::time::timeout_at(deadline, CaptionForm::read(headers, multipart)).await;
    form.unwrap_or_else(|_| {
        let detail = "The request's body didn't arrive in the time that the server allows.";
        Err(Problem::new(ProblemKind::RequestTimeout, detail))
    })
}
