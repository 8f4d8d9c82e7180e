//! The picture, or the place where one is dropped.

use leptos::prelude::*;

use super::ask_form::FORM_ID;
use super::overlay::Overlay;
use crate::browser::{files, tray};
use crate::part::{handler, live, view};
use crate::state::Page;
use crate::types::Picture;

/// The file input's id.
pub(crate) const FILE_INPUT_ID: &str = "image";

/// The id of the picture that is shown large.
pub(crate) const SHOWN_ID: &str = "shown-picture";

/// The picture as large as it goes, with what was found drawn over it; below it, the way to another picture.
#[component]
pub(crate) fn Stage(page: Page) -> impl IntoView {
    // What the server refused without a picture has a problem, but no name and nothing to show.
    let is_there = |picture: &&Picture| !picture.name.is_empty() || !picture.src.is_empty();
    let src = Memo::new(move |_| {
        page.picture.with(|picture| picture.as_ref().filter(is_there).map(|picture| picture.src.clone()))
    });
    view! {
        <section class="stage" class:dragging=move || page.dragging.get() aria-label="Picture">
            <div class="stage-frame" aria-busy=move || page.is_shown_busy().then_some("true")>
                {live(move || match src.get() {
                    Some(src) if src.is_empty() => view! { <NoPreview /> },
                    Some(src) => view! { <Shown page src /> },
                    None => view! { <Invitation /> },
                })}
                <p class="drop-veil" aria-hidden="true">"Drop the pictures anywhere"</p>
            </div>
            <div class="stage-bar">
                <Neighbours page />
                <p class="stage-name">{live(move || name_and_size(page))}</p>
                <input
                    id=FILE_INPUT_ID
                    name="image"
                    type="file"
                    aria-label="Picture file"
                    accept="image/jpeg,image/png,image/gif,image/webp"
                    form=FORM_ID
                    on:change=handler(move |event: leptos::ev::Event| files::take_chosen(page, &event_target(&event)))
                />
                // With scripts this stands for the input: the page itself shows the picture's name.
                <label class="button choose" for=FILE_INPUT_ID>"Choose pictures" <kbd aria-hidden="true">"o"</kbd></label>
            </div>
        </section>
    }
}

#[component]
fn Invitation() -> impl IntoView {
    view! {
        <label class="invitation" for=FILE_INPUT_ID>
            <svg class="invitation-sign" viewBox="0 0 64 64" aria-hidden="true">
                <rect x="6" y="10" width="52" height="44" rx="5" />
                <circle cx="22" cy="26" r="5" />
                <path d="M8 48l16-14 9 8 12-14 13 13" />
            </svg>
            <span class="invitation-title">"Drop pictures here"</span>
            <span class="invitation-words">
                "Vasari looks at them with Florence-2 and writes down what is there, where it is, and how sure the model was. \
                 Choose files, paste one, or take a sample below."
            </span>
        </label>
    }
}

/// For files that the browser can't show; what the server says about them stands beside.
#[component]
fn NoPreview() -> impl IntoView {
    view! { <p class="no-preview">"No preview"</p> }
}

#[component]
fn Shown(page: Page, src: String) -> impl IntoView {
    let size = page.picture.with_untracked(|picture| picture.as_ref().map(|picture| picture.size)).unwrap_or_default();
    // Until an answer describes the picture, its name is all that can be said of it.
    let name = move || page.picture.with(|picture| picture.as_ref().map(|picture| picture.name.clone()));
    let caption = move || page.answer.with(|answer| answer.as_ref().map(|answer| answer.caption.clone()));
    let failed = src.clone();
    let alt = move || caption().filter(|caption| !caption.is_empty()).or_else(name);
    view! {
        <div class="picture">
            <img
                id=SHOWN_ID
                src=src.clone()
                alt=alt
                width=(size.width > 0).then_some(size.width)
                height=(size.height > 0).then_some(size.height)
                decoding="async"
                on:load=handler(move |event: leptos::ev::Event| tray::learn_size(page, &src, files::size_of(&event_target(&event))))
                on:error=handler(move |_| tray::give_up_preview(page, &failed))
            />
            <Overlay page />
        </div>
    }
}

/// The way to the pictures before and after, where there are several.
#[component]
fn Neighbours(page: Page) -> impl IntoView {
    let place = Memo::new(move |_| {
        page.tray.with(|tray| {
            let now = tray.entries.iter().position(|entry| Some(entry.id) == tray.shown)?;
            (tray.entries.len() > 1).then_some((now + 1, tray.entries.len()))
        })
    });
    let buttons = move || {
        view! {
            <div class="neighbours">
                <button class="button quiet-button" type="button" on:click=handler(move |_| tray::step(page, -1))>
                    <span class="visually-hidden">"Picture before"</span>
                    <span aria-hidden="true">"←"</span>
                </button>
                <span class="number">{live(move || place.get().map(|(now, all)| t!("{now} of {all}", now = now, all = all)))}</span>
                <button class="button quiet-button" type="button" on:click=handler(move |_| tray::step(page, 1))>
                    <span class="visually-hidden">"Picture after"</span>
                    <span aria-hidden="true">"→"</span>
                </button>
            </div>
        }
    };
    let has_neighbours = Memo::new(move |_| place.get().is_some());
    live(move || has_neighbours.get().then(buttons))
}

fn name_and_size(page: Page) -> String {
    let name = page.picture.with(|picture| picture.as_ref().map(|picture| picture.name.clone())).unwrap_or_default();
    match page.size() {
        Some(size) => format!("{name} · {} × {}", size.width, size.height),
        None => name,
    }
}
