//! Does the steps of jobs that the queue gives this server.
//!
//! One file per kind. Each asks again, with every step, whether the job still goes on and its creator may still do what
//! it does; what a step brings is stored in one transaction with the note that it is done.

mod bulk_edit;
mod caption;
mod chosen;
mod export;
mod import;
mod keep_caption;
mod reindex;
mod rollback;

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use time::OffsetDateTime;
use vasari_storage::{
    Database,
    jobs::{
        Job, JobRequest,
        queue::{MAX_TRIES, Part, Runner, Step, StepError, StepFuture, Work},
    },
};

use self::chosen::chosen;
use crate::{
    shutdown::{Phase, Shutdown},
    state::AppState,
};

/// How many steps a server does at the same time.
const STEPS_AT_ONCE: usize = 4;

/// How long to wait before a queue that can't be reached is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What every step can reach.
pub(crate) struct JobContext {
    pub(crate) state: AppState,
    pub(crate) database: Database,
}

/// Does steps until the server stops, once there is a database.
pub(crate) async fn attend(state: AppState) {
    let shutdown = state.shutdown.clone();
    let opened = tokio::select! {
        database = state.storage.opened() => database,
        () = shutdown.reached(Phase::Draining) => None,
    };
    let Some(database) = opened else { return };
    let work = Work { at_once: STEPS_AT_ONCE, with_model: state.engines.has_model() };
    let runner = Arc::new(JobContext { state, database: database.clone() });
    while !shutdown.is_draining() {
        let stop = stopping(shutdown.clone());
        if let Err(error) = database.work_on_jobs(Arc::clone(&runner) as Arc<dyn Runner>, work, stop).await {
            tracing::warn!(%error, "jobs can't go on; they are tried again every second");
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = shutdown.reached(Phase::Draining) => {}
        }
    }
}

async fn stopping(shutdown: Shutdown) {
    shutdown.reached(Phase::Draining).await;
}

impl Runner for JobContext {
    fn run(&self, step: Step, tries: i16) -> StepFuture<'_> {
        Box::pin(async move {
            let id = step.job;
            // A panic costs its own step alone.
            let done = std::panic::AssertUnwindSafe(self.run_step(&step)).catch_unwind().await;
            let outcome =
                done.unwrap_or_else(|_| Err(StepError::Passing("a fault on our side; the log has it".into())));
            let reason = match outcome {
                Ok(()) => return Ok(()),
                // Not done, as far as the queue can tell: it leaves the step to whom it has given it.
                Err(StepError::TakenUp) => return Err(StepError::TakenUp),
                Err(StepError::Passing(reason)) if tries < MAX_TRIES => {
                    tracing::warn!(job = %id, tries, reason, "a step of a job is tried again later");
                    return Err(StepError::Passing(reason));
                }
                Err(StepError::Passing(reason) | StepError::Final(reason)) => reason,
            };
            tracing::warn!(job = %id, reason, "a job has failed");
            self.database.fail_job(id, &reason, OffsetDateTime::now_utc()).await?;
            Ok(())
        })
    }
}

impl JobContext {
    async fn run_step(&self, step: &Step) -> Result<(), StepError> {
        // Cancelled or forgotten meanwhile.
        let Some(job) = self.database.job_at_work(step.job).await? else { return Ok(()) };
        match step.part {
            Part::Plan => self.plan(&job).await,
            Part::Items { first, end } => {
                match &job.request {
                    JobRequest::Caption(request) => caption::work(self, &job, request, first, end).await?,
                    JobRequest::BulkEdit(request) => bulk_edit::work(self, &job, request, first, end).await?,
                    JobRequest::KeepCaption(request) => keep_caption::work(self, &job, request, first, end).await?,
                    JobRequest::Rollback(request) => rollback::work(self, &job, request, first, end).await?,
                    JobRequest::Import(_) | JobRequest::Export(_) | JobRequest::Reindex => {}
                }
                self.finish(&job).await
            }
        }
    }

    async fn plan(&self, job: &Job) -> Result<(), StepError> {
        self.database.start_job(job.id, OffsetDateTime::now_utc()).await?;
        match &job.request {
            JobRequest::Caption(request) => caption::plan(self, job, request).await?,
            JobRequest::BulkEdit(request) => bulk_edit::plan(self, job, request).await?,
            JobRequest::KeepCaption(request) => keep_caption::plan(self, job, request).await?,
            JobRequest::Rollback(request) => rollback::plan(self, job, request).await?,
            // These have no items, and end themselves.
            JobRequest::Import(request) => return import::run(self, job, request).await,
            JobRequest::Export(request) => return export::run(self, job, request).await,
            JobRequest::Reindex => return reindex::run(self, job).await,
        }
        self.finish(job).await
    }

    /// Ends the job if that was the last of it. A step that leaves items for another try is itself tried again.
    async fn finish(&self, job: &Job) -> Result<(), StepError> {
        self.database.finish_job(job.id, OffsetDateTime::now_utc()).await?;
        Ok(())
    }
}

/// The outcome of planning a job, by this server or by another one.
fn planned(by_this: bool) -> Result<(), StepError> {
    if by_this { Ok(()) } else { Err(StepError::TakenUp) }
}

/// The outcome of a step that has left so many items for another try.
fn try_again(left: usize) -> Result<(), StepError> {
    if left == 0 { Ok(()) } else { Err(StepError::Passing(format!("{left} items are left for another try"))) }
}
