//! Who may call a path, how often, and whether the server still takes requests.

use axum::{
    extract::{Request, State},
    http::{Method, Version},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::form_urlencoded;
use vasari_inference::Refusal;

use super::body_limit::settle;
use crate::{
    api::problem::Problem,
    auth::{Caller, Denial, client_group},
    listener::Peer,
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

async fn answer(state: &AppState, mut request: Request, next: Next, is_page: bool) -> Response {
    let admitted = match admit(state, &request) {
        Ok(admitted) => admitted,
        Err(rejection) => {
            settle(request);
            return rejection.answer(is_page);
        }
    };
    let Admitted { caller, standing } = admitted;
    tracing::debug!(client = caller.client, is_admin = caller.is_admin, "let in");
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if let Some(standing) = standing {
        standing.write_into(response.headers_mut());
    }
    response
}

/// A request that is let in.
struct Admitted {
    caller: Caller,
    standing: Option<Standing>,
}

/// Why a request is turned away.
enum Rejection {
    Stopping,
    TooOften(Exceeded),
    Denied(Denial, Option<Standing>),
}

fn admit(server: &Server, request: &Request) -> Result<Admitted, Rejection> {
    if server.shutdown.is_draining() {
        return Err(Rejection::Stopping);
    }
    let peer = request.extensions().get::<Peer>().expect("the listener knows its peers. This is a bug.");
    let client = server.access.addresses.client(peer.address.ip(), request.headers());
    let by_address = server.limits.address.check(&client_group(client)).map_err(Rejection::TooOften)?;
    let caller = match server.access.identify(request.headers(), client) {
        Ok(caller) => caller,
        Err(denial) => return Err(Rejection::Denied(denial, by_address)),
    };
    let by_caller = server.limits.caller.check(&caller.client).map_err(Rejection::TooOften)?;
    Ok(Admitted { caller, standing: by_caller.or(by_address) })
}

impl Rejection {
    fn answer(self, is_page: bool) -> Response {
        match self {
            Self::Stopping => Problem::from(Refusal::ShuttingDown).into_response(),
            Self::TooOften(exceeded) => exceeded.into_response(),
            Self::Denied(denial, standing) => {
                let mut response = denial.answer(is_page);
                if let Some(standing) = standing {
                    standing.write_into(response.headers_mut());
                }
                response
            }
        }
    }
}
