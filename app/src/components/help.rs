//! The list of keys.

use leptos::prelude::*;

/// The dialog's id.
pub(crate) const HELP_ID: &str = "keys";

const KEYS: [(&str, &str); 5] = [
    ("o", "Choose a picture"),
    ("Ctrl V", "Paste a picture"),
    ("c", "Copy the caption"),
    ("Esc", "Cancel what is running"),
    ("?", "Show these keys"),
];

/// A dialog with all keys.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let rows = KEYS.map(|(key, what)| view! { <dt><kbd>{key}</kbd></dt><dd>{what}</dd> });
    view! {
        <dialog class="help" id=HELP_ID aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl>{rows}</dl>
            <form method="dialog">
                <button class="button" type="submit">"Close"</button>
            </form>
        </dialog>
    }
}
