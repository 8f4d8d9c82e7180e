//! `/api/v1/jobs`: long work, how far it is, and what failed of it.

use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    jobs::{Job, JobItem, JobState},
};

use super::{
    audit::Audit,
    datasets::{checked, permitted},
    page::{Page, PageQueryParams, nothing_there, parse_id},
};
use crate::{
    api::{
        docs::AccountErrors,
        problem::{Problem, ProblemKind},
    },
    people::Identity,
    state::AppState,
};

/// A job: long work that goes on by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobResponse {
    pub(crate) id: Uuid,
    /// `caption`, `import`, `export`, `bulk_edit`, `keep_caption`, `rollback` or `reindex`.
    kind: &'static str,
    /// The slug of the dataset that it works on; null for what concerns the whole server.
    dataset: Option<String>,
    /// `waiting`, `running`, `succeeded`, `failed` or `cancelled`.
    #[schema(value_type = crate::api::names::JobStateName)]
    pub(crate) state: JobState,
    /// What was asked.
    request: Value,
    /// Of how many items it consists; null until that is known.
    total: Option<i64>,
    /// Items that are done.
    done: i64,
    /// Items that failed for good; `/errors` lists them.
    failed: i64,
    /// Items a second.
    pace: Option<f64>,
    /// At this pace.
    seconds_left: Option<f64>,
    /// What came of it, where there is more to say than the counts.
    #[schema(required)]
    result: Option<Value>,
    /// Why it failed as a whole.
    error: Option<String>,
    /// Who asked; null for whoever runs the server.
    created_by: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    started_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

/// A part of a job that failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailedItemResponse {
    /// Where it stands in the job: a line of a file, from 1; of other jobs the item, from 0.
    position: i64,
    image: Option<Uuid>,
    caption: Option<Uuid>,
    /// What people call it: an image's name, a line of a file.
    label: Option<String>,
    /// How often it was tried.
    attempts: i16,
    /// Why it failed.
    error: String,
}

/// Which jobs are asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct JobsQueryParams {
    dataset: Option<String>,
}

impl JobResponse {
    /// The job as it is `now`.
    pub(crate) fn new(job: Job, now: OffsetDateTime) -> Self {
        let (pace, seconds_left) = (job.pace(now), job.seconds_left(now));
        let mut request = json!(job.request);
        if let Some(members) = request.as_object_mut() {
            members.remove("kind");
        }
        Self {
            id: job.id,
            kind: job.request.kind(),
            dataset: job.dataset,
            state: job.state,
            request,
            total: job.total,
            done: job.done,
            failed: job.failed,
            pace,
            seconds_left,
            result: job.result,
            error: job.error,
            created_by: job.created_by,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

impl From<Job> for JobResponse {
    fn from(job: Job) -> Self {
        Self::new(job, OffsetDateTime::now_utc())
    }
}

impl From<JobItem> for FailedItemResponse {
    fn from(item: JobItem) -> Self {
        let JobItem { position, image_id, caption_id, label, attempts, error } = item;
        Self { position, image: image_id, caption: caption_id, label, attempts, error: error.unwrap_or_default() }
    }
}

/// List jobs
///
/// The newest first: your own, and those of datasets that you write captions in.
#[utoipa::path(
    get, path = "/api/v1/jobs", tag = "Jobs",
    params(
        ("dataset" = Option<String>, Query, description = "Only of this dataset (its slug)"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of jobs", body = Page<JobResponse>), AccountErrors),
)]
pub(crate) async fn list_jobs(
    State(state): State<AppState>,
    identity: Identity,
    params: PageQueryParams,
    query: Result<Query<JobsQueryParams>, QueryRejection>,
) -> Result<Json<Page<JobResponse>>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let dataset = query.ok().and_then(|Query(query)| query.dataset);
    let dataset = dataset.as_deref().map(checked).transpose()?;
    let jobs = state.storage.database()?.list_jobs(&reader, dataset, params.id_cursor()?, params.rows()).await?;
    Ok(Json(params.page(jobs, |job| job.id.to_string())))
}

/// A job
#[utoipa::path(
    get, path = "/api/v1/jobs/{job}", tag = "Jobs",
    params(("job" = Uuid, Path, description = "Which job")),
    responses((status = 200, description = "How it is", body = JobResponse), AccountErrors),
)]
pub(crate) async fn get_job(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<String>,
) -> Result<Json<JobResponse>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let job = state.storage.database()?.find_job(&reader, parse_id(&job)?).await?;
    Ok(Json(job.ok_or_else(nothing_there)?.into()))
}

/// Stop a job
///
/// What is done stays, and the job can be taken up again. For whoever asked for it, and the dataset's owners.
#[utoipa::path(
    post, path = "/api/v1/jobs/{job}/cancel", tag = "Jobs",
    params(("job" = Uuid, Path, description = "Which job")),
    responses((status = 200, description = "How it is now", body = JobResponse), AccountErrors),
)]
pub(crate) async fn cancel_job(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(job): Path<String>,
) -> Result<Json<JobResponse>, Problem> {
    Ok(Json(stop_job(&state, &identity, &audit, parse_id(&job)?).await?.into()))
}

/// Stops a job, and notes who did.
pub(crate) async fn stop_job(state: &AppState, identity: &Identity, audit: &Audit, id: Uuid) -> Result<Job, Problem> {
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    let job = permitted(database.cancel_job(&reader, id, OffsetDateTime::now_utc()).await?)?;
    audit.record(&database, Some(identity), ("job.cancel", Some(id)), json!({})).await?;
    Ok(job)
}

/// Take a job up again
///
/// One that was stopped or has failed goes on with what is left; items that failed are tried once more. For whoever asked
/// for it, and the dataset's owners.
#[utoipa::path(
    post, path = "/api/v1/jobs/{job}/resume", tag = "Jobs",
    params(("job" = Uuid, Path, description = "Which job")),
    responses((status = 200, description = "How it is now", body = JobResponse), AccountErrors),
)]
pub(crate) async fn resume_job(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(job): Path<String>,
) -> Result<Json<JobResponse>, Problem> {
    Ok(Json(go_on_with_job(&state, &identity, &audit, parse_id(&job)?).await?.into()))
}

/// Takes a job up again, and notes who did.
pub(crate) async fn go_on_with_job(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    id: Uuid,
) -> Result<Job, Problem> {
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    let job = permitted(database.resume_job(&reader, id).await?)?;
    audit.record(&database, Some(identity), ("job.resume", Some(id)), json!({})).await?;
    Ok(job)
}

/// Roll a bulk edit back
///
/// A job that makes every caption what it was before, except those that somebody has changed since, which stay as they are.
/// A rollback can be rolled back as well. The bulk edit must have ended. For annotators; a caption that was approved or
/// rejected before takes a reviewer.
#[utoipa::path(
    post, path = "/api/v1/jobs/{job}/rollback", tag = "Jobs",
    params(("job" = Uuid, Path, description = "Which bulk edit")),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn create_rollback(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(job): Path<String>,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(roll_back(&state, &identity, &audit, parse_id(&job)?).await?.into())))
}

/// Rolls a bulk edit back, and notes who did.
pub(crate) async fn roll_back(state: &AppState, identity: &Identity, audit: &Audit, id: Uuid) -> Result<Job, Problem> {
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    let job = database.find_job(&reader, id).await?.ok_or_else(nothing_there)?;
    if !job.request.can_roll_back() {
        return Err(Problem::new(ProblemKind::Conflict, "Only bulk edits and rollbacks can be rolled back."));
    }
    if !job.state.is_final() {
        return Err(Problem::new(ProblemKind::Conflict, "The job goes on. Stop it first, or wait until it has ended."));
    }
    let rollback = permitted(database.roll_back_job(&reader, id, OffsetDateTime::now_utc()).await?)?;
    let detail = json!({ "kind": "rollback", "of": id });
    audit.record(&database, Some(identity), ("job.create", Some(rollback.id)), detail).await?;
    Ok(rollback)
}

/// List what failed of a job
///
/// Items that were tried as often as makes sense, by position.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job}/errors", tag = "Jobs",
    params(
        ("job" = Uuid, Path, description = "Which job"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of failures", body = Page<FailedItemResponse>), AccountErrors),
)]
pub(crate) async fn list_job_errors(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<String>,
    params: PageQueryParams,
) -> Result<Json<Page<FailedItemResponse>>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let after = params.number_cursor()?.unwrap_or(-1);
    let items = state.storage.database()?.list_failed_items(&reader, parse_id(&job)?, after, params.rows()).await?;
    Ok(Json(params.page(items.ok_or_else(nothing_there)?, |item| item.position.to_string())))
}
