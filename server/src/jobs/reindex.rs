//! Jobs that build the search indexes anew.
//!
//! The job's row is what every server sees, and each builds its own index. The server that was given the step tells in the
//! row how far its own is; the others are about as far, or will be after their next start.

use std::time::{Duration, Instant};

use serde_json::json;
use time::OffsetDateTime;
use vasari_storage::{
    jobs::{Job, queue::StepError},
    search::IndexState,
};

use super::JobContext;

/// How often the index is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// How long an index may take to open. One that another program has never does.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until this server's index is built, and notes how far it is.
pub(super) async fn run(context: &JobContext, job: &Job) -> Result<(), StepError> {
    let (search, database) = (&context.state.search, &context.database);
    let mut opened = Instant::now();
    loop {
        let status = search.status();
        let is_built = status.state == IndexState::Ready && search.built_for() >= Some(job.id);
        match status.state {
            IndexState::Opening if opened.elapsed() > PATIENCE => {
                return Err(StepError::Passing("This server's search index can't be opened; the log says why.".into()));
            }
            IndexState::Opening => {}
            IndexState::Ready | IndexState::Degraded => opened = Instant::now(),
        }
        let progress = match status.total {
            Some(total) => Some((status.indexed, total)),
            None => is_built.then_some((status.indexed, status.indexed)),
        };
        if let Some((indexed, total)) = progress
            && !database.note_reindexing(job.id, indexed, total).await?
        {
            // Cancelled.
            return Ok(());
        }
        if is_built {
            let result = json!({ "images": status.indexed });
            return Ok(database.succeed_job(job.id, Some(&result), OffsetDateTime::now_utc()).await?);
        }
        tokio::time::sleep(PAUSE).await;
        if database.job_at_work(job.id).await?.is_none() {
            return Ok(());
        }
    }
}
