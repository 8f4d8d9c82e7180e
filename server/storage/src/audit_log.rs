//! Who did what.

use serde_json::Value;
use sqlx::query;
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

/// An entry with the names that its ids have now. What is gone has none.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedAuditEntry {
    /// The entry.
    pub entry: AuditEntry,
    /// What whoever did it is called.
    pub actor_name: Option<String>,
    /// What the key is called that they did it with.
    pub key_name: Option<String>,
    /// What that is called which it was done to: a person, a key, a dataset or a source of captions.
    pub subject_name: Option<String>,
}

/// Which entries are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What this person did, their own signing in and up included.
    pub actor: Option<Uuid>,
    /// Entries of this action alone.
    pub action: Option<String>,
}

/// What people do before anybody is signed in: they themselves are its subject.
const DONE_BY_SUBJECT: [&str; 4] = ["session.open", "session.reuse", "user.sign_up", "user.reset_password"];

impl AuditEntry {
    /// Who did it, where that is known: also somebody who was not signed in yet.
    pub fn doer(&self) -> Option<Uuid> {
        self.actor_user.or(self.subject.filter(|_| DONE_BY_SUBJECT.contains(&self.action.as_str())))
    }
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
        filter: &AuditFilter,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<NamedAuditEntry>, StorageError> {
        let itself = DONE_BY_SUBJECT.map(str::to_owned);
        // One part for each way to ask, each with an index of its own; the others end before they begin.
        let rows = query!(
            r#"WITH found AS (
                   (SELECT id FROM audit_log
                    WHERE $1 AND $3::text IS NULL AND $4::uuid IS NULL AND id < $2
                    ORDER BY id DESC LIMIT $6)
                   UNION ALL
                   (SELECT id FROM audit_log WHERE $1 AND action = $3 AND $4 IS NULL AND id < $2
                    ORDER BY id DESC LIMIT $6)
                   UNION ALL
                   (SELECT id FROM audit_log
                    WHERE $1 AND actor_user = $4 AND ($3 IS NULL OR action = $3) AND id < $2
                    ORDER BY id DESC LIMIT $6)
                   UNION ALL
                   (SELECT id FROM audit_log
                    WHERE $1 AND actor_user IS NULL AND subject = $4 AND action = ANY($5::text[])
                    AND ($3 IS NULL OR action = $3) AND id < $2
                    ORDER BY id DESC LIMIT $6)
               )
               SELECT log.id, at, actor_user, actor_key, action, subject, detail, request_id,
                   actor.name AS "actor_name?", own_key.name AS "key_name?",
                   coalesce(person.name, other_key.name, dataset.name, source.slug) AS subject_name
               FROM found JOIN audit_log AS log USING (id)
               LEFT JOIN users AS actor ON actor.id = actor_user
               LEFT JOIN api_keys AS own_key ON own_key.id = actor_key
               LEFT JOIN users AS person ON person.id = subject
               LEFT JOIN api_keys AS other_key ON other_key.id = subject
               LEFT JOIN datasets AS dataset ON dataset.id = subject
               LEFT JOIN caption_sources AS source ON source.id = subject
               ORDER BY log.id DESC LIMIT $6"#,
            reader.is_admin,
            before.unwrap_or(Uuid::max()),
            filter.action,
            filter.actor,
            &itself[..],
            limit,
        );
        let rows = rows.fetch_all(self.pool()).await?;
        let named = rows.into_iter().map(|row| NamedAuditEntry {
            entry: AuditEntry {
                id: row.id,
                at: row.at,
                actor_user: row.actor_user,
                actor_key: row.actor_key,
                action: row.action,
                subject: row.subject,
                detail: row.detail,
                request_id: row.request_id,
            },
            actor_name: row.actor_name,
            key_name: row.key_name,
            subject_name: row.subject_name,
        });
        Ok(named.collect())
    }
}
