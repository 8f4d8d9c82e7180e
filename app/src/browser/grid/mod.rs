//! What a person does to a dataset's pictures, carried out.

pub(crate) mod bulk;
pub(crate) mod keys;
pub(crate) mod listing;
pub(crate) mod loading;
mod memory;
pub(crate) mod picture;
mod room;
pub(crate) mod selection;
pub(crate) mod take_along;
pub(crate) mod upload;
pub(crate) mod views;

pub(crate) use memory::SEEN;

use leptos::ev;
use leptos::prelude::*;

use super::turn;
use crate::pages::grid::state::GridState;

/// Takes over the page: restores where somebody was, measures the room, and listens.
pub(crate) fn attach(grid: GridState) {
    let was_at = memory::restore(grid);
    room::attach(grid);
    memory::go_to(grid, was_at.as_ref());
    window_event_listener(ev::pagehide, move |_| memory::keep(grid));
    window_event_listener(ev::popstate, move |_| listing::follow_address(grid));
    window_event_listener(ev::submit, move |event| listing::search(grid, &event));
    window_event_listener(ev::keydown, move |event| keys::press_anywhere(grid, &event));
    turn::on_turned(move |captions| bulk::put(grid, &captions));
    upload::attach(grid);
    Effect::new(move |_| loading::load_where_needed(grid));
}
