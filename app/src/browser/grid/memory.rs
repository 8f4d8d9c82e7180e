//! The way back: a list that one leaves is kept in the tab, to be there as it was when one comes back.

use std::sync::Arc;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use web_sys::{PerformanceNavigation, Storage};

use super::{keys, room};
use crate::pages::grid::state::{GridState, Loaded};
use crate::types::{ListedImage, Listing};

/// Where the list is kept.
const LIST: &str = "vasari-list";

/// Where a picture's page says which one was looked at last.
pub(crate) const SEEN: &str = "vasari-seen";

/// Pictures that are kept. A longer list begins anew at the picture that was seen.
const MOST: usize = 5000;

/// A list as it was left.
#[derive(Serialize, Deserialize)]
struct Kept {
    address: String,
    first: i64,
    items: Vec<ListedImage>,
    next: Option<String>,
    previous: Option<String>,
    total: Option<u64>,
    scrolled: f64,
    current: i64,
}

/// Where somebody was in a list that they come back to.
pub(super) struct WasAt {
    scrolled: f64,
    current: i64,
    is_picture: bool,
}

/// Keeps the list when the page is left.
pub(super) fn keep(grid: GridState) {
    let Some(storage) = storage() else { return };
    let images = grid.images.get_untracked();
    let address = grid.listing.with_untracked(|listing| key(grid, listing));
    if images.items.is_empty() || images.items.len() > MOST {
        let _ = storage.remove_item(LIST);
        return;
    }
    let scrolled = window().scroll_y().unwrap_or_default();
    let Loaded { first, items, next, previous, total, .. } = images;
    let items = items.iter().map(|image| (**image).clone()).collect();
    let kept = Kept { address, first, items, next, previous, total, scrolled, current: grid.current.get_untracked() };
    // A tab that has no room for it goes without.
    let _ = serde_json::to_string(&kept).map(|json| storage.set_item(LIST, &json));
}

/// Takes the list as it was left, if somebody comes back to it: by the browser's own button, or from a picture's page.
pub(super) fn restore(grid: GridState) -> Option<WasAt> {
    let storage = storage()?;
    let seen = storage.get_item(SEEN).ok().flatten();
    let _ = storage.remove_item(SEEN);
    let is_back = window().performance()?.navigation().type_() == PerformanceNavigation::TYPE_BACK_FORWARD;
    if let Ok(history) = window().history() {
        let _ = history.set_scroll_restoration(web_sys::ScrollRestoration::Manual);
    }
    let listing = grid.listing.get_untracked();
    let picture = seen.or_else(|| Some(listing.at.clone()).filter(|at| !at.is_empty()));
    if !is_back && picture.is_none() {
        return None;
    }
    let kept: Kept = serde_json::from_str(&storage.get_item(LIST).ok()??).ok()?;
    if kept.address != key(grid, &listing) {
        return None;
    }
    let place = |id: &String| kept.items.iter().position(|image| image.id == *id);
    let current = match &picture {
        Some(id) => kept.first + i64::try_from(place(id)?).ok()?,
        None => kept.current,
    };
    let (scrolled, is_picture) = (kept.scrolled, picture.is_some());
    grid.images.update(|images| {
        let Kept { first, items, next, previous, total, .. } = kept;
        let items = items.into_iter().map(Arc::new).collect();
        *images = Loaded { first, items, next, previous, total, list: images.list + 1 };
    });
    // The address said where to begin, which has been seen to.
    if !listing.at.is_empty() {
        let address = Listing { at: String::new(), ..listing.clone() }.address(&grid.slug());
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
        }
        grid.listing.update(|listing| listing.at.clear());
    }
    Some(WasAt { scrolled, current, is_picture })
}

/// Goes to where somebody was, once the grid is laid out.
pub(super) fn go_to(grid: GridState, was_at: Option<&WasAt>) {
    let Some(&WasAt { scrolled, current, is_picture }) = was_at else { return };
    grid.current.set(current);
    request_animation_frame(move || {
        window().scroll_to_with_x_and_y(0.0, scrolled);
        room::measure(grid);
        if is_picture {
            keys::return_to(grid, current);
        }
    });
}

/// What tells lists apart. How large the pictures are is no matter.
fn key(grid: GridState, listing: &Listing) -> String {
    let page = if listing.page_size > 0 { listing.page } else { 0 };
    format!("{}{}&page_size={}&page={page}", grid.slug(), listing.part_query(1, None, None), listing.page_size)
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
