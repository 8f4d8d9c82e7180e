//! Traces, sent to an OpenTelemetry collector.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use axum::http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{SpanBuilder, SpanKind, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};

use super::collector::Collector;

/// Makes the spans of the whole program; empty when nobody wants any.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Sends traces until it is stopped.
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Sends spans to the collector at `endpoint`, in batches and on a thread of its own.
    ///
    /// # Errors
    ///
    /// When `endpoint` is no address of a collector.
    pub(super) fn start(endpoint: &str) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::default())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(traces_endpoint(endpoint))
            .build()
            .context("traces can't be sent")?;
        let resource = Resource::builder()
            .with_service_name("vasari")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        // Fails when there is one already, which then goes on.
        drop(TRACER.set(provider.tracer("vasari")));
        Ok(Self { provider })
    }

    /// Sends what isn't sent yet, as long as `patience` lasts.
    pub(super) fn stop(&self, patience: Duration) {
        if let Err(error) = self.provider.shutdown_with_timeout(patience) {
            tracing::warn!(%error, "the last traces weren't sent");
        }
    }
}

/// A context with a span for the request, under the caller's own if it sends one in `traceparent`. `None` when nobody
/// wants traces.
pub(super) fn begin_request(
    name: impl FnOnce() -> String,
    headers: &HeaderMap,
    attributes: impl FnOnce() -> Vec<KeyValue>,
) -> Option<Context> {
    let tracer = TRACER.get()?;
    let caller = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    let span = tracer.span_builder(name()).with_kind(SpanKind::Server).with_attributes(attributes());
    let span = tracer.build_with_context(span, &caller);
    Some(caller.with_span(span))
}

/// Adds a span that is over to that of the current request.
pub(super) fn add_stage(name: &'static str, began: SystemTime, took: Duration, attributes: Vec<KeyValue>) {
    let (Some(tracer), request) = (TRACER.get(), Context::current()) else { return };
    if !request.has_active_span() {
        return;
    }
    let span = SpanBuilder::from_name(name).with_start_time(began).with_attributes(attributes);
    let span = request.with_span(tracer.build_with_context(span, &request));
    span.span().end_with_timestamp(began + took);
}

/// Where the collector takes traces: `endpoint` with the path that the protocol adds to it, unless it is there.
fn traces_endpoint(endpoint: &str) -> String {
    const PATH: &str = "/v1/traces";
    let base = endpoint.trim_end_matches('/');
    if base.ends_with(PATH) { base.into() } else { format!("{base}{PATH}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_the_protocol_is_added_once() {
        for endpoint in ["http://localhost:4318", "http://localhost:4318/", "http://localhost:4318/v1/traces"] {
            assert_eq!(traces_endpoint(endpoint), "http://localhost:4318/v1/traces");
        }
        assert_eq!(traces_endpoint("https://example.org/otlp"), "https://example.org/otlp/v1/traces");
    }
}
