//! Writes one caption for several pictures.

use time::OffsetDateTime;
use vasari_storage::{
    StorageError,
    jobs::{Job, KeepCaptionJob, queue::StepError},
};

use super::{JobContext, planned};

/// Why a picture does not get the caption.
const REFUSED: &str =
    "Your caption of this image has changed since you saw it, or you may not write captions here any more.";

/// Finds the pictures and puts the steps in line.
pub(super) async fn plan(context: &JobContext, job: &Job, request: &KeepCaptionJob) -> Result<(), StepError> {
    planned(context.database.plan_keeping(job, request).await?)
}

/// Writes the caption for the pictures of some items, all in one transaction.
pub(super) async fn work(
    context: &JobContext,
    job: &Job,
    request: &KeepCaptionJob,
    first: i64,
    end: i64,
) -> Result<(), StepError> {
    let refused = match context.database.keep_items(job, request, (first, end), OffsetDateTime::now_utc()).await {
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
