//! The page's keys.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use super::{asking, clipboard, element, tray};
use crate::components::help::HELP_ID;
use crate::components::stage::FILE_INPUT_ID;
use crate::state::Page;

/// Where the wish to do without keys is kept.
const SWITCH: &str = "vasari-keys";

/// Listens to keys for as long as the page stands, except where someone writes or holds a modifier.
pub(crate) fn attach(page: Page) {
    window_event_listener(ev::keydown, move |event| {
        let is_taken = event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key();
        if is_taken || is_writing(&event) || is_help_open() {
            return;
        }
        match event.key().as_str() {
            "Escape" => asking::cancel_all(page),
            "ArrowLeft" => tray::step(page, -1),
            "ArrowRight" => tray::step(page, 1),
            key if are_wanted() => press(page, key),
            _ => {}
        }
    });
}

/// What single letters do.
fn press(page: Page, key: &str) {
    match key {
        "o" => choose_pictures(),
        "c" => clipboard::copy_caption(page),
        "r" => asking::ask_shown(page),
        "x" => {
            if let Some(id) = page.tray.with_untracked(|tray| tray.shown) {
                tray::remove(page, id);
            }
        }
        "u" => tray::undo(page),
        "?" => open_help(),
        _ => {}
    }
}

/// Whether the person wants single letters to do something; they may stand in the way of a speech input.
pub(crate) fn are_wanted() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(SWITCH).ok().flatten()).is_none_or(|wish| wish != "off")
}

/// Turns single letters on or off, for this visit and the next.
pub(crate) fn turn(is_on: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = if is_on { storage.remove_item(SWITCH) } else { storage.set_item(SWITCH, "off") };
    }
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
pub(crate) fn choose_pictures() {
    if let Some(input) = element::<HtmlElement>(FILE_INPUT_ID) {
        input.click();
    }
}

fn is_writing(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| {
        let kind = element.get_attribute("type").unwrap_or_default();
        match element.tag_name().as_str() {
            "TEXTAREA" | "SELECT" => true,
            "INPUT" => !matches!(kind.as_str(), "file" | "checkbox"),
            _ => false,
        }
    })
}
