//! Counts and times every request, and opens its trace.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use metrics::{counter, gauge, histogram};
use opentelemetry::{
    Context, KeyValue,
    trace::{FutureExt, Status, TraceContextExt},
};

use super::traces::begin_request;
use crate::middleware::RequestId;

/// Watches a request from its headers to the end of its answer, however long that is streamed.
pub(crate) async fn observe_requests(request: Request, next: Next) -> Response {
    let mut watch = Watch::begin(&request);
    let response = match &watch.trace {
        Some(trace) => next.run(request).with_context(trace.clone()).await,
        None => next.run(request).await,
    };
    watch.status = Some(response.status().as_u16());
    response.map(|body| Body::new(WatchedBody { body, watch }))
}

/// A request under way. It is over when this is dropped.
struct Watch {
    method: &'static str,
    /// The route, such as `/samples/{name}`: a path could be anything.
    route: String,
    began: Instant,
    /// `None` until there is an answer.
    status: Option<u16>,
    trace: Option<Context>,
}

impl Watch {
    fn begin(request: &Request) -> Self {
        let method = known_method(request.method());
        let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
        gauge!("vasari_http_requests_in_flight").increment(1.0);
        let attributes = || {
            let id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
            vec![
                KeyValue::new("http.request.method", method),
                KeyValue::new("http.route", route.clone()),
                KeyValue::new("url.path", request.uri().path().to_owned()),
                KeyValue::new("vasari.request_id", id),
            ]
        };
        let trace = begin_request(|| format!("{method} {route}"), request.headers(), attributes);
        Self { method, route, began: Instant::now(), status: None, trace }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        /// The client closed the connection before there was an answer, in nginx' words.
        const CLIENT_LEFT: u16 = 499;
        let status = self.status.unwrap_or(CLIENT_LEFT);
        let route = std::mem::take(&mut self.route);
        gauge!("vasari_http_requests_in_flight").decrement(1.0);
        histogram!("vasari_http_request_duration_seconds", "method" => self.method, "path" => route.clone())
            .record(self.began.elapsed());
        let labels = [("method", self.method.into()), ("path", route), ("status", status.to_string())];
        counter!("vasari_http_requests_total", &labels).increment(1);
        if let Some(trace) = &self.trace {
            trace.span().set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
            if status >= 500 {
                trace.span().set_status(Status::error(""));
            }
            trace.span().end();
        }
    }
}

/// An answer's body that keeps its [`Watch`] to its end.
struct WatchedBody {
    body: Body,
    watch: Watch,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // What a stream does while it is read belongs to the request too.
        let _attached = self.watch.trace.clone().map(Context::attach);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A method that may become a label: a client can send any word, and every label is kept for good.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_clients_make_up_share_a_label() {
        assert_eq!(known_method(&Method::GET), "GET");
        assert_eq!(known_method(&Method::from_bytes(b"BREW").unwrap()), "OTHER");
        assert_eq!(known_method(&Method::TRACE), "OTHER");
    }
}
