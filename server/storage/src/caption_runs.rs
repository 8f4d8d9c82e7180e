//! What a model or an import says of a picture, also when it says it again.

use sqlx::query_scalar;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::{Caption, NewCaption, Written},
    datasets::Role,
};

/// What became of what a source said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stored {
    /// It is the source's first caption of the picture.
    Created,
    /// It is a new version of the source's caption.
    Updated,
    /// The source has said the same before.
    Unchanged,
    /// A person has changed or approved the source's caption, which stays as it is.
    Kept,
}

/// What came of a source's caption.
#[derive(Debug, Clone, PartialEq)]
pub enum Run {
    /// This is how the caption is now.
    Done(Stored, Caption),
    /// It takes this role.
    Forbidden(Role),
    /// There is no such picture, or no such model or import, that the reader may know of.
    Unknown,
}

impl Database {
    /// Writes what a model or an import says of a picture: a draft of its own, or a new version of what it said before.
    /// What a person has changed or approved is not overwritten. For annotators.
    pub async fn put_source_caption(
        &self,
        reader: &Reader,
        image: Uuid,
        source: Uuid,
        new: &NewCaption,
        now: OffsetDateTime,
    ) -> Result<Run, StorageError> {
        let id = Uuid::now_v7();
        let created = query_scalar!(
            "INSERT INTO captions
                 (id, dataset_id, image_id, source_id, text, regions, confidence, updated_by, updated_at)
             SELECT $1, image.dataset_id, image.id, source.id, $4, $5, $6, $7, $9
             FROM dataset_images AS image JOIN caption_sources AS source USING (dataset_id)
             WHERE image.id = $2 AND source.id = $3 AND source.kind <> 'person' AND deleted_at IS NULL
             AND rank_in_dataset(dataset_id, $7, $8) >= 2
             ON CONFLICT (image_id, source_id) DO NOTHING
             RETURNING id",
            id,
            image,
            source,
            new.text,
            new.regions,
            new.confidence,
            reader.user,
            reader.is_admin,
            now,
        );
        if let Some(id) = created.fetch_optional(self.pool()).await? {
            return self.run(Stored::Created, id).await;
        }
        let updated = query_scalar!(
            "UPDATE captions SET text = $3, regions = $4, confidence = $5, status = 'draft', version = version + 1,
                 updated_by = $6, updated_at = $8
             FROM dataset_images AS image, caption_sources AS source
             WHERE image_id = $1 AND source_id = $2 AND image.id = image_id AND source.id = source_id
             AND source.kind <> 'person' AND deleted_at IS NULL AND rank_in_dataset(captions.dataset_id, $6, $7) >= 2
             AND NOT edited AND captions.status <> 'approved'
             AND (text, regions, confidence) IS DISTINCT FROM ($3, $4::jsonb, $5::real)
             RETURNING captions.id",
            image,
            source,
            new.text,
            new.regions,
            new.confidence,
            reader.user,
            reader.is_admin,
            now,
        );
        if let Some(id) = updated.fetch_optional(self.pool()).await? {
            return self.run(Stored::Updated, id).await;
        }
        let there = query_scalar!(
            "SELECT captions.id
             FROM captions JOIN dataset_images AS image ON image.id = image_id
             JOIN caption_sources AS source ON source.id = source_id
             WHERE image_id = $1 AND source_id = $2 AND source.kind <> 'person' AND deleted_at IS NULL
             AND rank_in_dataset(captions.dataset_id, $3, $4) >= 2",
            image,
            source,
            reader.user,
            reader.is_admin,
        );
        if let Some(id) = there.fetch_optional(self.pool()).await? {
            return Ok(match self.written(id).await? {
                Written::Done(caption) => {
                    let is_same = (&caption.text, &caption.regions, caption.confidence)
                        == (&new.text, &new.regions, new.confidence);
                    Run::Done(if is_same { Stored::Unchanged } else { Stored::Kept }, caption)
                }
                _ => Run::Unknown,
            });
        }
        Ok(match self.refused(reader, image, Role::Annotator).await? {
            Written::Forbidden(role) => Run::Forbidden(role),
            _ => Run::Unknown,
        })
    }

    async fn run(&self, stored: Stored, id: Uuid) -> Result<Run, StorageError> {
        Ok(match self.written(id).await? {
            Written::Done(caption) => Run::Done(stored, caption),
            _ => Run::Unknown,
        })
    }
}
