//! A scatter plot: the captions of a source by two measures. Captions that lie near each other are one mark, the larger the
//! more they are, so that a hundred thousand are drawn as quickly as ten.

use leptos::prelude::*;

use super::{
    address::behind,
    chart::{Plot, link, marks, unit},
    numbers::{axis_title, bin, named_bin, tick},
};
use crate::part::{Part, view};
use crate::types::{MetricsData, ScatterData};
use crate::words;

const PLOT: Plot = Plot { left: 52.0, top: 10.0, width: 580.0, height: 320.0 };

/// The least radius of a mark.
const LEAST: f64 = 2.0;

/// The captions of the chosen source by two measures.
pub(super) fn scatter(data: &MetricsData) -> Option<Part> {
    let scatter = data.scatter.as_ref()?;
    let (across, up) = (scatter.x_bins.len().max(1) as f64, scatter.y_bins.len().max(1) as f64);
    let (width, height) = (PLOT.width / across, PLOT.height / up);
    let most = scatter.cells.iter().map(|(_, _, count)| *count).max().unwrap_or(1) as f64;
    // No mark is larger than its place, and its area tells how many captions there are.
    let largest = (width.min(height) / 2.0 - 0.5).max(LEAST);
    let dots: Vec<_> = scatter
        .cells
        .iter()
        .map(|(x, y, count)| {
            let (left, top) = (PLOT.left + f64::from(*x) * width, PLOT.bottom() - f64::from(*y + 1) * height);
            let radius = (largest * (*count as f64 / most).sqrt()).max(LEAST);
            let shape = view! {
                <circle class="chart-dot" cx=unit(left + width / 2.0) cy=unit(top + height / 2.0) r=unit(radius) />
            };
            let reach = view! {
                <rect class="chart-reach" x=unit(left) y=unit(top) width=unit(width) height=unit(height) />
            };
            link(address(data, scatter, (*x, *y)), words_of(scatter, (*x, *y), *count), shape, reach)
        })
        .collect();
    let ticks: Vec<_> =
        marks(&scatter.y_bins).map(|(place, from)| (place as f64 / up, tick(&scatter.y, from))).collect();
    let (source, x, y) = (&scatter.source, &scatter.x.spoken, &scatter.y.spoken);
    let label = t!("Captions of {source} by {x} and {y}", source = source, x = x, y = y);
    let about = t!(
        "Captions of {source} by {x} and {y}. Captions that lie near each other are one mark, the larger the more they are. \
         Marks lead to them.",
        source = source,
        x = x,
        y = y
    );
    Some(view! {
        <section class="metrics-section" id="scatter" aria-label="Scatter plot">
            <h2>"Scatter plot"</h2>
            <p class="hint">{about}</p>
            <div class="table-frame" tabindex="0" role="region" aria-label="The scatter plot itself">
                <svg class="chart scatter-chart" viewBox="0 0 640 372" role="group" aria-label=label>
                    {PLOT.y_axis(&ticks, axis_title(&scatter.y))}
                    {dots}
                    {PLOT.x_axis(&scatter.x, &scatter.x_bins, axis_title(&scatter.x))}
                </svg>
            </div>
            {table(data, scatter)}
        </section>
    })
}

fn address(data: &MetricsData, scatter: &ScatterData, (x, y): (u32, u32)) -> String {
    let bins = [(&scatter.x, scatter.x_bins[x as usize]), (&scatter.y, scatter.y_bins[y as usize])];
    // A measure against itself has the same range twice.
    let bins = if scatter.x == scatter.y { &bins[..1] } else { &bins[..] };
    behind(data, &scatter.source, bins)
}

fn words_of(scatter: &ScatterData, (x, y): (u32, u32), count: u64) -> String {
    plural!(
        count,
        "{n} caption: {x}, {y}",
        "{n} captions: {x}, {y}",
        x = named_bin(&scatter.x, scatter.x_bins[x as usize]),
        y = named_bin(&scatter.y, scatter.y_bins[y as usize])
    )
}

/// The same in numbers.
fn table(data: &MetricsData, scatter: &ScatterData) -> Part {
    let rows: Vec<_> = scatter
        .cells
        .iter()
        .map(|(x, y, count)| {
            view! {
                <tr>
                    <td class="number">{bin(&scatter.x, scatter.x_bins[*x as usize])}</td>
                    <td class="number">{bin(&scatter.y, scatter.y_bins[*y as usize])}</td>
                    <td class="number"><a href=address(data, scatter, (*x, *y))>{words::grouped(*count)}</a></td>
                </tr>
            }
        })
        .collect();
    view! {
        <details class="metrics-notes">
            <summary>"The scatter plot as a table"</summary>
            <div class="table-frame" tabindex="0" role="region" aria-label="The scatter plot as a table">
                <table class="metrics-table">
                    <thead>
                        <tr>
                            <th scope="col">{scatter.x.title.clone()}</th>
                            <th scope="col">{scatter.y.title.clone()}</th>
                            <th scope="col">"Captions"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}
