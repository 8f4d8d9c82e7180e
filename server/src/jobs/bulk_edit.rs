//! Changes many captions alike.

use time::OffsetDateTime;
use vasari_storage::{
    StorageError,
    jobs::{BulkEditJob, EditedCaption, Job, edit::ReadyEdit, queue::StepError},
};

use super::{JobContext, chosen, planned, try_again};

/// How often captions that change under the edit's hands are read anew before the step gives up for now.
const ROUNDS: usize = 3;

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
    for _ in 0..ROUNDS {
        let captions = context.database.captions_to_edit(job.id, first, end).await?;
        if captions.is_empty() {
            return Ok(());
        }
        let mut edited = Vec::with_capacity(captions.len());
        for caption in captions {
            match edit.text(&caption.text) {
                Ok(text) => edited.push(EditedCaption {
                    position: caption.position,
                    id: caption.id,
                    version: caption.version,
                    text,
                    status: edit.status(caption.status),
                    reason: edit.reason().map(str::to_owned),
                }),
                Err(error) => context.database.fail_item(job.id, caption.position, &error.to_string(), true).await?,
            }
        }
        match context.database.store_edits(job, &edited, OffsetDateTime::now_utc()).await {
            Ok(_) => {}
            // Cancelled meanwhile.
            Err(StorageError::Aborted) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    let left = context.database.waiting_items(job.id, first, end).await?;
    for item in &left {
        let error = "The caption changes too often to be edited, or you may not edit it any more.";
        context.database.fail_item(job.id, item.position, error, false).await?;
    }
    try_again(left.len())
}
