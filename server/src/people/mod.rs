//! People: how they show who they are, and what that lets them do.

mod access_token;
mod cookies;
mod guesses;
mod identity;
mod passwords;
mod secrets;

use time::{Duration, OffsetDateTime};
use tokio::sync::OnceCell;
use vasari_storage::{
    Database, Reader, StorageError,
    links::{LinkPurpose, NewLink},
};

pub(crate) use self::{
    access_token::{ACCESS_TOKEN_LIFETIME, AccessGrant, AccessTokens},
    cookies::{Cookies, access_cookie, refresh_cookie, replace_access_cookie},
    guesses::{AccountKey, Guesses},
    identity::{Credential, Identity, cross_site, unauthenticated},
    passwords::{Passwords, check as check_password, fault as password_fault, hash as password_hash},
    secrets::{NewKey, OpaqueToken, sha256},
};
use crate::{
    api::problem::Problem,
    config::{AccountsConfig, SignUp},
};

/// How long a refresh token is good for: somebody who stays away longer signs in again.
pub(crate) const REFRESH_TOKEN_LIFETIME: Duration = Duration::days(30);

/// How long a link can be used.
pub(crate) const LINK_LIFETIME: Duration = Duration::days(7);

/// What one server needs to tell people apart.
pub(crate) struct People {
    /// Passwords, made and checked.
    pub(crate) passwords: Passwords,
    /// Wrong passwords, by account.
    pub(crate) guesses: Guesses,
    /// Who may make an account.
    pub(crate) sign_up: SignUp,
    /// Whether browsers reach this server by TLS alone.
    pub(crate) is_tls: bool,
    tokens: OnceCell<AccessTokens>,
}

impl People {
    /// The rules of a server, which has certificates of its own or has not.
    pub(crate) fn new(config: &AccountsConfig, is_tls: bool) -> Self {
        Self {
            passwords: Passwords::new(),
            guesses: Guesses::default(),
            sign_up: config.sign_up,
            is_tls,
            tokens: OnceCell::new(),
        }
    }

    /// What signs and reads access tokens. All servers of one database use the same key.
    pub(crate) async fn access_tokens(&self, database: &Database) -> Result<&AccessTokens, Problem> {
        let tokens = self.tokens.get_or_try_init(|| async {
            let secret = database.signing_key(secrets::random_bytes(), OffsetDateTime::now_utc()).await?;
            Ok::<_, StorageError>(AccessTokens::new(&secret))
        });
        Ok(tokens.await?)
    }
}

/// The token of a link that makes the first administrator; none where people have accounts. It takes the place of an
/// earlier one.
pub(crate) async fn first_administrator_link(database: &Database) -> Result<Option<String>, StorageError> {
    create_link(database, &Reader::operator(), LinkPurpose::FirstAdministrator).await
}

/// The token of a new link that the reader gives out; none where there is nothing to link to.
pub(crate) async fn create_link(
    database: &Database,
    reader: &Reader,
    purpose: LinkPurpose,
) -> Result<Option<String>, StorageError> {
    let (token, now) = (OpaqueToken::generate(), OffsetDateTime::now_utc());
    let link = NewLink { token_hash: token.hash(), purpose, expires_at: now + LINK_LIFETIME };
    Ok(database.create_link(reader, &link, now).await?.then_some(token.0))
}
