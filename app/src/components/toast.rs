//! A short word on what was just done.

use leptos::prelude::*;

use crate::browser::tray;
use crate::state::{Page, Toast};

/// Shows the page's toast, while there is one.
#[component]
pub(crate) fn ToastPlace(page: Page) -> impl IntoView {
    let shown = move |Toast { words, can_undo }| {
        let undo = can_undo.then(|| {
            view! {
                <button class="toast-undo" type="button" on:click=move |_| tray::undo(page)>
                    "Undo"
                    <kbd aria-hidden="true">"u"</kbd>
                </button>
            }
        });
        view! { <div class="toast"><p>{words}</p> {undo}</div> }
    };
    view! {
        <div class="toast-place" role="status">
            {move || page.toast.get().map(shown)}
        </div>
    }
}
