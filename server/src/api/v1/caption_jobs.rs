//! `POST /api/v1/datasets/{dataset}/caption-jobs`: captions of many pictures, as a new source.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use vasari_inference::Parameters;
use vasari_storage::{
    api_keys::Scope,
    jobs::{CaptionJob, ImageSelection, Job, JobRequest},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted},
    jobs::JobResponse,
    selection::{SelectionSchema, check_selection},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    captioning::Question,
    parameters,
    people::Identity,
    state::AppState,
};

/// What is to be captioned, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateCaptionJobBody {
    /// Which images; all where nothing is said. Those that have a caption of this source already are left out.
    #[serde(default)]
    #[schema(value_type = SelectionSchema)]
    pub(crate) images: ImageSelection,
    /// The task, as `POST /caption` takes it; the plain caption where nothing is said.
    pub(crate) task: Option<String>,
    /// The task's input, where it takes one.
    pub(crate) text: Option<String>,
    /// As `POST /caption` takes them: `max_length`, `num_beams`, `do_sample`, `temperature`, `top_p`, `seed`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) parameters: Map<String, Value>,
}

impl JsonShape for CreateCaptionJobBody {
    const SHAPE: &'static str =
        r#"{"task": "<CAPTION>", "images": {"missing": "anna"}, "parameters": {"num_beams": 3}}"#;
}

/// Caption images of a dataset
///
/// A job that adds a caption of each image under a source named by the model, the task and the parameters. Captions of
/// other sources, people's above all, stay as they are. For annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/caption-jobs", tag = "Jobs", request_body = CreateCaptionJobBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn create_caption_job(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<CreateCaptionJobBody>,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    let job = make_caption_job(&state, &identity, &audit, &slug, body).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// Asks for captions, and notes who did.
pub(crate) async fn make_caption_job(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: CreateCaptionJobBody,
) -> Result<Job, Problem> {
    let reader = identity.reader(Scope::Write)?;
    identity.reader(Scope::Caption)?;
    check_selection(&body.images)?;
    let CreateCaptionJobBody { images, task, text, parameters } = body;
    let asked = read_parameters(parameters)?;
    if text.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(invalid("text", "it contains a NUL character"));
    }
    let engine = state.engines.current()?;
    let question = Question::new(&engine.model.description, &state.defaults, task.as_deref(), text, &asked)?;
    let request = CaptionJob {
        images,
        parameters: parameters::of_source(&question.parameters),
        task: question.task,
        text: question.text,
    };
    let database = state.storage.database()?;
    let job =
        database.create_job(&reader, checked(slug)?, JobRequest::Caption(request), OffsetDateTime::now_utc()).await?;
    let job = permitted(job)?;
    audit.record(&database, Some(identity), ("job.create", Some(job.id)), json!({ "kind": "caption" })).await?;
    Ok(job)
}

/// Reads parameters as the fields of `POST /caption` are read.
fn read_parameters(members: Map<String, Value>) -> Result<Parameters, Problem> {
    let mut read = Parameters::default();
    for (name, value) in members {
        let text = match &value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let outcome = match name.as_str() {
            "max_length" => parameters::parse_max_length(&text).map(|value| read.max_length = Some(value)),
            "num_beams" => parameters::parse_num_beams(&text).map(|value| read.num_beams = Some(value)),
            "do_sample" => parameters::parse_switch(&text).map(|value| read.do_sample = Some(value)),
            "temperature" => parameters::parse_temperature(&text).map(|value| read.temperature = Some(value)),
            "top_p" => parameters::parse_top_p(&text).map(|value| read.top_p = Some(value)),
            "seed" => parameters::parse_seed(&text).map(|value| read.seed = Some(value)),
            _ => Err(
                "there is no such parameter; there are max_length, num_beams, do_sample, temperature, top_p and seed"
                    .to_owned(),
            ),
        };
        let shown: String = name.chars().take(40).collect();
        outcome.map_err(|problem| invalid(&format!("parameters.{shown}"), &problem))?;
    }
    Ok(read)
}
