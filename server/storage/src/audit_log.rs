//! Who did what.

use serde_json::Value;
use sqlx::{query, query_as};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, Reader, StorageError};

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Sorts as the entries were made.
    pub id: Uuid,
    /// When.
    pub at: OffsetDateTime,
    /// Who; nobody where whoever runs the program did it, or somebody who has no account.
    pub actor_user: Option<Uuid>,
    /// With which key, where it was one.
    pub actor_key: Option<Uuid>,
    /// What, as a noun and a verb: `user.disable`.
    pub action: String,
    /// To whom or what.
    pub subject: Option<Uuid>,
    /// What else there is to know: an object.
    pub detail: Value,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

impl Database {
    /// Adds an entry. It can't be changed or taken away afterwards.
    pub async fn record_audit_entry(&self, entry: &AuditEntry) -> Result<(), StorageError> {
        query!(
            "INSERT INTO audit_log (id, at, actor_user, actor_key, action, subject, detail, request_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            entry.id,
            entry.at,
            entry.actor_user,
            entry.actor_key,
            entry.action,
            entry.subject,
            entry.detail,
            entry.request_id,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// The newest entries before the entry `before`, at most `limit`. Nothing for who is no administrator.
    pub async fn list_audit_log(
        &self,
        reader: &Reader,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let entries = query_as!(
            AuditEntry,
            "SELECT id, at, actor_user, actor_key, action, subject, detail, request_id FROM audit_log
             WHERE $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            reader.is_admin,
            before,
            limit,
        );
        Ok(entries.fetch_all(self.pool()).await?)
    }
}
