//! Histograms, one of each source, with the same axes.

use leptos::prelude::*;

use super::{
    address::behind,
    chart::{Plot, link, unit},
    numbers::{axis_title, bin, named_bin},
    tabs,
};
use crate::part::{Part, view};
use crate::types::{HistogramData, MetricsData};
use crate::words;

const PLOT: Plot = Plot { left: 48.0, top: 8.0, width: 304.0, height: 128.0 };

/// Of the gap between two bars.
const GAP: f64 = 1.5;

/// The least height of a bar, so that one caption among a hundred thousand is seen.
const LEAST: f64 = 1.5;

/// The captions of each source in bins of the measure that was chosen.
pub(super) fn histograms(data: &MetricsData) -> Option<Part> {
    let histogram = data.histogram.as_ref()?;
    // As shares, so that a source of ten captions can be compared with one of ten thousand.
    let highest = histogram.sources.iter().flat_map(|(_, counts)| {
        let all = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(move |count| *count as f64 / all)
    });
    let top = round_up(highest.fold(0.0, f64::max));
    let charts: Vec<_> = histogram.sources.iter().map(|source| chart(data, histogram, source, top)).collect();
    Some(view! {
        <section class="metrics-section" id="histograms" aria-label="Histograms">
            <h2>"Histograms"</h2>
            {tabs(data)}
            <p class="hint">{histogram.metric.about.clone()} " " {t!("Bars lead to the captions behind them.")}</p>
            <div class="metrics-charts">{charts}</div>
            {table(data, histogram)}
        </section>
    })
}

/// The next of 5 %, 10 %, 20 %, 40 %, 60 %, 80 %, 100 %.
fn round_up(share: f64) -> f64 {
    [0.05, 0.1, 0.2, 0.4, 0.6, 0.8].into_iter().find(|top| share <= *top).unwrap_or(1.0)
}

fn chart(data: &MetricsData, histogram: &HistogramData, (source, counts): &(String, Vec<u64>), top: f64) -> Part {
    let all = counts.iter().sum::<u64>();
    let width = PLOT.width / counts.len().max(1) as f64;
    let bars: Vec<_> = counts
        .iter()
        .zip(&histogram.bins)
        .enumerate()
        .filter(|(_, (count, _))| **count > 0)
        .map(|(place, (count, bin))| {
            let height = (*count as f64 / all as f64 / top * PLOT.height).max(LEAST);
            let x = unit(PLOT.left + place as f64 * width + GAP / 2.0);
            let wide = unit((width - GAP).max(0.5));
            let shape = view! {
                <rect class="chart-bar" x=x.clone() y=unit(PLOT.bottom() - height) width=wide.clone() height=unit(height) />
            };
            let reach = view! {
                <rect class="chart-reach" x=x y=unit(PLOT.top) width=wide height=unit(PLOT.height) />
            };
            let numbers = named_bin(&histogram.metric, *bin);
            let words = plural!(*count, "{n} caption: {numbers}", "{n} captions: {numbers}", numbers = numbers);
            link(behind(data, source, &[(&histogram.metric, *bin)]), words, shape, reach)
        })
        .collect();
    let ticks = [0.0, 0.5, 1.0].map(|share| (share, percent(share * top)));
    let label = plural!(
        all,
        "{source}: {n} caption by {measure}",
        "{source}: {n} captions by {measure}",
        source = source,
        measure = histogram.metric.spoken
    );
    view! {
        <figure class="metrics-chart">
            <figcaption>
                <b>{source.clone()}</b>
                <span class="hint number">{plural!(all, "{n} caption", "{n} captions")}</span>
            </figcaption>
            <svg class="chart" viewBox="0 0 360 176" role="group" aria-label=label>
                {PLOT.y_axis(&ticks, t!("Share of captions").to_owned())}
                {bars}
                {PLOT.x_axis(&histogram.metric, &histogram.bins, axis_title(&histogram.metric))}
            </svg>
        </figure>
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}

/// The same in numbers.
fn table(data: &MetricsData, histogram: &HistogramData) -> Part {
    let heads: Vec<_> =
        histogram.sources.iter().map(|(source, _)| view! { <th scope="col">{source.clone()}</th> }).collect();
    let rows: Vec<_> = histogram
        .bins
        .iter()
        .enumerate()
        .map(|(place, numbers)| {
            let cells: Vec<_> = histogram
                .sources
                .iter()
                .map(|(source, counts)| match counts[place] {
                    0 => view! { <td class="number hint">"0"</td> },
                    count => {
                        let address = behind(data, source, &[(&histogram.metric, *numbers)]);
                        view! { <td class="number"><a href=address>{words::grouped(count)}</a></td> }
                    }
                })
                .collect();
            view! { <tr><th scope="row" class="number">{bin(&histogram.metric, *numbers)}</th> {cells}</tr> }
        })
        .collect();
    view! {
        <details class="metrics-notes">
            <summary>"The histograms as a table"</summary>
            <div class="table-frame" tabindex="0" role="region" aria-label="The histograms as a table">
                <table class="metrics-table">
                    <thead>
                        <tr>
                            <th scope="col">{histogram.metric.title.clone()}</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}
