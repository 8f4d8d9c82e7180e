//! Who may call a path, and how often.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, HeaderValue, Method, Version, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::form_urlencoded;
use vasari_storage::api_keys::Scope;

use super::body_limit::settle;
use crate::{
    api::problem::Problem,
    auth::{Caller, Denial, client_group, is_cross_site, shown_keys},
    listener::Peer,
    people::Identity,
    rate_limit::{Exceeded, Standing},
    state::{AppState, State as Server},
};

/// Guards a path of the API: its handler gets a [`Caller`], and its answer tells how often they may still ask.
pub(crate) async fn guard(state: State<AppState>, request: Request, next: Next) -> Response {
    answer(&state, request, next, false).await
}

/// Guards the page, which is open until a caption is asked for.
pub(crate) async fn guard_page(state: State<AppState>, request: Request, next: Next) -> Response {
    // Decoded, as the handler reads it.
    let names_sample = |query: &str| form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "sample");
    if *request.method() == Method::POST || request.uri().query().is_some_and(names_sample) {
        return answer(&state, request, next, true).await;
    }
    next.run(request).await
}

/// Closes connections once they are answered when the server is about to stop. HTTP/2 has a frame of its own for that.
pub(crate) async fn close_when_stopping(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let version = request.version();
    let mut response = next.run(request).await;
    if state.shutdown.is_draining() && version < Version::HTTP_2 {
        let close = axum::http::HeaderValue::from_static("close");
        response.headers_mut().insert(axum::http::header::CONNECTION, close);
    }
    response
}

/// Guards a path of people and their accounts, whose handler finds out by itself who asks: counts by address, and lets
/// nobody keep the answer.
pub(crate) async fn guard_account(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let standing = match admit_address(&state, request.headers(), request.extensions()) {
        Ok((_, standing)) => standing,
        Err(rejection) => {
            settle(request);
            return rejection.answer(false);
        }
    };
    let mut response = next.run(request).await;
    if let Some(standing) = standing {
        standing.write_into(response.headers_mut());
    }
    // Pictures say themselves how long they may be kept.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Guards a dataset's pictures: as [`guard_account`], but they count by themselves, and not against whoever asks.
pub(crate) async fn guard_pictures(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().expect("the listener knows its peers. This is a bug.");
    let client = state.access.addresses.client(peer.address.ip(), request.headers());
    if let Err(exceeded) = state.limits.pictures.check(&client_group(client)) {
        settle(request);
        return Rejection::TooOften(exceeded).answer(false);
    }
    request.extensions_mut().insert(Uncounted);
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Marks a request that is counted already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uncounted;

async fn answer(state: &AppState, request: Request, next: Next, is_page: bool) -> Response {
    let (parts, body) = request.into_parts();
    let admitted = match admit(state, &parts).await {
        Ok(admitted) => admitted,
        Err(rejection) => {
            settle(Request::from_parts(parts, body));
            return rejection.answer(is_page);
        }
    };
    let mut request = Request::from_parts(parts, body);
    let Admitted { caller, identity, standing } = admitted;
    tracing::debug!(client = caller.client, is_admin = caller.is_admin, "let in");
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(KnownIdentity(identity));
    let mut response = next.run(request).await;
    if let Some(standing) = standing {
        standing.write_into(response.headers_mut());
    }
    response
}

/// Whose account the caller of a captioning path has, if any; or why that could not be found out of somebody who is let in
/// all the same.
#[derive(Debug, Clone)]
pub(crate) struct KnownIdentity(pub(crate) Result<Option<Identity>, Problem>);

/// A request that is let in.
struct Admitted {
    caller: Caller,
    identity: Result<Option<Identity>, Problem>,
    standing: Option<Standing>,
}

/// Why a request is turned away.
enum Rejection {
    TooOften(Exceeded),
    Denied(Denial, Option<Standing>),
    Refused(Problem, Option<Standing>),
}

async fn admit(state: &AppState, parts: &Parts) -> Result<Admitted, Rejection> {
    let (client, by_address) = admit_address(state, &parts.headers, &parts.extensions)?;
    let identified = state.access.identify(&parts.headers, client);
    let (caller, identity) = match identified {
        Ok(caller) if !caller.is_anonymous() => (caller, Ok(None)),
        otherwise => match find_account(state, parts).await {
            Ok(Some(identity)) => (identity.caller(), Ok(Some(identity))),
            Ok(None) => match otherwise {
                Ok(caller) => (caller, Ok(None)),
                Err(denial) => return Err(Rejection::Denied(denial, by_address)),
            },
            Err(problem) => match otherwise {
                // Where everybody may ask, nobody waits for a database that is away.
                Ok(caller) if problem.status().is_server_error() => (caller, Err(problem)),
                _ => return Err(Rejection::Refused(problem, by_address)),
            },
        },
    };
    let by_caller = state.limits.caller.check(&caller.client).map_err(Rejection::TooOften)?;
    Ok(Admitted { caller, identity, standing: by_caller.or(by_address) })
}

/// The client's address, and where it stands with its limit.
#[expect(clippy::result_large_err, reason = "a rejection is made once a request, and rarely")]
fn admit_address(
    server: &Server,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(IpAddr, Option<Standing>), Rejection> {
    let peer = extensions.get::<Peer>().expect("the listener knows its peers. This is a bug.");
    let client = server.access.addresses.client(peer.address.ip(), headers);
    let standing = server.limits.address.check(&client_group(client)).map_err(Rejection::TooOften)?;
    Ok((client, standing))
}

/// Who calls by their account, if a key, an access token or a cookie tells of one. Cookies tell nothing where another
/// site's page asks: it gets what anybody gets.
async fn find_account(state: &AppState, parts: &Parts) -> Result<Option<Identity>, Problem> {
    if !state.storage.is_kept() {
        return Ok(None);
    }
    let shown = shown_keys(&parts.headers);
    let identity = match Identity::of_shown(state, &shown).await? {
        None if shown.is_empty() && !is_cross_site(&parts.uri, &parts.headers) => {
            Identity::of_cookie(state, parts).await?
        }
        identity => identity,
    };
    let Some(identity) = identity else { return Ok(None) };
    identity.reader(Scope::Caption)?;
    Ok(Some(identity))
}

impl Rejection {
    fn answer(self, is_page: bool) -> Response {
        let (mut response, standing) = match self {
            Self::TooOften(exceeded) => return exceeded.into_response(),
            Self::Denied(denial, standing) => (denial.answer(is_page), standing),
            Self::Refused(problem, standing) => (problem.into_response(), standing),
        };
        if let Some(standing) = standing {
            standing.write_into(response.headers_mut());
        }
        response
    }
}
