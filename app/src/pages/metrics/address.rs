//! Where charts lead.

use crate::address::with_parameters;
use crate::types::{BinData, MeasuredCaptionsData, MetricData, MetricsChoice, MetricsData};

/// The page of charts with another choice.
pub(super) fn metrics_address(data: &MetricsData, choice: &MetricsChoice) -> String {
    let said = [
        ("reference", &choice.reference),
        ("metric", &choice.metric),
        ("x", &choice.x),
        ("y", &choice.y),
        ("of", &choice.of),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str()));
    with_parameters(data.listing.work_address(&data.dataset.slug, "metrics"), said)
}

/// The captions of a source whose numbers lie in these bins.
pub(super) fn behind(data: &MetricsData, source: &str, bins: &[(&MetricData, BinData)]) -> String {
    let mut said = vec![("of".to_owned(), source.to_owned())];
    if !data.choice.reference.is_empty() {
        said.push(("reference".to_owned(), data.choice.reference.clone()));
    }
    for (metric, BinData { from, below }) in bins {
        said.push((format!("{}_from", metric.name), from.to_string()));
        said.extend(below.map(|below| (format!("{}_below", metric.name), below.to_string())));
    }
    let address = data.listing.work_address(&data.dataset.slug, "metrics/captions");
    with_parameters(address, said.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The list itself, on another page or in another order: what it says beside the pictures.
pub(super) fn list_parameters(data: &MeasuredCaptionsData) -> Vec<(String, String)> {
    let mut said = vec![("of".to_owned(), data.of.clone()), ("reference".to_owned(), data.reference.clone())];
    for (metric, range) in &data.ranges {
        said.extend(range.from.map(|from| (format!("{}_from", metric.name), from.to_string())));
        said.extend(range.below.map(|below| (format!("{}_below", metric.name), below.to_string())));
    }
    said.retain(|(_, value)| !value.is_empty());
    said
}
