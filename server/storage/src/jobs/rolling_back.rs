//! Jobs that make captions what they were before another job changed them, as the tables see them.

use serde_json::json;
use sqlx::{query, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, JobRequest, RollbackJob, captioning::name_job};
use crate::{Database, Reader, StorageError, datasets::Permitted};

/// How many captions a step restores, in one transaction.
const AT_ONCE: i64 = 1000;

/// Why a caption stays as the bulk edit has it.
const REFUSED: &str = "The caption was approved or rejected before, and only a reviewer may say so again; or there was none, \
                       and only whose it is or an owner may take it away; or you may not edit captions here any more.";

impl Database {
    /// Asks that what a bulk edit changed becomes as it was before, or what a rollback took back as it was after: all captions
    /// that nobody has changed since. What the job wrote first is deleted, by whose caption it is or an owner. For annotators;
    /// a caption that was approved or rejected before takes a reviewer.
    /// [`Permitted::Unknown`] also where the job is of another kind.
    pub async fn roll_back_job(
        &self,
        reader: &Reader,
        id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Permitted<Job>, StorageError> {
        let Some(job) = self.find_job(reader, id).await? else { return Ok(Permitted::Unknown) };
        let Some(dataset) = job.dataset.as_ref().filter(|_| job.request.can_roll_back()) else {
            return Ok(Permitted::Unknown);
        };
        self.create_job(reader, dataset, JobRequest::Rollback(RollbackJob { job: id }), now).await
    }

    /// Plans a rollback: an item for each caption that the job `of` changed. Says whether it was this server that did.
    pub async fn plan_rolling_back(&self, job: &Job, of: Uuid) -> Result<bool, StorageError> {
        if job.total.is_some() {
            return self.put_steps_in_line(job, None, AT_ONCE).await;
        }
        let Some(planner) = self.begin_plan(job.id, json!({})).await? else { return Ok(false) };
        let id = job.id;
        let is_noted = self.transaction(move |transaction| {
            Box::pin(async move {
                if !planner.holds(transaction).await? {
                    return Ok::<_, StorageError>(false);
                }
                query!(
                    "INSERT INTO job_items (job_id, position, image_id, caption_id)
                     SELECT $1, row_number() OVER (ORDER BY captions.id) - 1, image_id, captions.id
                     FROM (SELECT DISTINCT caption_id FROM caption_versions WHERE job_id = $2) AS made
                     JOIN captions ON captions.id = caption_id",
                    id,
                    of,
                )
                .execute(&mut **transaction)
                .await?;
                Ok(true)
            })
        });
        Ok(is_noted.await? && self.put_steps_in_line(job, Some(planner), AT_ONCE).await?)
    }

    /// Restores the captions of a job's items from position `first` up to and without `end` that are still as the job `of`
    /// made them, and notes that their items are done: all or nothing. Items of captions that somebody has changed since, or
    /// that are gone, are done as well. Returns the positions of those that the job's creator may not change.
    ///
    /// # Errors
    ///
    /// [`StorageError::Aborted`] where the job has been cancelled meanwhile.
    pub async fn roll_back_items(
        &self,
        job: &Job,
        of: Uuid,
        (first, end): (i64, i64),
        now: OffsetDateTime,
    ) -> Result<Vec<i64>, StorageError> {
        let (id, dataset, reader) = (job.id, job.dataset_id, job.reader());
        self.transaction(move |transaction| {
            Box::pin(async move {
                name_job(transaction, id).await?;
                let done = query_scalar!(
                    "WITH restored AS (
                         UPDATE captions SET text = past.text, regions = past.regions, confidence = past.confidence,
                             status = past.status, reason = past.reason, edited = past.edited,
                             version = captions.version + 1, updated_by = $5, updated_at = $7
                         FROM job_items AS item
                         JOIN caption_versions AS made ON made.caption_id = item.caption_id AND made.job_id = $2
                         JOIN caption_versions AS past
                             ON past.caption_id = made.caption_id AND past.version = made.version - 1
                         WHERE item.job_id = $1 AND item.position >= $3 AND item.position < $4
                         AND item.state = 'waiting'
                         AND captions.id = item.caption_id AND captions.version = made.version
                         AND captions.dataset_id = $8
                         -- The right is looked up once, and not for each.
                         AND (SELECT rank_in_dataset($8, $5, $6))
                             >= CASE WHEN past.status IN ('approved', 'rejected') THEN 3 ELSE 2 END
                         AND EXISTS (
                             SELECT FROM dataset_images AS image
                             WHERE image.id = captions.image_id AND deleted_at IS NULL
                         )
                         RETURNING item.position
                     ), taken_away AS (
                         -- There was none before, and its history is this one version.
                         DELETE FROM captions USING job_items AS item, caption_versions AS made, caption_sources AS source
                         WHERE item.job_id = $1 AND item.position >= $3 AND item.position < $4
                         AND item.state = 'waiting'
                         AND made.caption_id = item.caption_id AND made.job_id = $2 AND made.version = 1
                         AND captions.id = item.caption_id AND captions.version = 1
                         AND source.id = captions.source_id
                         AND captions.dataset_id = $8
                         AND (SELECT rank_in_dataset($8, $5, $6))
                             >= CASE WHEN source.user_id = $5 THEN 2 ELSE 4 END
                         RETURNING item.position
                     ), changed_since AS (
                         SELECT position FROM job_items AS item LEFT JOIN captions ON captions.id = caption_id
                         WHERE item.job_id = $1 AND position >= $3 AND position < $4 AND state = 'waiting'
                         AND NOT EXISTS (
                             SELECT FROM caption_versions AS made
                             WHERE made.caption_id = captions.id AND made.job_id = $2 AND made.version = captions.version
                         )
                     )
                     UPDATE job_items SET state = 'done', attempts = attempts + 1, error = NULL
                     WHERE job_id = $1 AND state = 'waiting'
                     AND position >= $3 AND position < $4
                     -- By an array, which an index takes whatever the planner knows of a job that has just been planned.
                     AND position = ANY (ARRAY(
                         SELECT position FROM restored UNION ALL SELECT position FROM taken_away
                         UNION ALL SELECT position FROM changed_since
                     ))
                     RETURNING position",
                    id,
                    of,
                    first,
                    end,
                    reader.user,
                    reader.is_admin,
                    now,
                    dataset,
                );
                let done = done.fetch_all(&mut **transaction).await?.len();
                let refused = query_scalar!(
                    "SELECT position FROM job_items
                     WHERE job_id = $1 AND position >= $2 AND position < $3 AND state = 'waiting' ORDER BY position",
                    id,
                    first,
                    end,
                );
                let refused = refused.fetch_all(&mut **transaction).await?;
                // Last, because other steps of the job wait for this row.
                let counted = query_scalar!(
                    "UPDATE jobs SET done = done + $2 WHERE id = $1 AND state = 'running' RETURNING id",
                    id,
                    done as i64,
                );
                counted.fetch_optional(&mut **transaction).await?.map(|_| refused).ok_or(StorageError::Aborted)
            })
        })
        .await
    }

    /// Restores the captions of a job's items as [`Database::roll_back_items`] does, and notes which could not be.
    pub async fn roll_back_step(
        &self,
        job: &Job,
        of: Uuid,
        range: (i64, i64),
        now: OffsetDateTime,
    ) -> Result<(), StorageError> {
        let refused = match self.roll_back_items(job, of, range, now).await {
            Ok(refused) => refused,
            // Cancelled meanwhile.
            Err(StorageError::Aborted) => return Ok(()),
            Err(error) => return Err(error),
        };
        for position in refused {
            self.fail_item(job.id, position, REFUSED, true).await?;
        }
        Ok(())
    }

    /// How many captions of a job's items that are done are not there any more.
    pub async fn count_gone_captions(&self, job: Uuid) -> Result<i64, StorageError> {
        let count = query_scalar!(
            r#"SELECT count(*) AS "count!" FROM job_items AS item
               WHERE job_id = $1 AND state = 'done' AND caption_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM captions WHERE captions.id = caption_id)"#,
            job
        );
        Ok(count.fetch_one(self.pool()).await?)
    }

    /// How many captions a job has changed.
    pub async fn count_changed_captions(&self, job: Uuid) -> Result<i64, StorageError> {
        let count = query_scalar!(
            r#"SELECT count(DISTINCT caption_id) AS "count!" FROM caption_versions WHERE job_id = $1"#,
            job
        );
        Ok(count.fetch_one(self.pool()).await?)
    }
}
