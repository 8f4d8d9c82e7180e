//! What Prometheus reads: which metrics there are, in which unit, and in which buckets.

use std::time::Duration;

use anyhow::Context;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Durations in seconds, from a decoding step on a GPU to a request that waited as long as one may: 1, 2.5 and 5 of
/// each power of ten, as Prometheus' own libraries have them, carried on downwards and upwards.
const SECONDS: [f64; 17] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// Requests computed together: the powers of two up to the largest `--batch-size`, as inference servers have them.
const BATCH_SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// How often recorded durations are put into their buckets; until then each takes a few bytes.
pub(super) const UPKEEP: Duration = Duration::from_secs(5);

const HISTOGRAMS: [(&str, &str); 10] = [
    ("vasari_http_request_duration_seconds", "From a request's headers to the end of its answer."),
    (
        "vasari_prepare_seconds",
        "Decoding a picture and making of it what the model takes, waiting for a processor included.",
    ),
    ("vasari_queue_wait_seconds", "From the end of a picture's preparation until a worker took the request."),
    ("vasari_encode_seconds", "Vision tower and encoder, for the pictures that passed them together."),
    ("vasari_decode_step_seconds", "One decoding step, for the requests that took it together."),
    ("vasari_vision_seconds", "A request's time in the vision tower; 0 when the picture's features were cached."),
    ("vasari_encoder_seconds", "A request's time in the encoder."),
    ("vasari_decode_seconds", "A request's time from the encoder's end to its last token."),
    ("vasari_encode_batch_size", "Pictures encoded together."),
    ("vasari_decode_batch_size", "Requests that took a decoding step together."),
];

const GAUGES: [(&str, &str); 3] = [
    ("vasari_http_requests_in_flight", "Requests whose answer isn't sent in full."),
    ("vasari_requests_admitted", "Captions asked for and not yet answered: being prepared, waiting or computing."),
    ("vasari_queue_depth", "Captions that wait for a worker."),
];

/// Name, description, and the label with the values that are shown as 0 before the first of its kind: what has never
/// been there can't be told from what is missing.
type Counter = (&'static str, &'static str, Option<(&'static str, &'static [&'static str])>);

const REASONS: &[&str] = &["overloaded", "share_used", "too_long", "shutting_down", "deadline"];

const COUNTERS: [Counter; 6] = [
    ("vasari_captions_total", "Captions answered.", None),
    ("vasari_generated_tokens_total", "Tokens of the captions answered.", None),
    (
        "vasari_cancellations_total",
        "Captions given up because the client left, by where they were.",
        Some(("stage", &["waiting", "running"])),
    ),
    ("vasari_rejections_total", "Captions refused or given up by the server, by why.", Some(("reason", REASONS))),
    (
        "vasari_feature_cache_lookups_total",
        "Pictures looked up among those whose features are kept, by what came of it.",
        Some(("result", &["hit", "miss"])),
    ),
    (
        "vasari_model_panics_total",
        "Panics of the model, by whether a single request was to blame.",
        Some(("isolated", &["true", "false"])),
    ),
];

/// Collects from now on what the whole program records.
///
/// # Errors
///
/// When something collects already.
pub(super) fn install() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_batch_size".into()), &BATCH_SIZES));
    let builder = builder.expect("neither list of buckets is empty. This is a bug.");
    let handle = builder.install_recorder().context("metrics can't be collected")?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!(
        "vasari_http_requests_total",
        Unit::Count,
        "Requests answered; status 499: the client left before."
    );
    for (name, text) in HISTOGRAMS {
        let unit = if name.ends_with("_seconds") { Unit::Seconds } else { Unit::Count };
        describe_histogram!(name, unit, text);
        // Known by route, and so not before the first request.
        if name != "vasari_http_request_duration_seconds" {
            drop(histogram!(name));
        }
    }
    for (name, text) in GAUGES {
        describe_gauge!(name, Unit::Count, text);
        gauge!(name).set(0.0);
    }
    for (name, text, label) in COUNTERS {
        describe_counter!(name, Unit::Count, text);
        match label {
            None => counter!(name).absolute(0),
            Some((label, values)) => values.iter().for_each(|value| counter!(name, label => *value).absolute(0)),
        }
    }
}
