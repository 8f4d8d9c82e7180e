//! `GET /health`, `/livez` and `/readyz`.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_inference::Refusal;

use super::{
    docs::LookupErrors,
    problem::{Problem, ProblemKind},
};
use crate::{api::v1::search::IndexResponse, engine::Readiness, memory, state::AppState};

/// How the server is, in the shape of the earlier servers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthResponse {
    /// `healthy`; `loading` before the model is there, `overloaded` while every place in the queue is taken,
    /// `shutting_down` once the server was told to stop.
    status: &'static str,
    model_loaded: bool,
    gpu_available: bool,
    memory_usage: MemoryUsage,
    /// Such as `2h 45m`.
    uptime: String,
    /// The search index, where anything is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    search: Option<IndexResponse>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MemoryUsage {
    gpu_memory_used: String,
    gpu_memory_total: String,
    /// Resident memory of this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    process_memory_used: Option<String>,
}

/// How the server is
#[utoipa::path(
    get, path = "/health", tag = "Operation",
    responses((status = 200, description = "How the server is", body = HealthResponse), LookupErrors),
)]
pub(crate) async fn get_health(State(state): State<AppState>) -> Json<HealthResponse> {
    let readiness = readiness(&state);
    let engine = state.engines.current().ok();
    let on_gpu = engine.as_ref().is_some_and(|engine| engine.model.description.on_gpu);
    let gpu = if on_gpu { memory::gpu().await } else { None };
    let (used, total) = gpu.map_or((0, 0), |gpu| (gpu.used, gpu.total));
    let in_gigabytes = |bytes: u64| format!("{:.1}GB", bytes as f64 / (1u64 << 30) as f64);
    Json(HealthResponse {
        status: match readiness {
            Readiness::Loading => "loading",
            Readiness::Ready => "healthy",
            Readiness::Overloaded => "overloaded",
            Readiness::ShuttingDown => "shutting_down",
        },
        model_loaded: engine.is_some(),
        gpu_available: on_gpu,
        memory_usage: MemoryUsage {
            gpu_memory_used: in_gigabytes(used),
            gpu_memory_total: in_gigabytes(total),
            process_memory_used: memory::process().map(in_gigabytes),
        },
        uptime: in_words(state.started.elapsed()),
        search: state.storage.is_kept().then(|| state.search.status().into()),
    })
}

/// Whether the process lives: it answers
#[utoipa::path(
    get, path = "/livez", tag = "Operation",
    responses((status = 200, description = "It lives", body = String, content_type = "text/plain"), LookupErrors),
)]
pub(crate) async fn get_livez() -> &'static str {
    "alive\n"
}

/// Whether a caption can be asked for now
#[utoipa::path(
    get, path = "/readyz", tag = "Operation",
    responses((status = 200, description = "It can", body = String, content_type = "text/plain"), LookupErrors),
)]
pub(crate) async fn get_readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    match readiness(&state) {
        Readiness::Ready => Ok("ready\n"),
        Readiness::Loading => Err(Problem::model_loading()),
        Readiness::Overloaded => {
            Err(Problem::later(ProblemKind::Overloaded, "Every place in the queue is taken.", Duration::from_secs(1)))
        }
        Readiness::ShuttingDown => Err(Refusal::ShuttingDown.into()),
    }
}

/// How the engines are, unless the server is on its way out.
fn readiness(state: &AppState) -> Readiness {
    if state.shutdown.is_draining() { Readiness::ShuttingDown } else { state.engines.readiness() }
}

/// In days, hours, minutes and seconds, the two largest that count.
pub(super) fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_told_in_two_units() {
        let words: Vec<_> = [5, 65, 9900, 90_000].map(|seconds| in_words(Duration::from_secs(seconds))).into();
        assert_eq!(words, ["5s", "1m 5s", "2h 45m", "1d 1h"]);
    }
}
