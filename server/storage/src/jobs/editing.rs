//! Jobs that change many captions, as the tables see them.

use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, captioning::name_job, edit::ReadyEdit};
use crate::{Database, StorageError, captions::Status, datasets::Role, images::ImageFilter};

/// How many captions a step changes, in one transaction.
const AT_ONCE: i64 = 1000;

/// How often captions that change under the edit's hands are read anew before the step gives up for now.
const ROUNDS: usize = 3;

/// A caption that a job is to change, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditableCaption {
    /// Of which item.
    pub position: i64,
    /// Which caption.
    pub id: Uuid,
    /// What it says.
    pub text: String,
    /// How far its review is.
    pub status: Status,
    /// Counts its changes.
    pub version: i32,
}

/// What a caption is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedCaption {
    /// Of which item.
    pub position: i64,
    /// Which caption.
    pub id: Uuid,
    /// At which version it was read; one that has changed since is left for another try.
    pub version: i32,
    /// What it is to say; nothing where it stays as it is.
    pub text: Option<String>,
    /// How far its review is to be; nothing where that stays, or follows from the text.
    pub status: Option<Status>,
    /// Why it is rejected, where it is to be and that is said.
    pub reason: Option<String>,
}

impl Database {
    /// Plans a bulk edit: an item for each caption, of the source of this slug or of all, of the pictures of the filter,
    /// `among` these where that is said. Puts its steps in line. A job that was planned before goes on with what is left; one
    /// that another server plans by now is left to it.
    pub async fn plan_editing(
        &self,
        job: &Job,
        of_source: Option<&str>,
        filter: &ImageFilter,
        among: Option<&[Uuid]>,
    ) -> Result<bool, StorageError> {
        if job.total.is_some() {
            return self.put_steps_in_line(job, None, AT_ONCE).await;
        }
        let source = match (of_source, job.dataset_id) {
            // What is no source has no captions.
            (Some(slug), Some(dataset)) => Some(self.source_id(dataset, slug).await?.unwrap_or_default()),
            _ => None,
        };
        let Some(planner) = self.begin_plan(job.id, json!({ "source": source })).await? else { return Ok(false) };
        let id = job.id;
        let note = |_, page: Vec<Uuid>| {
            self.transaction(move |transaction| {
                Box::pin(async move {
                    if !planner.holds(transaction).await? {
                        return Ok(false);
                    }
                    query!(
                        "INSERT INTO job_items (job_id, position, image_id, caption_id)
                         SELECT $1, before + row_number() OVER (ORDER BY captions.image_id, captions.id) - 1, image_id, id
                         FROM captions,
                             (SELECT coalesce(max(position) + 1, 0) AS before FROM job_items WHERE job_id = $1) AS earlier
                         WHERE image_id = ANY ($2) AND ($3::uuid IS NULL OR source_id = $3)",
                        id,
                        &page,
                        source,
                    )
                    .execute(&mut **transaction)
                    .await?;
                    Ok(true)
                })
            })
        };
        self.each_found(job, filter, among, note).await?;
        self.put_steps_in_line(job, Some(planner), AT_ONCE).await
    }

    /// Changes the captions of a job's items from position `first` up to and without `end`: those that the edit can be made
    /// of, in one transaction; the others are failed items. Returns how many items are left for another try.
    pub async fn edit_items(
        &self,
        job: &Job,
        edit: &ReadyEdit,
        (first, end): (i64, i64),
        now: OffsetDateTime,
    ) -> Result<usize, StorageError> {
        for _ in 0..ROUNDS {
            let captions = self.captions_to_edit(job.id, first, end).await?;
            if captions.is_empty() {
                return Ok(0);
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
                    Err(error) => self.fail_item(job.id, caption.position, &error.to_string(), true).await?,
                }
            }
            match self.store_edits(job, &edited, now).await {
                Ok(done) if done == edited.len() => return Ok(0),
                Ok(_) => {}
                // Cancelled meanwhile.
                Err(StorageError::Aborted) => return Ok(0),
                Err(error) => return Err(error),
            }
        }
        let left = self.waiting_items(job.id, first, end).await?;
        for item in &left {
            let error = "The caption changes too often to be edited, or you may not edit it any more.";
            self.fail_item(job.id, item.position, error, false).await?;
        }
        Ok(left.len())
    }

    /// The captions of a job's items from position `first` up to and without `end` that wait to be changed. Items whose
    /// caption is gone count as done: there is nothing to change.
    pub async fn captions_to_edit(
        &self,
        job: Uuid,
        first: i64,
        end: i64,
    ) -> Result<Vec<EditableCaption>, StorageError> {
        query!(
            "WITH gone AS (
                 UPDATE job_items SET state = 'done' WHERE job_id = $1 AND position >= $2 AND position < $3
                 AND state = 'waiting' AND NOT EXISTS (SELECT FROM captions WHERE captions.id = caption_id)
                 RETURNING position
             )
             UPDATE jobs SET done = done + (SELECT count(*) FROM gone) WHERE id = $1 AND EXISTS (SELECT FROM gone)",
            job,
            first,
            end,
        )
        .execute(self.pool())
        .await?;
        let captions = query_as!(
            EditableCaption,
            r#"SELECT position, captions.id, text, status AS "status: Status", version
               FROM job_items JOIN captions ON captions.id = caption_id
               WHERE job_id = $1 AND position >= $2 AND position < $3 AND state = 'waiting' ORDER BY position"#,
            job,
            first,
            end,
        );
        Ok(captions.fetch_all(self.pool()).await?)
    }

    /// Stores what a job made of captions, and that their items are done: all or nothing. Says of how many captions that
    /// came true; the others have changed since they were read, or are not the creator's to change. A changed text that
    /// was approved or rejected is a draft again, unless the edit says otherwise.
    pub async fn store_edits(
        &self,
        job: &Job,
        edited: &[EditedCaption],
        now: OffsetDateTime,
    ) -> Result<usize, StorageError> {
        let needs_reviewer =
            |edited: &EditedCaption| matches!(edited.status, Some(Status::Approved | Status::Rejected));
        let needed = if edited.iter().any(needs_reviewer) { Role::Reviewer } else { Role::Annotator };
        let (id, dataset, reader) = (job.id, job.dataset_id, job.reader());
        let (same, changed): (Vec<_>, Vec<_>) =
            edited.iter().partition(|edited| edited.text.is_none() && edited.status.is_none());
        let same: Vec<i64> = same.iter().map(|edited| edited.position).collect();
        let positions: Vec<i64> = changed.iter().map(|edited| edited.position).collect();
        let ids: Vec<Uuid> = changed.iter().map(|edited| edited.id).collect();
        let versions: Vec<i32> = changed.iter().map(|edited| edited.version).collect();
        let texts: Vec<Option<String>> = changed.iter().map(|edited| edited.text.clone()).collect();
        let statuses: Vec<Option<String>> =
            changed.iter().map(|edited| edited.status.map(|status| status.to_string())).collect();
        let reasons: Vec<Option<String>> = changed.iter().map(|edited| edited.reason.clone()).collect();
        self.transaction(move |transaction| {
            Box::pin(async move {
                name_job(transaction, id).await?;
                let changed = query_scalar!(
                    r#"WITH wanted AS (
                           SELECT * FROM unnest(
                               $3::bigint[], $4::uuid[], $5::integer[], $6::text[], $7::text[], $13::text[]
                           ) AS wanted (position, id, version, new_text, new_status, new_reason)
                       ), changed AS (
                           UPDATE captions SET text = coalesce(new_text, text),
                               edited = edited OR new_text IS NOT NULL AND EXISTS (
                                   SELECT FROM caption_sources AS source WHERE source.id = source_id AND kind <> 'person'
                               ),
                               status = coalesce(new_status, CASE WHEN new_text IS NULL THEN status ELSE 'draft' END),
                               reason = CASE WHEN new_status = 'rejected' THEN new_reason ELSE reason END,
                               version = captions.version + 1, updated_by = $8, updated_at = $10
                           FROM wanted
                           WHERE captions.id = wanted.id AND captions.version = wanted.version
                           -- All are of one dataset: the right is looked up once, and not for each.
                           AND dataset_id = $12 AND (SELECT rank_in_dataset($12, $8, $9)) >= $11
                           AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
                           RETURNING position
                       )
                       UPDATE job_items SET state = 'done', attempts = attempts + 1, error = NULL
                       WHERE job_id = $1 AND state = 'waiting'
                       -- By an array, which an index takes whatever the planner knows of a job that has just been planned.
                       AND position = ANY (ARRAY(SELECT position FROM changed UNION ALL SELECT unnest($2::bigint[])))
                       RETURNING position"#,
                    id,
                    &same,
                    &positions,
                    &ids,
                    &versions,
                    &texts as &[Option<String>],
                    &statuses as &[Option<String>],
                    reader.user,
                    reader.is_admin,
                    now,
                    needed.rank(),
                    dataset,
                    &reasons as &[Option<String>],
                );
                let done = changed.fetch_all(&mut **transaction).await?.len();
                let counted = query_scalar!(
                    "UPDATE jobs SET done = done + $2 WHERE id = $1 AND state = 'running' RETURNING id",
                    id,
                    done as i64,
                );
                // A job that was cancelled meanwhile changes nothing.
                counted.fetch_optional(&mut **transaction).await?.map(|_| done).ok_or(StorageError::Aborted)
            })
        })
        .await
    }
}
