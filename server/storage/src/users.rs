//! People.

use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, Reader, StorageError};

/// The constraint that names are unique, whatever their case.
pub const NAME_TAKEN: &str = "users_name_key";

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Which one.
    pub id: Uuid,
    /// What they are called: 1 to 64 characters, unique whatever the case.
    pub name: String,
    /// Whether they administer the whole instance.
    pub is_admin: bool,
    /// Since when they have an account.
    pub created_at: OffsetDateTime,
    /// Since when they may not sign in, if they may not.
    pub disabled_at: Option<OffsetDateTime>,
}

/// Somebody who gets an account.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// A version 7 UUID.
    pub id: Uuid,
    /// 1 to 64 characters without space around them.
    pub name: String,
    /// A PHC string of Argon2id; none for somebody who sets a password by link.
    pub password_hash: Option<String>,
}

/// What somebody shows to sign in, as it is kept.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose it is.
    pub user: User,
    /// A PHC string of Argon2id; none before a password is set.
    pub password_hash: Option<String>,
}

/// What is to change about somebody; what is left out stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountUpdate {
    /// Whether they administer the whole instance.
    pub is_admin: Option<bool>,
    /// Whether they may sign in no longer. Their sessions end with it; their keys rest.
    pub is_disabled: Option<bool>,
}

/// What came of changing somebody's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// This is how they are now.
    Done(User),
    /// They are the last administrator who can sign in.
    LastAdministrator,
    /// There is no such person, or the reader is no administrator.
    Unknown,
}

impl Database {
    /// Gives somebody an account.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`NAME_TAKEN`] where somebody is called so.
    pub async fn create_user(&self, new: &NewUser, is_admin: bool, now: OffsetDateTime) -> Result<User, StorageError> {
        let user = query_as!(
            User,
            "INSERT INTO users (id, name, password_hash, is_admin, created_at) VALUES ($1, $2, $3, $4, $5)
             RETURNING id, name, is_admin, created_at, disabled_at",
            new.id,
            new.name,
            new.password_hash,
            is_admin,
            now,
        );
        Ok(user.fetch_one(self.pool()).await?)
    }

    /// Whether anybody has an account.
    pub async fn has_users(&self) -> Result<bool, StorageError> {
        let has_users = query_scalar!(r#"SELECT EXISTS (SELECT FROM users) AS "has_users!""#);
        Ok(has_users.fetch_one(self.pool()).await?)
    }

    /// Somebody by id.
    pub async fn find_user(&self, id: Uuid) -> Result<Option<User>, StorageError> {
        let user = query_as!(User, "SELECT id, name, is_admin, created_at, disabled_at FROM users WHERE id = $1", id);
        Ok(user.fetch_optional(self.pool()).await?)
    }

    /// Somebody by name, whatever its case.
    pub async fn find_user_named(&self, name: &str) -> Result<Option<User>, StorageError> {
        let user = query_as!(
            User,
            "SELECT id, name, is_admin, created_at, disabled_at FROM users WHERE lower(name) = lower($1)",
            name,
        );
        Ok(user.fetch_optional(self.pool()).await?)
    }

    /// Somebody by name, whatever its case, with what they sign in by.
    pub async fn find_credentials(&self, name: &str) -> Result<Option<Credentials>, StorageError> {
        let row = query!(
            "SELECT id, name, is_admin, created_at, disabled_at, password_hash FROM users
             WHERE lower(name) = lower($1)",
            name,
        );
        let row = row.fetch_optional(self.pool()).await?;
        Ok(row.map(|row| Credentials {
            user: User {
                id: row.id,
                name: row.name,
                is_admin: row.is_admin,
                created_at: row.created_at,
                disabled_at: row.disabled_at,
            },
            password_hash: row.password_hash,
        }))
    }

    /// People by name, at most `limit` of those that come after the name `after`. Nobody for who is no administrator.
    pub async fn list_users(
        &self,
        reader: &Reader,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<User>, StorageError> {
        let users = query_as!(
            User,
            "SELECT id, name, is_admin, created_at, disabled_at FROM users
             WHERE $3 AND lower(name) > lower($1) ORDER BY lower(name) LIMIT $2",
            // No name is empty, so that all come after this.
            after.unwrap_or_default(),
            limit,
            reader.is_admin,
        );
        Ok(users.fetch_all(self.pool()).await?)
    }

    /// Sets the reader's own password and ends all their sessions but `kept`: whoever knew the old one is out. Whether there
    /// is such a person.
    pub async fn set_password(
        &self,
        reader: &Reader,
        password_hash: &str,
        kept: Option<Uuid>,
        now: OffsetDateTime,
    ) -> Result<bool, StorageError> {
        let changed = query!(
            "WITH revoked AS (
                 UPDATE sessions SET revoked_at = $3
                 WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $4
             )
             UPDATE users SET password_hash = $2 WHERE id = $1",
            reader.user,
            password_hash,
            now,
            kept,
        );
        Ok(changed.execute(self.pool()).await?.rows_affected() == 1)
    }

    /// Makes somebody an administrator or takes that away, lets them in no longer or again. One administrator who can sign
    /// in always stays. For administrators, and for those who still are when their turn has come.
    pub async fn change_account(
        &self,
        reader: &Reader,
        id: Uuid,
        update: AccountUpdate,
        now: OffsetDateTime,
    ) -> Result<AccountChange, StorageError> {
        let reader = *reader;
        self.transaction(move |transaction| {
            Box::pin(async move {
                // Two administrators who take each other's rights away at the same moment take turns.
                let administrators = query_scalar!(
                    "SELECT id FROM users WHERE is_admin AND disabled_at IS NULL ORDER BY id FOR NO KEY UPDATE"
                );
                let administrators = administrators.fetch_all(&mut **transaction).await?;
                if !reader.is_admin || reader.user.is_some_and(|user| !administrators.contains(&user)) {
                    return Ok(AccountChange::Unknown);
                }
                let takes_away = update.is_admin == Some(false) || update.is_disabled == Some(true);
                if takes_away && administrators == [id] {
                    return Ok(AccountChange::LastAdministrator);
                }
                let changed = query_as!(
                    User,
                    "WITH changed AS (
                         UPDATE users SET is_admin = coalesce($2, is_admin),
                             disabled_at = CASE $3::boolean
                                 WHEN true THEN coalesce(disabled_at, $4) WHEN false THEN NULL ELSE disabled_at
                             END
                         WHERE id = $1 RETURNING id, name, is_admin, created_at, disabled_at
                     ), revoked AS (
                         UPDATE sessions SET revoked_at = $4 FROM changed
                         WHERE user_id = changed.id AND disabled_at IS NOT NULL AND revoked_at IS NULL
                     )
                     SELECT id, name, is_admin, created_at, disabled_at FROM changed",
                    id,
                    update.is_admin,
                    update.is_disabled,
                    now,
                );
                let changed = changed.fetch_optional(&mut **transaction).await?;
                Ok(changed.map_or(AccountChange::Unknown, AccountChange::Done))
            })
        })
        .await
    }
}
