//! A caption as server-sent events, while it is made.

use std::convert::Infallible;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, stream};
use serde::Serialize;
use serde_json::json;
use vasari_inference::Refusal;

use super::caption::Finish;
use crate::{
    captioning::{Running, RunningUpdate},
    middleware::RequestId,
    shutdown::{Phase, Shutdown},
    state::AppState,
};

/// Events `text`, each with what the answer has grown by, and then one `caption` or one `error`. A client that leaves
/// drops the stream, and the caption with it.
pub(crate) fn answer(state: &AppState, running: Running, finish: Finish, id: RequestId) -> Response {
    let events = stream::unfold(Some((state.clone(), running, finish, id)), |under_way| async move {
        let (state, mut running, finish, id) = under_way?;
        let (event, goes_on) = match next(&state.shutdown, &mut running).await {
            RunningUpdate::Text(text) => (event("text", &json!({ "text": text })), true),
            RunningUpdate::Done(done) => {
                let finished = match *done {
                    Ok(answer) => finish.respond(&state, answer).await,
                    Err(problem) => Err(problem),
                };
                match finished {
                    Ok(response) => (event("caption", &response), false),
                    Err(problem) => (event("error", &problem.document(&id.0)), false),
                }
            }
        };
        Some((Ok(event), goes_on.then_some((state, running, finish, id))))
    });
    respond(events)
}

/// What comes next: of the caption, or that the server ends its streams.
pub(crate) async fn next(shutdown: &Shutdown, running: &mut Running) -> RunningUpdate {
    tokio::select! {
        update = running.next() => update,
        () = shutdown.reached(Phase::Closing) => RunningUpdate::Done(Box::new(Err(Refusal::ShuttingDown.into()))),
    }
}

/// The answer that carries these events. Comments keep it alive while nothing happens.
pub(crate) fn respond(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    forbid_storing(&mut response);
    response
}

/// Tells caches not to keep an answer that comes in pieces, and proxies not to collect them.
pub(crate) fn forbid_storing(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
}

fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).expect("answers and problems can be written as JSON. This is a bug.")
}
