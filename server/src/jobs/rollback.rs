//! Makes captions what they were before a bulk edit.

use time::OffsetDateTime;
use vasari_storage::{
    StorageError,
    jobs::{Job, RollbackJob, queue::StepError},
};

use super::{JobContext, planned};

/// Why a caption stays as the bulk edit has it.
const REFUSED: &str = "The caption was approved or rejected before, and only a reviewer may say so again; or you may not edit \
                       captions here any more.";

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
    let restored = context.database.roll_back_items(job, request.job, (first, end), OffsetDateTime::now_utc());
    let refused = match restored.await {
        Ok(refused) => refused,
        // Cancelled meanwhile.
        Err(StorageError::Aborted) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for position in refused {
        context.database.fail_item(job.id, position, REFUSED, true).await?;
    }
    Ok(())
}
