//! Changes many captions alike.

use time::OffsetDateTime;
use vasari_storage::jobs::{BulkEditJob, Job, edit::ReadyEdit, queue::StepError};

use super::{JobContext, chosen, planned, try_again};

/// Finds the captions and puts the steps in line.
pub(super) async fn plan(context: &JobContext, job: &Job, request: &BulkEditJob) -> Result<(), StepError> {
    let among = chosen(context, job, &request.images).await?;
    let filter = request.images.filter();
    planned(context.database.plan_editing(job, request.of_source.as_deref(), &filter, among.as_deref()).await?)
}

/// Changes the captions of some items, all in one transaction.
pub(super) async fn work(
    context: &JobContext,
    job: &Job,
    request: &BulkEditJob,
    first: i64,
    end: i64,
) -> Result<(), StepError> {
    let edit = ReadyEdit::new(&request.edit).map_err(|error| StepError::Final(error.to_string()))?;
    try_again(context.database.edit_items(job, &edit, (first, end), OffsetDateTime::now_utc()).await?)
}
