//! `/datasets/{slug}/changes`: what people did to captions, and the way back and forth.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::{
    t,
    types::{self, Act, ActExample, ChangesData, Listing, PageData},
};
use vasari_storage::{
    actions::{Action, ActionState, Turn},
    datasets::Role,
};

use super::{
    compare::pieces,
    grid::describe,
    job_words,
    stored::{self, moment},
    visit::Visit,
};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            actions::turn,
            datasets::checked,
            page::{nothing_there, unknown_cursor},
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// Acts of a page.
const PAGE_SIZE: usize = 50;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ChangesQueryParams {
    /// `me` for what whoever looks did alone.
    #[serde(default)]
    who: String,
    /// The list goes on before this act.
    before: Option<String>,
}

/// What is to be done.
#[derive(Deserialize)]
pub(crate) struct TurnForm {
    /// `undo` or `redo`.
    step: String,
}

/// The list.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<ChangesQueryParams>,
) -> Result<Response, Problem> {
    render(&visit, &slug, query, None).await
}

/// Undoes, or does again, and leads to the list.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<ChangesQueryParams>,
    Form(TurnForm { step }): Form<TurnForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let way = match step.as_str() {
        "undo" => Turn::Undo,
        "redo" => Turn::Redo,
        _ => return Err(invalid("step", "it must be undo or redo")),
    };
    match turn(&state, identity, &slug, way, None).await {
        Ok(turned) => {
            // A job tells itself how far it is.
            let own = format!("/datasets/{slug}/changes{}", if query.who == "me" { "?who=me" } else { "" });
            Ok(Redirect::to(&turned.job.map_or(own, |job| format!("/jobs/{job}"))).into_response())
        }
        Err(problem) if problem.status() == StatusCode::CONFLICT => {
            let told = (problem.document(&id.0), problem.status());
            render(&visit, &slug, query, Some(told)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn render(
    visit: &Visit,
    slug: &str,
    query: ChangesQueryParams,
    told: Option<(types::Problem, StatusCode)>,
) -> Result<Response, Problem> {
    let (database, reader) = (visit.database()?, &visit.reader);
    let dataset = database.find_dataset(reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    let is_mine = query.who == "me" && reader.user.is_some();
    let before = query.before.as_deref().map(str::parse).transpose().map_err(|_| unknown_cursor())?;
    let user = reader.user.filter(|_| is_mine);
    let actions = database.list_actions(reader, slug, user, before, PAGE_SIZE as i64 + 1).await?;
    let mut actions = actions.ok_or_else(nothing_there)?;
    let has_more = actions.len() > PAGE_SIZE;
    actions.truncate(PAGE_SIZE);
    let act = |action: Action| act(slug, action);
    let mut data = ChangesData {
        dataset: describe(visit, &database, &dataset).await?,
        is_mine,
        is_continued: before.is_some(),
        next: actions.last().filter(|_| has_more).map(|action| action.id.to_string()),
        acts: actions.into_iter().map(act).collect(),
        ..ChangesData::default()
    };
    if reader.user.is_some() && dataset.role >= Role::Annotator {
        data.undo = database.next_action(reader, slug, Turn::Undo).await?.map(act);
        data.redo = database.next_action(reader, slug, Turn::Redo).await?.map(act);
    }
    let (problem, status) = told.unzip();
    data.problem = problem;
    let frame = visit.frame_of(&dataset, &Listing::default()).await?;
    let title = t!("Changes · {dataset}", dataset = dataset.name);
    let about = t!("What people did to captions, and the way back.");
    Ok(visit.answer((&title, about), frame, PageData::Changes(Box::new(data)), status.unwrap_or_default()))
}

/// An act as the page shows it.
fn act(slug: &str, action: Action) -> Act {
    let Action { user_name, done_at, state, job, captions, example, .. } = action;
    let example = example.map(|example| {
        let (before, after) = (example.before, example.after);
        ActExample {
            address: format!("/datasets/{slug}/images/{}", example.image),
            file_name: example.file_name,
            source: example.source,
            diff: (before.0 != after.0).then(|| pieces(&before.0, &after.0)),
            status: (before.1 != after.1 && before.0 == after.0).then(|| stored::status(after.1)),
        }
    });
    Act {
        who: user_name,
        at: moment(done_at),
        job: job.map(|(id, request)| (format!("/jobs/{id}"), job_words::title(&request))),
        captions: job_words::count(captions),
        example,
        is_undone: state == ActionState::Undone,
    }
}
