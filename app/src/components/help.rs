//! The list of keys.

use leptos::prelude::*;

use crate::browser::keys;

/// The dialog's id.
pub(crate) const HELP_ID: &str = "keys";

const KEYS: [(&str, &str); 9] = [
    ("o", "Choose pictures"),
    ("Ctrl V", "Paste a picture"),
    ("← →", "Picture before, picture after"),
    ("r", "Caption the shown picture"),
    ("Esc", "Cancel what is running"),
    ("c", "Copy the caption"),
    ("x", "Remove the shown picture"),
    ("u", "Bring back what was removed"),
    ("?", "Show these keys"),
];

/// A dialog with all keys, and the switch that turns single letters off.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let is_on = RwSignal::new(true);
    Effect::new(move |_| is_on.set(keys::are_wanted()));
    let rows = KEYS.map(|(key, what)| view! { <dt><kbd>{key}</kbd></dt><dd>{what}</dd> });
    view! {
        <dialog class="help" id=HELP_ID aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl>{rows}</dl>
            <label class="switch">
                <input
                    type="checkbox"
                    prop:checked=move || is_on.get()
                    on:change=move |event| keys::turn(event_target_checked(&event))
                />
                "Single letters do something"
            </label>
            <form method="dialog">
                <button class="button" type="submit" autofocus>"Close"</button>
            </form>
        </dialog>
    }
}
