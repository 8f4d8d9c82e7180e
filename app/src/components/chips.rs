//! What images were chosen by.

use leptos::prelude::*;

use crate::part::view;
use crate::types::Chip;

/// Each filter as a word of its own.
#[component]
pub(crate) fn Chips(chips: Vec<Chip>) -> impl IntoView {
    let items: Vec<_> = chips
        .into_iter()
        .map(|Chip { name, value }| {
            view! { <li class="said-filter"><span class="hint">{name}</span> " " <b>{value}</b></li> }
        })
        .collect();
    view! { <ul class="said-filters">{items}</ul> }
}
