//! `GET /v1/models` and `GET /v1/models/{id}`: the running model, as OpenAI's API names one.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{is_running_model, unknown_model};
use crate::{
    api::{
        docs::{LookupErrors, ProblemDocument},
        problem::{Problem, ProblemKind},
    },
    state::AppState,
};

/// The models that can be asked: the one that runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    object: &'static str,
    data: Vec<Model>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    id: String,
    object: &'static str,
    /// When the server started, in seconds since 1970.
    created: u64,
    owned_by: &'static str,
}

/// List the models
///
/// One: the running model.
#[utoipa::path(
    get, path = "/v1/models", tag = "OpenAI",
    responses((status = 200, description = "The models", body = ModelList), LookupErrors),
)]
pub(crate) async fn list_models(State(state): State<AppState>) -> Result<Json<ModelList>, Problem> {
    let model = Model::running(&state)?;
    Ok(Json(ModelList { object: "list", data: vec![model] }))
}

/// Describe a model
///
/// The running model, under its name or as `florence-2`.
#[utoipa::path(
    get, path = "/v1/models/{id}", tag = "OpenAI",
    params(("id" = String, Path, description = "The model's name")),
    responses(
        (status = 200, description = "The model", body = Model),
        (status = 404, description = "Another model runs", body = ProblemDocument,
            content_type = "application/problem+json"),
        LookupErrors,
    ),
)]
pub(crate) async fn get_model(
    State(state): State<AppState>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Model>, Problem> {
    let Path(id) = id.map_err(|_| Problem::new(ProblemKind::BadRequest, "The model's name is not valid UTF-8."))?;
    find(&state, &id)
}

/// As [`get_model`], for a name with a slash in it.
pub(crate) async fn get_model_of_owner(
    State(state): State<AppState>,
    id: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Model>, Problem> {
    let path = id.map_err(|_| Problem::new(ProblemKind::BadRequest, "The model's name is not valid UTF-8."))?;
    let Path((owner, name)) = path;
    find(&state, &format!("{owner}/{name}"))
}

fn find(state: &AppState, id: &str) -> Result<Json<Model>, Problem> {
    let model = Model::running(state)?;
    if is_running_model(id, &model.id) { Ok(Json(model)) } else { Err(unknown_model(&model.id)) }
}

impl Model {
    fn running(state: &AppState) -> Result<Self, Problem> {
        let id = state.engines.current()?.model.description.name.clone();
        let started = SystemTime::now() - state.started.elapsed();
        let created = started.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        Ok(Self { id, object: "model", created, owned_by: "vasari" })
    }
}
