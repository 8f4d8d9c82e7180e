//! `POST /api/v1/search/reindex`: the search indexes of all servers, built anew by a job.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::json;
use time::OffsetDateTime;

use super::{audit::Audit, jobs::JobResponse, page::nothing_there};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// Build the search index anew
///
/// Never needed for what is written: servers keep their indexes up to date, and build those anew that are missing or
/// damaged. The job reaches every server of the database, tells how far the index of one of them is, and is done with it.
/// All answer from their old ones meanwhile, and keep them if the job is stopped. For administrators.
#[utoipa::path(
    post, path = "/api/v1/search/reindex", tag = "Jobs",
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn create_reindex_job(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    let (reader, database) = (identity.administrator()?, state.storage.database()?);
    let job = database.create_reindex_job(&reader, OffsetDateTime::now_utc()).await?.ok_or_else(nothing_there)?;
    audit.record(&database, Some(&identity), ("job.create", Some(job.id)), json!({ "kind": "reindex" })).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}
