//! One of many pictures.

use leptos::prelude::*;

use super::tray_list::id_of;
use crate::browser::{asking, tray};
use crate::part::{IntoPart, handler, live, view};
use crate::state::Page;
use crate::tray::{Entry, Phase};
use crate::words;

/// A picture with its name, its caption as far as it has come, and what can be done about it. Only the shown picture's
/// buttons are stops of the Tab key: the arrow keys go from one picture to the next.
#[component]
pub(crate) fn TrayRow(page: Page, id: u32) -> impl IntoView {
    let entry = Memo::new(move |_| page.tray.with(|tray| tray.get(id).cloned()));
    let is_shown = Memo::new(move |_| page.tray.with(|tray| tray.shown == Some(id)));
    let picture = page.tray.with_untracked(|tray| tray.get(id).map(|entry| entry.picture.clone())).unwrap_or_default();
    let status = Memo::new(move |_| entry.with(|entry| entry.as_ref().map_or("idle", status_of)));
    let text = move || entry.with(|entry| entry.as_ref().map(|entry| text_of(entry, page.now.get())));
    let tab_stop = move || if is_shown.get() { "0" } else { "-1" };
    let src = Memo::new(move |_| entry.with(|entry| entry.as_ref().map(|entry| entry.picture.src.clone())));
    let preview = move || {
        let src = src.get().filter(|src| !src.is_empty())?;
        let failed = src.clone();
        Some(view! {
            <img
                src=src
                alt=""
                loading="lazy"
                decoding="async"
                on:error=handler(move |_| tray::give_up_preview(page, &failed))
            />
        })
    };
    let name = picture.name.clone();
    let act = {
        let name = name.clone();
        live(move || match status.get() {
            "waiting" | "working" => view! {
                <button class="row-action" type="button" tabindex=tab_stop on:click=handler(move |_| asking::cancel(page, id))>
                    <span class="visually-hidden">{t!("Cancel {name}", name = name)}</span>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><rect x="4" y="4" width="8" height="8" rx="1" /></svg>
                </button>
            },
            "failed" | "cancelled" => view! {
                <button class="row-action" type="button" tabindex=tab_stop on:click=handler(move |_| asking::ask_one(page, id))>
                    <span class="visually-hidden">{t!("Try again {name}", name = name)}</span>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3" /></svg>
                </button>
            },
            _ => ().into_part(),
        })
    };
    view! {
        <li class="tray-row" class:is-shown=is_shown data-status=status>
            <button
                class="row-choice"
                id=id_of(id)
                type="button"
                tabindex=tab_stop
                aria-current=move || is_shown.get().then_some("true")
                on:click=handler(move |_| tray::show(page, id))
            >
                <span class="row-picture">
                    {live(preview)}
                </span>
                <span class="row-words">
                    <span class="row-name">{picture.name}</span>
                    <span class="row-text">{text}</span>
                </span>
            </button>
            <span class="row-actions">
                {act}
                <button class="row-action" type="button" tabindex=tab_stop on:click=handler(move |_| tray::remove(page, id))>
                    <span class="visually-hidden">{t!("Remove {name}", name = name)}</span>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
                </button>
            </span>
        </li>
    }
}

/// Whether a caption came to an end, good or bad.
pub(crate) fn has_an_end(entry: &Entry) -> bool {
    matches!(entry.phase, Phase::Done(_) | Phase::Failed(_) | Phase::Cancelled)
}

/// The style sheet's word for how far a caption is.
fn status_of(entry: &Entry) -> &'static str {
    match entry.phase {
        Phase::Idle => "idle",
        Phase::Waiting(_) | Phase::Retrying { .. } => "waiting",
        Phase::Working { .. } => "working",
        Phase::Done(_) => "done",
        Phase::Failed(_) => "failed",
        Phase::Cancelled => "cancelled",
    }
}

/// A caption as far as it has come, or why it hasn't.
fn text_of(entry: &Entry, now: f64) -> String {
    match &entry.phase {
        Phase::Idle => t!("Not asked yet").into(),
        Phase::Waiting(_) => t!("Waiting").into(),
        Phase::Working { text, .. } if text.is_empty() => t!("Looking…").into(),
        Phase::Working { text, question, .. } if question.task.tells_places() => words::without_places(text),
        Phase::Working { text, .. } => text.clone(),
        Phase::Retrying { at, .. } => {
            t!("Server busy, again in {seconds} s", seconds = ((at - now) / 1000.0).ceil() as u64)
        }
        Phase::Done(response) if response.caption.is_empty() => t!("Nothing was found").into(),
        Phase::Done(response) => response.caption.clone(),
        Phase::Failed(problem) => t!("Failed: {problem}", problem = problem.title),
        Phase::Cancelled => t!("Cancelled").into(),
    }
}
