//! The stages that a caption goes through, as the requests tell of them when they are over.
//!
//! Call these in the request's own task, or in the stream of its answer: a trace knows the request by the task.

use std::time::{Duration, SystemTime};

use metrics::histogram;
use opentelemetry::KeyValue;
use vasari_inference::Timing;

use super::traces::add_stage;

/// A picture was decoded and made ready for the model, just now.
pub(crate) fn prepared(took: Duration) {
    histogram!("vasari_prepare_seconds").record(took);
    add_stage("prepare", SystemTime::now() - took, took, vec![]);
}

/// A caption was answered, just now. The queue itself keeps the metrics of these stages.
pub(crate) fn captioned(timing: &Timing) {
    let Timing { queued, vision, encoder, decode, steps, tokens, batch_size, cached } = *timing;
    // Told from the end: between the stages there is nothing that takes time.
    let decoding = SystemTime::now() - decode;
    let encoding = decoding - encoder;
    let seeing = encoding - vision;
    add_stage("queue", seeing - queued, queued, vec![]);
    add_stage("vision", seeing, vision, vec![KeyValue::new("vasari.features_cached", cached)]);
    add_stage("encoder", encoding, encoder, vec![]);
    let attributes = [("vasari.steps", steps), ("vasari.tokens", tokens), ("vasari.batch_size", batch_size)];
    let attributes = attributes.map(|(key, value)| KeyValue::new(key, i64::from(value)));
    add_stage("decode", decoding, decode, attributes.into());
}
