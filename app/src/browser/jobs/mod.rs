//! Jobs in the browser: numbers that move, and a file on its way. The pages themselves are the server's.

mod import;
mod live;
mod ring;

use super::clock;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element};

/// Brings what concerns jobs to life on a page of this kind.
pub(crate) fn attach(kind: &str) {
    ring::attach();
    match kind {
        "job" => {
            write_times(&document());
            live::follow_job();
        }
        "jobs" => {
            write_times(&document());
            live::follow_list();
        }
        "import" => import::attach(),
        _ => {}
    }
}

/// Writes the moments of a page as the reader does.
fn write_times(page: &Document) {
    for moment in elements(page, "#page time") {
        if let Some(at) = moment.get_attribute("datetime") {
            moment.set_text_content(Some(&clock::local(&at)));
        }
    }
}

/// All elements that a selector finds.
fn elements(page: &Document, selector: &str) -> Vec<Element> {
    let Ok(found) = page.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|place| found.get(place)?.dyn_into().ok()).collect()
}
