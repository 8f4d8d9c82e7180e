//! Jobs that caption pictures, as the tables see them.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgTransaction, query, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, JobItem};
use crate::{Database, StorageError, captions::NewCaption, images::ImageFilter};

/// How many pictures a step captions.
const AT_ONCE: i64 = 64;

/// What is found out when a captioning job is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptionPlan {
    /// The source that the captions go to.
    pub source: Uuid,
    /// The model's name.
    pub model: String,
    /// The revision of its weights: captions of another belong to another source.
    pub revision: String,
}

/// What came of storing a caption that a job made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored.
    Done,
    /// Another server was quicker; nothing was stored twice.
    DoneBefore,
    /// The job has ended meanwhile; nothing was stored.
    Stopped,
    /// The picture is gone, or the job's creator may not caption it any more.
    Refused,
}

impl Database {
    /// Plans a captioning job: an item for each picture of the filter, `among` these where that is said, that has no caption
    /// of the plan's source yet. Puts its steps in line. A job that was planned before goes on with what is left;
    /// one that another server plans by now is left to it. Says whether it is planned.
    pub async fn plan_captioning(
        &self,
        job: &Job,
        plan: &CaptionPlan,
        filter: &ImageFilter,
        among: Option<&[Uuid]>,
    ) -> Result<bool, StorageError> {
        let source = plan.source;
        if job.total.is_some() {
            return self.put_steps_in_line(job, None, AT_ONCE).await;
        }
        let Some(planner) = self.begin_plan(job.id, json!(plan)).await? else { return Ok(false) };
        let id = job.id;
        let note = |before: i64, page: Vec<Uuid>| {
            self.transaction(move |transaction| {
                Box::pin(async move {
                    if !planner.holds(transaction).await? {
                        return Ok(false);
                    }
                    query!(
                        "INSERT INTO job_items (job_id, position, image_id)
                         SELECT $1, $4 + position - 1, image
                         FROM unnest($3::uuid[]) WITH ORDINALITY AS found (image, position)
                         WHERE NOT EXISTS (SELECT FROM captions WHERE image_id = image AND source_id = $2)",
                        id,
                        source,
                        &page,
                        before,
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

    /// Stores the caption that a job made for an item, and that the item is done: both or neither.
    pub async fn store_job_caption(
        &self,
        job: &Job,
        item: &JobItem,
        source: Uuid,
        new: NewCaption,
        now: OffsetDateTime,
    ) -> Result<Stored, StorageError> {
        let (id, reader, position, image) = (job.id, job.reader(), item.position, item.image_id);
        let stored = self.transaction(move |transaction| {
            Box::pin(async move {
                name_job(transaction, id).await?;
                let claimed = query_scalar!(
                    "UPDATE job_items SET state = 'done', attempts = attempts + 1, error = NULL
                     WHERE job_id = $1 AND position = $2 AND state = 'waiting' RETURNING position",
                    id,
                    position,
                );
                if claimed.fetch_optional(&mut **transaction).await?.is_none() {
                    return Err(NotStored::Because(Stored::DoneBefore));
                }
                let added = query_scalar!(
                    "INSERT INTO captions
                         (id, dataset_id, image_id, source_id, text, regions, confidence, updated_by, updated_at)
                     SELECT $1, image.dataset_id, image.id, source.id, $4, $5, $6, $7, $9
                     FROM dataset_images AS image JOIN caption_sources AS source USING (dataset_id)
                     WHERE image.id = $2 AND source.id = $3 AND source.kind = 'model' AND deleted_at IS NULL
                     AND rank_in_dataset(dataset_id, $7, $8) >= 2
                     -- Changes nothing, and so returns the row of a caption that came otherwise.
                     ON CONFLICT (image_id, source_id) DO UPDATE SET id = captions.id
                     RETURNING id",
                    Uuid::now_v7(),
                    image,
                    source,
                    new.text,
                    new.regions,
                    new.confidence,
                    reader.user,
                    reader.is_admin,
                    now,
                );
                if added.fetch_optional(&mut **transaction).await?.is_none() {
                    return Err(NotStored::Because(Stored::Refused));
                }
                // Last, because other steps of the job wait for this row until the transaction has ended.
                let counted = query_scalar!(
                    "UPDATE jobs SET done = done + 1 WHERE id = $1 AND state = 'running' RETURNING id",
                    id
                );
                match counted.fetch_optional(&mut **transaction).await? {
                    Some(_) => Ok(()),
                    None => Err(NotStored::Because(Stored::Stopped)),
                }
            })
        });
        match stored.await {
            Ok(()) => Ok(Stored::Done),
            Err(NotStored::Because(stored)) => Ok(stored),
            Err(NotStored::Storage(error)) => Err(error),
        }
    }
}

/// Why nothing of a transaction is to stay.
enum NotStored {
    Because(Stored),
    Storage(StorageError),
}

impl From<StorageError> for NotStored {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<sqlx::Error> for NotStored {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Has the history of captions tell which job changed them in this transaction.
pub(super) async fn name_job(transaction: &mut PgTransaction<'static>, job: Uuid) -> Result<(), StorageError> {
    query!("SELECT set_config('vasari.job', $1, true)", job.to_string()).fetch_one(&mut **transaction).await?;
    Ok(())
}
