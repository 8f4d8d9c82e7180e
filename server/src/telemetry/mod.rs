//! What is seen of the server from outside: metrics, traces and profiles. Each is off unless asked for, and then costs
//! next to nothing.

mod collector;
mod flame_graph;
mod http;
mod machine;
mod metrics;
mod process;
mod profile;
mod stages;
mod traces;

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::time::MissedTickBehavior;

pub(crate) use http::observe_requests;
pub(crate) use machine::Machine;
pub(crate) use process::{Exposition, cpu_seconds};
pub(crate) use stages::{captioned, prepared};

use self::{process::start_clock, profile::Profile, traces::Traces};
use crate::{config::TelemetryConfig, logging::BoxedLayer};

/// What is recorded; clones share it.
#[derive(Clone)]
pub(crate) struct Telemetry {
    metrics: Option<PrometheusHandle>,
    traces: Option<Arc<Traces>>,
    profile: Option<Arc<Profile>>,
}

/// Records from now on what `config` asks for. The layers belong into the log's subscriber.
///
/// # Errors
///
/// When something that was asked for can't be had: an address that is none, a folder that can't be written.
pub(crate) fn start(config: &TelemetryConfig) -> anyhow::Result<(Telemetry, Vec<BoxedLayer>)> {
    start_clock();
    let metrics = config.enable_metrics.then(metrics::install).transpose()?;
    let traces = config.otlp_endpoint.as_deref().map(Traces::start).transpose()?;
    let mut layers = Vec::new();
    let mut profile = None;
    if config.enable_profiling {
        let (started, layer) = Profile::start(&config.profile_output)?;
        profile = Some(Arc::new(started));
        layers.push(layer);
    }
    Ok((Telemetry { metrics, traces: traces.map(Arc::new), profile }, layers))
}

impl Telemetry {
    /// The metrics so far, in Prometheus' text format; `None` when nobody asked for them.
    pub(crate) fn metrics(&self) -> Option<String> {
        let recorded = self.metrics.as_ref()?.render();
        Some(Exposition::of_process().after(recorded))
    }

    /// Looks after what is recorded. Never ends; runs beside the server.
    pub(crate) async fn attend(self) {
        let sort_in = async {
            let Some(metrics) = &self.metrics else { return std::future::pending().await };
            let mut interval = tokio::time::interval(metrics::UPKEEP);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                interval.tick().await;
                metrics.run_upkeep();
            }
        };
        tokio::join!(sort_in, write_on_signal(self.profile.clone()));
    }

    /// Sends and writes what isn't sent and written yet.
    pub(crate) fn stop(&self) {
        /// How long a collector may take for the last traces.
        const PATIENCE: Duration = Duration::from_secs(3);
        if let Some(traces) = &self.traces {
            traces.stop(PATIENCE);
        }
        if let Some(profile) = &self.profile {
            profile.stop();
        }
    }
}

/// Writes a profile whenever the process gets SIGUSR2, and starts a new one.
async fn write_on_signal(profile: Option<Arc<Profile>>) {
    #[cfg(unix)]
    if let Some(profile) = profile {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut wishes) = signal(SignalKind::user_defined2()) else {
            return tracing::warn!("the signal SIGUSR2 can't be heard");
        };
        while wishes.recv().await.is_some() {
            let profile = Arc::clone(&profile);
            // Looking up the names of functions takes a processor for a while.
            if let Err(error) = tokio::task::spawn_blocking(move || profile.write()).await {
                tracing::error!(%error, "a profile couldn't be written");
            }
        }
    }
    #[cfg(not(unix))]
    drop(profile);
}
