//! Work on many pictures: what leads to the pages that ask for it.

use leptos::prelude::*;

use super::state::GridState;
use crate::address::encode;
use crate::browser::grid::{take_along, upload};
use crate::part::{handler, view};
use crate::types::Role;

/// A menu of work. The links take the filter along.
#[component]
pub(super) fn More(grid: GridState) -> impl IntoView {
    let slug = grid.slug();
    let jobs = format!("/jobs?dataset={slug}");
    let import = grid.may(Role::Owner).then(|| {
        view! { <a class="menu-item" href=format!("/datasets/{slug}/import")>"Import captions"</a> }
    });
    // The field itself stands beside the button for pictures.
    let folder = grid.may(Role::Owner).then(|| {
        view! {
            <button class="menu-item needs-script" type="button" on:click=handler(move |_| upload::choose_folder())>
                "Add a folder"
            </button>
        }
    });
    let caption =
        grid.may(Role::Annotator).then(|| view! { <WorkLink grid work="caption" words="Caption these images" /> });
    let edit = grid.may(Role::Annotator).then(|| view! { <WorkLink grid work="edit" words="Edit these captions" /> });
    let arena = grid.may(Role::Annotator).then(|| view! { <WorkLink grid work="arena" words="Compare blind" /> });
    let review = grid.may(Role::Reviewer).then(|| view! { <WorkLink grid work="review" words="Review" /> });
    let jobs = grid.may(Role::Annotator).then(|| view! { <a class="menu-item menu-last" href=jobs>"Jobs"</a> });
    let changes = format!("/datasets/{slug}/changes");
    let export = if grid.is_signed_in {
        view! { <WorkLink grid work="export" words="Export these images" /> }
    } else {
        view! { <SignInToExport grid class="menu-item" /> }
    };
    view! {
        <details class="menu more-menu">
            <summary class="button quiet-button">"More"</summary>
            <div class="menu-list">
                {folder} {import} {export} {caption} {edit} {review} <WorkLink grid work="compare" words="Compare sources" /> {arena}
                <WorkLink grid work="board" words="Board" /> <WorkLink grid work="metrics" words="Metrics" />
                <WorkLink grid work="duplicates" words="Near-duplicates" />
                <a class="menu-item" href=changes>"Changes"</a>
                {jobs}
            </div>
        </details>
    }
}

/// A link to a page that works on what goes through the filter.
#[component]
fn WorkLink(grid: GridState, work: &'static str, words: &'static str) -> impl IntoView {
    let slug = grid.slug();
    let address = move || grid.listing.with(|listing| listing.work_address(&slug, work));
    view! { <a class="menu-item" href=address>{words}</a> }
}

/// Exports are jobs of somebody: the way there, back to these pictures.
#[component]
fn SignInToExport(grid: GridState, class: &'static str) -> impl IntoView {
    let slug = grid.slug();
    let address = move || {
        let export = grid.listing.with(|listing| listing.work_address(&slug, "export"));
        format!("/sign-in?next={}", encode(&export))
    };
    view! { <a class=class href=address>"Sign in to export"</a> }
}

/// The same for the chosen pictures, whose ids may be too many for an address.
#[component]
pub(super) fn SelectionWork(grid: GridState) -> impl IntoView {
    if !grid.is_signed_in {
        return view! { <SignInToExport grid class="button" /> };
    }
    let slug = grid.slug();
    let address = move |work: &'static str| {
        let slug = slug.clone();
        move || grid.listing.with(|listing| listing.work_address(&slug, work))
    };
    let caption = grid.may(Role::Annotator).then(|| {
        view! { <button class="button" type="submit" formaction=address("caption")>"Caption"</button> }
    });
    let edit = grid.may(Role::Annotator).then(|| {
        view! { <button class="button" type="submit" formaction=address("edit")>"Edit"</button> }
    });
    let assign = grid.may(Role::Reviewer).then(|| {
        view! { <button class="button" type="submit" formaction=address("review/assign")>"Assign"</button> }
    });
    view! {
        <form class="selection-work" method="post" action=address("export") on:submit=handler(move |_| take_along::fill(grid))>
            <input id=take_along::CHOSEN_ID type="hidden" name="images" />
            <input type="hidden" name="step" value="choose" />
            <button class="button" type="submit">"Export"</button>
            {caption} {edit} {assign}
        </form>
    }
}

/// The same for all pictures that match, which the address tells.
#[component]
pub(super) fn MatchingWork(grid: GridState) -> impl IntoView {
    if !grid.is_signed_in {
        return view! { <SignInToExport grid class="button" /> };
    }
    let slug = grid.slug();
    let link = move |work: &'static str, words: &'static str| {
        let slug = slug.clone();
        let address = move || grid.listing.with(|listing| listing.work_address(&slug, work));
        view! { <a class="button" href=address>{words}</a> }
    };
    let edit = grid.may(Role::Annotator).then(|| link("edit", t!("Edit")));
    let export = link("export", t!("Export"));
    let caption = grid.may(Role::Annotator).then(|| link("caption", t!("Caption")));
    let assign = grid.may(Role::Reviewer).then(|| link("review/assign", t!("Assign")));
    view! { <div class="selection-work">{export} {caption} {edit} {assign}</div> }
}
