//! Getting pictures from the server: the list's beginning, and more of it as somebody scrolls there.

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use web_sys::AbortController;

use super::super::api::{self, Refused};
use super::room;
use crate::address::encode;
use crate::pages::grid::state::{GridState, Loaded};
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
    let ((top, bottom), height) = (grid.window.get(), grid.layout.with(|layout| layout.height));
    let (has_next, has_previous) =
        grid.images.with(|images| (images.next.is_some(), images.previous.is_some() && !images.items.is_empty()));
    let is_paged = grid.listing.with(|listing| listing.page_size > 0);
    if is_paged || grid.is_loading.get() || grid.problem.with(Option::is_some) || grid.width.get() <= 0.0 {
        return;
    }
    let ahead = (bottom - top) * AHEAD;
    if has_next && bottom + ahead > height {
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

/// Loads what comes before the first picture. What is seen stays where it is.
fn load_previous(grid: GridState) {
    let Some(before) = grid.images.with_untracked(|images| images.previous.clone()) else { return };
    run(grid, path(grid, None, Some(&before)), move |part| {
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
