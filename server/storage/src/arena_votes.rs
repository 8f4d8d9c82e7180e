//! The votes of the arena as a board counts them.

use sqlx::query_as;
use uuid::Uuid;

use crate::{Database, Reader, StorageError, captions::Status, comparisons::Outcome, images::ImageFilter};

/// A vote, without what was said of and by whom in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedVote {
    /// About which picture.
    pub image: Uuid,
    /// The source on the left (its slug).
    pub left: String,
    /// The source on the right (its slug).
    pub right: String,
    /// What was said of them.
    pub outcome: Outcome,
    /// Who said it; nobody whose account is there any more.
    pub voter: Option<Uuid>,
}

impl Database {
    /// The votes about the pictures of a filter, `among` these where that is said; what was skipped left out. None where the
    /// reader may not see the dataset.
    pub async fn count_votes(
        &self,
        reader: &Reader,
        dataset: &str,
        filter: &ImageFilter,
        among: Option<&[Uuid]>,
    ) -> Result<Option<Vec<CountedVote>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let votes = query_as!(
            CountedVote,
            r#"SELECT comparisons.image_id AS image, one.slug AS left, other.slug AS right,
                   outcome AS "outcome: Outcome", shown_to AS voter
               FROM comparisons JOIN votes ON comparison_id = comparisons.id
               JOIN dataset_images AS image ON image.id = comparisons.image_id
               JOIN caption_sources AS one ON one.id = left_source_id
               JOIN caption_sources AS other ON other.id = right_source_id
               WHERE comparisons.dataset_id = $1 AND outcome <> 'skipped' AND deleted_at IS NULL
               AND rank_in_dataset(comparisons.dataset_id, $2, $3) > 0
               AND ($4::uuid[] IS NULL OR comparisons.image_id = ANY ($4))
               AND ($5::text IS NULL OR EXISTS (
                   SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                   WHERE captions.image_id = comparisons.image_id AND slug = $5
               ))
               AND NOT EXISTS (
                   SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                   WHERE captions.image_id = comparisons.image_id AND slug = $6
               )
               AND ($7::text IS NULL
                   OR EXISTS (SELECT FROM captions WHERE captions.image_id = comparisons.image_id AND status = $7))
               ORDER BY comparisons.id"#,
            dataset.id,
            reader.user,
            reader.is_admin,
            among,
            filter.has_source,
            filter.lacks_source,
            filter.status as Option<Status>,
        );
        Ok(Some(votes.fetch_all(self.pool()).await?))
    }
}
