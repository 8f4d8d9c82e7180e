//! Where somebody is signed in at this moment.

use sqlx::query_as;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, Reader, StorageError};

/// A session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Which one.
    pub id: Uuid,
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
    /// When it was last renewed: a browser in use is, once a day.
    pub renewed_at: OffsetDateTime,
}

impl Database {
    /// The reader's own sessions that go on, the newest first: at most `limit` of those before the session `before`.
    pub async fn list_open_sessions(
        &self,
        reader: &Reader,
        before: Option<Uuid>,
        limit: i64,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenSession>, StorageError> {
        let sessions = query_as!(
            OpenSession,
            r#"SELECT session.id, user_agent, session.created_at, token.created_at AS renewed_at
               FROM sessions AS session
               JOIN refresh_tokens AS token ON session_id = session.id AND used_at IS NULL AND expires_at > $2
               WHERE user_id = $1 AND revoked_at IS NULL AND ($3::uuid IS NULL OR session.id < $3)
               ORDER BY session.id DESC LIMIT $4"#,
            reader.user,
            now,
            before,
            limit,
        );
        Ok(sessions.fetch_all(self.pool()).await?)
    }
}
