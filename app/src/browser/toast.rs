//! A short word on what was just done, and the way back.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement};

use super::element;

/// Where the server left room for it.
const PLACE_ID: &str = "toasts";

const STAYS: Duration = Duration::from_secs(5);
/// Long enough to read it and to get to its button.
const UNDO_STAYS: Duration = Duration::from_secs(20);

thread_local! {
    /// How to undo what was done last.
    static UNDO: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    /// Numbers the toasts, so that each takes away itself alone.
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// Shows a short word for a few seconds.
pub(crate) fn toast(words: &str) {
    show(words, false);
}

/// Says what was done, and offers to undo it.
pub(crate) fn toast_with_undo(words: &str, undo: impl FnOnce() + 'static) {
    UNDO.set(Some(Box::new(undo)));
    show(words, true);
}

/// Undoes what this page has said last that it can undo. Whether there was such a thing.
pub(crate) fn undo() -> bool {
    let Some(undo) = UNDO.take() else { return false };
    clear();
    undo();
    true
}

fn show(words: &str, can_undo: bool) {
    let number = NUMBER.get() + 1;
    NUMBER.set(number);
    let (Some(place), Some(toast), Some(text)) = (element::<Element>(PLACE_ID), make("div"), make("p")) else { return };
    toast.set_class_name("toast");
    text.set_text_content(Some(words));
    let _ = toast.append_child(&text);
    if can_undo && let Some(button) = make("button") {
        button.set_class_name("toast-undo");
        let _ = button.set_attribute("type", "button");
        button.set_text_content(Some(t!("Undo")));
        let press = Closure::once_into_js(|| {
            undo();
        });
        let _ = button.add_event_listener_with_callback("click", press.unchecked_ref());
        let _ = toast.append_child(&button);
    }
    place.replace_children_with_node_1(&toast);
    let hide = move || {
        if NUMBER.get() == number {
            clear();
        }
    };
    set_timeout(hide, if can_undo { UNDO_STAYS } else { STAYS });
}

fn clear() {
    if let Some(place) = element::<Element>(PLACE_ID) {
        place.replace_children_with_node_0();
    }
}

fn make(tag: &str) -> Option<HtmlElement> {
    document().create_element(tag).ok()?.dyn_into().ok()
}
