//! What stands around every page, brought to life: keys, menus, and the mark that scripts are there.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, HtmlDialogElement, HtmlElement, HtmlInputElement, Node};

use super::{completion, element, keys, toast, turn};

/// The id of the button that opens the list of keys.
const OPEN_KEYS_ID: &str = "open-keys";

/// Listens for as long as the page stands. Says so in the body's `data-hydrated`, which reveals what needs scripts.
pub(crate) fn attach() {
    window_event_listener(ev::keydown, |event| {
        if event.key() == "Escape" {
            close_menus(None);
        }
        match keys::turning(&event) {
            Some(true) => undo(),
            Some(false) => turn::redo(),
            None => {}
        }
        let did_something = match keys::meaning(&event).as_deref() {
            Some("/") => focus_search(),
            Some("?") => {
                open_sheet();
                true
            }
            Some("u") => {
                undo();
                true
            }
            Some("U") => {
                turn::redo();
                true
            }
            _ => false,
        };
        if did_something {
            event.prevent_default();
        }
    });
    window_event_listener(ev::click, |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_opener = |element: &Element| element.closest(&format!("#{OPEN_KEYS_ID}")).ok().flatten().is_some();
        if target.as_ref().is_some_and(is_opener) {
            open_sheet();
        }
        close_menus(target.as_ref().map(JsCast::unchecked_ref));
    });
    window_event_listener(ev::change, |event| {
        let switch = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(switch) = switch.filter(|input| input.id() == keys::SWITCH_ID) {
            turn(switch.checked());
        }
    });
    if let Some(switch) = element::<HtmlInputElement>(keys::SWITCH_ID) {
        switch.set_checked(keys::are_wanted());
    }
    completion::attach();
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "true");
    }
}

/// Undoes what this page has said last; otherwise what the person did last to captions of its dataset.
fn undo() {
    if !toast::undo() {
        turn::undo();
    }
}

/// Closes all menus but the one that `inside` lies in.
fn close_menus(inside: Option<&Node>) {
    let Ok(open) = document().query_selector_all("details.menu[open]") else { return };
    for place in 0..open.length() {
        let Some(menu) = open.get(place).and_then(|menu| menu.dyn_into::<HtmlDetailsElement>().ok()) else { continue };
        if !menu.contains(inside) {
            let had_focus = menu.contains(document().active_element().as_deref());
            menu.set_open(false);
            // The focus must not be lost in what is hidden now.
            if let (true, Ok(Some(summary))) = (had_focus, menu.query_selector("summary")) {
                let _ = summary.unchecked_into::<HtmlElement>().focus();
            }
        }
    }
}

fn focus_search() -> bool {
    let Some(field) = element::<HtmlInputElement>(keys::SEARCH_ID) else { return false };
    let _ = field.focus();
    field.select();
    true
}

/// Turns single letters on or off, for this visit and the next.
fn turn(is_on: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = if is_on { storage.remove_item(keys::KEPT) } else { storage.set_item(keys::KEPT, "off") };
    }
}

/// Opens the list of keys.
fn open_sheet() {
    if let Some(dialog) = element::<HtmlDialogElement>(keys::SHEET_ID)
        && !dialog.open()
    {
        let _ = dialog.show_modal();
    }
}
