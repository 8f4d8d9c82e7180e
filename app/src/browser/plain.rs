//! What scripts add to pages that they don't take over: moments as the reader writes them, keys, and buttons that copy.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlButtonElement, HtmlElement, HtmlInputElement};

use super::{clipboard, clock, element, keys, review};

/// Writes the moments of the page, and listens: for buttons with `data-copy`, which names the field to copy, and for the keys
/// that links, buttons and folds name by `data-key`, or several of them by `data-keys`.
pub(crate) fn attach() {
    if let Ok(moments) = document().query_selector_all("#page time[datetime]") {
        let moments = (0..moments.length()).filter_map(|place| moments.get(place)?.dyn_into::<Element>().ok());
        for moment in moments {
            if let Some(at) = moment.get_attribute("datetime") {
                moment.set_text_content(Some(&clock::local(&at)));
            }
        }
    }
    window_event_listener(ev::keydown, |event| {
        // A link or a button that has the focus is pressed by the space bar itself.
        let is_own = event.key() == " " && event.target().is_some_and(|target| target.has_type::<HtmlButtonElement>());
        let Some(key) = keys::meaning(&event).filter(|_| !is_own) else { return };
        let key = key.replace('"', "");
        let named = format!("#page [data-key=\"{key}\"], #page [data-keys~=\"{key}\"]");
        let Ok(pressed) = document().query_selector(&named) else { return };
        if let Some(button) = pressed.and_then(|pressed| pressed.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            button.click();
            // Of a fold that has been opened, the first field is what one wants.
            let fold =
                button.parent_element().filter(|fold| button.tag_name() == "SUMMARY" && fold.has_attribute("open"));
            let field = fold.and_then(|fold| fold.query_selector("textarea, input:not([type=hidden])").ok().flatten());
            if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
                let _ = field.focus();
            }
        }
    });
    review::attach();
    window_event_listener(ev::click, |event| {
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button = pressed.and_then(|pressed| pressed.closest("[data-copy]").ok().flatten());
        let Some(field) = button.and_then(|button| button.get_attribute("data-copy")) else { return };
        if let Some(field) = element::<HtmlInputElement>(&field) {
            field.select();
            clipboard::copy(&field.value(), t!("Copied"));
        }
    });
}
