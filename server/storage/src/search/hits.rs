//! What is shown of the pictures that were found, read from the tables in the reader's name.

use std::collections::HashMap;

use sqlx::query_as;
use uuid::Uuid;

use crate::{Database, Reader, StorageError, captions::Status, images::DatasetImage};

/// What a source says of a picture that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct HitCaption {
    /// Of which picture.
    pub image_id: Uuid,
    /// Which caption.
    pub id: Uuid,
    /// The source's name in the dataset.
    pub source: String,
    /// What it says.
    pub text: String,
    /// 0 to 1.
    pub confidence: Option<f32>,
    /// How far its review is.
    pub status: Status,
    /// Counts its changes, from 1.
    pub version: i32,
}

impl Database {
    /// Those of these pictures that are there and that the reader may see, in the order of `ids`.
    pub async fn find_images(&self, reader: &Reader, ids: &[Uuid]) -> Result<Vec<DatasetImage>, StorageError> {
        let images = query_as!(
            DatasetImage,
            "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images AS shown JOIN images USING (sha256)
             WHERE shown.id = ANY($1) AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) > 0",
            ids,
            reader.user,
            reader.is_admin,
        );
        let images = images.fetch_all(self.pool()).await?;
        let mut found: HashMap<_, _> = images.into_iter().map(|image| (image.id, image)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The captions of these pictures that the reader may see, by picture and source; of some sources alone, where they
    /// are named.
    pub async fn captions_of_images(
        &self,
        reader: &Reader,
        ids: &[Uuid],
        sources: &[String],
    ) -> Result<Vec<HitCaption>, StorageError> {
        let captions = query_as!(
            HitCaption,
            r#"SELECT image_id, captions.id, slug AS source, text, confidence, status AS "status: Status", version
               FROM captions JOIN caption_sources AS source ON source.id = source_id
               WHERE image_id = ANY($1) AND (cardinality($2::text[]) = 0 OR slug = ANY($2))
               AND rank_in_dataset(captions.dataset_id, $3, $4) > 0
               ORDER BY image_id, slug"#,
            ids,
            sources,
            reader.user,
            reader.is_admin,
        );
        Ok(captions.fetch_all(self.pool()).await?)
    }
}
