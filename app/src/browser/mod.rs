//! What a person does to the page, carried out. Runs in the browser alone; on the server nothing calls it.

pub(crate) mod clipboard;
pub(crate) mod files;
pub(crate) mod keys;
pub(crate) mod region;
pub(crate) mod upload;

use leptos::prelude::*;

use crate::state::Page;

/// Listens to the whole window: pictures dropped or pasted anywhere, and keys. Says so in the page's
/// `data-hydrated`, which reveals what needs scripts.
pub(crate) fn attach(page: Page) {
    files::attach(page);
    keys::attach(page);
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "true");
    }
}

/// Keeps the address in step with the page, so that it can be reloaded and shared.
pub(crate) fn show_address(page: Page) {
    let sample = page.picture.with_untracked(|picture| picture.as_ref().and_then(|picture| picture.sample.clone()));
    let address = untrack(|| page.address(sample.as_deref()));
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
}
