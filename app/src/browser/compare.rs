//! The table of captions by keyboard: the arrows go from cell to cell.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::keys;

/// Where the cell is kept that the person was at, while the page is loaded anew: its row and its place, from 0.
const CELL: &str = "vasari-cell";

/// Takes over the table.
pub(crate) fn attach() {
    return_to_cell();
    window_event_listener(ev::keydown, |event| press(&event));
}

fn press(event: &KeyboardEvent) {
    let Some(key) = keys::meaning(event) else { return };
    let Some(table) = document().get_element_by_id("compare") else { return };
    let rows: Vec<Vec<Element>> = children(&table, "tbody tr").iter().map(|row| children(row, "td")).collect();
    let focused = document().active_element();
    let place = focused.as_ref().and_then(|focused| {
        let cell = focused.closest("td").ok().flatten()?;
        let row = rows.iter().position(|row| row.contains(&cell))?;
        Some((row, rows[row].iter().position(|other| *other == cell)?))
    });
    let step = |rows_on: isize, cells_on: isize| {
        let Some((row, cell)) = place else { return Some((0, 0)) };
        Some((row.checked_add_signed(rows_on)?, cell.checked_add_signed(cells_on)?))
    };
    let target = match key.as_str() {
        "ArrowUp" => step(-1, 0),
        "ArrowDown" => step(1, 0),
        "ArrowLeft" => step(0, -1),
        "ArrowRight" => step(0, 1),
        "p" | "a" => return press_in(place, &rows, "[data-pick]:not([disabled])", event),
        "e" => return press_in(place, &rows, "[data-edit]", event),
        _ => return,
    };
    let cell = target.and_then(|(row, cell)| rows.get(row)?.get(cell)?.dyn_ref::<HtmlElement>().cloned());
    if let Some(cell) = cell {
        event.prevent_default();
        let _ = cell.focus();
    }
}

/// Takes the focus back to the cell in which something was picked.
fn return_to_cell() {
    let Ok(Some(storage)) = window().session_storage() else { return };
    let kept = storage.get_item(CELL).ok().flatten();
    let _ = storage.remove_item(CELL);
    let place = kept.and_then(|kept| {
        let (row, cell) = kept.split_once(' ')?;
        Some((row.parse::<usize>().ok()?, cell.parse::<usize>().ok()?))
    });
    let (Some((row, cell)), Some(table)) = (place, document().get_element_by_id("compare")) else { return };
    let found = children(&table, "tbody tr").get(row).and_then(|row| children(row, "td").get(cell).cloned());
    if let Some(cell) = found.and_then(|cell| cell.dyn_into::<HtmlElement>().ok()) {
        let _ = cell.focus();
    }
}

/// Presses what is in the cell that has the focus.
fn press_in(place: Option<(usize, usize)>, rows: &[Vec<Element>], what: &str, event: &KeyboardEvent) {
    let cell = place.and_then(|(row, cell)| rows.get(row)?.get(cell));
    let found = cell.and_then(|cell| cell.query_selector(what).ok().flatten());
    if let Some(button) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        if let (Some((row, cell)), Ok(Some(storage))) = (place, window().session_storage()) {
            let _ = storage.set_item(CELL, &format!("{row} {cell}"));
        }
        button.click();
    }
}

fn children(of: &Element, what: &str) -> Vec<Element> {
    let Ok(found) = of.query_selector_all(what) else { return Vec::new() };
    (0..found.length()).filter_map(|place| found.get(place)?.dyn_into().ok()).collect()
}
