//! `/jobs/{id}`: one job, and the plain forms that stop it, take it up again, and do what a dry run found out.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{self, JobData, JobFailure, Listing, PageData},
};
use vasari_storage::{
    Database,
    datasets::Role,
    jobs::{Job, JobItem, JobRequest, JobState},
};

use super::{job_outcome::outcome, job_words, visit::Visit};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            audit::Audit,
            imports::do_import,
            jobs::{go_on_with_job, roll_back, stop_job},
            page::{nothing_there, parse_id, unknown_cursor},
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// Failures of a page.
const FAILURES: usize = 50;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct JobQueryParams {
    /// The failures go on after this place.
    after: Option<String>,
}

/// The form's field.
#[derive(Deserialize)]
pub(crate) struct JobForm {
    #[serde(default)]
    action: String,
}

/// The job.
pub(crate) async fn get_page(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<JobQueryParams>,
) -> Result<Response, Problem> {
    visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let after = query.after.as_deref().map(str::parse::<i64>).transpose().map_err(|_| unknown_cursor())?;
    render(&visit, parse_id(&id)?, after, None, StatusCode::OK).await
}

/// Changes what becomes of the job, and leads to it, or says why not.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(request_id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(id): Path<String>,
    Form(form): Form<JobForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let id = parse_id(&id)?;
    let changed = match form.action.as_str() {
        "cancel" => stop_job(&state, identity, &audit, id).await,
        "resume" => go_on_with_job(&state, identity, &audit, id).await,
        "rollback" => roll_back(&state, identity, &audit, id).await,
        "apply" => {
            let job = visit.database()?.find_job(&visit.reader, id).await?.ok_or_else(nothing_there)?;
            let slug = job.dataset.ok_or_else(nothing_there)?;
            do_import(&state, (identity, &audit), &slug, id).await
        }
        _ => Err(invalid("action", "it must be cancel, resume, rollback or apply")),
    };
    match changed {
        Ok(job) => Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response()),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) => {
            let status = problem.status();
            render(&visit, id, None, Some(problem.document(&request_id.0)), status).await
        }
    }
}

async fn render(
    visit: &Visit,
    id: Uuid,
    after: Option<i64>,
    problem: Option<types::Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let (database, reader) = (visit.database()?, &visit.reader);
    let job = database.find_job(reader, id).await?.ok_or_else(nothing_there)?;
    let names = database.job_names(reader, &[id]).await?.pop();
    let failed = database.list_failed_items(reader, id, after.unwrap_or(-1), FAILURES as i64 + 1).await?;
    let mut failed = failed.ok_or_else(nothing_there)?;
    let has_more = failed.len() > FAILURES;
    failed.truncate(FAILURES);
    let dataset = match &job.dataset {
        Some(slug) => database.find_dataset(reader, slug).await?,
        None => None,
    };
    let is_owner = dataset.as_ref().is_some_and(|dataset| dataset.role >= Role::Owner);
    let is_own = job.created_by.is_some() && job.created_by == reader.user;
    let frame = match &dataset {
        Some(dataset) => visit.frame_of(dataset, &Listing::default()).await?,
        None => visit.frame(),
    };
    let summary = job_words::summary(&job, names, OffsetDateTime::now_utc());
    let images = job_words::selection(&job.request);
    let images_address = images.zip(job.dataset.as_ref()).and_then(|(images, slug)| {
        let listing = job_words::listing(images);
        (images.images.is_none()).then(|| listing.address(slug))
    });
    let title = summary.title.clone();
    let data = JobData {
        asked: job_words::asked(&job.request),
        images: images.map(job_words::chips).unwrap_or_default(),
        images_address,
        outcome: outcome(visit, &database, &job).await?,
        may_change: reader.is_admin || is_own || is_owner,
        can_resume: can_resume(&job),
        next_failures: failed.last().filter(|_| has_more).map(|item| item.position.to_string()),
        failures: failures(&database, visit, &job, failed).await?,
        is_continued: after.is_some(),
        problem,
        job: summary,
    };
    Ok(visit.answer((&title, t!("A job, and how far it is.")), frame, PageData::Job(Box::new(data)), status))
}

/// Whether there is something to take up again.
fn can_resume(job: &Job) -> bool {
    match job.state {
        JobState::Cancelled | JobState::Failed => true,
        JobState::Succeeded => job.failed > 0 && job.request.has_items(),
        JobState::Waiting | JobState::Running => false,
    }
}

/// What failed, with the way to the image where it is one.
async fn failures(
    database: &Database,
    visit: &Visit,
    job: &Job,
    items: Vec<JobItem>,
) -> Result<Vec<JobFailure>, Problem> {
    let ids: Vec<Uuid> = items.iter().filter_map(|item| item.image_id).collect();
    let images = database.find_images(&visit.reader, &ids).await?;
    let is_file = matches!(job.request, JobRequest::Import(_));
    let failures = items.into_iter().map(|item| {
        let shown = images.iter().find(|image| Some(image.id) == item.image_id);
        let address = shown.zip(job.dataset.as_ref());
        JobFailure {
            place: if is_file { t!("Row {number}", number = item.position) } else { String::new() },
            label: item.label.unwrap_or_else(|| t!("An image that is gone").to_owned()),
            address: address.map(|(image, slug)| format!("/datasets/{slug}/images/{}", image.id)),
            error: item.error.unwrap_or_default(),
        }
    });
    Ok(failures.collect())
}
