//! A deadline for whole bodies, however they come.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use super::body_limit::is_upload;
use crate::api::problem::{Problem, ProblemKind};

/// How long a body may take to arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UploadTimeout(pub(crate) Duration);

impl Default for UploadTimeout {
    fn default() -> Self {
        Self(Duration::from_mins(1))
    }
}

/// How long a large file may take to arrive. Its endpoint has found out who sends it before it reads.
const LARGE_TIMEOUT: Duration = Duration::from_hours(1);

/// Answers 408 when a body hasn't arrived whole in time. No byte that comes starts the clock anew.
pub(crate) async fn limit_upload(State(timeout): State<UploadTimeout>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let allowed = if is_upload(&request) { LARGE_TIMEOUT } else { timeout.0 };
    let is_late = Arc::new(AtomicBool::new(false));
    let version = request.version();
    let request = request.map(|body| {
        let deadline = Box::pin(tokio::time::sleep(allowed));
        Body::new(TimedBody { body, deadline, is_late: Arc::clone(&is_late) })
    });
    let response = next.run(request).await;
    if response.status().is_success() || !is_late.load(Ordering::Relaxed) {
        return response;
    }
    // What the handler made of a body that broke off is beside the point.
    let detail = format!("The request's body didn't arrive within {} s.", allowed.as_secs_f32());
    let mut response = Problem::new(ProblemKind::RequestTimeout, detail).into_response();
    if version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body that breaks off at its deadline.
struct TimedBody {
    body: Body,
    deadline: Pin<Box<Sleep>>,
    is_late: Arc<AtomicBool>,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let is_over = matches!(frame, Poll::Ready(None | Some(Err(_))));
        if is_over || self.deadline.as_mut().poll(context).is_pending() {
            return frame;
        }
        self.is_late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::{Router, middleware::from_fn_with_state, routing::post};
    use futures_util::stream;
    use tower::ServiceExt;

    use super::*;

    /// The answer to a body of `pieces`, one every 20 ms, where it may take 100 ms.
    async fn answer(pieces: usize) -> Response {
        let timeout = UploadTimeout(Duration::from_millis(100));
        let router = Router::new()
            .route("/", post(|body: Bytes| async move { body.len().to_string() }))
            .layer(from_fn_with_state(timeout, limit_upload));
        let drip = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            (sent < pieces).then_some((Ok::<_, Infallible>("x"), sent + 1))
        });
        router.oneshot(Request::post("/").body(Body::from_stream(drip)).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn bytes_that_drip_do_not_move_the_deadline() {
        assert_eq!(answer(1).await.status(), 200);
        let late = answer(1000).await;
        assert_eq!(late.status(), 408);
        assert_eq!(late.headers()[header::CONNECTION], "close");
    }
}
