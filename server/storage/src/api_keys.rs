//! Keys that programs show.

use std::{fmt, str::FromStr};

use sqlx::{query, query_as};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{Database, Reader, StorageError, users::User};

/// How exactly it is known when a key was last used. A key that is used all the time is written that often.
const LAST_USE_PRECISION: Duration = Duration::MINUTE;

/// Something that a key lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Ask for captions.
    Caption,
    /// Read what its owner may read.
    Read,
    /// Change what its owner may change.
    Write,
    /// Administer, where its owner is an administrator.
    Admin,
}

/// A key, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Its first 12 letters.
    pub prefix: String,
    /// What it is for, as [`Scope::name`] writes it.
    pub scopes: Vec<String>,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
    /// From when on it opens nothing; never where there is none.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// Since when it opens nothing because somebody said so.
    pub revoked_at: Option<OffsetDateTime>,
}

/// Which keys are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApiKeyFilter {
    /// Those of this person; everybody's where nobody is named, for administrators.
    pub owner: Option<Uuid>,
    /// Without those that were revoked.
    pub without_revoked: bool,
}

/// A key to be given out.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// A version 7 UUID.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// 1 to 64 characters without space around them.
    pub name: String,
    /// Its first 12 letters.
    pub prefix: String,
    /// The SHA-256 sum of the whole key.
    pub key_hash: [u8; 32],
    /// What it is for; at least one.
    pub scopes: Vec<Scope>,
    /// From when on it opens nothing.
    pub expires_at: Option<OffsetDateTime>,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Caption, Self::Read, Self::Write, Self::Admin];

    /// Its name: `caption`, `read`, `write` or `admin`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caption => "caption",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Fails with a sentence that names the scopes there are.
impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text);
        found.ok_or_else(|| "a scope is one of caption, read, write and admin".to_owned())
    }
}

impl ApiKey {
    /// What it is for.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.iter().filter_map(|scope| scope.parse().ok()).collect()
    }
}

impl Database {
    /// Keeps a key.
    pub async fn create_api_key(&self, new: &NewApiKey, now: OffsetDateTime) -> Result<ApiKey, StorageError> {
        let scopes: Vec<String> = new.scopes.iter().map(ToString::to_string).collect();
        let key = query_as!(
            ApiKey,
            "INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             RETURNING id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at",
            new.id,
            new.user_id,
            new.name,
            new.prefix,
            &new.key_hash[..],
            &scopes,
            now,
            new.expires_at,
        );
        Ok(key.fetch_one(self.pool()).await?)
    }

    /// The key with this SHA-256 sum and its owner, if it opens anything, and notes that it was used.
    pub async fn use_api_key(
        &self,
        key_hash: &[u8; 32],
        now: OffsetDateTime,
    ) -> Result<Option<(ApiKey, User)>, StorageError> {
        let row = query!(
            "SELECT k.id, k.user_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at,
                 k.revoked_at, u.name AS user_name, u.is_admin, u.created_at AS user_created_at, u.disabled_at
             FROM api_keys AS k JOIN users AS u ON u.id = k.user_id
             WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
                 AND disabled_at IS NULL",
            &key_hash[..],
            now,
        );
        let Some(row) = row.fetch_optional(self.pool()).await? else { return Ok(None) };
        let stale = now - LAST_USE_PRECISION;
        if row.last_used_at.is_none_or(|last| last <= stale) {
            query!(
                "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
                row.id,
                now,
                stale,
            )
            .execute(self.pool())
            .await?;
        }
        let user = User {
            id: row.user_id,
            name: row.user_name,
            is_admin: row.is_admin,
            created_at: row.user_created_at,
            disabled_at: row.disabled_at,
        };
        let key = ApiKey {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        };
        Ok(Some((key, user)))
    }

    /// The reader's own keys; everybody's for an administrator who asks for those of nobody in particular. In the order
    /// of their making, at most `limit` after the key `after`.
    pub async fn list_api_keys(
        &self,
        reader: &Reader,
        filter: ApiKeyFilter,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<ApiKey>, StorageError> {
        // One part for everybody's and one for somebody's, each with an index of its own.
        let keys = query_as!(
            ApiKey,
            r#"WITH found AS (
                   (SELECT id FROM api_keys
                    WHERE $1 AND $3::uuid IS NULL AND id > $4 AND NOT ($5 AND revoked_at IS NOT NULL)
                    ORDER BY id LIMIT $6)
                   UNION ALL
                   (SELECT id FROM api_keys
                    WHERE user_id = coalesce($3, CASE WHEN NOT $1 THEN $2::uuid END) AND ($1 OR user_id = $2)
                    AND id > $4 AND NOT ($5 AND revoked_at IS NOT NULL)
                    ORDER BY id LIMIT $6)
               )
               SELECT k.id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at
               FROM found JOIN api_keys AS k USING (id) ORDER BY k.id LIMIT $6"#,
            reader.is_admin,
            reader.user,
            filter.owner,
            after.unwrap_or_default(),
            filter.without_revoked,
            limit,
        );
        Ok(keys.fetch_all(self.pool()).await?)
    }

    /// Ends a key that is the reader's own, or anybody's for an administrator. None where there is no such key, or none
    /// that goes on.
    pub async fn revoke_api_key(
        &self,
        reader: &Reader,
        id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Option<ApiKey>, StorageError> {
        let key = query_as!(
            ApiKey,
            "UPDATE api_keys SET revoked_at = $4
             WHERE id = $1 AND revoked_at IS NULL AND ($2 OR user_id = $3)
             RETURNING id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at",
            id,
            reader.is_admin,
            reader.user,
            now,
        );
        Ok(key.fetch_optional(self.pool()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        for scope in Scope::ALL {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert!("root".parse::<Scope>().is_err());
    }
}
