//! `/api/v1/keys`: keys for programs.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::api_keys::{ApiKey, ApiKeyFilter, NewApiKey, Scope};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    page::{Page, PageQueryParams, nothing_there, parse_id},
    sign_up::check_name,
};
use crate::{
    api::{
        docs::AccountErrors,
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    people::{Identity, NewKey},
    state::AppState,
};

/// A key, without the key.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyResponse {
    id: Uuid,
    name: String,
    /// The key's first 12 letters.
    prefix: String,
    /// `caption`, `read`, `write`, `admin`.
    scopes: Vec<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    /// To the minute.
    #[serde(with = "time::serde::rfc3339::option")]
    last_used_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewApiKeyResponse {
    /// The key itself. It is told here and never again.
    key: String,
    #[serde(flatten)]
    about: ApiKeyResponse,
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateKeyBody {
    /// 1 to 64 characters.
    pub(crate) name: String,
    /// One or more of `caption`, `read`, `write`, `admin`; none that whoever asks lacks.
    pub(crate) scopes: Vec<String>,
    /// From when on it opens nothing; never where there is none.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// Whether keys that were revoked are listed as well: unless `?revoked=false`.
pub(crate) struct WithRevoked(bool);

impl<S: Sync> FromRequestParts<S> for WithRevoked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "revoked");
        match asked.as_ref().map(|(_, value)| &**value) {
            None | Some("true") => Ok(Self(true)),
            Some("false") => Ok(Self(false)),
            Some(_) => Err(invalid("revoked", "it must be true or false")),
        }
    }
}

impl JsonShape for CreateKeyBody {
    const SHAPE: &'static str =
        r#"{"name": "nightly", "scopes": ["caption", "read"], "expires_at": "2030-01-31T00:00:00Z"}"#;
}

impl From<ApiKey> for ApiKeyResponse {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at, .. } = key;
        Self { id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at }
    }
}

/// List one's keys
///
/// Those of whoever asks, as they were made.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "Keys",
    params(
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("revoked" = Option<bool>, Query, description = "`false` leaves out those that were revoked"),
    ),
    responses((status = 200, description = "A page of keys", body = Page<ApiKeyResponse>), AccountErrors),
)]
pub(crate) async fn list_keys(
    State(state): State<AppState>,
    identity: Identity,
    params: PageQueryParams,
    WithRevoked(with_revoked): WithRevoked,
) -> Result<Json<Page<ApiKeyResponse>>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let filter = ApiKeyFilter { owner: Some(identity.user.id), without_revoked: !with_revoked };
    let keys = state.storage.database()?.list_api_keys(&reader, filter, params.id_cursor()?, params.rows()).await?;
    Ok(Json(params.page(keys, |key| key.id.to_string())))
}

/// Make a key
///
/// It can do no more than what makes it: a key gives none of the scopes that it lacks, and only administrators' keys
/// administer. What a key makes ends no later than the key.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "Keys", request_body = CreateKeyBody,
    responses((status = 201, description = "The key", body = NewApiKeyResponse), AccountErrors),
)]
pub(crate) async fn create_key(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    JsonBody(body): JsonBody<CreateKeyBody>,
) -> Result<(StatusCode, Json<NewApiKeyResponse>), Problem> {
    let (key, made) = make_key(&state, &identity, &audit, body).await?;
    Ok((StatusCode::CREATED, Json(NewApiKeyResponse { key, about: made.into() })))
}

/// Makes a key of whoever asks. The key itself, and what is kept of it.
pub(crate) async fn make_key(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    body: CreateKeyBody,
) -> Result<(String, ApiKey), Problem> {
    identity.reader(Scope::Write)?;
    let (now, name) = (OffsetDateTime::now_utc(), check_name(&body.name)?);
    let scopes = read_scopes(&body.scopes)?;
    if let Some(missing) = scopes.iter().find(|scope| !may_give(identity, **scope)) {
        let detail = format!("You can't give a key the scope {missing}: you lack it yourself.");
        return Err(Problem::new(ProblemKind::Forbidden, detail));
    }
    if body.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(invalid("expires_at", "it must lie in the future"));
    }
    let expires_at = match (identity.expires_at, body.expires_at) {
        (Some(own), Some(asked)) if asked > own => {
            let detail = "A key can't make one that outlives it. Choose an earlier expires_at.";
            return Err(Problem::new(ProblemKind::Forbidden, detail));
        }
        (own, asked) => asked.or(own),
    };
    let database = state.storage.database()?;
    let key = NewKey::generate();
    let new = NewApiKey {
        id: Uuid::now_v7(),
        user_id: identity.user.id,
        name,
        prefix: key.prefix,
        key_hash: key.hash,
        scopes,
        expires_at,
    };
    let made = database.create_api_key(&new, now).await?;
    let detail = json!({ "name": made.name, "scopes": made.scopes });
    audit.record(&database, Some(identity), ("key.create", Some(made.id)), detail).await?;
    Ok((key.text, made))
}

/// Revoke a key
///
/// One's own, or anybody's for administrators. It opens nothing from now on.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "Keys",
    params(("id" = Uuid, Path, description = "Which key")),
    responses((status = 204, description = "Revoked"), AccountErrors),
)]
pub(crate) async fn revoke_key(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    end_key(&state, &identity, &audit, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a key.
pub(crate) async fn end_key(state: &AppState, identity: &Identity, audit: &Audit, id: &str) -> Result<(), Problem> {
    let reader = identity.reader(Scope::Write)?;
    let (database, id) = (state.storage.database()?, parse_id(id)?);
    let revoked = database.revoke_api_key(&reader, id, OffsetDateTime::now_utc()).await?;
    let detail = json!({ "owner": revoked.ok_or_else(nothing_there)?.user_id });
    audit.record(&database, Some(identity), ("key.revoke", Some(id)), detail).await?;
    Ok(())
}

fn read_scopes(texts: &[String]) -> Result<Vec<Scope>, Problem> {
    let scopes: Result<Vec<Scope>, _> = texts.iter().map(|text| text.parse()).collect();
    let mut scopes = scopes.map_err(|sentence: String| invalid("scopes", &sentence))?;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(invalid("scopes", "a key is for something: name one or more of caption, read, write and admin"));
    }
    Ok(scopes)
}

fn may_give(identity: &Identity, scope: Scope) -> bool {
    identity.scopes.contains(&scope) && (scope != Scope::Admin || identity.user.is_admin)
}
