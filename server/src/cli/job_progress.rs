//! A job's progress on standard error, where that is a terminal.

use std::{
    cell::OnceCell,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use serde_json::{Value, json};
use uuid::Uuid;
use vasari_storage::{Database, Reader, jobs::JobState};

use super::progress::progress_bar;
use crate::api::v1::jobs::JobResponse;

/// How often a job of the database at hand is looked at.
const INTERVAL: Duration = Duration::from_millis(300);

/// After how long somebody who waits is told that nobody has begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows how a job of the database at hand goes on, until it ends. How it is then, as the API tells it.
pub(super) async fn follow_here(database: &Database, id: Uuid) -> anyhow::Result<Value> {
    let progress = JobProgress::default();
    let (began, mut is_told) = (Instant::now(), false);
    loop {
        let found = database.find_job(&Reader::operator(), id).await?;
        let job = found.ok_or_else(|| unknown_job(id))?;
        let is_final = job.state.is_final();
        if job.state == JobState::Waiting && began.elapsed() > PATIENCE && !is_told {
            eprintln!("No server has taken the job up yet. It goes on when one does.");
            is_told = true;
        }
        let job = json!(JobResponse::from(job));
        progress.tell(&job);
        if is_final {
            return Ok(job);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Nothing is known of the job.
pub(super) fn unknown_job(id: Uuid) -> anyhow::Error {
    anyhow::anyhow!("no job has the id {id}; `vasari jobs list` tells which there are")
}

/// A bar for a job, which appears once it is known how much there is to do.
#[derive(Default)]
pub(super) struct JobProgress {
    bar: OnceCell<ProgressBar>,
}

impl JobProgress {
    /// Shows how the job is, as the API tells it.
    pub(super) fn tell(&self, job: &Value) {
        let count = |member: &str| job[member].as_u64().unwrap_or_default();
        let Some(total) = job["total"].as_u64() else { return };
        let bar = self.bar.get_or_init(|| {
            let bar = progress_bar(total, "items");
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        bar.set_length(total);
        bar.set_position(count("done") + count("failed"));
        if !matches!(job["state"].as_str(), Some("waiting" | "running")) {
            bar.finish_and_clear();
        }
    }
}
