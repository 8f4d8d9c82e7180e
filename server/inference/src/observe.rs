//! What the queue and its workers tell Prometheus. The names are part of Vasari's interface; the server describes them
//! and chooses the buckets.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::Refusal;

/// Why requests are turned away, as the label `reason` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    Overloaded,
    ShareUsed,
    TooLong,
    ShuttingDown,
    Deadline,
}

pub(crate) fn rejected(refusal: &Refusal) {
    rejected_for(match refusal {
        Refusal::Overloaded { .. } => Rejection::Overloaded,
        Refusal::ShareUsed { .. } => Rejection::ShareUsed,
        Refusal::TooLong { .. } => Rejection::TooLong,
        Refusal::ShuttingDown => Rejection::ShuttingDown,
    });
}

pub(crate) fn rejected_for(reason: Rejection) {
    let reason = match reason {
        Rejection::Overloaded => "overloaded",
        Rejection::ShareUsed => "share_used",
        Rejection::TooLong => "too_long",
        Rejection::ShuttingDown => "shutting_down",
        Rejection::Deadline => "deadline",
    };
    counter!("vasari_rejections_total", "reason" => reason).increment(1);
}

/// Requests admitted and not yet answered.
pub(crate) fn admitted(requests: usize) {
    gauge!("vasari_requests_admitted").set(requests as f64);
}

/// Requests in line.
pub(crate) fn waiting(requests: usize) {
    gauge!("vasari_queue_depth").set(requests as f64);
}

/// A request left the line for a worker.
pub(crate) fn queue_wait(waited: Duration) {
    histogram!("vasari_queue_wait_seconds").record(waited.as_secs_f64());
}

/// The client left; `stage` is `waiting` or `running`.
pub(crate) fn cancelled(stage: &'static str) {
    counter!("vasari_cancellations_total", "stage" => stage).increment(1);
}

/// Pictures were encoded together.
pub(crate) fn encoded(pictures: usize, took: Duration) {
    histogram!("vasari_encode_seconds").record(took.as_secs_f64());
    histogram!("vasari_encode_batch_size").record(pictures as f64);
}

/// So many requests were taken a step further.
pub(crate) fn stepped(requests: usize, took: Duration) {
    histogram!("vasari_decode_step_seconds").record(took.as_secs_f64());
    histogram!("vasari_decode_batch_size").record(requests as f64);
}

/// A request was answered.
pub(crate) fn answered(timing: &crate::Timing) {
    counter!("vasari_captions_total").increment(1);
    counter!("vasari_generated_tokens_total").increment(u64::from(timing.tokens));
    histogram!("vasari_vision_seconds").record(timing.vision.as_secs_f64());
    histogram!("vasari_encoder_seconds").record(timing.encoder.as_secs_f64());
    histogram!("vasari_decode_seconds").record(timing.decode.as_secs_f64());
    let result = if timing.cached { "hit" } else { "miss" };
    counter!("vasari_feature_cache_lookups_total", "result" => result).increment(1);
}

/// The model panicked; `isolated` when a single request was to blame.
pub(crate) fn panicked(isolated: bool) {
    counter!("vasari_model_panics_total", "isolated" => if isolated { "true" } else { "false" }).increment(1);
}
