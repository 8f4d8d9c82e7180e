//! Choosing pictures.

use std::cell::Cell;

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::pages::grid::state::GridState;

thread_local! {
    /// The picture that a range begins at.
    static ANCHOR: Cell<i64> = const { Cell::new(0) };
}

/// A click on the grid: on a picture it opens it, unless it chooses it: with Ctrl, with Shift, or while others are chosen.
pub(crate) fn click(grid: GridState, event: &MouseEvent) {
    let Some(number) = number_at(event.target()) else { return };
    let is_choosing = grid.chosen.with_untracked(|chosen| !chosen.is_empty());
    if event.ctrl_key() || event.meta_key() || event.shift_key() || is_choosing {
        event.prevent_default();
        grid.current.set(number);
        choose(grid, number, event.shift_key());
    }
}

/// Chooses a picture or takes that back; with `is_range` all from the last one to it.
pub(crate) fn choose(grid: GridState, number: i64, is_range: bool) {
    if is_range {
        extend(grid, number);
        return;
    }
    ANCHOR.set(number);
    grid.is_all_chosen.set(false);
    let Some(id) = grid.images.with_untracked(|images| images.get(number).map(|image| image.id.clone())) else {
        return;
    };
    grid.chosen.update(|chosen| {
        if !chosen.remove(&id) {
            chosen.insert(id);
        }
    });
}

/// Chooses all pictures from where a range begins to this one.
pub(super) fn extend(grid: GridState, number: i64) {
    let anchor = ANCHOR.get();
    grid.is_all_chosen.set(false);
    grid.images.with_untracked(|images| {
        let ids = (anchor.min(number)..=anchor.max(number)).filter_map(|number| images.get(number));
        grid.chosen.update(|chosen| chosen.extend(ids.map(|image| image.id.clone())));
    });
}

/// Has ranges begin here, unless something is chosen already.
pub(super) fn begin_at(grid: GridState, number: i64) {
    if grid.chosen.with_untracked(std::collections::BTreeSet::is_empty) {
        ANCHOR.set(number);
    }
}

/// Chooses all that is loaded; where that is chosen already, all that matches.
pub(super) fn choose_all(grid: GridState) {
    let ids = grid.images.with_untracked(|images| images.items.iter().map(|image| image.id.clone()).collect());
    if grid.chosen.with_untracked(|chosen| *chosen == ids) {
        choose_matching(grid);
    } else {
        grid.chosen.set(ids);
    }
}

/// Chooses all that matches, loaded or not.
pub(crate) fn choose_matching(grid: GridState) {
    if untrack(|| grid.has_more()) {
        grid.is_all_chosen.set(true);
    }
}

/// Chooses nothing.
pub(crate) fn clear(grid: GridState) {
    grid.is_all_chosen.set(false);
    grid.chosen.update(std::collections::BTreeSet::clear);
}

/// The number of the picture that an event happened at.
pub(super) fn number_at(target: Option<web_sys::EventTarget>) -> Option<i64> {
    let element: Element = target?.dyn_into().ok()?;
    element.closest("[data-number]").ok()??.get_attribute("data-number")?.parse().ok()
}
