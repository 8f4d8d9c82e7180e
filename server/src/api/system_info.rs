//! `GET /system_info`: what the server runs on.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_inference::ModelDescription;

use super::{docs::LookupErrors, health::in_words};
use crate::{
    memory,
    state::{AppState, LoadedModel},
    telemetry::{Machine, cpu_seconds},
    version,
};

/// What the server runs on, and how busy it is. Sizes are in bytes. Nothing here names the machine, its users or its
/// files.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemInfoResponse {
    vasari: BuildInfo,
    system: SystemSummary,
    process: ProcessInfo,
    /// The first GPU; `null` without one.
    gpu: Option<GpuInfo>,
    /// `null` while it is being loaded.
    model: Option<ModelSummary>,
    queue: Option<QueueInfo>,
}

/// Which Vasari this is.
#[derive(Debug, Serialize, ToSchema)]
struct BuildInfo {
    version: &'static str,
    /// The commit it was built from, or `unknown`.
    revision: &'static str,
    /// The kind of machine it was built for, such as `x86_64-unknown-linux-gnu`.
    target: &'static str,
    /// What was compiled in besides the standard, such as `cuda`.
    features: Vec<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SystemSummary {
    /// Such as `Debian GNU/Linux 13 (trixie)`.
    os: String,
    /// Such as `x86_64`.
    architecture: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_model: Option<String>,
    /// Processors that the server may use.
    cpu_cores: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_total: Option<u64>,
    /// What programs can still take.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_available: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProcessInfo {
    /// Such as `2h 45m`.
    uptime: String,
    uptime_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_used: Option<u64>,
    /// Processor time of all threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_seconds: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct GpuInfo {
    name: String,
    /// In use, by whoever uses it.
    memory_used: u64,
    memory_total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ModelSummary {
    name: String,
    revision: String,
    /// Such as `cpu` or `cuda:0`.
    device: String,
    /// Such as `fp32`.
    precision: String,
    /// Whether it is the demo, which knows only drawn scenes.
    is_demo: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct QueueInfo {
    /// Captions asked for and not yet answered.
    admitted: u32,
    /// Those of them that wait for a worker.
    waiting: u32,
}

/// What the server runs on
#[utoipa::path(
    get, path = "/system_info", tag = "Operation",
    responses((status = 200, description = "What the server runs on", body = SystemInfoResponse), LookupErrors),
)]
pub(crate) async fn get_system_info(State(state): State<AppState>) -> Json<SystemInfoResponse> {
    let gpu = memory::gpu().await;
    let Machine { os, cpu_model } = Machine::of_this_process();
    let memory = memory::system();
    let uptime = state.started.elapsed();
    let engine = state.engines.current().ok();
    Json(SystemInfoResponse {
        vasari: BuildInfo {
            version: version::VERSION,
            revision: version::REVISION,
            target: version::TARGET,
            features: version::FEATURES.to_vec(),
        },
        system: SystemSummary {
            os,
            architecture: std::env::consts::ARCH,
            cpu_model,
            cpu_cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
            memory_total: memory.map(|memory| memory.total),
            memory_available: memory.map(|memory| memory.available),
        },
        process: ProcessInfo {
            uptime: in_words(uptime),
            uptime_seconds: uptime.as_secs(),
            memory_used: memory::process(),
            cpu_seconds: cpu_seconds(),
        },
        gpu: gpu.map(|gpu| GpuInfo { name: gpu.name, memory_used: gpu.used, memory_total: gpu.total }),
        model: engine.as_ref().map(|engine| ModelSummary::new(&engine.model)),
        queue: engine.map(|engine| QueueInfo {
            admitted: engine.queue.admitted() as u32,
            waiting: engine.queue.waiting() as u32,
        }),
    })
}

impl ModelSummary {
    fn new(model: &LoadedModel) -> Self {
        let LoadedModel { description, is_demo } = model.clone();
        let ModelDescription { name, revision, device, precision, .. } = description;
        Self { name, revision, device, precision, is_demo }
    }
}
