//! The page's keys.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use super::{clipboard, element, upload};
use crate::components::help::HELP_ID;
use crate::components::stage::FILE_INPUT_ID;
use crate::state::Page;

/// Listens to keys for as long as the page stands, except where someone writes or holds a modifier.
pub(crate) fn attach(page: Page) {
    window_event_listener(ev::keydown, move |event| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_writing(&event) {
            return;
        }
        match event.key().as_str() {
            "o" => choose_picture(),
            "c" => clipboard::copy_caption(page),
            // While the keys are shown, this one closes them.
            "Escape" if !is_help_open() => upload::cancel(page),
            "?" => open_help(),
            _ => {}
        }
    });
}

/// Opens the list of keys.
pub(crate) fn open_help() {
    if let Some(dialog) = element::<HtmlDialogElement>(HELP_ID)
        && !dialog.open()
    {
        let _ = dialog.show_modal();
    }
}

fn is_help_open() -> bool {
    element::<HtmlDialogElement>(HELP_ID).is_some_and(|dialog| dialog.open())
}

/// Opens the chooser of files.
pub(crate) fn choose_picture() {
    if let Some(input) = element::<HtmlElement>(FILE_INPUT_ID) {
        input.click();
    }
}

fn is_writing(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT")
            || (element.tag_name() == "INPUT" && element.get_attribute("type").as_deref() == Some("text"))
    })
}
