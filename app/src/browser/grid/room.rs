//! How much room the grid has, and what of it is seen.

use std::cell::Cell;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

use super::super::{element, is_narrow};
use crate::pages::grid::GRID_ID;
use crate::pages::grid::state::GridState;

thread_local! {
    /// Whether what is seen will be looked at anyway before the next picture is drawn.
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Measures the room, now and whenever it changes.
pub(super) fn attach(grid: GridState) {
    measure(grid);
    window_event_listener(ev::scroll, move |_| soon(grid));
    window_event_listener(ev::resize, move |_| soon(grid));
    // The room also changes when filters fold away.
    let changed = Closure::<dyn Fn()>::new(move || soon(grid)).into_js_value();
    let main = document().query_selector(".grid-main").ok().flatten();
    if let (Ok(observer), Some(main)) = (ResizeObserver::new(changed.unchecked_ref()), main) {
        observer.observe(&main);
    }
}

/// Looks at what is seen now.
pub(super) fn measure(grid: GridState) {
    let Some(list) = element::<Element>(GRID_ID) else { return };
    let frame = list.get_bounding_client_rect();
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    let is_narrow = is_narrow();
    if grid.is_narrow.get_untracked() != is_narrow {
        grid.is_narrow.set(is_narrow);
    }
    if frame.width() > 0.0 && (grid.width.get_untracked() - frame.width()).abs() >= 0.5 {
        grid.width.set(frame.width());
    }
    let seen = (-frame.top(), height - frame.top());
    if grid.window.get_untracked() != seen {
        grid.window.set(seen);
    }
}

fn soon(grid: GridState) {
    if !IS_ASKED.replace(true) {
        request_animation_frame(move || {
            IS_ASKED.set(false);
            measure(grid);
        });
    }
}
