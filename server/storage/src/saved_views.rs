//! Views of a dataset: what somebody looked for and how it was shown, under a name.

use sqlx::{query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
};

/// Views that somebody can have in a dataset.
pub const MOST_VIEWS: i64 = 200;

/// A view that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Which one.
    pub id: Uuid,
    /// What its owner calls it: 1 to 100 characters.
    pub name: String,
    /// What the address of the dataset's page says, without the question mark; at most 4,000 characters.
    pub query: String,
    /// Whether everybody who sees the dataset sees it.
    pub is_shared: bool,
    /// Who saved it.
    pub owner: String,
    /// Whether that is the reader.
    pub is_own: bool,
    /// When it was saved.
    pub created_at: OffsetDateTime,
}

/// A view to be saved.
#[derive(Debug, Clone)]
pub struct NewSavedView {
    /// See [`SavedView::name`].
    pub name: String,
    /// See [`SavedView::query`].
    pub query: String,
    /// See [`SavedView::is_shared`].
    pub is_shared: bool,
}

impl Database {
    /// The reader's views of a dataset and those that others share, by name. None where the reader may not see the dataset.
    pub async fn list_saved_views(&self, reader: &Reader, slug: &str) -> Result<Option<Vec<SavedView>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, slug).await? else { return Ok(None) };
        let views = query_as!(
            SavedView,
            r#"SELECT saved_views.id, saved_views.name, query, is_shared, users.name AS owner,
                   coalesce(owner_id = $2, false) AS "is_own!", saved_views.created_at
               FROM saved_views
               JOIN users ON users.id = owner_id
               JOIN LATERAL rank_in_dataset(dataset_id, $2, $3) AS rank ON rank > 0
               WHERE dataset_id = $1 AND (is_shared OR owner_id = $2)
               ORDER BY lower(saved_views.name), saved_views.id"#,
            dataset.id,
            reader.user,
            reader.is_admin,
        );
        Ok(Some(views.fetch_all(self.pool()).await?))
    }

    /// Saves a view of a dataset; one of the reader's that has this name becomes it. To share takes an annotator. None
    /// where the reader has [`MOST_VIEWS`] already.
    pub async fn save_view(
        &self,
        reader: &Reader,
        slug: &str,
        new: &NewSavedView,
        now: OffsetDateTime,
    ) -> Result<Permitted<Option<Uuid>>, StorageError> {
        let needed = if new.is_shared { Role::Annotator } else { Role::Viewer };
        let dataset = match self.dataset_for(reader, slug, needed).await? {
            Permitted::Done(dataset) => dataset,
            refused => return Ok(refused.refusal()),
        };
        let saved = query_scalar!(
            "INSERT INTO saved_views (id, dataset_id, owner_id, name, query, is_shared, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7
             FROM rank_in_dataset($2, $3, $8) AS rank
             WHERE rank >= $9 AND (
                 (SELECT count(*) FROM saved_views WHERE dataset_id = $2 AND owner_id = $3) < $10
                 OR EXISTS (SELECT FROM saved_views WHERE dataset_id = $2 AND owner_id = $3 AND name = $4)
             )
             ON CONFLICT ON CONSTRAINT saved_views_name_key DO UPDATE
             SET query = excluded.query, is_shared = excluded.is_shared, created_at = excluded.created_at
             RETURNING id",
            Uuid::now_v7(),
            dataset.id,
            reader.user,
            new.name,
            new.query,
            new.is_shared,
            now,
            reader.is_admin,
            needed.rank(),
            MOST_VIEWS,
        );
        Ok(Permitted::Done(saved.fetch_optional(self.pool()).await?))
    }

    /// Deletes a view of the reader's, or one that is shared in a dataset that they own. Says whether there was one.
    pub async fn delete_saved_view(&self, reader: &Reader, id: Uuid) -> Result<bool, StorageError> {
        let deleted = query_scalar!(
            "DELETE FROM saved_views
             WHERE id = $1 AND EXISTS (
                 SELECT FROM rank_in_dataset(dataset_id, $2, $3) AS rank
                 WHERE rank > 0 AND (owner_id = $2 OR is_shared AND rank = 4)
             )
             RETURNING id",
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(deleted.fetch_optional(self.pool()).await?.is_some())
    }
}
