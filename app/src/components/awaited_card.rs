//! The card of an answer that is to come.

use leptos::prelude::*;

use crate::browser::asking::MOST_REPETITIONS;
use crate::part::{IntoPart, live, view};
use crate::state::Page;
use crate::tray::Phase;
use crate::words;

/// The card's own layout with the words that are there so far.
#[component]
pub(crate) fn AwaitedCard(page: Page) -> impl IntoView {
    let task = Memo::new(move |_| {
        page.shown.with(|entry| match entry.as_ref().map(|entry| &entry.phase) {
            Some(Phase::Waiting(question) | Phase::Working { question, .. } | Phase::Retrying { question, .. }) => {
                question.task
            }
            _ => &crate::tasks::TASKS[0],
        })
    });
    let said = Memo::new(move |_| {
        page.shown.with(|entry| match entry.as_ref().map(|entry| &entry.phase) {
            Some(Phase::Working { text, question, .. }) if question.task.tells_places() => words::without_places(text),
            Some(Phase::Working { text, .. }) => text.clone(),
            _ => String::new(),
        })
    });
    let lines = move || {
        view! { <span class="awaited-line"></span> <span class="awaited-line short"></span> }
    };
    view! {
        <article class="card result awaited" aria-label="The model is looking" aria-busy="true">
            <header class="result-head">
                <h2>{live(move || task.get().title())}</h2>
                <span class="hint number">{live(move || progress(page))}</span>
            </header>
            {live(move || note(page))}
            <p class="caption" class:is-growing=move || !said.with(String::is_empty)>
                {live(move || if said.with(String::is_empty) { lines().into_part() } else { said.get().into_part() })}
            </p>
            <div class="result-confidence" aria-hidden="true">
                <span class="result-confidence-name">"Confidence"</span>
                <span class="awaited-line thin"></span>
            </div>
        </article>
    }
}

fn progress(page: Page) -> String {
    page.shown.with(|entry| match entry.as_ref().map(|entry| &entry.phase) {
        Some(Phase::Working { since, .. }) => {
            t!("Looking, {seconds} s", seconds = format!("{:.1}", (page.now.get() - since).max(0.0) / 1000.0))
        }
        Some(Phase::Retrying { .. }) => t!("The server is busy").into(),
        _ => t!("Waiting for its turn").into(),
    })
}

/// What is going to happen when the server is busy.
fn note(page: Page) -> Option<impl IntoView> {
    page.shown.with(|entry| match entry.as_ref().map(|entry| &entry.phase) {
        Some(Phase::Retrying { at, attempt, .. }) => {
            let seconds = ((at - page.now.get()) / 1000.0).ceil().max(0.0);
            let words = t!(
                "The server has much to do. It will be asked again in {seconds} s ({attempt} of {most}).",
                seconds = seconds as u64,
                attempt = attempt,
                most = MOST_REPETITIONS
            );
            Some(view! { <p class="note">{words}</p> })
        }
        _ => None,
    })
}
