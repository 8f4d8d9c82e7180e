//! What can be done with the chosen pictures.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::more::SelectionWork;
use super::state::GridState;
use crate::browser::grid::{bulk, selection};
use crate::part::view;
use crate::types::{Role, Status};
use crate::words;

/// A bar at the foot of the window, while pictures are chosen.
#[component]
pub(crate) fn SelectionBar(grid: GridState) -> impl IntoView {
    let number = Memo::new(move |_| grid.chosen.with(BTreeSet::len));
    let has_captions = Memo::new(move |_| grid.listing.with(|listing| !listing.captions.is_empty()));
    let (may_review, may_delete) = (grid.may(Role::Reviewer), grid.may(Role::Owner));
    let review = move || {
        view! {
            <button class="button" type="button" on:click=move |_| bulk::set_status(grid, Status::Approved)>
                "Approve captions"
            </button>
            <button class="button" type="button" on:click=move |_| bulk::set_status(grid, Status::Rejected)>
                "Reject captions"
            </button>
        }
    };
    let bar = move || {
        view! {
            <section class="selection-bar" aria-label="Selection">
                <p class="number">{move || format!("{} selected", words::count(number.get(), "picture"))}</p>
                <div class="selection-actions">
                    <SelectionWork grid />
                    {move || (may_review && has_captions.get()).then(review)}
                    {may_delete
                        .then(|| {
                            view! {
                                <button class="button" type="button" on:click=move |_| bulk::delete(grid)>
                                    "Delete"
                                </button>
                            }
                        })}
                    <button class="button quiet-button" type="button" on:click=move |_| selection::clear(grid)>
                        "Select none"
                        <kbd aria-hidden="true">"Esc"</kbd>
                    </button>
                </div>
            </section>
        }
    };
    let is_there = Memo::new(move |_| number.get() > 0);
    move || is_there.get().then(bar)
}
