//! The way to an OpenTelemetry collector, over the HTTP client that Vasari has anyway.

use std::{
    pin::Pin,
    sync::Mutex,
    time::{Duration, Instant},
};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// Posts to a collector. A collector that doesn't answer costs the spans meant for it, and a line in the log now and
/// then.
#[derive(Debug)]
pub(super) struct Collector {
    agent: Agent,
    warned: Mutex<Option<Instant>>,
}

impl Default for Collector {
    fn default() -> Self {
        const PATIENCE: Duration = Duration::from_secs(10);
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        // A collector that answers with a redirect is a wrong address.
        let agent = config.max_redirects(0).build().into();
        Self { agent, warned: Mutex::new(None) }
    }
}

impl Collector {
    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.agent.run(Request::from_parts(parts, body.as_ref()));
        let (parts, mut body) = answer.inspect_err(|error| self.warn(error))?.into_parts();
        if !parts.status.is_success() {
            self.warn(&parts.status);
        }
        Ok(Response::from_parts(parts, body.read_to_vec()?.into()))
    }

    /// Says once a minute that spans are lost.
    fn warn(&self, problem: &dyn std::fmt::Display) {
        const EVERY: Duration = Duration::from_mins(1);
        let Ok(mut warned) = self.warned.lock() else { return };
        if warned.is_none_or(|when| when.elapsed() >= EVERY) {
            *warned = Some(Instant::now());
            tracing::warn!(%problem, "the collector of --otlp-endpoint doesn't take traces; they are lost");
        }
    }
}

/// Blocks: spans are sent by a thread that does nothing else.
impl HttpClient for Collector {
    fn send_bytes<'me, 'future>(
        &'me self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'me: 'future,
        Self: 'future,
    {
        Box::pin(std::future::ready(self.post(request)))
    }
}
