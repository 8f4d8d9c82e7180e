//! The bar on top of every page.

use leptos::prelude::*;

use crate::browser::keys;
use crate::state::Page;

/// The name of the place, who answers here, and the way to the keys.
#[component]
pub(crate) fn TopBar(page: Page) -> impl IntoView {
    let model = page.given.with_value(|given| given.model.name.clone());
    view! {
        <header class="top-bar">
            <a class="wordmark" href="/">
                <svg class="wordmark-sign" viewBox="0 0 32 32" aria-hidden="true">
                    <path d="M4 28V17a12 12 0 0 1 24 0v11" />
                    <path d="M11 28V18a5 5 0 0 1 10 0v10" />
                    <path d="M16 5V2" />
                </svg>
                "Vasari"
            </a>
            <p class="top-bar-model">
                {(!model.is_empty())
                    .then(|| view! { <span class="quiet">"Captions by "</span><span class="model-name">{model}</span> })}
            </p>
            <button
                class="button quiet-button needs-script"
                type="button"
                aria-haspopup="dialog"
                on:click=|_| keys::open_help()
            >
                "Keys"
                <kbd aria-hidden="true">"?"</kbd>
            </button>
        </header>
    }
}
