//! What the model said.

use leptos::prelude::*;

use super::confidence::Confidence;
use super::lit::{phrased, region_list};
use crate::browser::clipboard;
use crate::part::{IntoPart, handler, live, view};
use crate::state::Page;
use crate::tasks;
use crate::types::CaptionResponse;
use crate::words;

/// The caption with its confidence, its regions, and the ways to take it along.
#[component]
pub(crate) fn AnswerCard(page: Page, response: CaptionResponse) -> impl IntoView {
    let title = tasks::find(&response.task).map_or(t!("Caption"), |task| task.title());
    let CaptionResponse { caption, confidence, processing_time, regions, .. } = response;
    let said =
        if caption.is_empty() { t!("Nothing was found.").into_part() } else { phrased(&caption, &regions, page.lit) };
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
            {(!regions.is_empty()).then(|| region_list(regions, page.lit))}
            <Actions page />
        </article>
    }
}

#[component]
fn Actions(page: Page) -> impl IntoView {
    let lines = move || match page.tray.with(|tray| tray.answers().count()) {
        0 | 1 => t!("Save JSON line").to_owned(),
        many => t!("Save {number} JSON lines", number = many),
    };
    view! {
        <p class="result-actions needs-script">
            <button class="button quiet-button" type="button" on:click=handler(move |_| clipboard::copy_caption(page))>
                "Copy caption"
                <kbd aria-hidden="true">"c"</kbd>
            </button>
            <button class="button quiet-button" type="button" on:click=handler(move |_| clipboard::copy_json(page))>
                "Copy JSON"
            </button>
            <button class="button quiet-button" type="button" on:click=handler(move |_| clipboard::download_lines(page))>
                {live(lines)}
            </button>
        </p>
    }
}
