//! Another listing: followed from a link without leaving the page, and back again.

use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlInputElement};

use super::super::{element, keys::SEARCH_ID};
use super::{loading, selection};
use crate::pages::grid::state::GridState;
use crate::types::Listing;

/// Follows a link to another listing. Numbered pages are the server's; with a modifier the person wants the link itself.
pub(crate) fn follow(grid: GridState, event: &MouseEvent, listing: Listing) {
    let is_paged = listing.page_size > 0 || grid.listing.with_untracked(|listing| listing.page_size > 0);
    if is_paged || event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
        return;
    }
    event.prevent_default();
    show_address(grid, listing);
}

/// Searches without leaving the page.
pub(super) fn search(grid: GridState, event: &SubmitEvent) {
    let form = event.target().and_then(|form| form.dyn_into::<Element>().ok());
    let is_search = form.is_some_and(|form| form.get_attribute("role").as_deref() == Some("search"));
    let Some(search) = element::<HtmlInputElement>(SEARCH_ID).filter(|_| is_search) else { return };
    let listing = grid.listing.get_untracked();
    if listing.page_size == 0 {
        event.prevent_default();
        let _ = search.blur();
        let query = search.value().trim().to_owned();
        // Whoever begins to search wants to see what was found, whoever said it.
        let captions = if listing.query.is_empty() { String::new() } else { listing.captions.clone() };
        show_address(grid, Listing { query, captions, ..listing.from_start() });
    }
}

/// Shows a listing, as a step forth of the browser's history.
pub(super) fn show_address(grid: GridState, listing: Listing) {
    let address = listing.address(&grid.slug());
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    show(grid, listing);
}

/// Shows the listing that the address names, after a step back or forth.
pub(super) fn follow_address(grid: GridState) {
    let query = window().location().search().unwrap_or_default();
    let listing = Listing::parse(query.trim_start_matches('?'));
    if listing.page_size > 0 {
        let _ = window().location().reload();
        return;
    }
    show(grid, listing);
}

fn show(grid: GridState, listing: Listing) {
    let before = grid.listing.get_untracked();
    let listing = grid.dataset.with_untracked(|dataset| listing.settled(dataset.main_source()));
    if before == listing {
        return;
    }
    let is_same_answer =
        before.part_query(1, None, None) == listing.part_query(1, None, None) && before.at == listing.at;
    if let Some(search) = element::<HtmlInputElement>(SEARCH_ID) {
        search.set_value(&listing.query);
    }
    grid.listing.set(listing);
    if is_same_answer {
        // The tiles are made anew, in their new places.
        grid.images.update(|images| images.list += 1);
        return;
    }
    selection::clear(grid);
    window().scroll_to_with_x_and_y(0.0, 0.0);
    loading::reload(grid);
}
