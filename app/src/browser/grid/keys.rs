//! The grid by keyboard: one picture at a time is a stop of the Tab key, the arrows go on from there.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use web_sys::{FocusOptions, HtmlElement};

use super::super::{element, keys};
use super::{loading, selection};
use crate::pages::grid::state::GridState;
use crate::pages::grid::tile::ID_PREFIX;
use crate::types::Listing;

/// Space that stays free above and below a picture that is scrolled to: the bars.
const MARGIN: f64 = 96.0;

/// Frames that a tile may take to be made: ten seconds where a busy server is asked for it.
const MOST_FRAMES: u32 = 600;

/// Frames for which the focus stays where it was taken, though what loads meanwhile makes the tile anew.
const HELD_FRAMES: u32 = 180;

/// A key in the grid.
pub(crate) fn press(grid: GridState, event: &KeyboardEvent) {
    let now = grid.current.get_untracked();
    if (event.ctrl_key() || event.meta_key()) && event.key() == "a" {
        event.prevent_default();
        selection::choose_all(grid);
        return;
    }
    let Some(key) = keys::meaning(event) else { return };
    let target = match key.as_str() {
        "ArrowLeft" => now - 1,
        "ArrowRight" => now + 1,
        "ArrowUp" => beside(grid, now, -1),
        "ArrowDown" => beside(grid, now, 1),
        "Home" => {
            event.prevent_default();
            return go_far(grid, 0);
        }
        "End" => {
            event.prevent_default();
            let last = untrack(|| grid.total()).map_or(i64::MAX, |total| total as i64 - 1);
            return go_far(grid, last);
        }
        " " | "x" => {
            event.prevent_default();
            selection::choose(grid, now, event.shift_key());
            return;
        }
        _ => return,
    };
    event.prevent_default();
    let target = grid.images.with_untracked(|images| target.clamp(images.first, (images.end() - 1).max(images.first)));
    if event.shift_key() {
        selection::begin_at(grid, now);
        selection::extend(grid, target);
    }
    go_to(grid, target);
}

/// Goes to a picture of the whole list; where places are not counted, as near to it as is loaded.
fn go_far(grid: GridState, number: i64) {
    let (is_counted, first, end) = grid.images.with_untracked(|images| (images.is_counted, images.first, images.end()));
    if is_counted && number != i64::MAX && !(first..end).contains(&number) {
        loading::jump(grid, number, move || return_to(grid, number));
    } else {
        go_to(grid, number.clamp(first, (end - 1).max(first)));
    }
}

/// A key anywhere on the page.
pub(super) fn press_anywhere(grid: GridState, event: &KeyboardEvent) {
    match keys::meaning(event).as_deref() {
        Some("Escape") => selection::clear(grid),
        Some("b") => {
            let listing = grid.listing.get_untracked();
            if !listing.captions.is_empty() {
                super::listing::show_address(grid, Listing { boxes: !listing.boxes, ..listing });
            }
        }
        _ => {}
    }
}

/// Remembers the picture that the focus is on.
pub(crate) fn note_focus(grid: GridState, event: &FocusEvent) {
    if let Some(number) = selection::number_at(event.target()) {
        grid.current.set(number);
    }
}

/// Takes the focus back to a picture, which stays where it is if any of it is seen.
pub(super) fn return_to(grid: GridState, number: i64) {
    let place = untrack(|| grid.place(number));
    let (top, bottom) = grid.window.get_untracked();
    if place.top + place.height < top || place.top > bottom {
        scroll_to(grid, number);
    }
    focus(grid, number);
}

/// Takes the focus to a picture, and has it seen.
fn go_to(grid: GridState, number: i64) {
    scroll_to(grid, number);
    focus(grid, number);
    if grid.images.with_untracked(|images| number + 1 >= images.end()) && !grid.is_loading.get_untracked() {
        loading::load_more(grid);
    }
}

fn focus(grid: GridState, number: i64) {
    grid.current.set(number);
    hold_focus(grid, number, MOST_FRAMES, false);
}

/// Waits for the tile, which may have to be made first, and then sees to it for a while that the focus is on it, unless
/// somebody has gone on. What is to be seen has been scrolled to already.
fn hold_focus(grid: GridState, number: i64, frames: u32, was_taken: bool) {
    request_animation_frame(move || {
        if grid.current.try_get_untracked() != Some(number) || frames == 0 {
            return;
        }
        let (mut frames, mut was_taken) = (frames - 1, was_taken);
        if let Some(link) = element::<HtmlElement>(&format!("{ID_PREFIX}{number}")) {
            // The body has the focus where what had it is gone.
            let is_nowhere = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            if !was_taken || is_nowhere {
                let options = FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = link.focus_with_options(&options);
            }
            (frames, was_taken) = (frames.min(HELD_FRAMES), true);
        }
        hold_focus(grid, number, frames, was_taken);
    });
}

/// Scrolls as little as it takes to see a picture.
fn scroll_to(grid: GridState, number: i64) {
    let place = untrack(|| grid.place(number));
    let (top, bottom) = grid.window.get_untracked();
    let shift = if place.top < top + MARGIN {
        place.top - top - MARGIN
    } else if place.top + place.height + MARGIN > bottom {
        (place.top + place.height + MARGIN - bottom).min(place.top - top - MARGIN)
    } else {
        return;
    };
    window().scroll_by_with_x_and_y(0.0, shift);
    super::room::measure(grid);
}

fn beside(grid: GridState, number: i64, rows: isize) -> i64 {
    let first = grid.images.with_untracked(|images| images.first);
    let index = usize::try_from(number - first).unwrap_or_default();
    first + grid.layout.with_untracked(|layout| layout.beside(index, rows)) as i64
}
