//! `POST /api/v1/model/reload`: reads the model again while it answers.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    docs::{LookupErrors, ProblemDocument},
    problem::{Problem, ProblemKind},
};
use crate::{auth::Admin, captioning::ModelInfo, state::AppState};

/// The model that answers from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReloadResponse {
    model_info: ModelInfo,
    /// Seconds until it was loaded and warm.
    loading_time: f64,
}

/// Load the model again
///
/// What `--model-path` names: the folder's files as they are now, the hub's revision as it is now.
/// Requests under way are answered by the model that admitted them; new ones go to the new model as soon as it is warm.
/// Until then both are in memory. If it can't be loaded, the one that runs goes on.
#[utoipa::path(
    post, path = "/api/v1/model/reload", tag = "Operation",
    responses(
        (status = 200, description = "The model that answers from now on", body = ReloadResponse),
        (status = 403, description = "The caller is no admin", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = 409, description = "A model is being loaded already", body = ProblemDocument,
            content_type = "application/problem+json"),
        LookupErrors,
    ),
)]
pub(crate) async fn reload_model(
    _admin: Admin,
    State(state): State<AppState>,
) -> Result<Json<ReloadResponse>, Problem> {
    if state.engines.is_loading() {
        let detail = "A model is being loaded already. Wait until it is there.";
        return Err(Problem::new(ProblemKind::ReloadInProgress, detail));
    }
    let began = std::time::Instant::now();
    let reloading = state.clone();
    let loaded = tokio::task::spawn_blocking(move || reloading.engines.load()).await.map_err(|_| Problem::internal())?;
    let engine = loaded.map_err(|error| {
        tracing::error!("the model can't be reloaded: {error:#}");
        let detail = "The new model can't be loaded, and the one before it goes on. The log says why.";
        Problem::new(ProblemKind::ReloadFailed, detail)
    })?;
    let loading_time = began.elapsed().as_secs_f64();
    tracing::info!(revision = engine.model.description.revision, loading_time, "the model was reloaded");
    Ok(Json(ReloadResponse { model_info: engine.model.info(), loading_time }))
}
