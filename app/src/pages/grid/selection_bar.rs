//! What can be done with the chosen pictures.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::more::{MatchingWork, SelectionWork};
use super::state::GridState;
use crate::browser::grid::{bulk, selection};
use crate::part::{Part, handler, live, view};
use crate::types::{Role, Status};

/// A bar at the foot of the window, while pictures are chosen.
#[component]
pub(crate) fn SelectionBar(grid: GridState) -> impl IntoView {
    let is_there = Memo::new(move |_| grid.chosen.with(|chosen| !chosen.is_empty()));
    let bar = move || {
        view! {
            <section class="selection-bar" aria-label="Selection">
                <p class="number">{live(move || chosen(grid))}</p>
                <div class="selection-actions">
                    {live(move || all_that_match(grid))}
                    {live(move || {
                        if grid.is_all_chosen.get() {
                            view! { <MatchingWork grid /> }
                        } else {
                            view! { <SelectionWork grid /> }
                        }
                    })}
                    <Review grid />
                    {live(move || (grid.may(Role::Owner) && !grid.is_all_chosen.get()).then(|| delete(grid)))}
                    <button class="button quiet-button" type="button" on:click=handler(move |_| selection::clear(grid))>
                        "Select none"
                        <kbd aria-hidden="true">"Esc"</kbd>
                    </button>
                </div>
            </section>
        }
    };
    live(move || is_there.get().then(bar))
}

/// How many pictures are chosen.
pub(super) fn chosen(grid: GridState) -> String {
    if !grid.is_all_chosen.get() {
        return plural!(grid.chosen.with(BTreeSet::len), "{n} picture selected", "{n} pictures selected");
    }
    match grid.total() {
        Some(total) => plural!(total, "All {n} picture that match selected", "All {n} pictures that match selected"),
        None => t!("All pictures that match selected").into(),
    }
}

/// What chooses the rest, once all that is loaded is chosen and there is more.
fn all_that_match(grid: GridState) -> Option<Part> {
    let loaded = grid.images.with(|images| images.items.len());
    let is_offered = !grid.is_all_chosen.get() && grid.has_more() && grid.chosen.with(BTreeSet::len) >= loaded;
    is_offered.then(|| {
        let words = match grid.total() {
            Some(total) => plural!(total, "Select all {n} picture that match", "Select all {n} pictures that match"),
            None => t!("Select all that match").into(),
        };
        view! {
            <button class="button number" type="button" on:click=handler(move |_| selection::choose_matching(grid))>
                {words}
            </button>
        }
    })
}

#[component]
fn Review(grid: GridState) -> impl IntoView {
    let may_review = grid.may(Role::Reviewer);
    let has_captions = Memo::new(move |_| grid.listing.with(|listing| !listing.captions.is_empty()));
    let buttons = move || {
        view! {
            <button
                class="button"
                type="button"
                on:click=handler(move |_| bulk::set_status(grid, Status::Approved, ""))
            >
                "Approve captions"
            </button>
            <details class="menu more-menu">
                <summary class="button">"Reject captions"</summary>
                <form
                    class="menu-list field"
                    on:submit=handler(move |event: leptos::ev::SubmitEvent| {
                        event.prevent_default();
                        bulk::reject(grid);
                    })
                >
                    <label for=bulk::REASON_ID>"Why? Whoever wrote them will read this"</label>
                    <input id=bulk::REASON_ID type="text" maxlength="1000" autocomplete="off" />
                    <button class="button" type="submit">"Reject them"</button>
                </form>
            </details>
        }
    };
    live(move || (may_review && has_captions.get()).then(buttons))
}

fn delete(grid: GridState) -> Part {
    view! {
        <button class="button" type="button" on:click=handler(move |_| bulk::delete(grid))>
            "Delete"
        </button>
    }
}
