//! The caption that a reviewer picks from what all sources say of a picture.

use sqlx::query_scalar;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, Reader, StorageError, captions::Written, datasets::Role};

impl Database {
    /// Picks a caption that is at `version`: it becomes the approved one of its picture, and one of another source that was
    /// approved before is a draft again. Its source stays, and so does what the others say. For reviewers.
    pub async fn pick_caption(
        &self,
        reader: &Reader,
        id: Uuid,
        version: i32,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        // One statement: nobody sees two approved captions, nor none.
        let picked = query_scalar!(
            r#"WITH picked AS (
                   UPDATE captions SET status = 'approved', version = version + 1, updated_by = $3, updated_at = $5
                   WHERE id = $1 AND version = $2 AND rank_in_dataset(dataset_id, $3, $4) >= 3
                   AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
                   RETURNING id, image_id
               ), others AS (
                   UPDATE captions SET status = 'draft', version = version + 1, updated_by = $3, updated_at = $5
                   FROM picked
                   WHERE captions.image_id = picked.image_id AND captions.id <> picked.id
                   AND captions.status = 'approved'
               )
               SELECT id AS "id!" FROM picked"#,
            id,
            version,
            reader.user,
            reader.is_admin,
            now,
        );
        let picked = picked.fetch_optional(self.pool()).await?;
        self.outcome(reader, id, picked, Role::Reviewer).await
    }
}
