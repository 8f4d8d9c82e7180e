//! Drawing a box on the picture, for the tasks that ask about a region.

use std::cell::Cell;

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::asking;
use crate::geometry::write_locations;
use crate::state::Page;
use crate::tasks::Input;

thread_local! {
    /// Where the pointer went down, in 0 to 1 of the picture.
    static CORNER: Cell<Option<(f64, f64)>> = const { Cell::new(None) };
}

/// Starts a box.
pub(crate) fn start(page: Page, event: &PointerEvent) {
    if page.task.get_untracked().input != Input::Region {
        return;
    }
    let Some((surface, place)) = surface_and_place(event) else { return };
    event.prevent_default();
    let _ = surface.set_pointer_capture(event.pointer_id());
    page.text.set(String::new());
    CORNER.set(Some(place));
}

/// Moves the box's other corner; the box is the task's input.
pub(crate) fn stretch(page: Page, event: &PointerEvent) {
    if let (Some(corner), Some((_, place))) = (CORNER.get(), surface_and_place(event)) {
        page.text.set(write_locations(corner, place));
    }
}

/// Ends the box, and asks about it.
pub(crate) fn finish(page: Page) {
    if CORNER.take().is_some() && page.text.with_untracked(|text| !text.is_empty()) {
        asking::ask_shown(page);
    }
}

fn surface_and_place(event: &PointerEvent) -> Option<(Element, (f64, f64))> {
    let surface: Element = event.current_target()?.dyn_into().ok()?;
    let frame = surface.get_bounding_client_rect();
    let x = (f64::from(event.client_x()) - frame.left()) / frame.width();
    let y = (f64::from(event.client_y()) - frame.top()) / frame.height();
    Some((surface, (x, y)))
}
