//! Getting pictures from the server: the list's beginning, and more of it as somebody scrolls there.

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use web_sys::AbortController;

use super::super::api::{self, Refused};
use super::room;
use crate::address::encode;
use crate::pages::grid::state::{GridState, Loaded, is_from_start};
use crate::types::{Facets, GridPart, Listing};

/// Pictures of a request.
const PAGE: u16 = 100;

/// How many windows ahead of what is seen pictures are known.
const AHEAD: f64 = 3.0;

thread_local! {
    /// The request that runs.
    static RUNNING: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Loads what is about to be seen.
pub(super) fn load_where_needed(grid: GridState) {
    let (spare, height) = (grid.spare.get(), grid.layout.with(|layout| layout.height));
    let (top, bottom) = grid.window.get();
    let (top, bottom) = (top - spare.before, bottom - spare.before);
    let (has_next, has_previous) =
        grid.images.with(|images| (images.next.is_some(), images.has_before() && !images.items.is_empty()));
    let is_paged = grid.listing.with(|listing| listing.page_size > 0);
    if is_paged || grid.is_loading.get() || grid.problem.with(Option::is_some) || grid.width.get() <= 0.0 {
        return;
    }
    let ahead = (bottom - top) * AHEAD;
    // Somebody pulled the scroll bar to where nothing is loaded.
    let is_elsewhere = (top > height + ahead && spare.after > 0.0) || (bottom < -ahead && spare.before > 0.0);
    if is_elsewhere && spare.each > 0.0 {
        jump(grid, ((top + spare.before) / spare.each) as i64, || {});
    } else if has_next && bottom + ahead > height {
        load_more(grid);
    } else if has_previous && top < ahead {
        load_previous(grid);
    }
}

/// Loads what follows the last picture.
pub(crate) fn load_more(grid: GridState) {
    let Some(cursor) = grid.images.with_untracked(|images| images.next.clone()) else { return };
    run(grid, path(grid, Some(&cursor), None), move |part| {
        grid.images.update(|images| {
            images.items.extend(part.images.into_iter().map(Arc::new));
            images.next = part.next_cursor;
        });
    });
}

/// Loads the pictures around a place of the whole list in place of those that are loaded, and then does something.
pub(super) fn jump(grid: GridState, number: i64, then: impl FnOnce() + 'static) {
    let most = untrack(|| grid.total()).map_or(i64::MAX, |total| total as i64 - 1);
    let page = number.clamp(0, most.max(0)) / i64::from(PAGE);
    run(grid, numbered(grid, page), move |part| {
        if part.images.is_empty() {
            // Numbered pages don't reach so far: what is loaded is what can be scrolled to.
            return grid.images.update(|images| images.is_counted = false);
        }
        grid.images.update(|images| {
            images.first = page * i64::from(PAGE);
            images.anchor = images.first;
            images.items = part.images.into_iter().map(Arc::new).collect();
            images.next = part.next_cursor;
            images.previous = None;
        });
        room::measure(grid);
        request_animation_frame(then);
    });
}

/// The address of a page of the whole list, counted from 0.
fn numbered(grid: GridState, page: i64) -> String {
    format!("{}&page_size={PAGE}&page={}", path(grid, None, None), page + 1)
}

/// Loads what comes before the first picture. What is seen stays where it is.
fn load_previous(grid: GridState) {
    let (first, before) = grid.images.with_untracked(|images| (images.first, images.previous.clone()));
    let path = match before {
        Some(before) => path(grid, None, Some(&before)),
        None => numbered(grid, first / i64::from(PAGE) - 1),
    };
    run(grid, path, move |part| {
        let anchor = grid.images.with_untracked(|images| images.first);
        let old_top = grid.place(anchor).top;
        grid.images.update(|images| {
            images.first -= part.images.len() as i64;
            let loaded = part.images.into_iter().map(Arc::new);
            images.items = loaded.chain(images.items.drain(..)).collect();
            images.previous = part.previous_cursor;
        });
        let shift = grid.place(anchor).top - old_top;
        spawn_local(async move {
            // Once the list is as high as it is now.
            tick().await;
            window().scroll_by_with_x_and_y(0.0, shift);
            room::measure(grid);
        });
    });
}

/// Loads the list from its beginning, or from the picture that the address names.
pub(super) fn reload(grid: GridState) {
    count(grid);
    run(grid, path(grid, None, None), move |part| {
        grid.images.update(|images| {
            *images = Loaded {
                items: part.images.into_iter().map(Arc::new).collect(),
                next: part.next_cursor,
                total: part.total,
                is_counted: grid.listing.with_untracked(is_from_start),
                list: images.list + 1,
                ..Loaded::default()
            };
        });
        grid.current.set(0);
        grid.wrong.set(part.wrong);
        grid.problem.set(part.problem);
    });
}

/// Counts how the listing's pictures divide. Counts that can't be had leave the filters without numbers.
pub(super) fn count(grid: GridState) {
    let query = grid.listing.with_untracked(Listing::whole_query);
    let path = format!("/api/v1/datasets/{}/facets?q={}", grid.slug(), encode(&query));
    spawn_local(async move {
        let facets = api::get::<Facets>(&path, None).await.and_then(Result::ok);
        // Another listing may have been chosen meanwhile, whose counts are under way.
        if grid.listing.with_untracked(Listing::whole_query) == query {
            grid.facets.set(facets);
        }
    });
}

/// Tries again what failed.
pub(crate) fn try_again(grid: GridState) {
    grid.problem.set(None);
    if grid.images.with_untracked(|images| images.items.is_empty()) {
        reload(grid);
    }
}

fn path(grid: GridState, cursor: Option<&str>, before: Option<&str>) -> String {
    // The page's own address gives a part of its list as well.
    let query = grid.listing.with_untracked(|listing| listing.part_query(PAGE, cursor, before));
    format!("/datasets/{}{query}", grid.slug())
}

/// Asks for a page, in place of what was asked for before.
fn run(grid: GridState, path: String, take: impl FnOnce(GridPart) + 'static) {
    let Ok(abort) = AbortController::new() else { return };
    if let Some(before) = RUNNING.replace(Some(abort.clone())) {
        before.abort();
    }
    grid.is_loading.set(true);
    grid.problem.set(None);
    spawn_local(async move {
        // What was aborted has another request in its place, which says what is going on.
        let Some(answer) = api::get::<GridPart>(&path, Some(&abort)).await else { return };
        match answer {
            Ok(part) => take(part),
            Err(Refused { problem, .. }) => grid.problem.set(Some(*problem)),
        }
        grid.is_loading.set(false);
    });
}
