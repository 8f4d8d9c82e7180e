//! What the model said.

use leptos::prelude::*;

use super::confidence::Confidence;
use super::region_list::RegionList;
use crate::browser::clipboard;
use crate::phrases::{Phrase, phrases};
use crate::state::Page;
use crate::tasks;
use crate::types::CaptionResponse;
use crate::words;

/// The caption with its confidence, its regions, and the ways to take it along.
#[component]
pub(crate) fn AnswerCard(page: Page, response: CaptionResponse) -> impl IntoView {
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
            </header>
            <p class="caption">{said}</p>
            <div class="result-confidence">
                <span class="result-confidence-name">"Confidence"</span>
                <Confidence share=confidence />
            </div>
            <p class="hint">"How likely the model found its own words, on average. It can be sure and wrong."</p>
            {(!regions.is_empty()).then(|| view! { <RegionList page regions /> })}
            <Actions page />
        </article>
    }
}

#[component]
fn Actions(page: Page) -> impl IntoView {
    let lines = move || match page.tray.with(|tray| tray.answers().count()) {
        0 | 1 => "Save JSON line".to_owned(),
        many => format!("Save {many} JSON lines"),
    };
    view! {
        <p class="result-actions needs-script">
            <button class="button quiet-button" type="button" on:click=move |_| clipboard::copy_caption(page)>
                "Copy caption"
                <kbd aria-hidden="true">"c"</kbd>
            </button>
            <button class="button quiet-button" type="button" on:click=move |_| clipboard::copy_json(page)>
                "Copy JSON"
            </button>
            <button class="button quiet-button" type="button" on:click=move |_| clipboard::download_lines(page)>
                {lines}
            </button>
        </p>
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
    let is_lit = move || regions.iter().any(|index| page.is_lit(*index));
    view! {
        // No button: that would not break into lines as words do, and there is nothing to press.
        <mark
            class="phrase"
            class:is-lit=is_lit
            tabindex="0"
            on:pointerenter=move |_| light()
            on:pointerleave=move |_| page.lit.set(Vec::new())
            on:focus=move |_| on_focus()
            on:blur=move |_| page.lit.set(Vec::new())
        >
            {text}
        </mark>
    }
    .into_any()
}
