//! The picture, or the place where one is dropped.

use leptos::prelude::*;

use super::ask_form::FORM_ID;
use super::overlay::Overlay;
use crate::browser::files;
use crate::state::Page;
use crate::types::Picture;

/// The file input's id.
pub(crate) const FILE_INPUT_ID: &str = "image";

/// The picture as large as it goes, with what was found drawn over it; below it, the way to another picture.
#[component]
pub(crate) fn Stage(page: Page) -> impl IntoView {
    view! {
        <section class="stage" class:dragging=move || page.dragging.get() aria-label="Picture">
            <div class="stage-frame" aria-busy=move || page.is_working().then_some("true")>
                {move || match page.picture.get() {
                    Some(picture) => view! { <Shown page picture /> }.into_any(),
                    None => view! { <Invitation /> }.into_any(),
                }}
                <p class="drop-veil" aria-hidden="true">"Drop the picture anywhere"</p>
            </div>
            <div class="stage-bar">
                <p class="stage-name">{move || name_and_size(page)}</p>
                <input
                    id=FILE_INPUT_ID
                    name="image"
                    type="file"
                    aria-label="Picture file"
                    accept="image/jpeg,image/png,image/gif,image/webp"
                    form=FORM_ID
                    on:change=move |event| files::take_chosen(page, &event_target(&event))
                />
                // With scripts this stands for the input: the page itself shows the picture's name.
                <label class="button choose" for=FILE_INPUT_ID>"Choose a picture" <kbd aria-hidden="true">"o"</kbd></label>
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
            <span class="invitation-title">"Drop a picture here"</span>
            <span class="invitation-words">
                "Vasari looks at it with Florence-2 and writes down what is there, where it is, and how sure the model was. \
                 Choose a file, paste one, or take a sample below."
            </span>
        </label>
    }
}

#[component]
fn Shown(page: Page, picture: Picture) -> impl IntoView {
    let Picture { src, size, .. } = picture;
    // Until an answer describes the picture, its name is all that can be said of it.
    let alt = move || page.answer().map_or_else(|| picture.name.clone(), |answer| answer.caption);
    view! {
        <div class="picture">
            <img
                src=src
                alt=alt
                width=(size.width > 0).then_some(size.width)
                height=(size.height > 0).then_some(size.height)
                decoding="async"
                on:load=move |event| page.loaded_size.set(files::loaded_size(&event))
            />
            <Overlay page />
        </div>
    }
}

fn name_and_size(page: Page) -> String {
    let name = page.picture.with(|picture| picture.as_ref().map(|picture| picture.name.clone())).unwrap_or_default();
    match page.size() {
        Some(size) => format!("{name} · {} × {}", size.width, size.height),
        None => name,
    }
}
