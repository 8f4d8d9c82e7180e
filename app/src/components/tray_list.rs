//! All pictures of the page, where there is more than one.

use leptos::prelude::*;

use super::progress::Progress;
use super::tray_row::TrayRow;
use crate::browser::tray;
use crate::part::{handler, live, view};
use crate::state::Page;

/// What the ids of the entries' buttons start with.
pub(crate) const ID_PREFIX: &str = "entry-";

/// The id of an entry's button.
pub(crate) fn id_of(id: u32) -> String {
    format!("{ID_PREFIX}{id}")
}

/// The pictures as a list, each with its caption as it comes.
#[component]
pub(crate) fn TrayList(page: Page) -> impl IntoView {
    let ids = Memo::new(move |_| page.tray.with(|tray| tray.entries.iter().map(|entry| entry.id).collect::<Vec<_>>()));
    let has_many = Memo::new(move |_| ids.with(|ids| ids.len() > 1));
    let title = move || plural!(ids.with(Vec::len), "{n} picture", "{n} pictures");
    let list = move || {
        view! {
            <section class="tray" aria-labelledby="tray-title">
                <header class="tray-head">
                    <h2 id="tray-title">{live(title)}</h2>
                    <Progress page />
                    <button class="button quiet-button" type="button" on:click=handler(move |_| tray::remove_all(page))>
                        "Remove all"
                    </button>
                </header>
                <ul class="tray-rows">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <TrayRow page id />
                    </For>
                </ul>
            </section>
        }
    };
    live(move || has_many.get().then(list))
}
