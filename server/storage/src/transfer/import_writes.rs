//! What an import reads from the tables and writes to them, a set at a time.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::{PgTransaction, query, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    import::{FailedRow, ImportTarget},
    rows::Kept,
    sources::KnownSource,
};
use crate::{Database, Reader, StorageError, captions::Status, datasets::Role, images::NewImage, jobs::JobCounts};

/// A caption that is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeptCaption {
    pub(super) id: Uuid,
    pub(super) version: i32,
    /// Whether a person has changed what the source said.
    pub(super) is_edited: bool,
    pub(super) kept: Kept,
}

/// A caption that is to be there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewRow {
    pub(super) image: Uuid,
    pub(super) source: Uuid,
    pub(super) kept: Kept,
}

/// What a batch changes, all of it or nothing.
#[derive(Debug)]
pub(super) struct Writes {
    dataset: Uuid,
    reader: Reader,
    is_dry_run: bool,
    pub(super) now: OffsetDateTime,
    pub(super) sources: Vec<KnownSource>,
    pub(super) added_images: Vec<NewImage>,
    /// Id and version of captions, and what they become.
    pub(super) changed: Vec<(Uuid, i32, Kept)>,
    pub(super) added: Vec<NewRow>,
    /// For the job's list.
    pub(super) failed: Vec<FailedRow>,
    /// The job, where it goes on from, and its counts.
    pub(super) progress: Option<(Uuid, Value, JobCounts)>,
}

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum NotWritten {
    /// What was read before has changed meanwhile.
    Raced,
    /// The job is at its end.
    Stopped,
    /// The reader may not, or no longer.
    Forbidden,
    Storage(StorageError),
}

impl From<StorageError> for NotWritten {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<sqlx::Error> for NotWritten {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl Writes {
    pub(super) fn new(target: &ImportTarget) -> Self {
        Self {
            dataset: target.dataset,
            reader: target.reader,
            is_dry_run: target.is_dry_run,
            now: OffsetDateTime::UNIX_EPOCH,
            sources: Vec::new(),
            added_images: Vec::new(),
            changed: Vec::new(),
            added: Vec::new(),
            failed: Vec::new(),
            progress: None,
        }
    }

    async fn check_rights(&self, transaction: &mut PgTransaction<'static>) -> Result<(), NotWritten> {
        // The lock keeps the dataset there until the transaction ends.
        let rank = query_scalar!(
            r#"SELECT rank_in_dataset(id, $2, $3) AS "rank!" FROM datasets WHERE id = $1 FOR KEY SHARE"#,
            self.dataset,
            self.reader.user,
            self.reader.is_admin,
        );
        match rank.fetch_optional(&mut **transaction).await? {
            Some(rank) if rank >= Role::Owner.rank() => Ok(()),
            _ => Err(NotWritten::Forbidden),
        }
    }

    async fn write_sources(&self, transaction: &mut PgTransaction<'static>) -> Result<(), NotWritten> {
        if self.sources.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = self.sources.iter().map(|source| source.id).collect();
        let slugs: Vec<_> = self.sources.iter().map(|source| source.slug.clone()).collect();
        let tasks: Vec<_> = self.sources.iter().map(|source| source.task.clone()).collect();
        let added = query!(
            "INSERT INTO caption_sources (id, dataset_id, slug, kind, task, created_at)
             SELECT id, $1, slug, 'import', task, $2 FROM unnest($3::uuid[], $4::text[], $5::text[]) AS new (id, slug, task)
             ON CONFLICT DO NOTHING",
            self.dataset,
            self.now,
            &ids,
            &slugs,
            &tasks as &[Option<String>],
        );
        let added = added.execute(&mut **transaction).await?.rows_affected();
        if added == ids.len() as u64 { Ok(()) } else { Err(NotWritten::Raced) }
    }

    async fn write_images(&self, transaction: &mut PgTransaction<'static>) -> Result<(), NotWritten> {
        let images = &self.added_images;
        if images.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = images.iter().map(|image| image.id).collect();
        let names: Vec<_> = images.iter().map(|image| image.file_name.clone()).collect();
        let sums: Vec<_> = images.iter().map(|image| image.sha256.clone()).collect();
        let sizes: Vec<_> = images.iter().map(|image| image.byte_size).collect();
        let formats: Vec<_> = images.iter().map(|image| image.format.clone()).collect();
        let widths: Vec<_> = images.iter().map(|image| image.width).collect();
        let heights: Vec<_> = images.iter().map(|image| image.height).collect();
        let hashes: Vec<_> = images.iter().map(|image| image.thumbhash.clone()).collect();
        let looks: Vec<_> = images.iter().map(|image| image.perceptual_hash.cast_signed()).collect();
        let added = query!(
            "WITH new AS (
                 SELECT * FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::bigint[], $8::text[], $9::integer[],
                     $10::integer[], $11::bytea[], $12::bigint[])
                     AS new (id, file_name, sha256, byte_size, format, width, height, thumbhash, perceptual_hash)
             ), bytes AS (
                 INSERT INTO images
                     (sha256, byte_size, format, width, height, thumbhash, perceptual_hash, created_at)
                 -- In one order for all, so that no two imports wait for each other.
                 SELECT DISTINCT ON (sha256) sha256, byte_size, format, width, height, thumbhash, perceptual_hash, $3
                 FROM new
                 ORDER BY sha256
                 -- Changes nothing, but holds the row against the sweeper, and returns it.
                 ON CONFLICT (sha256) DO UPDATE SET sha256 = excluded.sha256
                 RETURNING sha256
             )
             INSERT INTO dataset_images (id, dataset_id, sha256, file_name, added_by, added_at)
             SELECT id, $1, sha256, file_name, $2, $3 FROM new JOIN bytes USING (sha256)
             ON CONFLICT DO NOTHING",
            self.dataset,
            self.reader.user,
            self.now,
            &ids,
            &names,
            &sums,
            &sizes,
            &formats,
            &widths,
            &heights,
            &hashes,
            &looks,
        );
        let added = added.execute(&mut **transaction).await?.rows_affected();
        if added == ids.len() as u64 { Ok(()) } else { Err(NotWritten::Raced) }
    }

    async fn write_changes(&self, transaction: &mut PgTransaction<'static>) -> Result<(), NotWritten> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = self.changed.iter().map(|(id, ..)| *id).collect();
        let versions: Vec<_> = self.changed.iter().map(|(_, version, _)| *version).collect();
        let columns = Columns::of(self.changed.iter().map(|(.., kept)| kept));
        let changed = query!(
            "UPDATE captions SET text = new.text, regions = new.regions, confidence = new.confidence, status = new.status,
                 reason = NULL, version = captions.version + 1, updated_by = $1, updated_at = $2
             FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::jsonb[], $7::real[], $8::text[])
                 AS new (id, version, text, regions, confidence, status)
             WHERE captions.id = new.id AND captions.version = new.version",
            self.reader.user,
            self.now,
            &ids,
            &versions,
            &columns.texts,
            &columns.regions as &[Option<Value>],
            &columns.confidences as &[Option<f32>],
            &columns.statuses,
        );
        let changed = changed.execute(&mut **transaction).await?.rows_affected();
        if changed == ids.len() as u64 { Ok(()) } else { Err(NotWritten::Raced) }
    }

    async fn write_captions(&self, transaction: &mut PgTransaction<'static>) -> Result<(), NotWritten> {
        if self.added.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = self.added.iter().map(|_| Uuid::now_v7()).collect();
        let images: Vec<_> = self.added.iter().map(|row| row.image).collect();
        let sources: Vec<_> = self.added.iter().map(|row| row.source).collect();
        let columns = Columns::of(self.added.iter().map(|row| &row.kept));
        let added = query!(
            "INSERT INTO captions
                 (id, dataset_id, image_id, source_id, text, regions, confidence, status, updated_by, updated_at)
             SELECT new.id, $1, image.id, source.id, new.text, new.regions, new.confidence, new.status, $2, $3
             FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::jsonb[], $9::real[], $10::text[])
                 AS new (id, image_id, source_id, text, regions, confidence, status)
             JOIN dataset_images AS image ON image.id = new.image_id AND image.dataset_id = $1 AND deleted_at IS NULL
             JOIN caption_sources AS source ON source.id = new.source_id AND source.kind <> 'person'
             ON CONFLICT DO NOTHING",
            self.dataset,
            self.reader.user,
            self.now,
            &ids,
            &images,
            &sources,
            &columns.texts,
            &columns.regions as &[Option<Value>],
            &columns.confidences as &[Option<f32>],
            &columns.statuses,
        );
        let added = added.execute(&mut **transaction).await?.rows_affected();
        if added == ids.len() as u64 { Ok(()) } else { Err(NotWritten::Raced) }
    }

    async fn note_progress(&self, transaction: &mut PgTransaction<'static>) -> Result<(), NotWritten> {
        let Some((job, plan, counts)) = &self.progress else { return Ok(()) };
        for row in &self.failed {
            Database::note_failed_row(transaction, *job, row.position, &row.label, &row.error).await?;
        }
        // Forwards only: who was stopped and doesn't know it yet, while the job goes on elsewhere, takes nothing in again.
        let advanced = query_scalar!(
            "UPDATE jobs SET plan = $2, done = $3, failed = $4, total = $5
             WHERE id = $1 AND state = 'running' AND coalesce((plan ->> 'rows')::bigint, -1) < ($2::jsonb ->> 'rows')::bigint
             RETURNING id",
            job,
            plan,
            counts.done,
            counts.failed,
            counts.total,
        );
        let goes_on = advanced.fetch_optional(&mut **transaction).await?.is_some();
        if goes_on { Ok(()) } else { Err(NotWritten::Stopped) }
    }
}

/// Captions, column by column.
struct Columns {
    texts: Vec<String>,
    regions: Vec<Option<Value>>,
    confidences: Vec<Option<f32>>,
    statuses: Vec<String>,
}

impl Columns {
    fn of<'a>(captions: impl Iterator<Item = &'a Kept> + Clone) -> Self {
        Self {
            texts: captions.clone().map(|kept| kept.text.clone()).collect(),
            regions: captions.clone().map(|kept| kept.regions.clone()).collect(),
            confidences: captions.clone().map(|kept| kept.confidence).collect(),
            statuses: captions.map(|kept| kept.status.to_string()).collect(),
        }
    }
}

impl Database {
    /// Writes a batch. A dry run's notes how far it is, and nothing else.
    pub(super) async fn write_import(&self, writes: Writes) -> Result<(), NotWritten> {
        self.transaction(move |transaction| {
            Box::pin(async move {
                writes.check_rights(transaction).await?;
                if !writes.is_dry_run {
                    if let Some((job, ..)) = &writes.progress {
                        let job = job.to_string();
                        // The history keeps which job it was.
                        query!("SELECT set_config('vasari.job', $1, true)", job).fetch_one(&mut **transaction).await?;
                    }
                    writes.write_sources(transaction).await?;
                    writes.write_images(transaction).await?;
                    writes.write_changes(transaction).await?;
                    writes.write_captions(transaction).await?;
                }
                writes.note_progress(transaction).await
            })
        })
        .await
    }

    /// The pictures of a dataset of these names, by name.
    pub(super) async fn images_named(
        &self,
        dataset: Uuid,
        names: &[String],
    ) -> Result<HashMap<String, Uuid>, StorageError> {
        let found = query!(
            "SELECT file_name, id FROM dataset_images
             WHERE dataset_id = $1 AND file_name = ANY ($2) AND deleted_at IS NULL",
            dataset,
            names,
        );
        Ok(found.fetch_all(self.pool()).await?.into_iter().map(|row| (row.file_name, row.id)).collect())
    }

    /// What these sources say of these pictures, by picture and source.
    pub(super) async fn captions_of(
        &self,
        images: &[Uuid],
        sources: &[Uuid],
    ) -> Result<HashMap<(Uuid, Uuid), KeptCaption>, StorageError> {
        let found = query!(
            r#"SELECT id, image_id, source_id, version, edited, text, regions, confidence, status AS "status: Status"
               FROM captions WHERE image_id = ANY ($1) AND source_id = ANY ($2)"#,
            images,
            sources,
        );
        let found = found.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let kept = Kept { text: row.text, regions: row.regions, confidence: row.confidence, status: row.status };
            let caption = KeptCaption { id: row.id, version: row.version, is_edited: row.edited, kept };
            ((row.image_id, row.source_id), caption)
        });
        Ok(found.collect())
    }
}
