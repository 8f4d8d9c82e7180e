//! The benchmark's table.

use std::fmt::Write as _;

use super::load::{Alone, Outcome};
use crate::figures::processor;

/// Everything one run measured.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) model: String,
    pub(crate) alone: Alone,
    /// At most one picture in a batch.
    pub(crate) batch_of_one: Outcome,
    /// At most 16 in a batch, as many requests as are admitted.
    pub(crate) peak: Outcome,
    /// The same server, asked at its peak rate.
    pub(crate) at_capacity: Outcome,
    /// The same server, asked at ten times that.
    pub(crate) overloaded: Outcome,
}

impl Report {
    pub(crate) fn to_markdown(&self) -> String {
        let Self { model, alone, batch_of_one, peak, at_capacity, overloaded } = self;
        let mut text = format!(
            "{model}, greedy search, drawn scenes of 256 × 256 pixels, {}; the load generator runs beside it:\n\n",
            processor()
        );
        text.push_str("| | captions a second | median | 99 % within | refused | refusals within (99 %) | failed |\n");
        text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
        row(&mut text, "20 clients, batches of 1", batch_of_one);
        row(&mut text, "20 clients, batches of up to 16", peak);
        row(&mut text, &format!("open loop at capacity, {:.0} a second", peak.per_second), at_capacity);
        row(&mut text, &format!("open loop at 10 times that, {:.0} a second", 10.0 * peak.per_second), overloaded);
        let lines = [
            ("Batches of up to 16 against batches of 1, captions a second", peak.per_second / batch_of_one.per_second),
            ("Captions a second at 10 times the capacity against the peak", overloaded.per_second / peak.per_second),
            (
                "99 % latency of accepted requests there against that at capacity",
                overloaded.p99_ms / at_capacity.p99_ms,
            ),
        ];
        text.push_str("\n| ratio | |\n|---|---:|\n");
        for (label, ratio) in lines {
            writeln!(text, "| {label} | {ratio:.2} |").expect(INFALLIBLE);
        }
        writeln!(
            text,
            "\nAround the model, one 1-megapixel JPEG at a time: {:.1} ms at the median, {:.1} ms at the 99th percentile, of \
             which decoding and resizing take {:.1} ms. Refusals without a Retry-After: {}.",
            alone.added_p50,
            alone.added_p99,
            alone.prepare_p50,
            at_capacity.refused_without_advice + overloaded.refused_without_advice
        )
        .expect(INFALLIBLE);
        text
    }
}

const INFALLIBLE: &str = "writing into a String does not fail. This is a bug.";

fn row(text: &mut String, label: &str, outcome: &Outcome) {
    let Outcome { answered, refused, failed, per_second, p50_ms, p99_ms, refused_p99_ms, .. } = outcome;
    let all = answered + refused + failed;
    let share = *refused as f64 / all.max(1) as f64 * 100.0;
    let refusals = if *refused == 0 { "–".to_owned() } else { format!("{refused_p99_ms:.0} ms") };
    writeln!(
        text,
        "| {label} | {per_second:.1} | {p50_ms:.0} ms | {p99_ms:.0} ms | {share:.0} % | {refusals} | {failed} |"
    )
    .expect(INFALLIBLE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_that_the_server_is_judged_by() {
        let outcome = |per_second, p99_ms| Outcome { answered: 10, per_second, p99_ms, ..Outcome::default() };
        let report = Report {
            model: "a model".into(),
            alone: Alone { added_p50: 9.0, added_p99: 12.0, prepare_p50: 7.0 },
            batch_of_one: outcome(10.0, 100.0),
            peak: outcome(15.0, 100.0),
            at_capacity: outcome(15.0, 200.0),
            overloaded: Outcome { refused: 30, refused_p99_ms: 4.0, ..outcome(14.0, 300.0) },
        };
        let table = report.to_markdown();
        assert!(table.contains("against batches of 1, captions a second | 1.50 |"), "{table}");
        assert!(table.contains("capacity against the peak | 0.93 |"), "{table}");
        assert!(table.contains("that at capacity | 1.50 |"), "{table}");
        assert!(table.contains("| 14.0 | 0 ms | 300 ms | 75 % | 4 ms | 0 |"), "{table}");
    }
}
