//! Sessions: families of refresh tokens, one for each sign-in.

use sqlx::{query, query_as, query_scalar};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{Database, StorageError, users::User};

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// A version 7 UUID.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// What the browser calls itself; at most 200 characters.
    pub user_agent: Option<String>,
    /// Its first refresh token.
    pub token: NewRefreshToken,
}

/// A refresh token to be given out.
#[derive(Debug, Clone)]
pub struct NewRefreshToken {
    /// The SHA-256 sum of the token.
    pub hash: [u8; 32],
    /// From when on it does nothing.
    pub expires_at: OffsetDateTime,
}

/// What came of showing a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The session goes on with the new token.
    Renewed {
        /// Which session.
        session: Uuid,
        /// Whose it is.
        user: User,
    },
    /// The token had been used before, so somebody has a copy: the whole session has ended.
    Reused {
        /// Which session.
        session: Uuid,
        /// Whose it was.
        user: Uuid,
    },
    /// The token is unknown or expired, or its session has ended.
    Refused,
}

/// What came of a browser's showing its refresh token beside whatever it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The session goes on.
    Renewed {
        /// Which session.
        session: Uuid,
        /// Whose it is.
        user: User,
        /// Whether the new refresh token takes the place of the one that was shown.
        is_exchanged: bool,
    },
    /// The token was exchanged a while ago, so somebody has a copy: the whole session has ended.
    Reused {
        /// Which session.
        session: Uuid,
        /// Whose it was.
        user: Uuid,
    },
    /// The token is unknown or expired, or its session has ended.
    Refused,
}

/// How old a browser's refresh token grows.
const REFRESH_TOKEN_AGE: Duration = Duration::days(1);

/// How long a browser's exchanged token still does, for requests that were sent with it before the browser knew.
const EXCHANGED_TOKEN_LIFETIME: Duration = Duration::minutes(1);

impl Database {
    /// The key that signs access tokens, made of `candidate` where there is none. All servers of a database get the same.
    pub async fn signing_key(&self, candidate: [u8; 32], now: OffsetDateTime) -> Result<Vec<u8>, StorageError> {
        let find = || query_scalar!("SELECT secret FROM signing_keys ORDER BY id LIMIT 1");
        if let Some(secret) = find().fetch_optional(self.pool()).await? {
            return Ok(secret);
        }
        self.transaction(move |transaction| {
            Box::pin(async move {
                // Servers that start together wait for one another here.
                query!("LOCK TABLE signing_keys IN EXCLUSIVE MODE").execute(&mut **transaction).await?;
                query!(
                    "INSERT INTO signing_keys (id, secret, created_at)
                     SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM signing_keys)",
                    Uuid::now_v7(),
                    &candidate[..],
                    now,
                )
                .execute(&mut **transaction)
                .await?;
                let secret = query_scalar!("SELECT secret FROM signing_keys ORDER BY id LIMIT 1");
                Ok(secret.fetch_one(&mut **transaction).await?)
            })
        })
        .await
    }

    /// Opens a session with its first refresh token.
    pub async fn open_session(&self, new: &NewSession, now: OffsetDateTime) -> Result<(), StorageError> {
        query!(
            "WITH session AS (
                 INSERT INTO sessions (id, user_id, user_agent, created_at) VALUES ($1, $2, $3, $4) RETURNING id
             )
             INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at)
             SELECT $5, id, $4, $6 FROM session",
            new.id,
            new.user_id,
            new.user_agent,
            now,
            &new.token.hash[..],
            new.token.expires_at,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Whose session it is, if it goes on and they may sign in.
    pub async fn find_session_user(&self, session: Uuid) -> Result<Option<User>, StorageError> {
        let user = query_as!(
            User,
            "SELECT users.id, name, is_admin, users.created_at, disabled_at
             FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE sessions.id = $1 AND revoked_at IS NULL AND disabled_at IS NULL",
            session,
        );
        Ok(user.fetch_optional(self.pool()).await?)
    }

    /// Exchanges a refresh token for `new`. One that was exchanged before ends its session.
    pub async fn rotate_refresh_token(
        &self,
        shown: &[u8; 32],
        new: &NewRefreshToken,
        now: OffsetDateTime,
    ) -> Result<Rotation, StorageError> {
        if let Some((session, user)) = self.exchange_refresh_token(shown, new, now).await? {
            return Ok(Rotation::Renewed { session, user });
        }
        let reused = query!(
            "UPDATE sessions SET revoked_at = $2 FROM refresh_tokens AS token
             WHERE token.token_hash = $1 AND token.used_at IS NOT NULL
                 AND sessions.id = token.session_id AND revoked_at IS NULL
             RETURNING sessions.id, user_id",
            &shown[..],
            now,
        );
        let reused = reused.fetch_optional(self.pool()).await?;
        Ok(reused.map_or(Rotation::Refused, |row| Rotation::Reused { session: row.id, user: row.user_id }))
    }

    /// Lets a browser go on with its session by its refresh token, without a request of its own for that. A browser asks
    /// for many things at once, with one token; so that is exchanged for `new` only when it is a day old, by the first that
    /// comes, and does for another minute. One that comes later still ends its session.
    pub async fn renew_session(
        &self,
        shown: &[u8; 32],
        new: &NewRefreshToken,
        now: OffsetDateTime,
    ) -> Result<Renewal, StorageError> {
        let found = query!(
            "SELECT sessions.id AS session, users.id, name, is_admin, users.created_at, disabled_at,
                 token.created_at AS made_at, token.used_at
             FROM refresh_tokens AS token JOIN sessions ON sessions.id = token.session_id
             JOIN users ON users.id = sessions.user_id
             WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL AND disabled_at IS NULL",
            &shown[..],
            now,
        );
        let Some(row) = found.fetch_optional(self.pool()).await? else { return Ok(Renewal::Refused) };
        let (session, made_at, used_at) = (row.session, row.made_at, row.used_at);
        if used_at.is_some_and(|used_at| now - used_at > EXCHANGED_TOKEN_LIFETIME) {
            return Ok(match self.rotate_refresh_token(shown, new, now).await? {
                Rotation::Reused { session, user } => Renewal::Reused { session, user },
                Rotation::Renewed { .. } | Rotation::Refused => Renewal::Refused,
            });
        }
        let is_old = used_at.is_none() && now - made_at > REFRESH_TOKEN_AGE;
        let is_exchanged = is_old && self.exchange_refresh_token(shown, new, now).await?.is_some();
        let user = User {
            id: row.id,
            name: row.name,
            is_admin: row.is_admin,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        };
        Ok(Renewal::Renewed { session, user, is_exchanged })
    }

    async fn exchange_refresh_token(
        &self,
        shown: &[u8; 32],
        new: &NewRefreshToken,
        now: OffsetDateTime,
    ) -> Result<Option<(Uuid, User)>, StorageError> {
        let renewed = query!(
            "WITH old AS (
                 UPDATE refresh_tokens SET used_at = $2
                 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND EXISTS (
                     SELECT FROM sessions JOIN users ON users.id = sessions.user_id
                     WHERE sessions.id = refresh_tokens.session_id AND revoked_at IS NULL AND disabled_at IS NULL
                 )
                 RETURNING session_id
             ), new AS (
                 INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at)
                 SELECT $3, session_id, $2, $4 FROM old RETURNING session_id
             )
             SELECT sessions.id AS session, users.id, name, is_admin, users.created_at, disabled_at
             FROM new JOIN sessions ON sessions.id = new.session_id JOIN users ON users.id = sessions.user_id",
            &shown[..],
            now,
            &new.hash[..],
            new.expires_at,
        );
        Ok(renewed.fetch_optional(self.pool()).await?.map(|row| {
            let user = User {
                id: row.id,
                name: row.name,
                is_admin: row.is_admin,
                created_at: row.created_at,
                disabled_at: row.disabled_at,
            };
            (row.session, user)
        }))
    }

    /// Ends the session that a refresh token belongs to, whether the token is still of use or not.
    pub async fn revoke_session_of_token(&self, shown: &[u8; 32], now: OffsetDateTime) -> Result<(), StorageError> {
        query!(
            "UPDATE sessions SET revoked_at = $2 FROM refresh_tokens AS token
             WHERE token.token_hash = $1 AND sessions.id = token.session_id AND revoked_at IS NULL",
            &shown[..],
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends one session of somebody. Whether it went on until now.
    pub async fn revoke_session(&self, session: Uuid, user: Uuid, now: OffsetDateTime) -> Result<bool, StorageError> {
        let revoked = query!(
            "UPDATE sessions SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
            session,
            user,
            now,
        );
        Ok(revoked.execute(self.pool()).await?.rows_affected() == 1)
    }

    /// Ends all of somebody's sessions. How many went on until now.
    pub async fn revoke_sessions(&self, user: Uuid, now: OffsetDateTime) -> Result<u64, StorageError> {
        let revoked =
            query!("UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL", user, now);
        Ok(revoked.execute(self.pool()).await?.rows_affected())
    }

    /// Deletes refresh tokens that expired before `before`, and sessions that have none left. How many tokens went.
    pub async fn sweep_sessions(&self, before: OffsetDateTime) -> Result<u64, StorageError> {
        let tokens = query!("DELETE FROM refresh_tokens WHERE expires_at < $1", before);
        let swept = tokens.execute(self.pool()).await?.rows_affected();
        query!(
            "DELETE FROM sessions WHERE created_at < $1
             AND NOT EXISTS (SELECT FROM refresh_tokens WHERE session_id = sessions.id)",
            before,
        )
        .execute(self.pool())
        .await?;
        Ok(swept)
    }
}
