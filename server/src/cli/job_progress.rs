//! A job's progress on standard error, where that is a terminal.

use std::{cell::OnceCell, time::Duration};

use indicatif::ProgressBar;
use serde_json::Value;

use super::progress::progress_bar;

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
