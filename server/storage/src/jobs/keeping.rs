//! Jobs that write one caption for several pictures, as the tables see them.

use serde_json::json;
use sqlx::{query, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, KeepCaptionJob, captioning::name_job};
use crate::{Database, StorageError, own_captions::ensure_person_source};

/// How many captions a step writes, in one transaction.
const AT_ONCE: i64 = 1000;

impl Database {
    /// Plans such a job: an item for each picture that is in the dataset. Says whether it was this server that did.
    pub async fn plan_keeping(&self, job: &Job, request: &KeepCaptionJob) -> Result<bool, StorageError> {
        if job.total.is_some() {
            return self.put_steps_in_line(job, None, AT_ONCE).await;
        }
        let Some(planner) = self.begin_plan(job.id, json!({})).await? else { return Ok(false) };
        let (id, dataset) = (job.id, job.dataset_id);
        let images: Vec<Uuid> = request.images.iter().map(|image| image.id).collect();
        let is_noted = self.transaction(move |transaction| {
            Box::pin(async move {
                if !planner.holds(transaction).await? {
                    return Ok::<_, StorageError>(false);
                }
                query!(
                    "INSERT INTO job_items (job_id, position, image_id)
                     SELECT $1, row_number() OVER (ORDER BY id) - 1, id FROM dataset_images
                     WHERE id = ANY ($3) AND dataset_id = $2 AND deleted_at IS NULL",
                    id,
                    dataset,
                    &images,
                )
                .execute(&mut **transaction)
                .await?;
                Ok(true)
            })
        });
        Ok(is_noted.await? && self.put_steps_in_line(job, Some(planner), AT_ONCE).await?)
    }

    /// Writes the caption for the pictures of a job's items from position `first` up to and without `end`, as the creator's
    /// own, and notes that those items are done: all or nothing. Where they have said the same already nothing changes.
    /// Returns the positions of those where they have another caption than they saw, or may write none.
    ///
    /// # Errors
    ///
    /// [`StorageError::Aborted`] where the job has been cancelled meanwhile.
    pub async fn keep_items(
        &self,
        job: &Job,
        request: &KeepCaptionJob,
        (first, end): (i64, i64),
        now: OffsetDateTime,
    ) -> Result<Vec<i64>, StorageError> {
        let (id, reader, text) = (job.id, job.reader(), request.text.clone());
        let (Some(user), Some(dataset)) = (reader.user, job.dataset_id) else {
            // Nobody's own caption can't be written.
            let items = self.waiting_items(id, first, end).await?;
            return Ok(items.into_iter().map(|item| item.position).collect());
        };
        let images: Vec<Uuid> = request.images.iter().map(|image| image.id).collect();
        let seen: Vec<Option<i32>> = request.images.iter().map(|image| image.version).collect();
        let new_ids: Vec<Uuid> = images.iter().map(|_| Uuid::now_v7()).collect();
        self.transaction(move |transaction| {
            Box::pin(async move {
                name_job(transaction, id).await?;
                let source = ensure_person_source(transaction, dataset, user, now).await?;
                let done = query_scalar!(
                    "WITH wanted AS (
                         SELECT position, image_id, seen, new_id FROM job_items
                         JOIN unnest($5::uuid[], $6::integer[], $7::uuid[]) AS asked (image, seen, new_id)
                             ON image = image_id
                         JOIN dataset_images AS shown ON shown.id = image_id
                         WHERE job_id = $1 AND position >= $2 AND position < $3 AND state = 'waiting'
                         AND deleted_at IS NULL AND dataset_id = $12 AND (SELECT rank_in_dataset($12, $8, $9)) >= 2
                     ), same AS (
                         SELECT position FROM wanted JOIN captions USING (image_id) WHERE source_id = $4 AND text = $10
                     ), changed AS (
                         UPDATE captions SET text = $10, status = 'draft', version = captions.version + 1,
                             updated_by = $8, updated_at = $11
                         FROM wanted
                         WHERE captions.image_id = wanted.image_id AND source_id = $4 AND text <> $10
                         AND captions.version = seen
                         RETURNING position
                     ), added AS (
                         INSERT INTO captions (id, dataset_id, image_id, source_id, text, updated_by, updated_at)
                         SELECT new_id, $12, image_id, $4, $10, $8, $11 FROM wanted WHERE seen IS NULL
                         ON CONFLICT (image_id, source_id) DO NOTHING
                         RETURNING image_id
                     )
                     UPDATE job_items SET state = 'done', attempts = attempts + 1, error = NULL
                     WHERE job_id = $1 AND state = 'waiting' AND position = ANY (ARRAY(
                         SELECT position FROM same UNION ALL SELECT position FROM changed
                         UNION ALL SELECT position FROM added JOIN wanted USING (image_id)
                     ))
                     RETURNING position",
                    id,
                    first,
                    end,
                    source,
                    &images,
                    &seen as &[Option<i32>],
                    &new_ids,
                    user,
                    reader.is_admin,
                    text,
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
}
