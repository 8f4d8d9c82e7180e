//! How far the review of several captions is, said at once.

use sqlx::query;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::{Caption, Status},
    datasets::{Permitted, Role},
};

impl Database {
    /// Says of captions of a dataset, each at the version that was seen, how far their review is: one act, which is undone
    /// as one. Returns those that are so now; the others were changed since, or are not there. To submit takes an
    /// annotator, to approve and to reject a reviewer. A reason goes with a rejection alone.
    pub async fn set_caption_statuses(
        &self,
        reader: &Reader,
        dataset: &str,
        seen: &[(Uuid, i32)],
        status: Status,
        reason: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Permitted<Vec<Caption>>, StorageError> {
        let needed = if matches!(status, Status::Draft | Status::Submitted) { Role::Annotator } else { Role::Reviewer };
        let dataset = match self.dataset_for(reader, dataset, needed).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let (ids, versions): (Vec<Uuid>, Vec<i32>) = seen.iter().copied().unzip();
        let rows = query!(
            r#"WITH changed AS (
                   UPDATE captions SET status = $4, reason = $7, version = captions.version + 1, updated_by = $5,
                       updated_at = $6
                   FROM unnest($1::uuid[], $2::integer[]) AS seen (id, version)
                   WHERE captions.id = seen.id AND captions.version = seen.version AND dataset_id = $3
                   AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
                   RETURNING captions.*
               )
               SELECT changed.id, slug, text, regions, confidence, status AS "status: Status", reason, edited, version, updated_at
               FROM changed JOIN caption_sources AS source ON source.id = source_id"#,
            &ids,
            &versions,
            dataset,
            status as Status,
            reader.user,
            now,
            reason,
        );
        let changed = rows.fetch_all(self.pool()).await?.into_iter().map(|row| Caption {
            id: row.id,
            source: row.slug,
            text: row.text,
            regions: row.regions,
            confidence: row.confidence,
            status: row.status,
            reason: row.reason,
            edited: row.edited,
            version: row.version,
            updated_at: row.updated_at,
        });
        Ok(Permitted::Done(changed.collect()))
    }
}
