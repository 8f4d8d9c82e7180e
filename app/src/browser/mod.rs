//! What a person does to the page, carried out. Runs in the browser alone; on the server nothing calls it.

pub(crate) mod clipboard;
pub(crate) mod files;
pub(crate) mod keys;
pub(crate) mod region;
pub(crate) mod upload;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement};

use crate::components::stage::FILE_INPUT_ID;
use crate::components::task_picker::TASK_ID;
use crate::state::Page;
use crate::tasks;

/// Takes over the page: catches up with what was done before the scripts arrived, then listens to the whole window for
/// pictures and keys. Says so in the body's `data-hydrated`, which reveals what needs scripts.
pub(crate) fn attach(page: Page) {
    if let Some(select) = element::<HtmlSelectElement>(TASK_ID) {
        page.task.set(tasks::find_or_first(&select.value()));
    }
    if let Some(input) = element::<HtmlInputElement>(FILE_INPUT_ID) {
        files::take_chosen(page, &input);
    }
    files::attach(page);
    keys::attach(page);
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "true");
    }
}

/// Takes the person to a field.
pub(crate) fn focus(id: &str) {
    if let Some(field) = element::<HtmlElement>(id) {
        let _ = field.focus();
    }
}

fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Keeps the address in step with the page, so that it can be reloaded and shared.
pub(crate) fn show_address(page: Page) {
    let sample = page.picture.with_untracked(|picture| picture.as_ref().and_then(|picture| picture.sample.clone()));
    let address = untrack(|| page.address(sample.as_deref()));
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}
