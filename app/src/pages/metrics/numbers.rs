//! Numbers of measures as a person reads them.

use crate::types::{BinData, MetricData, MetricUnit, RangeData};
use crate::words;

/// A caption's number.
pub(super) fn number(metric: &MetricData, value: f32) -> String {
    match metric.unit {
        MetricUnit::Count => words::grouped(value.max(0.0) as u64),
        MetricUnit::Share => format!("{:.0} %", value * 100.0),
        MetricUnit::Score => format!("{value:.3}"),
    }
}

/// A mean, a median: a number between the captions'.
pub(super) fn mean(metric: &MetricData, value: f64) -> String {
    match metric.unit {
        MetricUnit::Count => format!("{value:.1}"),
        MetricUnit::Share => format!("{:.1} %", value * 100.0),
        MetricUnit::Score => format!("{value:.3}"),
    }
}

/// A number beside an axis.
pub(super) fn tick(metric: &MetricData, value: f32) -> String {
    match metric.unit {
        MetricUnit::Count => words::grouped(value.max(0.0) as u64),
        MetricUnit::Share => format!("{:.0}", value * 100.0),
        // 0.25, but 0.5 and 10.
        MetricUnit::Score => format!("{}", (value * 100.0).round() / 100.0),
    }
}

/// What an axis is called.
pub(super) fn axis_title(metric: &MetricData) -> String {
    if metric.unit == MetricUnit::Share { t!("{measure}, %", measure = metric.title) } else { metric.title.clone() }
}

/// The numbers of a bin: "5 to 7", "40 or more", "0.25 to 0.3".
pub(super) fn bin(metric: &MetricData, BinData { from, below }: BinData) -> String {
    range(metric, RangeData { from: Some(from), below })
}

/// The numbers of a range. Of whole numbers the last one is told, of others the end.
pub(super) fn range(metric: &MetricData, range: RangeData) -> String {
    let is_count = metric.unit == MetricUnit::Count;
    let end = |below: f32| if is_count { below.ceil() - 1.0 } else { below };
    let is_share = metric.unit == MetricUnit::Share;
    let say = |value: f32| tick(metric, value);
    let alone = |value: f32| if is_share { format!("{} %", say(value)) } else { say(value) };
    match (range.from, range.below.map(end)) {
        (Some(from), Some(end)) if is_count && from >= end => alone(from),
        (Some(from), Some(end)) if is_share => t!("{low} to {high} %", low = say(from), high = say(end)),
        (Some(from), Some(end)) => t!("{low} to {high}", low = say(from), high = say(end)),
        (Some(from), None) => t!("{number} or more", number = alone(from)),
        (None, Some(end)) if is_count => t!("up to {number}", number = alone(end)),
        (None, Some(end)) => t!("below {number}", number = alone(end)),
        (None, None) => t!("any").to_owned(),
    }
}

/// The same with what is counted: "5 to 7 words", "ROUGE-L 0.25 to 0.3".
pub(super) fn named_bin(metric: &MetricData, numbers: BinData) -> String {
    let written = bin(metric, numbers);
    // A range is spoken of as its last number is; one without an end as many.
    let last = numbers.below.map_or(u64::MAX, |below| (below.ceil() - 1.0).max(0.0) as u64);
    match metric.name.as_str() {
        "words" => plural!(last, "{numbers} word", "{numbers} words", numbers = written),
        "tokens" => plural!(last, "{numbers} token", "{numbers} tokens", numbers = written),
        "hedges" => plural!(last, "{numbers} hedge", "{numbers} hedges", numbers = written),
        _ => t!("{measure} {numbers}", measure = metric.title, numbers = written),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(title: &str, unit: MetricUnit) -> MetricData {
        let spoken = title.to_lowercase();
        MetricData { name: spoken.clone(), title: title.into(), spoken, about: String::new(), unit }
    }

    #[test]
    fn bins_read_as_a_person_would_say_them() {
        let words = metric("Words", MetricUnit::Count);
        let bin = |from, below| BinData { from, below };
        assert_eq!(named_bin(&words, bin(1.0, Some(2.0))), "1 word");
        assert_eq!(named_bin(&words, bin(5.0, Some(10.0))), "5 to 9 words");
        assert_eq!(named_bin(&words, bin(1000.0, None)), "1,000 or more words");
        let share = metric("Repetition", MetricUnit::Share);
        assert_eq!(named_bin(&share, bin(0.35, Some(0.4))), "Repetition 35 to 40 %");
        let score = metric("ROUGE-L", MetricUnit::Score);
        assert_eq!(named_bin(&score, bin(0.25, Some(0.3))), "ROUGE-L 0.25 to 0.3");
        assert_eq!(range(&score, RangeData { from: None, below: Some(0.5) }), "below 0.5");
        assert_eq!(range(&words, RangeData { from: None, below: Some(5.0) }), "up to 4");
        assert_eq!((mean(&words, 11.25).as_str(), mean(&share, 0.1234).as_str()), ("11.2", "12.3 %"));
        assert_eq!((number(&score, 0.5), axis_title(&share)), ("0.500".into(), "Repetition, %".into()));
    }
}
