//! What must be known about the model that answers.

use leptos::prelude::*;

use crate::part::view;
use crate::state::Page;

/// Says, where the demo model answers, what it knows and how to point Vasari at the real one.
#[component]
pub(crate) fn DemoNotice(page: Page) -> impl IntoView {
    let is_demo = page.given.with_value(|given| given.model.is_demo);
    is_demo.then(|| {
        view! {
            <aside class="notice" aria-labelledby="notice-title">
                <h2 id="notice-title">"The demo model answers here"</h2>
                <p>
                    "It is small and knows only drawn scenes like the samples: pictograms on a plain background. \
                     What it says about a photo is not true. For photos, start Vasari with Florence-2:"
                </p>
                <code>"vasari serve --model_path microsoft/Florence-2-base"</code>
            </aside>
        }
    })
}
