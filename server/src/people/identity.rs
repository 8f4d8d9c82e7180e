//! Who asks: somebody's session, or one of their keys.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{Method, request::Parts},
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{Reader, api_keys::Scope, users::User};

use super::{
    cookies::access_cookie,
    secrets::{is_key, sha256},
};
use crate::{
    api::problem::{Problem, ProblemKind},
    auth::{Caller, header_keys, is_cross_site},
    middleware::Uncounted,
    state::AppState,
};

/// Somebody who has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Who.
    pub(crate) user: User,
    /// By what.
    pub(crate) credential: Credential,
    /// What that is for. A session is for everything.
    pub(crate) scopes: Vec<Scope>,
    /// When the key ends, if it does.
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// What somebody showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// An access token of this session.
    Session(Uuid),
    /// This API key.
    Key(Uuid),
}

impl Identity {
    /// In whose name to read or write, if what was shown is for `scope`.
    ///
    /// # Errors
    ///
    /// A problem with status 403 otherwise.
    pub(crate) fn reader(&self, scope: Scope) -> Result<Reader, Problem> {
        if !self.scopes.contains(&scope) {
            let detail = format!("This key is not for that: it lacks the scope {scope}.");
            return Err(Problem::new(ProblemKind::Forbidden, detail));
        }
        let is_admin = self.user.is_admin && self.scopes.contains(&Scope::Admin);
        Ok(Reader { user: Some(self.user.id), is_admin })
    }

    /// In whose name to administer.
    ///
    /// # Errors
    ///
    /// A problem with status 403 for who is no administrator, and for keys that are not for it.
    pub(crate) fn administrator(&self) -> Result<Reader, Problem> {
        let reader = self.reader(Scope::Admin)?;
        if reader.is_admin {
            return Ok(reader);
        }
        Err(Problem::new(ProblemKind::Forbidden, "Only administrators may do this."))
    }

    /// The session that asks.
    ///
    /// # Errors
    ///
    /// A problem with status 403 for a key: what only the person may do takes a sign-in.
    pub(crate) fn session(&self) -> Result<Uuid, Problem> {
        match self.credential {
            Credential::Session(session) => Ok(session),
            Credential::Key(_) => {
                Err(Problem::new(ProblemKind::Forbidden, "A key can't do this. Sign in with the password."))
            }
        }
    }

    /// The key that asks, if it is one.
    pub(crate) fn key(&self) -> Option<Uuid> {
        if let Credential::Key(key) = self.credential { Some(key) } else { None }
    }

    /// The caller, as limits and the queue count them.
    pub(crate) fn caller(&self) -> Caller {
        let client = self.key().map_or_else(|| format!("user-{}", self.user.id), |key| format!("key-{key}"));
        Caller { client, is_admin: false }
    }

    /// Who shows one of these texts: an API key or an access token. None where none of them can be either.
    pub(crate) async fn of_shown(state: &AppState, shown: &[String]) -> Result<Option<Self>, Problem> {
        if let Some(key) = shown.iter().find(|text| is_key(text)) {
            return Self::of_key(state, key).await.map(Some);
        }
        match shown.iter().find(|text| text.split('.').count() == 3) {
            Some(token) => Self::of_token(state, token).await,
            None => Ok(None),
        }
    }

    /// Whose browser asks. None where no cookie says so, or what it says holds no longer.
    ///
    /// # Errors
    ///
    /// A problem with status 403 where a page of another site would have something changed.
    pub(crate) async fn of_cookie(state: &AppState, parts: &Parts) -> Result<Option<Self>, Problem> {
        let Some(token) = access_cookie(&parts.headers) else { return Ok(None) };
        let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if changes && is_cross_site(&parts.uri, &parts.headers) {
            return Err(cross_site());
        }
        Self::of_token(state, token).await
    }

    async fn of_key(state: &AppState, key: &str) -> Result<Self, Problem> {
        let database = state.storage.database()?;
        let found = database.use_api_key(&sha256(key), OffsetDateTime::now_utc()).await?;
        let (key, user) = found.ok_or_else(|| {
            let detail = "The key is unknown, has expired or was revoked, or its owner's account is disabled.";
            Problem::new(ProblemKind::InvalidApiKey, detail)
        })?;
        Ok(Self { user, credential: Credential::Key(key.id), scopes: key.scopes(), expires_at: key.expires_at })
    }

    /// The session is looked up each time, so that somebody who is out is out at once.
    async fn of_token(state: &AppState, token: &str) -> Result<Option<Self>, Problem> {
        let database = state.storage.database()?;
        let tokens = state.people.access_tokens(&database).await?;
        let Some(grant) = tokens.read(token, OffsetDateTime::now_utc()) else { return Ok(None) };
        let user = database.find_session_user(grant.session).await?.filter(|user| user.id == grant.user);
        let credential = Credential::Session(grant.session);
        Ok(user.map(|user| Self { user, credential, scopes: Scope::ALL.to_vec(), expires_at: None }))
    }

    async fn of_request(parts: &Parts, state: &AppState) -> Result<Option<Self>, Response> {
        let shown = header_keys(&parts.headers);
        let identity = if shown.is_empty() {
            Self::of_cookie(state, parts).await
        } else {
            Self::of_shown(state, &shown).await.and_then(|identity| identity.map(Some).ok_or_else(unauthenticated))
        };
        let identity = identity.map_err(IntoResponse::into_response)?;
        if let Some(identity) = &identity
            && parts.extensions.get::<Uncounted>().is_none()
        {
            state.limits.caller.check(&identity.caller().client).map_err(IntoResponse::into_response)?;
        }
        Ok(identity)
    }
}

impl FromRequestParts<AppState> for Identity {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        // Without a database nobody can sign in, and is told so.
        state.storage.database().map_err(IntoResponse::into_response)?;
        Self::of_request(parts, state).await?.ok_or_else(|| unauthenticated().into_response())
    }
}

/// For what is there for others as well. What was shown in a header must hold all the same.
impl OptionalFromRequestParts<AppState> for Identity {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Response> {
        Self::of_request(parts, state).await
    }
}

/// Nobody has shown who they are.
pub(crate) fn unauthenticated() -> Problem {
    Problem::new(
        ProblemKind::Unauthenticated,
        "Sign in, or send a valid key or access token in the header Authorization: Bearer.",
    )
}

/// A page of another site would have something changed.
pub(crate) fn cross_site() -> Problem {
    Problem::new(ProblemKind::Forbidden, "Pages of other sites may not do this.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(is_admin: bool, credential: Credential, scopes: &[Scope]) -> Identity {
        let id = Uuid::from_u128(1);
        let user =
            User { id, name: "anna".into(), is_admin, created_at: OffsetDateTime::UNIX_EPOCH, disabled_at: None };
        Identity { user, credential, scopes: scopes.to_vec(), expires_at: None }
    }

    #[test]
    fn key_does_what_its_scopes_say_and_no_more() {
        let key = identity(true, Credential::Key(Uuid::nil()), &[Scope::Read]);
        assert_eq!(key.reader(Scope::Read), Ok(Reader::user(key.user.id)), "an administrator's key is none by itself");
        assert!(key.reader(Scope::Write).is_err() && key.administrator().is_err() && key.session().is_err());
        let other = identity(false, Credential::Session(Uuid::nil()), &Scope::ALL);
        assert!(other.reader(Scope::Write).is_ok() && other.administrator().is_err());
        assert!(identity(true, Credential::Session(Uuid::nil()), &Scope::ALL).administrator().is_ok());
    }
}
