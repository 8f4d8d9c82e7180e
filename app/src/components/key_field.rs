//! The API key, where the server wants one.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser::key;
use crate::part::{live, view};
use crate::state::Page;

/// A field for the key. It stays in this tab and goes to this server alone.
#[component]
pub(crate) fn KeyField(page: Page) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let known = RwSignal::new(String::new());
    Effect::new(move |_| known.set(key::current()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            key::take(&input.value());
            known.set(key::current());
        }
    };
    let hint = move || {
        if known.with(String::is_empty) {
            t!(
                "This server answers to those with a key. It is kept until this tab closes, and sent to this server alone."
            )
        } else {
            t!("A key is in use until this tab closes. Empty the field to forget it.")
        }
    };
    let field = move || {
        view! {
            <form class="card key needs-script" on:submit=submit aria-label="API key">
                <div class="field">
                    <label for="api-key">"API key"</label>
                    <div class="key-row">
                        <input
                            id="api-key"
                            type="password"
                            autocomplete="off"
                            spellcheck="false"
                            aria-describedby="api-key-hint"
                            node_ref=input
                            prop:value=move || known.get()
                        />
                        <button class="button" type="submit">"Use key"</button>
                    </div>
                    <p class="hint" id="api-key-hint">{live(hint)}</p>
                </div>
            </form>
        }
    };
    live(move || page.wants_key.get().then(field))
}
