//! Pictures with the captions that are to be exported, page by page.

use serde_json::Value;
use sqlx::{query, query_scalar};
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError, captions::Status, datasets::Role, images::ImageFilter, jobs::CaptionChoice,
};

/// What to export, as the tables know it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) dataset: Uuid,
    pub(super) has_source: Option<Uuid>,
    pub(super) lacks_source: Option<Uuid>,
    pub(super) status: Option<Status>,
    /// Captions of this source alone. Nil, which is none's id, for a source that isn't there.
    pub(super) only: Option<Uuid>,
    /// One caption of each picture, by preference; else all.
    pub(super) best: bool,
    pub(super) preferred: Vec<String>,
}

/// A picture and its captions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExportedImage {
    pub(super) id: Uuid,
    pub(super) file_name: String,
    pub(super) sha256: Vec<u8>,
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) captions: Vec<ExportedCaption>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExportedCaption {
    pub(super) source: String,
    pub(super) task: Option<String>,
    pub(super) text: String,
    pub(super) regions: Option<Value>,
    pub(super) confidence: Option<f32>,
    pub(super) status: Status,
}

impl Database {
    /// What a filter and a choice come to; none where no picture can be found by them.
    pub(super) async fn wanted(
        &self,
        dataset: Uuid,
        filter: &ImageFilter,
        choice: &CaptionChoice,
    ) -> Result<Option<Wanted>, StorageError> {
        let mut wanted = Wanted {
            dataset,
            has_source: None,
            lacks_source: None,
            status: filter.status,
            only: None,
            best: false,
            preferred: Vec::new(),
        };
        if let Some(slug) = &filter.has_source {
            match self.source_id(dataset, slug).await? {
                None => return Ok(None),
                found => wanted.has_source = found,
            }
        }
        if let Some(slug) = &filter.lacks_source {
            wanted.lacks_source = self.source_id(dataset, slug).await?;
        }
        match choice {
            CaptionChoice::All => {}
            CaptionChoice::Best { sources } => {
                wanted.best = true;
                wanted.preferred.clone_from(sources);
            }
            CaptionChoice::Source(slug) => {
                wanted.only = Some(self.source_id(dataset, slug).await?.unwrap_or_default());
            }
        }
        Ok(Some(wanted))
    }

    /// Whether the reader may still look at the dataset.
    pub(super) async fn may_export(&self, reader: &Reader, dataset: Uuid) -> Result<bool, StorageError> {
        let rank = query_scalar!(
            r#"SELECT rank_in_dataset(id, $2, $3) AS "rank!" FROM datasets WHERE id = $1"#,
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(rank.fetch_optional(self.pool()).await?.is_some_and(|rank| rank >= Role::Viewer.rank()))
    }

    /// How many pictures are wanted, `among` these where that is said.
    pub(super) async fn count_wanted(&self, wanted: &Wanted, among: Option<&[Uuid]>) -> Result<i64, StorageError> {
        let count = query_scalar!(
            r#"SELECT count(*) AS "count!" FROM dataset_images AS image
               WHERE dataset_id = $1 AND deleted_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY ($2))
               AND ($3::uuid IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $3))
               AND ($4::uuid IS NULL OR NOT EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $4))
               AND ($5::text IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = $5))"#,
            wanted.dataset,
            among as Option<&[Uuid]>,
            wanted.has_source,
            wanted.lacks_source,
            wanted.status as Option<Status>,
        );
        Ok(count.fetch_one(self.pool()).await?)
    }

    /// At most `limit` of the wanted pictures after `after`, in the order of adding, with their captions.
    ///
    /// Of several captions the best is an approved one, one that a person wrote or edited, one of the preferred sources in
    /// their order, any other that nobody has rejected; among equals the one that was changed last.
    pub(super) async fn export_page(
        &self,
        wanted: &Wanted,
        among: Option<&[Uuid]>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<ExportedImage>, StorageError> {
        let rows = query!(
            r#"WITH page AS (
                   SELECT id, file_name, sha256 FROM dataset_images AS image
                   WHERE dataset_id = $1 AND deleted_at IS NULL AND id > $2 AND ($3::uuid[] IS NULL OR id = ANY ($3))
                   AND ($4::uuid IS NULL
                       OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $4 OFFSET 0))
                   AND NOT EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $5 OFFSET 0)
                   AND ($6::text IS NULL
                       OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = $6 OFFSET 0))
                   ORDER BY id LIMIT $7
               )
               SELECT page.id, file_name, page.sha256, width, height, slug AS "slug?", task, text AS "text?", regions,
                   confidence, status AS "status?: Status"
               FROM page JOIN images USING (sha256) LEFT JOIN LATERAL (
                   SELECT slug, task, text, regions, confidence, status
                   FROM captions JOIN caption_sources AS source ON source.id = source_id
                   WHERE image_id = page.id AND ($8::uuid IS NULL OR source_id = $8)
                   AND NOT ($9 AND status = 'rejected')
                   ORDER BY CASE
                           WHEN NOT $9 THEN 0
                           WHEN status = 'approved' THEN 1
                           WHEN kind = 'person' OR edited THEN 2
                           ELSE 3 + coalesce(array_position($10::text[], slug), cardinality($10::text[]) + 1)
                       END,
                       CASE WHEN $9 THEN updated_at END DESC, slug
                   LIMIT CASE WHEN $9 THEN 1 END
               ) AS caption ON true
               ORDER BY page.id, slug"#,
            wanted.dataset,
            after,
            among as Option<&[Uuid]>,
            wanted.has_source,
            wanted.lacks_source,
            wanted.status as Option<Status>,
            limit,
            wanted.only,
            wanted.best,
            &wanted.preferred,
        );
        let mut images: Vec<ExportedImage> = Vec::new();
        for row in rows.fetch_all(self.pool()).await? {
            if images.last().is_none_or(|image| image.id != row.id) {
                let (id, file_name, sha256) = (row.id, row.file_name, row.sha256);
                let (width, height) = (row.width, row.height);
                images.push(ExportedImage { id, file_name, sha256, width, height, captions: Vec::new() });
            }
            if let (Some(image), Some(source), Some(text), Some(status)) =
                (images.last_mut(), row.slug, row.text, row.status)
            {
                let (task, regions, confidence) = (row.task, row.regions, row.confidence);
                image.captions.push(ExportedCaption { source, task, text, regions, confidence, status });
            }
        }
        Ok(images)
    }
}
