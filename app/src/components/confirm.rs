//! Two steps to what can't be undone.

use leptos::prelude::*;

use crate::part::{Part, view};

/// A button that opens what happens and the form that does it. Works without scripts.
#[component]
pub(crate) fn Confirm(
    /// What the button says.
    words: &'static str,
    /// The same, with what it is about.
    label: String,
    /// What happens, and the form.
    form: Part,
    /// Whether it is open from the start.
    #[prop(optional)]
    is_open: bool,
) -> impl IntoView {
    view! {
        <details class="confirm" open=is_open>
            <summary class="button quiet-button" aria-label=label>{words}</summary>
            <div class="confirm-form">{form}</div>
        </details>
    }
}
