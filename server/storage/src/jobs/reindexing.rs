//! Jobs that build the search indexes of all servers anew, as the tables see them.

use sqlx::query_scalar;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, JobRequest};
use crate::{Database, Reader, StorageError};

impl Database {
    /// Asks every server to build its search index anew. None for who is no administrator of the instance.
    pub async fn create_reindex_job(&self, reader: &Reader, now: OffsetDateTime) -> Result<Option<Job>, StorageError> {
        if !reader.is_admin {
            return Ok(None);
        }
        let id = self.insert_job(reader, None, JobRequest::Reindex, now).await?;
        self.find_job(reader, id).await
    }

    /// Notes how much of an index is built for a job. Says whether the job still goes on.
    pub async fn note_reindexing(&self, job: Uuid, indexed: u64, total: u64) -> Result<bool, StorageError> {
        let (indexed, total) = (i64::try_from(indexed).unwrap_or(i64::MAX), i64::try_from(total).unwrap_or(i64::MAX));
        let noted = query_scalar!(
            "UPDATE jobs SET done = $2, total = $3 WHERE id = $1 AND state = 'running' RETURNING id",
            job,
            indexed,
            // Pictures may be added while it is built.
            total.max(indexed),
        );
        Ok(noted.fetch_optional(self.pool()).await?.is_some())
    }

    /// The newest job for which indexes are built. An index that was begun before it was asked for is older.
    pub(crate) async fn newest_reindex_job(&self) -> Result<Option<Uuid>, StorageError> {
        let newest = query_scalar!(
            "SELECT id FROM jobs WHERE kind = 'reindex' AND state IN ('waiting', 'running', 'succeeded')
             ORDER BY id DESC LIMIT 1"
        );
        Ok(newest.fetch_optional(self.pool()).await?)
    }
}
