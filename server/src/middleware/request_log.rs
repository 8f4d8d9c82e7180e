//! Logs one line for each request, when its answer has gone out to the end or its client has left.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request},
    http::header,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use tracing::Span;

/// A request under way. Dropping it logs how it ended.
#[derive(Debug)]
pub(super) struct RequestLog {
    span: Span,
    began: Instant,
    /// Of the answer, once there is one.
    status: Option<u16>,
    is_complete: bool,
}

impl RequestLog {
    /// Begins the span that stands before every line about the request. Query strings, which may hold anything, stay
    /// out of it, and so does what stands for a name in a route: `/samples/{name}`.
    pub(super) fn begin(id: &str, request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let path = route.map_or_else(|| request.uri().path(), MatchedPath::as_str);
        // Of the highest level, so that a log of warnings alone still says which request they are about.
        let span = tracing::error_span!("request", request_id = id, method = %request.method(), path);
        Self { span, began: Instant::now(), status: None, is_complete: false }
    }

    /// The request's span.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The answer, watched until its end.
    pub(super) fn follow(mut self, response: Response) -> Response {
        self.status = Some(response.status().as_u16());
        let length = response.headers().get(header::CONTENT_LENGTH);
        let left = length.and_then(|length| length.to_str().ok()?.parse().ok());
        self.is_complete = response.body().is_end_stream();
        response.map(|inner| Body::new(LoggedBody { inner, left, log: self }))
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let _entered = self.span.enter();
        let ms = self.began.elapsed().as_millis() as u64;
        match self.status {
            Some(status) if self.is_complete => tracing::info!(status, ms, "answered"),
            Some(status) => tracing::info!(status, ms, "the client left in the middle of the answer"),
            None => tracing::info!(ms, "the client left before the answer"),
        }
    }
}

/// The body of an answer that is being sent.
struct LoggedBody {
    inner: Body,
    /// Bytes that are still to come, where the answer says how many it has.
    left: Option<u64>,
    log: RequestLog,
}

impl HttpBody for LoggedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let _entered = this.log.span.enter();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        if let (Some(left), Some(Ok(frame))) = (&mut this.left, &frame) {
            *left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len() as u64));
        }
        // Nobody asks again for what is known to be the end.
        this.log.is_complete |= frame.is_none() || this.left == Some(0) || this.inner.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
