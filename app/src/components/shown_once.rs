//! What is shown this once.

use leptos::prelude::*;

use crate::part::{Part, view};

/// The id of the field.
const FIELD_ID: &str = "shown-once";

/// A text that is shown this once: in a field to select it in, beside a button that copies it where scripts are.
#[component]
pub(crate) fn ShownOnce(
    /// What it is.
    title: String,
    /// What the field is called.
    label: &'static str,
    /// The text.
    text: String,
    /// What to do with it, and how long.
    words: Part,
) -> impl IntoView {
    view! {
        <section class="shown-once" aria-labelledby="shown-once-title">
            <h2 id="shown-once-title">{title}</h2>
            <div class="field">
                <label for=FIELD_ID>{label}</label>
                <div class="copy-row">
                    <input
                        id=FIELD_ID
                        type="text"
                        value=text
                        readonly
                        autofocus
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="shown-once-words"
                    />
                    <button class="button needs-script" type="button" data-copy=FIELD_ID>"Copy"</button>
                </div>
            </div>
            <p class="hint" id="shown-once-words">{words}</p>
        </section>
    }
}
