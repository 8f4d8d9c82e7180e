//! What a person does to the page, carried out. Runs in the browser alone; on the server nothing calls it.

pub(crate) mod api;
pub(crate) mod asking;
pub(crate) mod clipboard;
pub(crate) mod clock;
#[cfg(feature = "hydrate")]
pub(crate) mod compare;
#[cfg(feature = "hydrate")]
mod completion;
mod dropped;
pub(crate) mod files;
#[cfg(feature = "hydrate")]
pub(crate) mod frame;
pub(crate) mod grid;
pub(crate) mod image;
#[cfg(feature = "hydrate")]
pub(crate) mod jobs;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod numbers;
#[cfg(feature = "hydrate")]
pub(crate) mod plain;
pub(crate) mod region;
mod request;
#[cfg(feature = "hydrate")]
mod review;
mod sending;
pub(crate) mod shortcuts;
pub(crate) mod toast;
pub(crate) mod tray;
pub(crate) mod turn;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlDetailsElement, HtmlElement, HtmlInputElement, HtmlSelectElement};

use crate::components::parameter_panel;
use crate::components::stage::{FILE_INPUT_ID, SHOWN_ID};
use crate::components::task_picker::{TASK_ID, TEXT_ID};
use crate::parameters::Parameter;
use crate::state::Page;
use crate::tasks;

/// Takes over the playground: catches up with what was done before the scripts arrived, then listens to the whole window
/// for pictures and keys.
pub(crate) fn attach(page: Page) {
    catch_up(page);
    if let Some(input) = element::<HtmlInputElement>(FILE_INPUT_ID) {
        // The plain form sends one picture; with scripts there may be many.
        input.set_multiple(true);
        files::take_chosen(page, &input);
    }
    files::attach(page);
    shortcuts::attach(page);
}

/// Reads what was written into the form before the scripts arrived.
fn catch_up(page: Page) {
    if let Some(select) = element::<HtmlSelectElement>(TASK_ID) {
        page.task.set(tasks::find_or_first(&select.value()));
    }
    if let Some(input) = element::<HtmlInputElement>(TEXT_ID) {
        page.text.set(input.value());
    }
    for parameter in Parameter::ALL {
        let id = parameter_panel::id_of(parameter);
        let written = element::<HtmlInputElement>(&id).map(|input| input.value());
        let chosen = || element::<HtmlSelectElement>(&id).map(|select| select.value());
        if let Some(value) = written.or_else(chosen) {
            page.parameters.update(|parameters| parameters.set(parameter, value));
        }
    }
    if let (Some(image), Some(picture)) = (element(SHOWN_ID), page.picture.get_untracked()) {
        tray::learn_size(page, &picture.src, files::size_of(&image));
    }
}

/// Where the server is, such as `http://localhost:8000`.
pub(crate) fn server() -> String {
    window().location().origin().unwrap_or_default()
}

/// The page's address.
pub(crate) fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Whether the fold that an event is about is open.
pub(crate) fn is_open(event: &Event) -> bool {
    event.target().and_then(|fold| fold.dyn_into::<HtmlDetailsElement>().ok()).is_some_and(|fold| fold.open())
}

/// Whether the window is as narrow as the style sheet's narrowest.
pub(crate) fn is_narrow() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width <= 600.0)
}

/// Takes the person to an element.
pub(crate) fn focus(id: &str) {
    if let Some(field) = element::<HtmlElement>(id) {
        let _ = field.focus();
    }
}

/// Takes the person to an element once the page has been drawn anew.
pub(crate) fn focus_soon(id: String) {
    request_animation_frame(move || focus(&id));
}

/// Opens the parameters at the one that something is wrong with.
pub(crate) fn show_parameter(parameter: Parameter) {
    if let Some(panel) = element::<HtmlDetailsElement>(parameter_panel::PANEL_ID) {
        panel.set_open(true);
    }
    focus(&parameter_panel::id_of(parameter));
}

/// Keeps the address in step with the page, so that it can be reloaded and shared.
pub(crate) fn show_address(page: Page) {
    let query = untrack(|| page.address(page.shown_sample().as_deref()));
    let path = window().location().pathname().unwrap_or_default();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{query}")));
    }
}

/// The element of this id, if it is there and of this kind.
pub(crate) fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
