//! The list of keys.

use leptos::prelude::*;

use crate::browser::keys::{SHEET_ID, SWITCH_ID};
use crate::part::view;
use crate::types::PageData;
use crate::words::translate;

/// Keys that do something on every page that has something for them to do.
const EVERYWHERE: [(&str, &str); 4] = [
    ("/", message!("Search")),
    (UNDO, message!("Undo what was done last")),
    (REDO, message!("Do again what was undone")),
    ("?", message!("Show these keys")),
];

const UNDO: &str = "u, Ctrl Z";
const REDO: &str = "Shift U, Ctrl Shift Z";

const PLAYGROUND: [(&str, &str); 7] = [
    ("o", message!("Choose pictures")),
    ("Ctrl V", message!("Paste a picture")),
    ("← →", message!("Picture before, picture after")),
    ("r", message!("Caption the shown picture")),
    ("Esc", message!("Cancel what is running")),
    ("c", message!("Copy the caption")),
    ("x", message!("Remove the shown picture")),
];

const GRID: [(&str, &str); 7] = [
    ("← ↑ ↓ →", message!("Go from picture to picture")),
    ("Enter", message!("Open the picture")),
    ("Space, x", message!("Select it")),
    ("Shift ← →", message!("Select from here on")),
    ("Ctrl A", message!("Select all that are loaded; again for all that match")),
    ("Esc", message!("Select none")),
    ("b", message!("Show or hide boxes")),
];

const IMAGE: [(&str, &str); 12] = [
    ("← →", message!("Picture before, picture after")),
    ("e", message!("Edit the caption")),
    ("a", message!("Approve it")),
    ("s", message!("Submit it")),
    ("x", message!("Reject it, and say why")),
    ("j k", message!("Caption after, caption before")),
    ("r", message!("Run a task")),
    ("d", message!("Mark how the others differ from it")),
    ("b", message!("Show or hide boxes")),
    ("+ − 0", message!("Zoom in, zoom out, whole picture")),
    ("Shift ← ↑ ↓ →", message!("Move the zoomed picture")),
    ("Esc", message!("Back to the dataset")),
];

const COMPARE: [(&str, &str); 4] = [
    ("← ↑ ↓ →", message!("Go from caption to caption")),
    ("p, a", message!("Pick the caption")),
    ("e", message!("Edit it")),
    ("n", message!("More images")),
];

const ARENA: [(&str, &str); 5] = [
    ("← →", message!("The left caption is better, the right one is")),
    ("↑", message!("One is as good as the other")),
    ("↓", message!("Both are bad")),
    ("Space", message!("Skip these two")),
    ("u", message!("Take the last vote back")),
];

const REVIEW: [(&str, &str); 6] = [
    ("a", message!("Approve the caption")),
    ("x", message!("Reject it, and say why")),
    ("e", message!("Edit it, and approve that")),
    ("s, j, →", message!("Skip the image; of what was decided, the next")),
    ("k, ←", message!("Back to what was decided before")),
    ("u", message!("Take the last decision back")),
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
    let row =
        |(key, what): &(&'static str, &'static str)| view! { <dt><kbd>{*key}</kbd></dt><dd>{translate(what)}</dd> };
    let own: Vec<_> = own.iter().map(row).collect();
    // What there is nothing to do for is no key of this page.
    let is_of_use = |(key, _): &&(&str, &str)| match *key {
        "/" | REDO => has_search,
        UNDO => data.is_taken_over() || has_search,
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
            <p><a href="/docs/book/index.html">"Documentation"</a></p>
            <form method="dialog">
                <button class="button" type="submit" autofocus>"Close"</button>
            </form>
        </dialog>
    }
}
