//! `/datasets/{slug}/images/{id}`: one picture with its captions, and the plain forms that change them.

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::{
    t,
    types::{Attempt, ImageData, Listing, PageData, RunAttempt},
};
use vasari_storage::{
    api_keys::Scope,
    captions::Status,
    datasets::{Dataset, Role},
    images::Neighbours,
};

use super::{
    found::{query_of, scope_of},
    grid::{describe, list_of},
    stored,
    visit::Visit,
};
use crate::{
    api::{
        problem::Problem,
        v1::{
            captions::{UpdateCaptionBody, change_caption},
            datasets::checked,
            own_captions::{PutOwnCaptionBody, write_own_caption},
            page::{nothing_there, parse_id},
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// The form's fields: a new text, or how far the review is. Without a caption, it is the first one of one's own.
#[derive(Deserialize)]
pub(crate) struct CaptionForm {
    #[serde(default)]
    caption: String,
    #[serde(default)]
    version: i32,
    text: Option<String>,
    status: Option<Status>,
    /// Why, where it is rejected.
    reason: Option<String>,
}

/// The picture.
pub(crate) async fn get_page(
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    render(&visit, (&slug, &id), &query.unwrap_or_default(), Attempted::default(), StatusCode::OK).await
}

/// Changes a caption, and leads back to the picture, or says why not. Nothing that was written is lost.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(request_id): axum::Extension<RequestId>,
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Form(form): Form<CaptionForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let query = query.unwrap_or_default();
    // Browsers send line breaks as two signs.
    let text = form.text.map(|text| text.replace("\r\n", "\n"));
    let changed = if form.caption.is_empty() {
        let body = PutOwnCaptionBody { text: text.clone().unwrap_or_default(), regions: None, version: None };
        write_own_caption(&state, identity, &id, body).await
    } else {
        let (version, status) = (form.version, form.status);
        let body = UpdateCaptionBody { version, text: text.clone(), regions: None, status, reason: form.reason };
        change_caption(&state, identity, &form.caption, body).await
    };
    match changed {
        Ok(_) => Ok(Redirect::to(&Listing::parse(&query).image_address(&slug, &id)).into_response()),
        Err(problem) => {
            let attempt = Attempt {
                caption: form.caption,
                text: text.unwrap_or_default(),
                problem: problem.document(&request_id.0),
            };
            let attempted = Attempted { caption: Some(attempt), ..Attempted::default() };
            render(&visit, (&slug, &id), &query, attempted, problem.status()).await
        }
    }
}

/// What a form wanted and did not get.
#[derive(Debug, Default)]
pub(super) struct Attempted {
    /// A change of a caption.
    pub(super) caption: Option<Attempt>,
    /// A task for the model.
    pub(super) run: Option<RunAttempt>,
}

/// The picture's page.
pub(super) async fn render(
    visit: &Visit,
    (slug, id): (&str, &str),
    query: &str,
    attempted: Attempted,
    status: StatusCode,
) -> Result<Response, Problem> {
    let (database, listing) = (visit.database()?, Listing::parse(query));
    let (reader, id) = (&visit.reader, parse_id(id)?);
    let dataset = database.find_dataset(reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    let image = database.find_image_in(reader, dataset.id, id).await?.ok_or_else(nothing_there)?;
    let captions = database.list_captions(reader, id).await?.ok_or_else(nothing_there)?;
    let beside = if listing.needs_index() {
        // A query that can't be understood finds nothing beside the picture, which is there all the same.
        match query_of(&listing) {
            Ok((query, sort)) => {
                let scope = scope_of(visit, &database, slug).await?;
                visit.state.search.neighbours(&scope, &query, sort, id).await?
            }
            Err(_) => Neighbours { previous: None, next: None },
        }
    } else {
        let list = list_of(&listing);
        database.neighbours(reader, id, list.order(), &list.filter).await?.ok_or_else(nothing_there)?
    };
    let frame = visit.frame_of(&dataset, &listing).await?;
    let data = ImageData {
        dataset: describe(visit, &database, &dataset).await?,
        image: stored::image_file(&image),
        captions: captions.into_iter().map(stored::caption).collect(),
        neighbours: stored::neighbours(beside),
        listing,
        attempt: attempted.caption,
        tasks: tasks(visit, &dataset),
        run: attempted.run,
    };
    let title = format!("{} · {}", image.file_name, dataset.name);
    let about = data
        .captions
        .first()
        .map_or_else(|| t!("A picture of {dataset}.", dataset = dataset.name), |caption| caption.text.clone());
    let about: String = about.chars().take(200).collect();
    Ok(visit.answer((&title, &about), frame, PageData::Image(Box::new(data)), status))
}

/// The tasks that the model can be asked about the picture, for whom it may be.
fn tasks(visit: &Visit, dataset: &Dataset) -> Vec<String> {
    let may_keep = visit.identity.as_ref().is_some_and(|identity| identity.reader(Scope::Write).is_ok());
    match visit.state.engines.current() {
        Ok(engine) if may_keep && dataset.role >= Role::Annotator => {
            engine.model.description.tasks.iter().map(|task| task.marker.clone()).collect()
        }
        _ => Vec::new(),
    }
}
