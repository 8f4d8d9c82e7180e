//! What the index is made of, and what has changed since: the tables, read by the program itself.

use serde_json::Value;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, StorageError, captions::Status};

/// How many rows one statement sweeps away.
const SWEPT_AT_ONCE: i64 = 50_000;

/// A picture with everything that is said of it.
#[derive(Debug, Clone)]
pub(super) struct ImageRow {
    pub(super) id: Uuid,
    pub(super) dataset_id: Uuid,
    pub(super) file_name: String,
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) added_at: OffsetDateTime,
    pub(super) captions: Vec<CaptionRow>,
}

/// What a source says of it.
#[derive(Debug, Clone)]
pub(super) struct CaptionRow {
    pub(super) source_id: Uuid,
    pub(super) text: String,
    pub(super) regions: Option<Value>,
    pub(super) confidence: Option<f32>,
    pub(super) status: Status,
    pub(super) updated_at: OffsetDateTime,
}

/// A picture that has changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// The number of the transaction that changed it.
    pub(super) written_by: i64,
    pub(super) id: i64,
    pub(super) image_id: Uuid,
}

/// Which database this is, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// Another after a backup was restored, in the same place or elsewhere.
    pub(super) identity: String,
    /// Transactions below this number have ended, and what they wrote can be read.
    pub(super) horizon: i64,
    /// Changes of transactions below this number may have been swept away.
    pub(super) swept_below: i64,
    /// The newest job that asks for indexes to be built anew.
    pub(super) asked: Option<Uuid>,
}

struct FoundImage {
    id: Uuid,
    dataset_id: Uuid,
    file_name: String,
    width: i32,
    height: i32,
    added_at: OffsetDateTime,
}

struct FoundCaption {
    image_id: Uuid,
    source_id: Uuid,
    text: String,
    regions: Option<Value>,
    confidence: Option<f32>,
    status: Status,
    updated_at: OffsetDateTime,
}

impl Database {
    /// Which database this is, and how far it has come.
    ///
    /// The tables of a restored backup are other tables to Postgres, though in them all is as it was.
    pub(super) async fn index_origin(&self) -> Result<Origin, StorageError> {
        // The job is that of newest_reindex_job.
        let origin = query_as!(
            Origin,
            r#"SELECT (SELECT system_identifier::text FROM pg_control_system())
                   || '/' || (SELECT oid::text FROM pg_database WHERE datname = current_database())
                   || '/' || 'index_changes'::regclass::oid::text AS "identity!",
                   pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "horizon!",
                   (SELECT below FROM swept_index_changes) AS "swept_below!",
                   (SELECT id FROM jobs WHERE kind = 'reindex' AND state IN ('waiting', 'running', 'succeeded')
                    ORDER BY id DESC LIMIT 1) AS "asked?""#
        );
        Ok(origin.fetch_one(self.pool()).await?)
    }

    /// At most `limit` changes after this one, in the order of transactions.
    pub(super) async fn changes_after(&self, after: (i64, i64), limit: i64) -> Result<Vec<Change>, StorageError> {
        let changes = query_as!(
            Change,
            "SELECT written_by, id, image_id FROM index_changes
             WHERE (written_by, id) > ($1, $2) ORDER BY written_by, id LIMIT $3",
            after.0,
            after.1,
            limit,
        );
        Ok(changes.fetch_all(self.pool()).await?)
    }

    /// Forgets what transactions of another cluster wrote, which a restored backup brings along: their numbers mean nothing
    /// here.
    pub(super) async fn forget_foreign_changes(&self) -> Result<(), StorageError> {
        query!("DELETE FROM index_changes WHERE written_by >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
            .execute(self.pool())
            .await?;
        query!(
            "UPDATE swept_index_changes SET below = 0
             WHERE below > pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Forgets changes that were written before `before`. An index that has not seen them is built anew.
    pub async fn sweep_index_changes(&self, before: OffsetDateTime) -> Result<u64, StorageError> {
        // It says so before anything goes. Not more than what goes: an index that has seen that much goes on.
        let below = query_scalar!(
            r#"UPDATE swept_index_changes SET below = greatest(below, 1 + (
                   SELECT max(written_by) FROM index_changes WHERE written_by < least(
                       (SELECT written_by FROM index_changes WHERE written_at >= $1 ORDER BY written_by, id LIMIT 1),
                       pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                   )
               ))
               RETURNING below"#,
            before,
        );
        let below = below.fetch_one(self.pool()).await?;
        let mut swept = 0;
        loop {
            let deleted = query!(
                "DELETE FROM index_changes WHERE (written_by, id) IN (
                     SELECT written_by, id FROM index_changes WHERE written_by < $1 ORDER BY written_by, id LIMIT $2
                 )",
                below,
                SWEPT_AT_ONCE,
            );
            let deleted = deleted.execute(self.pool()).await?.rows_affected();
            swept += deleted;
            if deleted < SWEPT_AT_ONCE.unsigned_abs() {
                return Ok(swept);
            }
        }
    }

    /// How many pictures there are to index.
    pub(super) async fn count_indexed_images(&self) -> Result<i64, StorageError> {
        let count = query_scalar!(r#"SELECT count(*) AS "count!" FROM dataset_images WHERE deleted_at IS NULL"#);
        Ok(count.fetch_one(self.pool()).await?)
    }

    /// Those of these pictures that are there.
    pub(super) async fn indexed_images(&self, ids: &[Uuid]) -> Result<Vec<ImageRow>, StorageError> {
        let images = query_as!(
            FoundImage,
            "SELECT id, dataset_id, file_name, width, height, added_at
             FROM dataset_images JOIN images USING (sha256)
             WHERE id = ANY($1) AND deleted_at IS NULL",
            ids,
        );
        let images = images.fetch_all(self.pool()).await?;
        self.with_captions(images).await
    }

    /// At most `limit` pictures after this one, of all datasets, by id.
    pub(super) async fn indexed_images_after(&self, after: Uuid, limit: i64) -> Result<Vec<ImageRow>, StorageError> {
        let images = query_as!(
            FoundImage,
            "SELECT shown.id, dataset_id, file_name, width, height, added_at
             FROM dataset_images AS shown JOIN images USING (sha256)
             WHERE shown.id > $1 AND deleted_at IS NULL ORDER BY shown.id LIMIT $2",
            after,
            limit,
        );
        let images = images.fetch_all(self.pool()).await?;
        self.with_captions(images).await
    }

    async fn with_captions(&self, images: Vec<FoundImage>) -> Result<Vec<ImageRow>, StorageError> {
        let mut ids: Vec<_> = images.iter().map(|image| image.id).collect();
        ids.sort_unstable();
        let captions = query_as!(
            FoundCaption,
            r#"SELECT image_id, source_id, text, regions, confidence, status AS "status: Status", updated_at
               FROM captions WHERE image_id = ANY($1) ORDER BY image_id"#,
            &ids,
        );
        let captions = captions.fetch_all(self.pool()).await?;
        let mut rows: Vec<_> = images.into_iter().map(ImageRow::from).collect();
        rows.sort_unstable_by_key(|image| image.id);
        let mut captions = captions.into_iter().peekable();
        for image in &mut rows {
            while let Some(caption) = captions.next_if(|caption| caption.image_id <= image.id) {
                if caption.image_id == image.id {
                    image.captions.push(caption.into());
                }
            }
        }
        Ok(rows)
    }
}

impl From<FoundImage> for ImageRow {
    fn from(image: FoundImage) -> Self {
        let FoundImage { id, dataset_id, file_name, width, height, added_at } = image;
        Self { id, dataset_id, file_name, width, height, added_at, captions: vec![] }
    }
}

impl From<FoundCaption> for CaptionRow {
    fn from(caption: FoundCaption) -> Self {
        let FoundCaption { source_id, text, regions, confidence, status, updated_at, .. } = caption;
        Self { source_id, text, regions, confidence, status, updated_at }
    }
}
