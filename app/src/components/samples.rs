//! Pictures to try.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::browser::files;
use crate::part::view;
use crate::state::Page;
use crate::types::SampleImage;

/// The samples as links: each is a page of its own, so they work without scripts and can be shared.
#[component]
pub(crate) fn Samples(page: Page) -> impl IntoView {
    let samples = page.given.with_value(|given| given.samples.clone());
    (!samples.is_empty()).then(|| {
        let tiles: Vec<_> = samples.into_iter().map(|sample| view! { <Sample page sample /> }).collect();
        view! {
            <section class="samples" aria-labelledby="samples-title">
                <h2 id="samples-title">"Samples"</h2>
                <ul class="sample-row">{tiles}</ul>
            </section>
        }
    })
}

#[component]
fn Sample(page: Page, sample: SampleImage) -> impl IntoView {
    let name = sample.name.clone();
    let is_shown = {
        let name = name.clone();
        move || page.shown_sample().as_ref() == Some(&name)
    };
    let (src, caption, size) = (sample.src.clone(), sample.caption.clone(), sample.size);
    let take = move |event: MouseEvent| {
        // With a modifier the person wants the link, in another tab say.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            files::take_sample(page, &sample);
        }
    };
    view! {
        <li>
            <a
                class="sample"
                href=move || page.address(Some(&name))
                aria-current=move || is_shown().then_some("true")
                on:click=take
            >
                <img src=src alt=caption width=size.width height=size.height loading="lazy" decoding="async" />
            </a>
        </li>
    }
}
