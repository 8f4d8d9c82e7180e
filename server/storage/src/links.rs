//! Links that somebody may use once: to make the first administrator, to sign up, to choose a new password.

use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    users::{NewUser, User},
};

/// What a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Makes the first administrator.
    FirstAdministrator,
    /// Makes somebody who has been invited.
    Invitation,
    /// Sets the password of this person.
    PasswordReset(Uuid),
}

/// A link to be given out.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The SHA-256 sum of the token in the link.
    pub token_hash: [u8; 32],
    /// What it does.
    pub purpose: LinkPurpose,
    /// From when on it does nothing.
    pub expires_at: OffsetDateTime,
}

impl LinkPurpose {
    fn name(self) -> &'static str {
        match self {
            Self::FirstAdministrator => "first_administrator",
            Self::Invitation => "invitation",
            Self::PasswordReset(_) => "password_reset",
        }
    }

    fn user(self) -> Option<Uuid> {
        if let Self::PasswordReset(user) = self { Some(user) } else { None }
    }
}

impl Database {
    /// Keeps a link, and forgets those that have expired. A link for the first administrator or for somebody's password
    /// takes the place of the one before it.
    ///
    /// Gives `false` where there is nothing to link to: people have accounts already, or nobody has the id. And for who may
    /// not: administrators give links to others, and whoever runs the program gives one to the first of them.
    pub async fn create_link(&self, reader: &Reader, new: &NewLink, now: OffsetDateTime) -> Result<bool, StorageError> {
        let created = query!(
            "WITH forgotten AS (
                 DELETE FROM one_time_links WHERE expires_at < $6
                     OR ($7 AND purpose = $2 AND purpose <> 'invitation' AND user_id IS NOT DISTINCT FROM $3
                         AND used_at IS NULL)
             )
             INSERT INTO one_time_links (token_hash, purpose, user_id, created_by, expires_at, created_at)
             SELECT $1, $2, $3, $4, $5, $6
             WHERE $7 AND CASE $2
                 WHEN 'first_administrator' THEN $4::uuid IS NULL AND NOT EXISTS (SELECT FROM users)
                 WHEN 'password_reset' THEN EXISTS (SELECT FROM users WHERE id = $3)
                 ELSE true
             END",
            &new.token_hash[..],
            new.purpose.name(),
            new.purpose.user(),
            reader.user,
            new.expires_at,
            now,
            reader.is_admin,
        );
        Ok(created.execute(self.pool()).await?.rows_affected() == 1)
    }

    /// What the link with this token does, if it still does anything.
    pub async fn find_link(
        &self,
        token_hash: &[u8; 32],
        now: OffsetDateTime,
    ) -> Result<Option<LinkPurpose>, StorageError> {
        let link = query!(
            "SELECT purpose, user_id FROM one_time_links
             WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
            &token_hash[..],
            now,
        );
        let link = link.fetch_optional(self.pool()).await?;
        Ok(link.map(|link| match (link.purpose.as_str(), link.user_id) {
            (_, Some(user)) => LinkPurpose::PasswordReset(user),
            ("first_administrator", None) => LinkPurpose::FirstAdministrator,
            (_, None) => LinkPurpose::Invitation,
        }))
    }

    /// Uses up a link that makes a user, and makes them; an administrator where it is the first one's. None where the
    /// link does nothing any more.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`crate::users::NAME_TAKEN`], and then the link can be used again.
    pub async fn redeem_sign_up_link(
        &self,
        token_hash: &[u8; 32],
        new: &NewUser,
        now: OffsetDateTime,
    ) -> Result<Option<User>, StorageError> {
        let user = query_as!(
            User,
            "WITH link AS (
                 UPDATE one_time_links SET used_at = $2
                 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
                     AND (purpose = 'invitation'
                         OR (purpose = 'first_administrator' AND NOT EXISTS (SELECT FROM users)))
                 RETURNING purpose
             )
             INSERT INTO users (id, name, password_hash, is_admin, created_at)
             SELECT $3, $4, $5, purpose = 'first_administrator', $2 FROM link
             RETURNING id, name, is_admin, created_at, disabled_at",
            &token_hash[..],
            now,
            new.id,
            new.name,
            new.password_hash,
        );
        Ok(user.fetch_optional(self.pool()).await?)
    }

    /// Uses up a link that sets a password, sets it and ends that person's sessions. Whose it was; none where the link
    /// does nothing any more.
    pub async fn redeem_reset_link(
        &self,
        token_hash: &[u8; 32],
        password_hash: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Uuid>, StorageError> {
        let user = query_scalar!(
            "WITH link AS (
                 UPDATE one_time_links SET used_at = $2
                 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND purpose = 'password_reset'
                 RETURNING user_id
             ), revoked AS (
                 UPDATE sessions SET revoked_at = $2 FROM link
                 WHERE sessions.user_id = link.user_id AND revoked_at IS NULL
             )
             UPDATE users SET password_hash = $3 FROM link WHERE users.id = link.user_id
             RETURNING users.id",
            &token_hash[..],
            now,
            password_hash,
        );
        Ok(user.fetch_optional(self.pool()).await?)
    }
}
