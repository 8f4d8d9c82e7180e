//! `POST /api/v1/datasets/{dataset}/exports`: pictures and captions written into a file, by a job.

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
    api_keys::Scope,
    formats::Format,
    jobs::{CaptionChoice, ExportJob, ImageSelection, Job, JobRequest},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted},
    jobs::JobResponse,
    selection::{SelectionSchema, check_name, check_selection},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// The most sources that are named by preference.
const MOST_SOURCES: usize = 100;

/// What is to be exported, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateExportBody {
    /// `jsonl`, `csv`, `parquet`, `coco`, `webdataset`, `imagefolder`, `sidecars` or `folder`; the last three are packed into
    /// a `.zip`.
    #[schema(value_type = crate::api::names::FormatName)]
    pub(crate) format: Format,
    /// Which images; all where nothing is said.
    #[serde(default)]
    #[schema(value_type = SelectionSchema)]
    pub(crate) images: ImageSelection,
    /// `"all"`, which it is unless said otherwise; `{"source": "anna"}` for those of one source; or `{"best": {"sources":
    /// ["florence-2"]}}` for one of each image: an approved one, else a person's, else that of the first of the sources
    /// that has one, else any that nobody has rejected. A `.txt` holds one caption: with `sidecars` it is the best unless
    /// said otherwise.
    #[schema(value_type = Option<Object>)]
    pub(crate) captions: Option<CaptionChoice>,
}

impl JsonShape for CreateExportBody {
    const SHAPE: &'static str = r#"{"format": "parquet", "captions": {"best": {"sources": ["florence-2"]}}}"#;
}

/// Export a dataset
///
/// Or exactly some of its images. A job; once it has succeeded, `GET /api/v1/jobs/{job}/file` is the file, for seven days.
/// For whoever may look at the dataset and has an account.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/exports", tag = "Jobs", request_body = CreateExportBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn create_export(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<CreateExportBody>,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    let job = make_export(&state, &identity, &audit, &slug, body).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// Asks for an export, and notes who did.
pub(crate) async fn make_export(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: CreateExportBody,
) -> Result<Job, Problem> {
    // It takes along what may be looked at, and changes nothing.
    let reader = identity.reader(Scope::Read)?;
    let CreateExportBody { format, images, captions } = body;
    check_selection(&images)?;
    let captions = captions.unwrap_or_else(|| default_captions(format));
    match &captions {
        CaptionChoice::All => {}
        CaptionChoice::Best { sources } if sources.len() > MOST_SOURCES => {
            return Err(invalid("captions.best.sources", &format!("it may name at most {MOST_SOURCES} sources")));
        }
        CaptionChoice::Best { sources } => {
            for source in sources {
                check_name("captions.best.sources", Some(source))?;
            }
        }
        CaptionChoice::Source(source) => check_name("captions.source", Some(source))?,
    }
    let database = state.storage.database()?;
    let request = JobRequest::Export(ExportJob { images, format, captions });
    let job = permitted(database.create_job(&reader, checked(slug)?, request, OffsetDateTime::now_utc()).await?)?;
    audit.record(&database, Some(identity), ("job.create", Some(job.id)), json!({ "kind": "export" })).await?;
    Ok(job)
}

/// Which captions are exported where nobody says.
pub(crate) fn default_captions(format: Format) -> CaptionChoice {
    match format {
        Format::Sidecars => CaptionChoice::Best { sources: Vec::new() },
        _ => CaptionChoice::All,
    }
}
