//! What was found, as a list.

use leptos::prelude::*;

use super::confidence::Confidence;
use crate::state::Page;
use crate::types::Region;
use crate::words;

/// One row per region; a row and its shape on the picture light up together.
#[component]
pub(crate) fn RegionList(page: Page, regions: Vec<Region>) -> impl IntoView {
    let title = words::count(regions.len(), "region");
    let rows: Vec<_> = regions
        .into_iter()
        .enumerate()
        .map(|(index, region)| {
            let label = if region.label.is_empty() { format!("Region {}", index + 1) } else { region.label };
            view! {
                <li>
                    <button
                        class="region-row"
                        class:is-lit=move || page.is_lit(index)
                        type="button"
                        on:pointerenter=move |_| page.lit.set(vec![index])
                        on:pointerleave=move |_| page.lit.set(Vec::new())
                        on:focus=move |_| page.lit.set(vec![index])
                        on:blur=move |_| page.lit.set(Vec::new())
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
