//! What charts share: a frame with axes, in which a part of a chart is a link.

use leptos::prelude::*;

use super::numbers::tick;
use crate::part::{Part, view};
use crate::types::{BinData, MetricData};

/// Numbers beside an axis, at most.
const TICKS: usize = 6;

/// Where a chart is drawn, in units of its view box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Plot {
    /// The lower edge.
    pub(super) fn bottom(self) -> f64 {
        self.top + self.height
    }

    /// Numbers and a line below, where bins begin: as many as there is room for.
    pub(super) fn x_axis(self, metric: &MetricData, bins: &[BinData], title: String) -> Part {
        let width = self.width / bins.len().max(1) as f64;
        let marks: Vec<_> = marks(bins)
            .map(|(place, from)| {
                let x = self.left + place as f64 * width;
                view! {
                    <text class="chart-tick" x=unit(x) y=unit(self.bottom() + 13.0) text-anchor="middle">
                        {tick(metric, from)}
                    </text>
                }
            })
            .collect();
        view! {
            <line class="chart-axis" x1=unit(self.left) x2=unit(self.left + self.width) y1=unit(self.bottom()) y2=unit(self.bottom()) />
            {marks}
            <text class="chart-title" x=unit(self.left + self.width / 2.0) y=unit(self.bottom() + 28.0) text-anchor="middle">
                {title}
            </text>
        }
    }

    /// Numbers on the left with lines to the right, at these shares of the height.
    pub(super) fn y_axis(self, ticks: &[(f64, String)], title: String) -> Part {
        let marks: Vec<_> = ticks
            .iter()
            .map(|(share, words)| {
                let y = self.bottom() - share * self.height;
                view! {
                    <line class="chart-grid" x1=unit(self.left) x2=unit(self.left + self.width) y1=unit(y) y2=unit(y) />
                    <text class="chart-tick" x=unit(self.left - 5.0) y=unit(y + 3.5) text-anchor="end">{words.clone()}</text>
                }
            })
            .collect();
        let (x, y) = (12.0, self.top + self.height / 2.0);
        let turned = format!("rotate(-90 {} {})", unit(x), unit(y));
        view! {
            {marks}
            <text class="chart-title" x=unit(x) y=unit(y) text-anchor="middle" transform=turned>{title}</text>
        }
    }
}

/// The bins whose beginning is written beside an axis.
pub(super) fn marks(bins: &[BinData]) -> impl Iterator<Item = (usize, f32)> + '_ {
    let step = bins.len().div_ceil(TICKS).max(1);
    bins.iter().enumerate().step_by(step).map(|(place, bin)| (place, bin.from))
}

/// A length in units of a view box.
pub(super) fn unit(length: f64) -> String {
    format!("{length:.1}")
}

/// A part of a chart that leads to what stands behind it. Where the pointer meets it is `reach`, what is seen is `shape`.
pub(super) fn link(address: String, words: String, shape: Part, reach: Part) -> Part {
    let title = words.clone();
    view! { <a class="chart-link" href=address aria-label=words><title>{title}</title>{reach}{shape}</a> }
}
