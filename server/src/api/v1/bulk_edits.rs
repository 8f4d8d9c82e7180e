//! `POST /api/v1/datasets/{dataset}/bulk-edits`: many captions changed alike.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    captions::Status,
    datasets::Role,
    jobs::{BulkEditJob, CaptionEdit, ImageSelection, Job, JobRequest, edit::ReadyEdit},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, lacks_role, permitted},
    jobs::JobResponse,
    page::nothing_there,
    selection::{SelectionSchema, check_name, check_selection},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// Which captions are to be changed, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBulkEditBody {
    /// Of which images; of all where nothing is said.
    #[serde(default)]
    #[schema(value_type = SelectionSchema)]
    pub(crate) images: ImageSelection,
    /// Whose captions (a source's name); all sources' where nothing is said.
    pub(crate) of_source: Option<String>,
    /// One of `{"operation": "prefix", "text": …}`, `{"operation": "suffix", "text": …}`, `{"operation": "replace", "find": …,
    /// "replacement": …, "ignore_case": false}`, `{"operation": "replace_regex", "pattern": …, "replacement": …}` with `$1`
    /// for groups, `{"operation": "trim"}`, `{"operation": "lowercase"}`, `{"operation": "capitalize"}`,
    /// `{"operation": "set_status", "status": …, "reason": …}` with a reason for `rejected` alone.
    #[schema(value_type = Object)]
    pub(crate) edit: CaptionEdit,
}

impl JsonShape for CreateBulkEditBody {
    const SHAPE: &'static str =
        r#"{"of_source": "anna", "edit": {"operation": "replace", "find": "colour", "replacement": "color"}}"#;
}

/// Change many captions alike
///
/// A job; each change is a version of its caption, and one that somebody made meanwhile is changed as it is then. A text
/// that changes is a draft again. For annotators; to approve and reject, for reviewers.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/bulk-edits", tag = "Jobs", request_body = CreateBulkEditBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn create_bulk_edit(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<CreateBulkEditBody>,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(make_bulk_edit(&state, &identity, &audit, &slug, body).await?.into())))
}

/// Asks for a bulk edit in somebody's name, and notes who did.
pub(crate) async fn make_bulk_edit(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: CreateBulkEditBody,
) -> Result<Job, Problem> {
    let (reader, database, slug) = (identity.reader(Scope::Write)?, state.storage.database()?, checked(slug)?);
    ready(&database, &reader, slug, &body).await?;
    let CreateBulkEditBody { images, of_source, edit } = body;
    let request = JobRequest::BulkEdit(BulkEditJob { images, of_source, edit });
    let job = permitted(database.create_job(&reader, slug, request, OffsetDateTime::now_utc()).await?)?;
    audit.record(&database, Some(identity), ("job.create", Some(job.id)), json!({ "kind": "bulk_edit" })).await?;
    Ok(job)
}

/// The edit, where it can be understood and the reader may make it.
pub(super) async fn ready(
    database: &Database,
    reader: &Reader,
    slug: &str,
    body: &CreateBulkEditBody,
) -> Result<ReadyEdit, Problem> {
    check_selection(&body.images)?;
    check_name("of_source", body.of_source.as_deref())?;
    let edit = ReadyEdit::new(&body.edit).map_err(|error| invalid("edit", &error.to_string()))?;
    let needed = match body.edit {
        CaptionEdit::SetStatus { status: Status::Approved | Status::Rejected, .. } => Role::Reviewer,
        _ => Role::Annotator,
    };
    let dataset = database.find_dataset(reader, slug).await?.ok_or_else(nothing_there)?;
    if dataset.role < needed { Err(lacks_role(needed)) } else { Ok(edit) }
}
