//! `POST /caption`: a picture in, a caption out.

use std::time::Instant;

use axum::{
    Json,
    extract::{Multipart, State, multipart::MultipartRejection},
    http::HeaderMap,
};

use super::{
    caption_form::CaptionForm,
    problem::{Problem, ProblemKind},
};
use crate::{
    auth::Caller,
    captioning::{self, Ask, CaptionAnswer},
    state::AppState,
};

/// Captions the picture of a multipart form.
///
/// Fields: `image` (a file), and optionally `task`, `text`, `max_length`, `temperature`, `top_p`, `num_beams`,
/// `do_sample` and `seed`. A form posted by a page of another site does no harm: nothing is kept and nothing is known
/// here of who asks.
pub(crate) async fn create_caption(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Json<CaptionAnswer>, Problem> {
    let deadline = Instant::now() + state.timeout;
    let client = caller.id();
    state.engines.check(&client)?;
    let mut form = read_in_time(&headers, multipart, deadline).await?;
    let (task, text, parameters) = (form.task.take(), form.text.take(), std::mem::take(&mut form.parameters));
    let image = form.into_image()?;
    captioning::check_type(&image)?;
    let ask = Ask { task, text, parameters, file: image.bytes };
    Ok(Json(captioning::begin(&state, &client, ask, deadline).await?.finish().await?))
}

/// Reads the form, or gives up at the deadline.
pub(crate) async fn read_in_time(
    headers: &HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
    deadline: Instant,
) -> Result<CaptionForm, Problem> {
    let form = tokio::time::timeout_at(deadline.into(), CaptionForm::read(headers, multipart)).await;
    form.unwrap_or_else(|_| {
        let detail = "The request's body didn't arrive in the time that the server allows.";
        Err(Problem::new(ProblemKind::RequestTimeout, detail))
    })
}
