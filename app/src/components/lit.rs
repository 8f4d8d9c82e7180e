//! Words and shapes that speak of the same thing, and light up together.

use leptos::prelude::*;

use super::confidence::Confidence;
use crate::part::{IntoPart, Part, handler, view};
use crate::phrases::{Phrase, phrases};
use crate::types::Region;

/// Indices of the regions that a pointer or the focus rests on.
pub(crate) type Lit = RwSignal<Vec<usize>>;

/// Whether a region is lit.
pub(crate) fn is_lit(lit: Lit, index: usize) -> bool {
    lit.with(|lit| lit.contains(&index))
}

/// A caption whose words light up the regions that they speak of.
pub(crate) fn phrased(text: &str, regions: &[Region], lit: Lit) -> Part {
    let pieces: Vec<_> = phrases(text, regions).into_iter().map(|phrase| phrase_text(phrase, lit)).collect();
    pieces.into_part()
}

fn phrase_text(phrase: Phrase, lit: Lit) -> Part {
    let Phrase { text, regions } = phrase;
    if regions.is_empty() {
        return text.into_part();
    }
    let own = regions.clone();
    let light = move || lit.set(own.clone());
    let on_focus = light.clone();
    view! {
        // No button: that would not break into lines as words do, and there is nothing to press.
        <mark
            class="phrase"
            class:is-lit=move || regions.iter().any(|index| is_lit(lit, *index))
            tabindex="0"
            on:pointerenter=handler(move |_| light())
            on:pointerleave=handler(move |_| lit.set(Vec::new()))
            on:focus=handler(move |_| on_focus())
            on:blur=handler(move |_| lit.set(Vec::new()))
        >
            {text}
        </mark>
    }
}

/// One row per region; a row and its shape on the picture light up together.
pub(crate) fn region_list(regions: Vec<Region>, lit: Lit) -> Part {
    let title = plural!(regions.len(), "{n} region", "{n} regions");
    let rows: Vec<_> = regions
        .into_iter()
        .enumerate()
        .map(|(index, region)| {
            let label = if region.label.is_empty() { t!("Region {number}", number = index + 1) } else { region.label };
            view! {
                <li>
                    <button
                        class="region-row"
                        class:is-lit=move || is_lit(lit, index)
                        type="button"
                        on:pointerenter=handler(move |_| lit.set(vec![index]))
                        on:pointerleave=handler(move |_| lit.set(Vec::new()))
                        on:focus=handler(move |_| lit.set(vec![index]))
                        on:blur=handler(move |_| lit.set(Vec::new()))
                    >
                        <span class="region-name">{label}</span>
                        {region.confidence.map(|share| view! { <Confidence share /> })}
                    </button>
                </li>
            }
        })
        .collect();
    view! {
        <section class="region-list" aria-label="Regions">
            <h3>{title}</h3>
            <ul>{rows}</ul>
        </section>
    }
}
