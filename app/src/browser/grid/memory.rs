//! The way back: a list that one leaves is kept in the tab, to be there as it was when one comes back.

use std::sync::Arc;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use web_sys::{PerformanceNavigation, Storage};

use super::{keys, loading, room};
use crate::pages::grid::state::{GridState, Loaded};
use crate::types::{ListedImage, Listing};

/// Where the list is kept.
const LIST: &str = "vasari-list";

/// Where a picture's page says which one was looked at last.
pub(crate) const SEEN: &str = "vasari-seen";

/// Pictures that are kept. Of a longer list the place is kept, and what lies around it is loaded anew.
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
    is_counted: bool,
    anchor: i64,
    each: f64,
    /// Whether of a long list only the current picture is kept.
    is_part: bool,
    scrolled: f64,
    current: i64,
}

/// Where somebody was in a list that they come back to.
pub(super) struct WasAt {
    scrolled: f64,
    current: i64,
    is_picture: bool,
    /// Whether the pictures around it have to be loaded first.
    is_far: bool,
}

/// Keeps the list when the page is left.
pub(super) fn keep(grid: GridState) {
    let Some(storage) = storage() else { return };
    let images = grid.images.get_untracked();
    let address = grid.listing.with_untracked(|listing| key(grid, listing));
    let is_long = images.items.len() > MOST;
    if images.items.is_empty() || (is_long && !images.is_counted) {
        let _ = storage.remove_item(LIST);
        return;
    }
    let scrolled = window().scroll_y().unwrap_or_default();
    let (each, current) = (grid.spare.get_untracked().each, untrack(|| place_to_keep(grid)));
    let Loaded { first, items, next, previous, total, is_counted, anchor, .. } = &images;
    let (first, items) = match images.get(current).filter(|_| is_long) {
        Some(image) => (current, std::slice::from_ref(image)),
        None => (*first, items.as_slice()),
    };
    let kept = Kept {
        address,
        is_part: is_long,
        first,
        items: items.iter().map(|image| (**image).clone()).collect(),
        next: next.clone(),
        previous: previous.clone(),
        total: *total,
        is_counted: *is_counted,
        anchor: *anchor,
        each,
        scrolled,
        current,
    };
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
    let (scrolled, is_picture, is_far) = (kept.scrolled, picture.is_some(), kept.is_part);
    grid.images.update(|images| {
        let Kept { first, items, next, previous, total, is_counted, anchor, each, .. } = kept;
        let items = items.into_iter().map(Arc::new).collect();
        let list = images.list + 1;
        *images = Loaded { first, is_counted, each, anchor, items, next, previous, total, list };
    });
    // The address said where to begin, which has been seen to.
    if !listing.at.is_empty() {
        let address = Listing { at: String::new(), ..listing.clone() }.address(&grid.slug());
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
        }
        grid.listing.update(|listing| listing.at.clear());
    }
    Some(WasAt { scrolled, current, is_picture, is_far })
}

/// Goes to where somebody was, once the grid is laid out.
pub(super) fn go_to(grid: GridState, was_at: Option<&WasAt>) {
    let Some(&WasAt { scrolled, current, is_picture, is_far }) = was_at else { return };
    grid.current.set(current);
    if is_far {
        return loading::jump(grid, current, move || keys::return_to(grid, current));
    }
    request_animation_frame(move || {
        window().scroll_to_with_x_and_y(0.0, scrolled);
        room::measure(grid);
        if is_picture {
            keys::return_to(grid, current);
        }
    });
}

/// The picture to come back to: the one that keys are at if it is seen, else the first that is.
fn place_to_keep(grid: GridState) -> i64 {
    let (current, (top, bottom)) = (grid.current.get(), grid.window.get());
    let place = grid.place(current);
    if place.top + place.height > top && place.top < bottom {
        return current;
    }
    let before = grid.spare.get().before;
    let seen = grid.layout.with(|layout| layout.within(top - before, bottom - before));
    grid.images.with(|images| images.first) + seen.start as i64
}

/// What tells lists apart. How large the pictures are is no matter.
fn key(grid: GridState, listing: &Listing) -> String {
    let page = if listing.page_size > 0 { listing.page } else { 0 };
    format!("{}{}&page_size={}&page={page}", grid.slug(), listing.part_query(1, None, None), listing.page_size)
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
