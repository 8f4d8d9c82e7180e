//! Progress bars on standard error, where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for `total` of what `unit` names; a count that only goes up where the total is 0, as nobody knows it.
pub(crate) fn progress_bar(total: u64, unit: &str) -> ProgressBar {
    let template = if total == 0 { "{spinner} {pos} " } else { "{wide_bar} {pos}/{len} " };
    let end = if total == 0 { ", {per_sec}" } else { ", {per_sec}, {eta} left" };
    let style = ProgressStyle::with_template(&format!("{template}{unit}{end}"));
    let bar = ProgressBar::with_draw_target((total > 0).then_some(total), ProgressDrawTarget::stderr());
    bar.with_style(style.expect("the template is correct. This is a bug."))
}
