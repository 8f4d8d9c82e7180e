//! Pictures that look alike, or of which nearly the same is said: what they are found by, and groups that somebody has looked
//! at and found to be none.

use serde::{Deserialize, Serialize};
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::{Caption, Status},
    datasets::{Permitted, Role},
    images::{DatasetImage, ImageFilter},
};

/// What duplicates are found by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum DuplicateKind {
    /// How pictures look.
    #[default]
    Image,
    /// What a source says of them.
    Caption,
}

/// What a picture is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedImage {
    /// Which one.
    pub id: Uuid,
    /// Its perceptual hash, where that is made.
    pub hash: Option<u64>,
    /// What the source says of it; empty where none was asked for.
    pub text: String,
}

/// A group that somebody has found to be no duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// Which one. Ids sort by time.
    pub id: Uuid,
    /// What they were found by.
    pub kind: DuplicateKind,
    /// Which pictures; some may be gone.
    pub images: Vec<Uuid>,
    /// Who said so; nobody whose account is there any more.
    pub dismissed_by: Option<Uuid>,
    /// When.
    pub dismissed_at: OffsetDateTime,
}

/// Pictures of which a perceptual hash is to be made at a time.
const HASHED_AT_ONCE: i64 = 500;

/// Pictures of a selection, as queries here take them.
struct Selected<'a> {
    dataset: Uuid,
    filter: &'a ImageFilter,
    among: Option<&'a [Uuid]>,
}

impl Database {
    /// The pictures of a filter, `among` these where that is said, in the order of adding: at most `limit`, with their hashes
    /// and what `source` (its slug) says of them. Only those of which it says something, where one is named. None where the
    /// reader may not see the dataset.
    pub async fn compared_images(
        &self,
        reader: &Reader,
        dataset: &str,
        (filter, among): (&ImageFilter, Option<&[Uuid]>),
        source: Option<&str>,
        limit: i64,
    ) -> Result<Option<Vec<ComparedImage>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let selected = Selected { dataset: dataset.id, filter, among };
        Ok(Some(match source {
            None => self.hashes_of(reader, &selected, limit).await?,
            Some(source) => self.texts_of(reader, &selected, source, limit).await?,
        }))
    }

    async fn hashes_of(
        &self,
        reader: &Reader,
        selected: &Selected<'_>,
        limit: i64,
    ) -> Result<Vec<ComparedImage>, StorageError> {
        let rows = query!(
            "SELECT shown.id, perceptual_hash FROM dataset_images AS shown JOIN images USING (sha256)
             WHERE dataset_id = $1 AND deleted_at IS NULL AND rank_in_dataset($1, $2, $3) > 0
             AND ($4::uuid[] IS NULL OR shown.id = ANY ($4))
             AND ($5::text IS NULL OR EXISTS (
                 SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                 WHERE image_id = shown.id AND slug = $5
             ))
             AND NOT EXISTS (
                 SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                 WHERE image_id = shown.id AND slug = $6
             )
             AND ($7::text IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = shown.id AND status = $7))
             ORDER BY shown.id LIMIT $8",
            selected.dataset,
            reader.user,
            reader.is_admin,
            selected.among,
            selected.filter.has_source,
            selected.filter.lacks_source,
            selected.filter.status as Option<Status>,
            limit,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let hash = row.perceptual_hash.map(i64::cast_unsigned);
            ComparedImage { id: row.id, hash, text: String::new() }
        });
        Ok(rows.collect())
    }

    async fn texts_of(
        &self,
        reader: &Reader,
        selected: &Selected<'_>,
        source: &str,
        limit: i64,
    ) -> Result<Vec<ComparedImage>, StorageError> {
        let rows = query!(
            "SELECT shown.id, perceptual_hash, said.text FROM caption_sources AS whose
             JOIN captions AS said ON said.source_id = whose.id
             JOIN dataset_images AS shown ON shown.id = said.image_id JOIN images USING (sha256)
             WHERE whose.dataset_id = $1 AND whose.slug = $8 AND deleted_at IS NULL
             AND rank_in_dataset($1, $2, $3) > 0
             AND ($4::uuid[] IS NULL OR shown.id = ANY ($4))
             AND ($5::text IS NULL OR EXISTS (
                 SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                 WHERE image_id = shown.id AND slug = $5
             ))
             AND NOT EXISTS (
                 SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                 WHERE image_id = shown.id AND slug = $6
             )
             AND ($7::text IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = shown.id AND status = $7))
             ORDER BY shown.id LIMIT $9",
            selected.dataset,
            reader.user,
            reader.is_admin,
            selected.among,
            selected.filter.has_source,
            selected.filter.lacks_source,
            selected.filter.status as Option<Status>,
            source,
            limit,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let hash = row.perceptual_hash.map(i64::cast_unsigned);
            ComparedImage { id: row.id, hash, text: row.text }
        });
        Ok(rows.collect())
    }

    /// A caption of this dataset that the reader may see, and whose picture is there.
    pub async fn find_caption_in(
        &self,
        reader: &Reader,
        dataset: Uuid,
        id: Uuid,
    ) -> Result<Option<Caption>, StorageError> {
        let caption = query_as!(
            Caption,
            r#"SELECT captions.id, slug AS source, text, regions, confidence, status AS "status: Status", edited,
                   CASE WHEN rank_in_dataset($2, $3, $4) >= 2 THEN reason END AS reason, version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id
               JOIN dataset_images AS image ON image.id = image_id
               WHERE captions.id = $1 AND captions.dataset_id = $2 AND deleted_at IS NULL
               AND rank_in_dataset($2, $3, $4) > 0"#,
            id,
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(caption.fetch_optional(self.pool()).await?)
    }

    /// Those of these pictures that are in this dataset and that the reader may see, in the order of adding.
    pub async fn find_images_in(
        &self,
        reader: &Reader,
        dataset: Uuid,
        ids: &[Uuid],
    ) -> Result<Vec<DatasetImage>, StorageError> {
        let images = query_as!(
            DatasetImage,
            "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images AS shown JOIN images USING (sha256)
             WHERE shown.id = ANY ($1) AND dataset_id = $2 AND deleted_at IS NULL AND rank_in_dataset($2, $3, $4) > 0
             ORDER BY shown.id",
            ids,
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(images.fetch_all(self.pool()).await?)
    }

    /// Notes that these pictures of a dataset are no duplicates. For annotators. [`Permitted::Unknown`] also where one of the
    /// pictures is not there.
    pub async fn dismiss_duplicates(
        &self,
        reader: &Reader,
        dataset: &str,
        kind: DuplicateKind,
        images: &[Uuid],
        now: OffsetDateTime,
    ) -> Result<Permitted<Dismissal>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Annotator).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let mut images = images.to_vec();
        images.sort_unstable();
        images.dedup();
        let dismissed = query_as!(
            Dismissal,
            r#"INSERT INTO duplicate_dismissals (id, dataset_id, kind, images, dismissed_by, dismissed_at)
               SELECT $1, $2, $3, $4, $5, $7
               WHERE rank_in_dataset($2, $5, $6) >= 2 AND cardinality($4::uuid[]) = (
                   SELECT count(*) FROM dataset_images WHERE id = ANY ($4) AND dataset_id = $2 AND deleted_at IS NULL
               )
               RETURNING id, kind AS "kind: DuplicateKind", images, dismissed_by, dismissed_at"#,
            Uuid::now_v7(),
            dataset,
            kind as DuplicateKind,
            &images,
            reader.user,
            reader.is_admin,
            now,
        );
        Ok(dismissed.fetch_optional(self.pool()).await?.map_or(Permitted::Unknown, Permitted::Done))
    }

    /// Groups of a dataset that were found to be no duplicates, the latest first: at most `limit` of those before `before`.
    /// None where the reader may not see the dataset.
    pub async fn list_dismissals(
        &self,
        reader: &Reader,
        dataset: &str,
        kind: DuplicateKind,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Option<Vec<Dismissal>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let dismissals = query_as!(
            Dismissal,
            r#"SELECT id, kind AS "kind: DuplicateKind", images, dismissed_by, dismissed_at FROM duplicate_dismissals
               WHERE dataset_id = $1 AND kind = $4 AND id < $5 AND rank_in_dataset($1, $2, $3) > 0
               ORDER BY id DESC LIMIT $6"#,
            dataset.id,
            reader.user,
            reader.is_admin,
            kind as DuplicateKind,
            before.unwrap_or(Uuid::max()),
            limit,
        );
        Ok(Some(dismissals.fetch_all(self.pool()).await?))
    }

    /// Takes back that a group is no duplicates. For annotators of its dataset.
    pub async fn delete_dismissal(&self, reader: &Reader, id: Uuid) -> Result<Permitted<()>, StorageError> {
        let rank = query_scalar!(
            r#"SELECT rank_in_dataset(dataset_id, $2, $3) AS "rank!" FROM duplicate_dismissals WHERE id = $1"#,
            id,
            reader.user,
            reader.is_admin,
        );
        match rank.fetch_optional(self.pool()).await? {
            None | Some(0) => return Ok(Permitted::Unknown),
            Some(rank) if rank < Role::Annotator.rank() => return Ok(Permitted::Forbidden(Role::Annotator)),
            Some(_) => {}
        }
        let deleted = query_scalar!(
            "DELETE FROM duplicate_dismissals WHERE id = $1 AND rank_in_dataset(dataset_id, $2, $3) >= 2 RETURNING id",
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(deleted.fetch_optional(self.pool()).await?.map_or(Permitted::Unknown, |_| Permitted::Done(())))
    }

    /// Sums of some pictures that have no perceptual hash yet, after this one, in order. For the program itself.
    pub async fn unhashed_images(&self, after: &[u8]) -> Result<Vec<Vec<u8>>, StorageError> {
        let sums = query_scalar!(
            "SELECT sha256 FROM images WHERE perceptual_hash IS NULL AND sha256 > $1 ORDER BY sha256 LIMIT $2",
            after,
            HASHED_AT_ONCE,
        );
        Ok(sums.fetch_all(self.pool()).await?)
    }

    /// Notes the perceptual hashes of pictures, by their sums.
    pub async fn store_perceptual_hashes(&self, hashes: &[(Vec<u8>, u64)]) -> Result<(), StorageError> {
        let (sums, hashes): (Vec<Vec<u8>>, Vec<i64>) =
            hashes.iter().map(|(sum, hash)| (sum.clone(), hash.cast_signed())).unzip();
        query!(
            "UPDATE images SET perceptual_hash = hash FROM unnest($1::bytea[], $2::bigint[]) AS made (sum, hash)
             WHERE sha256 = sum AND perceptual_hash IS NULL",
            &sums,
            &hashes,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
