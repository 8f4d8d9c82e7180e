//! `/datasets/{slug}/metrics`: the captions of each source in numbers, with charts.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
};
use tokio::runtime::Handle;
use vasari_app::{
    t,
    types::{
        AgainstReference, HistogramData, Listing, MetricsChoice, MetricsData, PageData, ScatterData, SourceMetrics,
        SummaryData,
    },
    words::Language,
};
use vasari_curation::metrics::{Metric, corpus::Measured};

use super::{
    grid::describe,
    image_choice::filter_of,
    metric_words::{bins, metric},
    visit::Visit,
};
use crate::{
    api::{
        problem::Problem,
        v1::{
            caption_metrics::{CaptionMetricsResponse, SourceMetricsResponse, measure, parameter},
            datasets::checked,
            page::nothing_there,
        },
    },
    caption_metrics::Measurement,
};

/// The charts.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let listing = Listing::parse(&query);
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let reference = parameter(&query, "reference");
    let measured = measure(&visit.state, visit.identity.as_ref(), (&slug, &filter_of(&listing), &reference)).await;
    let frame = visit.frame_of(&dataset, &listing).await?;
    let mut data = MetricsData {
        dataset: describe(&visit, &database, &dataset).await?,
        chips: listing.chips(),
        listing,
        ..MetricsData::default()
    };
    let mut status = StatusCode::OK;
    match measured {
        Ok(measurement) => {
            // Bins of two measures are counted for each page.
            let (runtime, language) = (Handle::current(), Language::of_reader());
            let filling = language.serve(async move { fill(data, &measurement, &query) });
            let filled = tokio::task::spawn_blocking(move || runtime.block_on(filling)).await;
            data = filled.expect("charts can be counted. This is a bug.");
        }
        // What can be asked otherwise is told on the page, where it can be.
        Err(problem) if matches!(problem.status().as_u16(), 400 | 422) => {
            status = problem.status();
            data.problem = Some(problem.detail().to_owned());
        }
        Err(problem) => return Err(problem),
    }
    let title = t!("Metrics · {dataset}", dataset = dataset.name);
    let about = t!("How long captions are, how repetitive, and how near to a reference.");
    Ok(visit.answer((&title, about), frame, PageData::Metrics(Box::new(data)), status))
}

fn fill(data: MetricsData, measurement: &Arc<Measurement>, query: &str) -> MetricsData {
    let measured = &measurement.measured;
    let all = CaptionMetricsResponse::from(&**measurement);
    let taken: Vec<Metric> = measured.histograms.iter().map(|histogram| histogram.metric).collect();
    let asked = |name: &str| Metric::named(&parameter(query, name)).filter(|metric| taken.contains(metric));
    let usual_y = if taken.contains(&Metric::RougeL) { Metric::RougeL } else { Metric::Variety };
    let (chosen, x, y) =
        (asked("metric").unwrap_or(Metric::Words), asked("x").unwrap_or(Metric::Words), asked("y").unwrap_or(usual_y));
    let of = parameter(query, "of");
    let reference = all.reference.clone().unwrap_or_default();
    let speaks = |name: &String| all.sources.iter().any(|source| source.source == *name);
    let other = || all.sources.iter().map(|source| &source.source).find(|source| **source != reference).cloned();
    let of = Some(of).filter(speaks).or_else(other).or_else(|| all.sources.first().map(|source| source.source.clone()));
    let of = of.unwrap_or_default();
    let choice = MetricsChoice {
        metric: chosen.name().to_owned(),
        x: x.name().to_owned(),
        y: y.name().to_owned(),
        of: of.clone(),
        reference,
    };
    let histogram = measured.histogram(chosen).map(|histogram| {
        let places = measurement.sources.iter().zip(&histogram.counts);
        let sources = places.filter(|(_, counts)| counts.iter().any(|count| *count > 0));
        HistogramData {
            metric: metric(chosen),
            bins: bins(&histogram.bins),
            sources: sources.map(|(source, counts)| (source.slug.clone(), counts.clone())).collect(),
        }
    });
    MetricsData {
        choice,
        images: all.images,
        captions: all.captions,
        tokenizer: all.tokenizer,
        metrics: taken.iter().map(|taken| metric(*taken)).collect(),
        histogram,
        scatter: measurement.source(&of).and_then(|place| scatter(measured, (place, &of), (x, y))),
        sources: all.sources.into_iter().map(|source| source_of(source, &taken)).collect(),
        ..data
    }
}

fn source_of(source: SourceMetricsResponse, taken: &[Metric]) -> SourceMetrics {
    let summary = |metric: &Metric| {
        let found = source.summaries.get(metric.name())?;
        Some(SummaryData { mean: found.mean, p5: found.p5, median: found.median, p95: found.p95 })
    };
    SourceMetrics {
        summaries: taken.iter().map(summary).collect(),
        source: source.source,
        captions: source.captions,
        distinct_words: source.vocabulary.distinct_words,
        type_token_ratio: source.vocabulary.type_token_ratio,
        hedging: source.hedging.captions,
        phrases: source.hedging.phrases.iter().map(|hedge| (hedge.phrase.to_owned(), hedge.captions)).collect(),
        against_reference: source.against_reference.map(|found| AgainstReference {
            images: found.images,
            bleu_4: found.bleu_4,
            rouge_l: found.rouge_l,
            meteor: found.meteor,
            cider: found.cider,
        }),
    }
}

/// The captions of a source in the bins that histograms of the two measures have.
fn scatter(measured: &Measured, (place, source): (usize, &str), (x, y): (Metric, Metric)) -> Option<ScatterData> {
    let (x_bins, y_bins) = (&measured.histogram(x)?.bins, &measured.histogram(y)?.bins);
    let mut cells: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for caption in measured.captions.iter().filter(|caption| caption.source as usize == place) {
        if let (Some(across), Some(up)) = (caption.value(x), caption.value(y)) {
            *cells.entry((x_bins.place(across) as u32, y_bins.place(up) as u32)).or_default() += 1;
        }
    }
    Some(ScatterData {
        source: source.to_owned(),
        x: metric(x),
        y: metric(y),
        x_bins: bins(x_bins),
        y_bins: bins(y_bins),
        cells: cells.into_iter().map(|((across, up), count)| (across, up, count)).collect(),
    })
}
