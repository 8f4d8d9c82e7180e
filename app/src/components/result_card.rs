//! What the model said.

use leptos::prelude::*;

use super::confidence::Confidence;
use super::problem_card::ProblemCard;
use super::region_list::RegionList;
use crate::browser::clipboard;
use crate::phrases::{Phrase, phrases};
use crate::state::{Page, Phase};
use crate::tasks;
use crate::types::CaptionResponse;
use crate::words;

/// The caption with its confidence and regions; the same card empty while the model is looking.
#[component]
pub(crate) fn ResultCard(page: Page) -> impl IntoView {
    move || match page.phase.get() {
        Phase::Idle => ().into_any(),
        Phase::Working => view! { <Awaited page /> }.into_any(),
        Phase::Done(response) => view! { <Answer page response /> }.into_any(),
        Phase::Failed(problem) => view! { <ProblemCard problem /> }.into_any(),
    }
}

#[component]
fn Answer(page: Page, response: CaptionResponse) -> impl IntoView {
    let title = tasks::find(&response.task).map_or("Caption", |task| task.title);
    let CaptionResponse { caption, confidence, processing_time, regions, .. } = response;
    let pieces: Vec<_> =
        phrases(&caption, &regions).into_iter().map(|phrase| view! { <PhraseText page phrase /> }).collect();
    let said = if caption.is_empty() { "Nothing was found.".into_any() } else { pieces.into_any() };
    view! {
        <article class="card result" aria-labelledby="result-title">
            <header class="result-head">
                <h2 id="result-title">{title}</h2>
                <span class="hint number">{words::seconds(processing_time)}</span>
                <button
                    class="button quiet-button needs-script"
                    type="button"
                    on:click=move |_| clipboard::copy_caption(page)
                >
                    "Copy caption"
                    <kbd aria-hidden="true">"c"</kbd>
                </button>
            </header>
            <p class="caption">{said}</p>
            <div class="result-confidence">
                <span class="result-confidence-name">"Confidence"</span>
                <Confidence share=confidence />
            </div>
            <p class="hint">"How likely the model found its own words, on average. It can be sure and wrong."</p>
            {(!regions.is_empty()).then(|| view! { <RegionList page regions /> })}
        </article>
    }
}

#[component]
fn PhraseText(page: Page, phrase: Phrase) -> impl IntoView {
    let Phrase { text, regions } = phrase;
    if regions.is_empty() {
        return text.into_any();
    }
    let lit = regions.clone();
    let light = move || page.lit.set(lit.clone());
    let on_focus = light.clone();
    view! {
        <button
            class="phrase"
            class:is-lit=move || regions.iter().any(|region| page.is_lit(*region))
            type="button"
            on:pointerenter=move |_| light()
            on:pointerleave=move |_| page.lit.set(Vec::new())
            on:focus=move |_| on_focus()
            on:blur=move |_| page.lit.set(Vec::new())
        >
            {text}
        </button>
    }
    .into_any()
}

/// The card's own layout, still without words.
#[component]
fn Awaited(page: Page) -> impl IntoView {
    let waited = move || format!("{:.1} s", f64::from(page.waited.get()) / 10.0);
    view! {
        <article class="card result awaited" aria-label="The model is looking">
            <header class="result-head">
                <h2>{move || page.task.get().title}</h2>
                <span class="hint number">"Looking, " {waited}</span>
            </header>
            <p class="caption" aria-hidden="true">
                <span class="awaited-line"></span>
                <span class="awaited-line short"></span>
            </p>
            <div class="result-confidence" aria-hidden="true">
                <span class="result-confidence-name">"Confidence"</span>
                <span class="awaited-line thin"></span>
            </div>
        </article>
    }
}
