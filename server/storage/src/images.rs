//! Pictures of a dataset: what is known of each. The bytes lie elsewhere, under their sum.

use sqlx::{query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
    objects::Objects,
    snapshot::lock_objects,
};

pub use crate::{
    image_pages::{ImageFilter, ImagePage},
    image_places::{ImageOrder, Neighbours},
};

/// The constraint that a file name is there once in a dataset.
pub const FILE_NAME_TAKEN: &str = "dataset_images_file_name_key";

/// Bytes of how many pictures one sweep deletes at most, so that its transaction is short.
pub const SWEPT_AT_ONCE: usize = 500;

/// A picture in a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetImage {
    /// Which one. Ids sort by the moment of adding.
    pub id: Uuid,
    /// Its name in the dataset: 1 to 500 characters, once.
    pub file_name: String,
    /// SHA-256 of the file, 32 bytes.
    pub sha256: Vec<u8>,
    /// The file's size in bytes.
    pub byte_size: i64,
    /// `jpeg`, `png`, `gif` or `webp`.
    pub format: String,
    /// Width in pixels as shown, turned as the EXIF orientation says.
    pub width: i32,
    /// Height in pixels as shown.
    pub height: i32,
    /// A ThumbHash, at most 32 bytes: what to show before the picture is there.
    pub thumbhash: Vec<u8>,
    /// When it was added.
    pub added_at: OffsetDateTime,
}

/// A picture that is to be added. Its bytes are stored already.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// A version 7 UUID.
    pub id: Uuid,
    /// See [`DatasetImage::file_name`].
    pub file_name: String,
    /// See [`DatasetImage::sha256`].
    pub sha256: Vec<u8>,
    /// See [`DatasetImage::byte_size`].
    pub byte_size: i64,
    /// See [`DatasetImage::format`].
    pub format: String,
    /// See [`DatasetImage::width`], 1 to 16,384.
    pub width: i32,
    /// See [`DatasetImage::height`], 1 to 16,384.
    pub height: i32,
    /// See [`DatasetImage::thumbhash`].
    pub thumbhash: Vec<u8>,
    /// See [`crate::perceptual_hash`].
    pub perceptual_hash: u64,
}

impl Database {
    /// Adds a picture to a dataset.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`FILE_NAME_TAKEN`] where the dataset has one of this name.
    pub async fn add_image(
        &self,
        reader: &Reader,
        dataset: &str,
        new: &NewImage,
        now: OffsetDateTime,
    ) -> Result<Permitted<DatasetImage>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Owner).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let added = query_as!(
            DatasetImage,
            r#"WITH bytes AS (
                   INSERT INTO images (sha256, byte_size, format, width, height, thumbhash, perceptual_hash, created_at)
                   VALUES ($3, $5, $6, $7, $8, $9, $12, $11)
                   -- Changes nothing, and so returns the row that is there.
                   ON CONFLICT (sha256) DO UPDATE SET sha256 = excluded.sha256
                   RETURNING *
               ), added AS (
                   INSERT INTO dataset_images (id, dataset_id, sha256, file_name, added_by, added_at)
                   SELECT $1, $2, sha256, $4, $10, $11 FROM bytes RETURNING *
               )
               SELECT added.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
               FROM added JOIN bytes USING (sha256)"#,
            new.id,
            dataset,
            new.sha256,
            new.file_name,
            new.byte_size,
            new.format,
            new.width,
            new.height,
            new.thumbhash,
            reader.user,
            now,
            new.perceptual_hash.cast_signed(),
        );
        Ok(Permitted::Done(added.fetch_one(self.pool()).await?))
    }

    /// A picture that the reader may see.
    pub async fn find_image(&self, reader: &Reader, id: Uuid) -> Result<Option<DatasetImage>, StorageError> {
        let image = query_as!(
            DatasetImage,
            "SELECT id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images JOIN images USING (sha256)
             WHERE id = $1 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) > 0",
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(image.fetch_optional(self.pool()).await?)
    }

    /// A picture of this dataset that the reader may see.
    pub async fn find_image_in(
        &self,
        reader: &Reader,
        dataset: Uuid,
        id: Uuid,
    ) -> Result<Option<DatasetImage>, StorageError> {
        let image = query_as!(
            DatasetImage,
            "SELECT id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images JOIN images USING (sha256)
             WHERE id = $1 AND dataset_id = $2 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $3, $4) > 0",
            id,
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(image.fetch_optional(self.pool()).await?)
    }

    /// The picture of this name in a dataset that the reader may see.
    pub async fn find_image_by_name(
        &self,
        reader: &Reader,
        dataset: Uuid,
        file_name: &str,
    ) -> Result<Option<DatasetImage>, StorageError> {
        let image = query_as!(
            DatasetImage,
            "SELECT id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images JOIN images USING (sha256)
             WHERE dataset_id = $1 AND file_name = $2 AND deleted_at IS NULL
             AND rank_in_dataset(dataset_id, $3, $4) > 0",
            dataset,
            file_name,
            reader.user,
            reader.is_admin,
        );
        Ok(image.fetch_optional(self.pool()).await?)
    }

    /// Deletes a picture (`Some`: since when) or takes that back (`None`), as long as no sweep has come by.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`FILE_NAME_TAKEN`] where its name has gone to another meanwhile.
    pub async fn set_image_deleted(
        &self,
        reader: &Reader,
        id: Uuid,
        since: Option<OffsetDateTime>,
    ) -> Result<Permitted<()>, StorageError> {
        let rank = query_scalar!(
            r#"SELECT rank_in_dataset(dataset_id, $2, $3) AS "rank!" FROM dataset_images WHERE id = $1"#,
            id,
            reader.user,
            reader.is_admin,
        );
        match rank.fetch_optional(self.pool()).await? {
            None | Some(0) => return Ok(Permitted::Unknown),
            Some(rank) if rank < Role::Owner.rank() => return Ok(Permitted::Forbidden(Role::Owner)),
            Some(_) => {}
        }
        let changed = query_scalar!(
            "UPDATE dataset_images SET deleted_at = $2
             WHERE id = $1 AND rank_in_dataset(dataset_id, $3, $4) = 4 AND (deleted_at IS NULL) <> ($2::timestamptz IS NULL)
             RETURNING id",
            id,
            since,
            reader.user,
            reader.is_admin,
        );
        Ok(changed.fetch_optional(self.pool()).await?.map_or(Permitted::Unknown, |_| Permitted::Done(())))
    }

    /// Forgets pictures that were deleted before `before`, with their captions, and deletes the bytes that nobody uses any
    /// more. Returns of how many pictures there were bytes to delete; some may be left where that is [`SWEPT_AT_ONCE`].
    ///
    /// Nothing is swept while a backup is made ([`Database::snapshot`]).
    ///
    /// The files go before the rows do: whoever adds the same picture meanwhile waits for the row, and finds out afterwards
    /// that the bytes are missing ([`Objects::has`]).
    pub async fn sweep_images(&self, objects: &Objects, before: OffsetDateTime) -> Result<usize, StorageError> {
        let objects = objects.clone();
        self.transaction(move |transaction| {
            Box::pin(async move {
                if !lock_objects(transaction).await? {
                    return Ok(0);
                }
                sqlx::query!("DELETE FROM dataset_images WHERE deleted_at < $1", before)
                    .execute(&mut **transaction)
                    .await?;
                let orphans = query_scalar!(
                    "DELETE FROM images WHERE sha256 IN (
                         SELECT sha256 FROM images WHERE created_at < $1
                         AND NOT EXISTS (SELECT FROM dataset_images WHERE dataset_images.sha256 = images.sha256)
                         LIMIT $2
                     )
                     RETURNING sha256",
                    before,
                    SWEPT_AT_ONCE as i64,
                );
                let orphans = orphans.fetch_all(&mut **transaction).await?;
                objects.delete_images(&orphans).await?;
                Ok(orphans.len())
            })
        })
        .await
    }
}
