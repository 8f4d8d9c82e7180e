//! What keys do in the playground.

use leptos::ev;
use leptos::prelude::*;
use web_sys::HtmlElement;

use super::{asking, clipboard, element, keys, tray};
use crate::components::stage::FILE_INPUT_ID;
use crate::state::Page;

/// Listens to keys for as long as the page stands.
pub(super) fn attach(page: Page) {
    window_event_listener(ev::keydown, move |event| {
        if let Some(key) = keys::meaning(&event) {
            press(page, &key);
        }
    });
}

fn press(page: Page, key: &str) {
    match key {
        "Escape" => asking::cancel_all(page),
        "ArrowLeft" => tray::step(page, -1),
        "ArrowRight" => tray::step(page, 1),
        "o" => choose_pictures(),
        "c" => clipboard::copy_caption(page),
        "r" => asking::ask_shown(page),
        "x" => {
            if let Some(id) = page.tray.with_untracked(|tray| tray.shown) {
                tray::remove(page, id);
            }
        }
        _ => {}
    }
}

/// Opens the chooser of files.
pub(crate) fn choose_pictures() {
    if let Some(input) = element::<HtmlElement>(FILE_INPUT_ID) {
        input.click();
    }
}
