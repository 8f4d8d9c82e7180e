//! Confidence as a thin bar with its number.

use leptos::prelude::*;

use crate::part::view;
use crate::words;

/// A share from 0 to 1.
#[component]
pub(crate) fn Confidence(share: f32) -> impl IntoView {
    let share = share.clamp(0.0, 1.0);
    view! {
        <span class="confidence">
            <svg class="confidence-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                <rect class="confidence-rest" width="100" height="1" />
                <rect class="confidence-share" width=(share * 100.0).to_string() height="1" />
            </svg>
            <span class="number">{words::percent(share)}</span>
        </span>
    }
}
