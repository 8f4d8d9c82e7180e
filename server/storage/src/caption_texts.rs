//! What is said of a dataset's pictures, page by page, for who reads all of it: and whether that is still what is there.

use sqlx::{query, query_scalar};
use uuid::Uuid;

use crate::{Database, Reader, StorageError, captions::Status, images::ImageFilter};

/// What is said of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTexts {
    /// The picture.
    pub image: Uuid,
    /// The sources that say something of it, and what.
    pub texts: Vec<(Uuid, String)>,
}

/// Which texts of a dataset are read.
#[derive(Debug, Clone, Copy)]
pub struct TextsPage<'a> {
    /// The dataset.
    pub dataset: Uuid,
    /// Of which pictures.
    pub filter: &'a ImageFilter,
    /// Of these alone, where that is said.
    pub among: Option<&'a [Uuid]>,
    /// Of this source alone, where that is said.
    pub source: Option<Uuid>,
    /// Of pictures that come after this one in the order of adding.
    pub after: Uuid,
    /// Of how many pictures at most.
    pub limit: i64,
}

impl Database {
    /// What is said of a page of pictures, in the order of adding; pictures of which nothing is said as well. Nothing where
    /// the reader may not see the dataset.
    pub async fn caption_texts(&self, reader: &Reader, page: TextsPage<'_>) -> Result<Vec<ImageTexts>, StorageError> {
        let filter = page.filter;
        let has_source = match &filter.has_source {
            None => None,
            // Nil is none's id: nothing has a caption of what is no source.
            Some(slug) => Some(self.source_id(page.dataset, slug).await?.unwrap_or_default()),
        };
        let lacks_source = match &filter.lacks_source {
            None => None,
            Some(slug) => self.source_id(page.dataset, slug).await?,
        };
        let rows = query!(
            r#"WITH page AS (
                   SELECT id FROM dataset_images AS image
                   WHERE dataset_id = $1 AND deleted_at IS NULL AND id > $2 AND ($3::uuid[] IS NULL OR id = ANY ($3))
                   AND ($4::uuid IS NULL
                       OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $4 OFFSET 0))
                   AND NOT EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $5 OFFSET 0)
                   AND ($6::text IS NULL
                       OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = $6 OFFSET 0))
                   AND rank_in_dataset($1, $9, $10) > 0
                   ORDER BY id LIMIT $7
               )
               SELECT page.id, source_id AS "source?", text AS "text?"
               FROM page LEFT JOIN LATERAL (
                   SELECT source_id, text FROM captions
                   WHERE image_id = page.id AND ($8::uuid IS NULL OR source_id = $8) OFFSET 0
               ) AS caption ON true
               ORDER BY page.id"#,
            page.dataset,
            page.after,
            page.among as Option<&[Uuid]>,
            has_source,
            lacks_source,
            filter.status as Option<Status>,
            page.limit,
            page.source,
            reader.user,
            reader.is_admin,
        );
        let mut images: Vec<ImageTexts> = Vec::new();
        for row in rows.fetch_all(self.pool()).await? {
            if images.last().is_none_or(|last| last.image != row.id) {
                images.push(ImageTexts { image: row.id, texts: Vec::new() });
            }
            if let (Some(image), Some(source), Some(text)) = (images.last_mut(), row.source, row.text) {
                image.texts.push((source, text));
            }
        }
        Ok(images)
    }

    /// A moment, for [`Database::is_unchanged_since`]: which transactions have ended.
    pub async fn moment_of_changes(&self) -> Result<String, StorageError> {
        let moment = query_scalar!(r#"SELECT pg_current_snapshot()::text AS "moment!""#);
        Ok(moment.fetch_one(self.pool()).await?)
    }

    /// Whether no picture and no caption of a dataset has changed since a moment; false also where that can't be told any
    /// more.
    pub async fn is_unchanged_since(&self, dataset: Uuid, moment: &str) -> Result<bool, StorageError> {
        // The order has Postgres begin where the moment's first open transaction is, and not read all rows.
        let unchanged = query_scalar!(
            r#"SELECT (
                   SELECT id FROM index_changes
                   WHERE written_by >= pg_snapshot_xmin($2::text::pg_snapshot)::text::bigint AND dataset_id = $1
                   AND NOT pg_visible_in_snapshot(written_by::text::xid8, $2::text::pg_snapshot)
                   ORDER BY written_by, id LIMIT 1
               ) IS NULL
               AND (SELECT below FROM swept_index_changes) <= pg_snapshot_xmin($2::text::pg_snapshot)::text::bigint
                   AS "unchanged!""#,
            dataset,
            moment,
        );
        Ok(unchanged.fetch_one(self.pool()).await?)
    }
}
