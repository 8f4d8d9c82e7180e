//! Jobs as people ask for them, stop them and take them up again.

use graphile_worker::WorkerUtils;
use sqlx::{PgTransaction, query, query_scalar, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, JobRequest, queue};
use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
};

impl Database {
    /// Asks for a job in a dataset. When this returns it will be done, whatever happens to the program.
    ///
    /// Captioning and bulk edits take an annotator, imports an owner, exports a viewer with an account.
    pub async fn create_job(
        &self,
        reader: &Reader,
        dataset: &str,
        request: JobRequest,
        now: OffsetDateTime,
    ) -> Result<Permitted<Job>, StorageError> {
        let needed = match &request {
            JobRequest::Caption(_) | JobRequest::BulkEdit(_) | JobRequest::KeepCaption(_) | JobRequest::Rollback(_) => {
                Role::Annotator
            }
            JobRequest::Import(_) => Role::Owner,
            JobRequest::Export(_) => Role::Viewer,
            // That is none of a dataset's: see create_reindex_job.
            JobRequest::Reindex => return Ok(Permitted::Unknown),
        };
        let dataset = match self.dataset_for(reader, dataset, needed).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let id = self.insert_job(reader, Some(dataset), request, now).await?;
        Ok(self.find_job(reader, id).await?.map_or(Permitted::Unknown, Permitted::Done))
    }

    /// Writes a job and puts its first step in line: both or neither.
    pub(super) async fn insert_job(
        &self,
        reader: &Reader,
        dataset: Option<Uuid>,
        request: JobRequest,
        now: OffsetDateTime,
    ) -> Result<Uuid, StorageError> {
        let (utils, reader) = (self.queue_utils(), *reader);
        self.transaction(move |transaction| {
            Box::pin(insert_job_in(transaction, utils, (reader, dataset), request, now))
        })
        .await
    }

    /// Stops a job that goes on. What is done stays. Says how the job is afterwards.
    pub async fn cancel_job(
        &self,
        reader: &Reader,
        id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Permitted<Job>, StorageError> {
        if let refused @ Err(_) = self.job_to_change(reader, id).await? {
            return Ok(refused.map_or_else(|refusal| refusal, Permitted::Done));
        }
        query!(
            "UPDATE jobs SET state = 'cancelled', finished_at = $2 WHERE id = $1 AND state IN ('waiting', 'running')",
            id,
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(self.find_job(reader, id).await?.map_or(Permitted::Unknown, Permitted::Done))
    }

    /// Takes a job up again that was cancelled or that failed, wholly or in items, which are tried once more. Says how the
    /// job is afterwards.
    pub async fn resume_job(&self, reader: &Reader, id: Uuid) -> Result<Permitted<Job>, StorageError> {
        let job = match self.job_to_change(reader, id).await? {
            Ok(job) => job,
            Err(refusal) => return Ok(refusal),
        };
        let utils = self.queue_utils();
        self.transaction(move |transaction| {
            Box::pin(async move {
                let resumed = query_scalar!(
                    "UPDATE jobs SET state = 'waiting', finished_at = NULL, error = NULL, pace_since = NULL,
                         failed = CASE WHEN kind IN ('caption', 'bulk_edit', 'keep_caption', 'rollback') THEN 0 ELSE failed END
                     WHERE id = $1 AND (state IN ('cancelled', 'failed') OR (state = 'succeeded' AND failed > 0
                         AND kind IN ('caption', 'bulk_edit', 'keep_caption', 'rollback')))
                     RETURNING id",
                    id,
                );
                if resumed.fetch_optional(&mut **transaction).await?.is_none() {
                    return Ok(());
                }
                if job.request.has_items() {
                    query!(
                        "UPDATE job_items SET state = 'waiting', attempts = 0, error = NULL
                         WHERE job_id = $1 AND state = 'failed'",
                        id,
                    )
                    .execute(&mut **transaction)
                    .await?;
                }
                queue::add(utils, transaction, &[queue::Step::plan(id)], job.request.needs_model()).await
            })
        })
        .await?;
        Ok(self.find_job(reader, id).await?.map_or(Permitted::Unknown, Permitted::Done))
    }

    /// The job, where the reader may change it: whoever asked for it, and the dataset's owners.
    async fn job_to_change(&self, reader: &Reader, id: Uuid) -> Result<Result<Job, Permitted<Job>>, StorageError> {
        let Some(job) = self.find_job(reader, id).await? else { return Ok(Err(Permitted::Unknown)) };
        // Also whoever asked for it while they were an administrator.
        if job.request == JobRequest::Reindex && !reader.is_admin {
            return Ok(Err(Permitted::Unknown));
        }
        if reader.is_admin || (job.created_by.is_some() && job.created_by == reader.user) {
            return Ok(Ok(job));
        }
        let owned = match &job.dataset {
            Some(slug) => matches!(self.dataset_for(reader, slug, Role::Owner).await?, Permitted::Done(_)),
            None => false,
        };
        Ok(if owned { Ok(job) } else { Err(Permitted::Forbidden(Role::Owner)) })
    }
}

/// Writes a job of a reader in a dataset and puts its first step in line, both with the transaction or neither.
pub(crate) async fn insert_job_in(
    transaction: &mut PgTransaction<'static>,
    utils: WorkerUtils,
    (reader, dataset): (Reader, Option<Uuid>),
    request: JobRequest,
    now: OffsetDateTime,
) -> Result<Uuid, StorageError> {
    let id = Uuid::now_v7();
    query!(
        "INSERT INTO jobs (id, dataset_id, kind, request, created_by, as_admin, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        dataset,
        request.kind(),
        Json(&request) as _,
        reader.user,
        reader.is_admin,
        now,
    )
    .execute(&mut **transaction)
    .await?;
    queue::add(utils, transaction, &[queue::Step::plan(id)], request.needs_model()).await?;
    Ok(id)
}
