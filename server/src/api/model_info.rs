//! `GET /model_info`: who answers here.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    docs::LookupErrors,
    problem::Problem,
    tasks::{self, Task},
};
use crate::{captioning::ModelInfo, state::AppState};

/// The running model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelInfoResponse {
    #[serde(flatten)]
    info: ModelInfo,
    /// Where it runs, such as `CPU` or `CUDA 0`.
    device: String,
    /// What it computes in, such as `fp32`.
    precision: String,
    /// What holds where a request says nothing.
    defaults: Defaults,
    tasks: Vec<Task>,
}

/// Generation parameters of the server; what is null is the checkpoint's own.
#[derive(Debug, Serialize, ToSchema)]
struct Defaults {
    max_length: Option<u32>,
    num_beams: Option<u32>,
    do_sample: Option<bool>,
    temperature: Option<f32>,
    top_p: Option<f32>,
}

/// Describe the model
///
/// Its name and revision, where it runs, and what holds where a request says nothing.
#[utoipa::path(
    get, path = "/model_info", tag = "Model",
    responses((status = 200, description = "The running model", body = ModelInfoResponse), LookupErrors),
)]
pub(crate) async fn get_model_info(State(state): State<AppState>) -> Result<Json<ModelInfoResponse>, Problem> {
    let engine = state.engines.current()?;
    let description = &engine.model.description;
    let defaults = state.defaults.clone();
    Ok(Json(ModelInfoResponse {
        info: engine.model.info(),
        device: description.device.clone(),
        precision: description.precision.clone(),
        defaults: Defaults {
            max_length: defaults.max_length,
            num_beams: defaults.num_beams,
            do_sample: defaults.do_sample,
            temperature: defaults.temperature,
            top_p: defaults.top_p,
        },
        tasks: tasks::describe(&description.tasks),
    }))
}
