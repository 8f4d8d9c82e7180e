//! `/datasets/{slug}/images/{id}/run`: the plain form that asks the model about a picture now, and keeps what it says.

use axum::{
    Extension, Form,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::types::{Listing, RunAttempt};

use super::{
    image::{Attempted, render},
    visit::Visit,
};
use crate::{
    api::{caption::caption_in_dataset, fields::Fields, problem::Problem, v1::datasets::checked},
    auth::Caller,
    middleware::{KnownIdentity, RequestId},
};

/// The form's fields.
#[derive(Deserialize)]
pub(crate) struct RunForm {
    #[serde(default)]
    task: String,
    #[serde(default)]
    text: String,
}

/// Runs the task, and leads back to the picture, or says why not.
pub(crate) async fn post_page(
    caller: Caller,
    Extension(identity): Extension<KnownIdentity>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Form(form): Form<RunForm>,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let fields = Fields::about_image(checked(&slug)?, &id, given(&form.task), given(&form.text));
    match caption_in_dataset(&visit.state, &caller, identity, fields).await {
        Ok(()) => Ok(Redirect::to(&Listing::parse(&query).image_address(&slug, &id)).into_response()),
        // Whoever may not even see the picture is not told about tasks.
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) => {
            let status = problem.status();
            let run = RunAttempt { task: form.task, text: form.text, problem: Some(problem.document(&request_id.0)) };
            render(&visit, (&slug, &id), &query, Attempted { run: Some(run), ..Attempted::default() }, status).await
        }
    }
}
