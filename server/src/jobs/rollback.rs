//! Makes captions what they were before a bulk edit.

use time::OffsetDateTime;
use vasari_storage::jobs::{Job, RollbackJob, queue::StepError};

use super::{JobContext, planned};

/// Finds the captions and puts the steps in line.
pub(super) async fn plan(context: &JobContext, job: &Job, request: &RollbackJob) -> Result<(), StepError> {
    planned(context.database.plan_rolling_back(job, request.job).await?)
}

/// Restores the captions of some items, all in one transaction.
pub(super) async fn work(
    context: &JobContext,
    job: &Job,
    request: &RollbackJob,
    first: i64,
    end: i64,
) -> Result<(), StepError> {
    Ok(context.database.roll_back_step(job, request.job, (first, end), OffsetDateTime::now_utc()).await?)
}
