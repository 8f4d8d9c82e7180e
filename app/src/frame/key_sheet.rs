//! The list of keys.

use leptos::prelude::*;

use crate::browser::keys::{SHEET_ID, SWITCH_ID};
use crate::part::view;
use crate::types::PageData;

/// Keys that do something on every page that has something for them to do.
const EVERYWHERE: [(&str, &str); 3] = [("/", "Search"), ("u", "Undo what was just done"), ("?", "Show these keys")];

const PLAYGROUND: [(&str, &str); 7] = [
    ("o", "Choose pictures"),
    ("Ctrl V", "Paste a picture"),
    ("← →", "Picture before, picture after"),
    ("r", "Caption the shown picture"),
    ("Esc", "Cancel what is running"),
    ("c", "Copy the caption"),
    ("x", "Remove the shown picture"),
];

const GRID: [(&str, &str); 7] = [
    ("← ↑ ↓ →", "Go from picture to picture"),
    ("Enter", "Open the picture"),
    ("Space, x", "Select it"),
    ("Shift ← →", "Select from here on"),
    ("Ctrl A", "Select all that are loaded; again for all that match"),
    ("Esc", "Select none"),
    ("b", "Show or hide boxes"),
];

const IMAGE: [(&str, &str); 12] = [
    ("← →", "Picture before, picture after"),
    ("e", "Edit the caption"),
    ("a", "Approve it"),
    ("s", "Submit it"),
    ("x", "Reject it, and say why"),
    ("j k", "Caption after, caption before"),
    ("r", "Run a task"),
    ("d", "Mark how the others differ from it"),
    ("b", "Show or hide boxes"),
    ("+ − 0", "Zoom in, zoom out, whole picture"),
    ("Shift ← ↑ ↓ →", "Move the zoomed picture"),
    ("Esc", "Back to the dataset"),
];

const COMPARE: [(&str, &str); 4] =
    [("← ↑ ↓ →", "Go from caption to caption"), ("p, a", "Pick the caption"), ("e", "Edit it"), ("n", "More images")];

const ARENA: [(&str, &str); 5] = [
    ("← →", "The left caption is better, the right one is"),
    ("↑", "One is as good as the other"),
    ("↓", "Both are bad"),
    ("Space", "Skip these two"),
    ("u", "Take the last vote back"),
];

const REVIEW: [(&str, &str); 6] = [
    ("a", "Approve the caption"),
    ("x", "Reject it, and say why"),
    ("e", "Edit it, and approve that"),
    ("s, j, →", "Skip the image; of what was decided, the next"),
    ("k, ←", "Back to what was decided before"),
    ("u", "Take the last decision back"),
];

/// A dialog with all keys of a page, and the switch that turns single letters off.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn KeySheet(data: PageData, has_search: bool) -> impl IntoView {
    let own: &[(&str, &str)] = match &data {
        PageData::Playground(_) => &PLAYGROUND,
        PageData::Grid(_) => &GRID,
        PageData::Image(_) => &IMAGE,
        PageData::Compare(_) => &COMPARE,
        PageData::Arena(_) => &ARENA,
        PageData::Review(_) => &REVIEW,
        _ => &[],
    };
    let row = |(key, what): &(&'static str, &'static str)| view! { <dt><kbd>{*key}</kbd></dt><dd>{*what}</dd> };
    let own: Vec<_> = own.iter().map(row).collect();
    // What there is nothing to do for is no key of this page.
    let is_of_use = |(key, _): &&(&str, &str)| match *key {
        "/" => has_search,
        "u" => data.is_taken_over(),
        _ => true,
    };
    let everywhere: Vec<_> = EVERYWHERE.iter().filter(is_of_use).map(row).collect();
    view! {
        <dialog class="help" id=SHEET_ID aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl>{own} {everywhere}</dl>
            <label class="switch">
                <input id=SWITCH_ID type="checkbox" checked />
                "Single letters do something"
            </label>
            <form method="dialog">
                <button class="button" type="submit" autofocus>"Close"</button>
            </form>
        </dialog>
    }
}
