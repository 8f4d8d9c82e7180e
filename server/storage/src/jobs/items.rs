//! The parts of a job.

use sqlx::{PgTransaction, query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Job;
use crate::{Database, Reader, StorageError, captions::Status, images::ImageFilter};

/// How often an item is tried before it counts as failed.
pub const MAX_ATTEMPTS: i16 = 4;

/// How many pictures are found at a time while a job is planned.
const FOUND_AT_ONCE: i64 = 10_000;

/// A part of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobItem {
    /// Where it stands in the job, from 0.
    pub position: i64,
    /// The picture that it is about.
    pub image_id: Option<Uuid>,
    /// The caption that it is about.
    pub caption_id: Option<Uuid>,
    /// What people call it: a picture's name, a line of a file.
    pub label: Option<String>,
    /// How often it was tried in vain.
    pub attempts: i16,
    /// Why the last try was in vain.
    pub error: Option<String>,
}

/// The pictures of a job, while it is planned.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) dataset: Uuid,
    pub(super) has_source: Option<Uuid>,
    pub(super) lacks_source: Option<Uuid>,
    pub(super) status: Option<Status>,
    /// Only these, where there is a choice already.
    pub(super) among: Option<&'a [Uuid]>,
}

impl Database {
    /// The items of a job from position `first` up to and without `end` that wait to be done.
    pub async fn waiting_items(&self, job: Uuid, first: i64, end: i64) -> Result<Vec<JobItem>, StorageError> {
        let items = query_as!(
            JobItem,
            "SELECT position, image_id, caption_id, label, attempts, error FROM job_items
             WHERE job_id = $1 AND position >= $2 AND position < $3 AND state = 'waiting' ORDER BY position",
            job,
            first,
            end,
        );
        Ok(items.fetch_all(self.pool()).await?)
    }

    /// The items of a job that failed for good, by position: at most `limit` of those after `after`. None where the reader
    /// may not know of the job.
    pub async fn list_failed_items(
        &self,
        reader: &Reader,
        job: Uuid,
        after: i64,
        limit: i64,
    ) -> Result<Option<Vec<JobItem>>, StorageError> {
        if self.find_job(reader, job).await?.is_none() {
            return Ok(None);
        }
        let items = query_as!(
            JobItem,
            r#"SELECT position, image_id, caption_id, coalesce(label, file_name) AS label, attempts, error
               FROM job_items LEFT JOIN dataset_images ON dataset_images.id = image_id
               WHERE job_id = $1 AND state = 'failed' AND position > $2 ORDER BY position LIMIT $3"#,
            job,
            after,
            limit,
        );
        Ok(Some(items.fetch_all(self.pool()).await?))
    }

    /// Notes that a try of an item was in vain. It is tried again, unless that is hopeless or was done [`MAX_ATTEMPTS`]
    /// times.
    pub async fn fail_item(
        &self,
        job: Uuid,
        position: i64,
        error: &str,
        is_hopeless: bool,
    ) -> Result<(), StorageError> {
        query!(
            "WITH item AS (
                 UPDATE job_items SET attempts = attempts + 1, error = left($3, 2000),
                     state = CASE WHEN $4 OR attempts + 1 >= $5::integer THEN 'failed' ELSE 'waiting' END
                 WHERE job_id = $1 AND position = $2 AND state = 'waiting' RETURNING state
             )
             UPDATE jobs SET failed = failed + 1 FROM item WHERE id = $1 AND item.state = 'failed'",
            job,
            position,
            error,
            is_hopeless,
            i32::from(MAX_ATTEMPTS),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends a job if none of its items waits any more. Says whether the job is at its end.
    pub async fn finish_job(&self, job: Uuid, now: OffsetDateTime) -> Result<bool, StorageError> {
        query!(
            "UPDATE jobs SET state = 'succeeded', finished_at = $2
             WHERE id = $1 AND state = 'running' AND total IS NOT NULL
             AND NOT EXISTS (SELECT FROM job_items WHERE job_id = $1 AND state = 'waiting')",
            job,
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(self.job_at_work(job).await?.is_none())
    }

    /// Notes a row of a file that can't be taken in or written, unless it was noted before.
    pub async fn note_failed_row(
        transaction: &mut PgTransaction<'static>,
        job: Uuid,
        position: i64,
        label: &str,
        error: &str,
    ) -> Result<(), StorageError> {
        query!(
            "INSERT INTO job_items (job_id, position, label, state, attempts, error)
             VALUES ($1, $2, left($3, 1000), 'failed', 1, left($4, 2000)) ON CONFLICT DO NOTHING",
            job,
            position,
            label,
            error,
        )
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }

    /// The pictures that a job is about, in pages in the order of adding, after `after`.
    pub(super) async fn found_images(&self, found: &Found<'_>, after: Uuid) -> Result<Vec<Uuid>, StorageError> {
        let ids = query_scalar!(
            "SELECT id FROM dataset_images AS image
             WHERE dataset_id = $1 AND deleted_at IS NULL AND id > $2
             AND ($3::uuid[] IS NULL OR id = ANY ($3))
             AND ($4::uuid IS NULL
                 OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $4 OFFSET 0))
             AND NOT EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $5 OFFSET 0)
             AND ($6::text IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = $6 OFFSET 0))
             ORDER BY id LIMIT $7",
            found.dataset,
            after,
            found.among as Option<&[Uuid]>,
            found.has_source,
            found.lacks_source,
            found.status as Option<Status>,
            FOUND_AT_ONCE,
        );
        Ok(ids.fetch_all(self.pool()).await?)
    }

    /// All pictures that a job is about, page by page, each given to `note` with how many there were before, as long as that
    /// says to go on.
    pub(super) async fn each_found<F>(
        &self,
        job: &Job,
        filter: &ImageFilter,
        among: Option<&[Uuid]>,
        note: impl FnMut(i64, Vec<Uuid>) -> F,
    ) -> Result<(), StorageError>
    where
        F: Future<Output = Result<bool, StorageError>>,
    {
        let Some(dataset) = job.dataset_id else { return Ok(()) };
        self.each_selected(dataset, filter, among, note).await
    }

    /// All pictures that a selection leaves of a dataset that the reader may see, page by page, each given to `note` with how
    /// many there were before, as long as that says to go on. Says whether the reader may see the dataset.
    pub async fn look_at_selected<F>(
        &self,
        reader: &Reader,
        dataset: &str,
        filter: &ImageFilter,
        among: Option<&[Uuid]>,
        note: impl FnMut(i64, Vec<Uuid>) -> F,
    ) -> Result<bool, StorageError>
    where
        F: Future<Output = Result<bool, StorageError>>,
    {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(false) };
        self.each_selected(dataset.id, filter, among, note).await?;
        Ok(true)
    }

    async fn each_selected<F>(
        &self,
        dataset: Uuid,
        filter: &ImageFilter,
        among: Option<&[Uuid]>,
        mut note: impl FnMut(i64, Vec<Uuid>) -> F,
    ) -> Result<(), StorageError>
    where
        F: Future<Output = Result<bool, StorageError>>,
    {
        let has_source = match &filter.has_source {
            Some(slug) => match self.source_id(dataset, slug).await? {
                // What is no source has no captions, and so there are no pictures with one.
                None => return Ok(()),
                found => found,
            },
            None => None,
        };
        let lacks_source = match &filter.lacks_source {
            Some(slug) => self.source_id(dataset, slug).await?,
            None => None,
        };
        let (status, mut before) = (filter.status, 0);
        if let Some(among) = among {
            for chunk in among.chunks(FOUND_AT_ONCE as usize) {
                let found = Found { dataset, has_source, lacks_source, status, among: Some(chunk) };
                let page = self.found_images(&found, Uuid::nil()).await?;
                let count = page.len() as i64;
                if count > 0 && !note(before, page).await? {
                    return Ok(());
                }
                before += count;
            }
            return Ok(());
        }
        let found = Found { dataset, has_source, lacks_source, status, among: None };
        let mut after = Uuid::nil();
        loop {
            let page = self.found_images(&found, after).await?;
            let (Some(last), count) = (page.last().copied(), page.len() as i64) else { return Ok(()) };
            if !note(before, page).await? {
                return Ok(());
            }
            (after, before) = (last, before + count);
        }
    }
}
