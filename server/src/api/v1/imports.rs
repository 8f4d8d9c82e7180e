//! `/api/v1/datasets/{dataset}/imports`: files whose captions and pictures are taken in, by jobs.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    datasets::Role,
    jobs::{ImportJob, Job, JobRequest, JobState},
    objects::Object,
};

use super::{
    audit::Audit,
    datasets::{checked, lacks_role, permitted},
    import_form::{Asked, WrittenImport, read_form},
    jobs::JobResponse,
    page::{nothing_there, parse_id},
};
use crate::{
    api::{
        docs::AccountErrors,
        problem::{Problem, ProblemKind},
    },
    people::Identity,
    state::AppState,
};

/// The source of captions that name none.
pub(crate) const DEFAULT_SOURCE: &str = "import";

/// The form of an import.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form in the document")]
pub(crate) struct ImportForm {
    /// The file. The formats that are folders come as `.zip` or `.tar`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `jsonl`, `csv`, `parquet`, `coco`, `webdataset`, `imagefolder`, `sidecars` or `folder`; where the file's name or what
    /// it holds does not tell.
    format: Option<String>,
    /// Which column is which field, such as `prompt=caption`; may be repeated. Columns of the usual names are known.
    mapping: Option<Vec<String>>,
    /// The source of captions that name none: `import` unless said otherwise.
    source: Option<String>,
    /// Whether to find out what would happen and change nothing.
    dry_run: Option<bool>,
}

/// Import a file
///
/// A job that takes in captions, and pictures where the file holds them. Images are found by their names; a picture of a new
/// name is added. A caption goes to the source that its row names, one that is there already with the same text stays, and
/// one with another text becomes a new version, unless a person has edited it; so the same file again changes nothing. Rows that can't be taken in are
/// listed under the job's `/errors`. With `dry_run`, the job says what would happen, and `/apply` does it. For owners.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/imports", tag = "Jobs",
    params(("dataset" = String, Path, description = "Its slug")),
    request_body(content((ImportForm = "multipart/form-data"))),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn create_import(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    let job = make_import(&state, (&identity, &audit), &slug, request, &mut WrittenImport::default()).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// Asks for the import of a form's file, and notes who did. What the form says is `written` down as far as it was read,
/// whatever comes of it.
pub(crate) async fn make_import(
    state: &AppState,
    (identity, audit): (&Identity, &Audit),
    slug: &str,
    request: Request,
    written: &mut WrittenImport,
) -> Result<Job, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    // Before the file is read, which may be large.
    let dataset = database.find_dataset(&reader, slug).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Owner {
        return Err(lacks_role(Role::Owner));
    }
    let Asked { job, spool } = read_form(state, request, written).await?;
    let (object, path) = (Object::Import(job.file), spool.path().join("file"));
    state.storage.objects.put_file(object, &path).await?;
    let is_dry_run = job.dry_run;
    let created = database.create_job(&reader, slug, JobRequest::Import(job), OffsetDateTime::now_utc()).await;
    let job = match created.map_err(Problem::from).and_then(permitted) {
        Ok(job) => job,
        Err(problem) => {
            // Nobody asks for it any more; what is left, the sweeper finds.
            drop(state.storage.objects.delete(object).await);
            return Err(problem);
        }
    };
    let detail = json!({ "kind": "import", "dry_run": is_dry_run });
    audit.record(&database, Some(identity), ("job.create", Some(job.id)), detail).await?;
    Ok(job)
}

/// Do what a dry run found out
///
/// Imports the file of a dry run that has ended. For owners.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/imports/{job}/apply", tag = "Jobs",
    params(("dataset" = String, Path, description = "Its slug"), ("job" = Uuid, Path, description = "The dry run")),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn apply_import(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path((slug, job)): Path<(String, String)>,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    let job = do_import(&state, (&identity, &audit), &slug, parse_id(&job)?).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// Asks for what a dry run found out, and notes who did.
pub(crate) async fn do_import(
    state: &AppState,
    (identity, audit): (&Identity, &Audit),
    slug: &str,
    dry_run: Uuid,
) -> Result<Job, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    let dry_run = database.find_job(&reader, dry_run).await?;
    let dry_run = dry_run.filter(|job| job.dataset.as_deref() == Some(slug)).ok_or_else(nothing_there)?;
    let JobRequest::Import(request @ ImportJob { dry_run: true, .. }) = dry_run.request else {
        return Err(Problem::new(ProblemKind::Conflict, "This job is no dry run of an import."));
    };
    if dry_run.state != JobState::Succeeded {
        return Err(Problem::new(
            ProblemKind::Conflict,
            "The dry run has not ended well. Wait for it, or send the file again.",
        ));
    }
    let kept = state.storage.objects.size(Object::Import(request.file)).await?;
    if kept.is_none() {
        return Err(Problem::new(ProblemKind::Conflict, "The file is kept no longer. Send it again."));
    }
    let request = JobRequest::Import(ImportJob { dry_run: false, ..request });
    let job = permitted(database.create_job(&reader, slug, request, OffsetDateTime::now_utc()).await?)?;
    let detail = json!({ "kind": "import", "dry_run": dry_run.id });
    audit.record(&database, Some(identity), ("job.create", Some(job.id)), detail).await?;
    Ok(job)
}

/// Whether a path takes files that are larger than other requests, and take longer to arrive.
pub(crate) fn takes_large_files(path: &str) -> bool {
    let of_api = path.starts_with("/api/v1/datasets/") && path.ends_with("/imports");
    of_api || (path.starts_with("/datasets/") && path.ends_with("/import"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_imports_are_large() {
        assert!(takes_large_files("/api/v1/datasets/birds/imports") && takes_large_files("/datasets/birds/import"));
        for path in [
            "/datasets/birds/imports",
            "/api/v1/datasets/birds/images",
            "/caption",
            "/imports",
            "/api/v1/datasets/birds/imports/7/apply",
        ] {
            assert!(!takes_large_files(path), "{path}");
        }
    }
}
