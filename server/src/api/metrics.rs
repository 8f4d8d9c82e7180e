//! `GET /metrics`: what Prometheus reads.

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
};

use vasari_inference::ModelDescription;

use super::{
    docs::{LookupErrors, ProblemDocument},
    problem::Problem,
};
use crate::{memory, state::AppState, telemetry::Exposition, version};

/// The metrics in Prometheus' text format; not found unless `--enable-metrics` is given.
#[utoipa::path(
    get, path = "/metrics", tag = "Operation",
    responses(
        (status = 200, description = "The metrics", body = String, content_type = "text/plain"),
        (status = 404, description = "The server keeps no metrics", body = ProblemDocument,
            content_type = "application/problem+json"),
        LookupErrors,
    ),
)]
pub(crate) async fn get_metrics(
    State(state): State<AppState>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let recorded = state.telemetry.metrics().ok_or_else(|| Problem::from_status(StatusCode::NOT_FOUND))?;
    let engine = state.engines.current().ok();
    // Empty until the model is there.
    let of_model = |part: fn(&ModelDescription) -> &str| engine.as_ref().map_or("", |it| part(&it.model.description));
    let mut text = Exposition::default();
    let build = [
        ("version", version::VERSION),
        ("revision", version::REVISION),
        ("device", of_model(|model| &model.device)),
        ("precision", of_model(|model| &model.precision)),
    ];
    text.gauge("vasari_build_info", "Which Vasari this is, and what it runs on.", &build, 1);
    let loaded = [("model", of_model(|model| &model.name)), ("revision", of_model(|model| &model.revision))];
    text.gauge("vasari_model_info", "Which model is loaded.", &loaded, u8::from(engine.is_some()));
    if engine.is_some_and(|engine| engine.model.description.on_gpu)
        && let Some(gpu) = memory::gpu().await
    {
        text.gauge("vasari_gpu_memory_used_bytes", "Memory of the GPU in use, by whoever uses it.", &[], gpu.used);
        text.gauge("vasari_gpu_memory_total_bytes", "Memory that the GPU has.", &[], gpu.total);
    }
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text.after(recorded)))
}
