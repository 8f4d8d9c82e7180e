//! The pictures of a dataset.

mod chips;
mod facet_words;
mod filters;
pub(crate) mod layout;
mod more;
mod pager;
mod selection_bar;
pub(crate) mod state;
pub(crate) mod tile;
mod toolbar;
mod uploads;
mod views;

use leptos::prelude::*;

use self::chips::Chips;
use self::filters::Filters;
use self::pager::Pager;
use self::selection_bar::SelectionBar;
use self::state::{GridState, shows_below};
use self::tile::{LiveTile, plain_tile};
use self::toolbar::Toolbar;
use self::uploads::{DropVeil, Uploads};
use crate::browser::grid;
use crate::part::{Part, handler, live, view};
use crate::types::{GridData, Role, TileSize};

/// The id of the grid's list.
pub(crate) const GRID_ID: &str = "grid";

/// Filters, the pictures that go through, and what can be done with the chosen ones.
#[component]
pub(crate) fn Grid(data: GridData) -> impl IntoView {
    let state = GridState::new(data);
    Effect::new(move |_| grid::attach(state));
    let (name, about) = state.dataset.with_untracked(|dataset| (dataset.name.clone(), dataset.description.clone()));
    view! {
        <Filters grid=state />
        <main class="grid-main">
            <header class="grid-head">
                <h1>{name}</h1>
                {(!about.is_empty()).then(|| view! { <p class="hint grid-about">{about}</p> })}
            </header>
            <Toolbar grid=state />
            <Chips grid=state />
            <Uploads grid=state />
            <p class="visually-hidden" role="status">{live(move || announcement(state))}</p>
            <Pictures grid=state />
            <Problems grid=state />
            <Pager grid=state />
            <SelectionBar grid=state />
        </main>
        <DropVeil grid=state />
    }
}

/// The list itself: even rows by the style sheet until scripts have measured the room, then those that are seen.
#[component]
fn Pictures(grid: GridState) -> impl IntoView {
    let is_live = Memo::new(move |_| grid.is_live());
    let is_empty = Memo::new(move |_| grid.images.with(|images| images.items.is_empty()));
    live(move || {
        if is_empty.get() {
            return view! { <Empty grid /> };
        }
        if is_live.get() { placed(grid) } else { plain(grid) }
    })
}

fn plain(grid: GridState) -> Part {
    let listing = grid.listing.get_untracked();
    let tiles: Vec<_> = grid.images.with_untracked(|images| {
        let numbered = images.items.iter().enumerate();
        numbered.map(|(number, image)| plain_tile(grid, number as i64, image, &listing)).collect()
    });
    let class =
        format!("grid is-{} {}", size_name(listing.size), if shows_below(&listing) { "has-captions" } else { "" });
    view! {
        <ul class=class id=GRID_ID aria-label="Pictures">
            {tiles}
            // Keeps the last row from being blown up.
            <li class="grid-rest" aria-hidden="true"></li>
        </ul>
    }
}

fn placed(grid: GridState) -> Part {
    view! {
        <ul
            class="grid is-live"
            id=GRID_ID
            aria-label="Pictures"
            aria-busy=move || grid.is_loading.get().then_some("true")
            class:has-chosen=move || grid.chosen.with(|chosen| !chosen.is_empty())
            style:height=move || format!("{:.2}px", grid.height())
            on:click=handler(move |event: leptos::ev::MouseEvent| grid::selection::click(grid, &event))
            on:keydown=handler(move |event: leptos::ev::KeyboardEvent| grid::keys::press(grid, &event))
            on:focusin=handler(move |event: leptos::ev::FocusEvent| grid::keys::note_focus(grid, &event))
        >
            <For each=move || grid.seen() key=|(number, list, image)| (*number, *list, image.id.clone()) let:seen>
                <LiveTile grid number=seen.0 image=seen.2 />
            </For>
        </ul>
    }
}

#[component]
fn Empty(grid: GridState) -> impl IntoView {
    let slug = grid.slug();
    let is_filtered = move || grid.listing.with(crate::types::Listing::is_filtered);
    let all = move || grid.listing.with(|listing| listing.without_filter().address(&slug));
    let words = if grid.may(Role::Owner) {
        t!("Drop pictures or whole folders anywhere on this page, or choose them.")
    } else {
        t!("Its owner has not added any pictures.")
    };
    view! {
        <section class="empty">
            {live(move || {
                if is_filtered() {
                    view! {
                        <h2>"No picture goes through these filters"</h2>
                        <p><a class="button" href=all.clone()>"Show all pictures"</a></p>
                    }
                } else {
                    view! {
                        <h2>"No pictures yet"</h2>
                        <p>{words}</p>
                    }
                }
            })}
        </section>
    }
}

/// Why more pictures could not be loaded, and the button to try again.
#[component]
fn Problems(grid: GridState) -> impl IntoView {
    live(move || {
        grid.problem.get().map(|problem| {
            view! {
                <section class="card problem" role="alert">
                    <h2>{problem.title}</h2>
                    {problem.detail.map(|detail| view! { <p lang="en">{detail}</p> })}
                    {wrong_place(grid)}
                    {problem.request_id.map(|id| view! { <p class="hint">"Request" " " <code>{id}</code></p> })}
                    <p>
                        <button class="button" type="button" on:click=handler(move |_| grid::loading::try_again(grid))>
                            "Try again"
                        </button>
                    </p>
                </section>
            }
        })
    })
}

/// The query, with the place marked that can't be understood.
fn wrong_place(grid: GridState) -> Option<Part> {
    let (from, length) = grid.wrong.get()?;
    let query: Vec<char> = grid.listing.with(|listing| listing.query.chars().collect());
    let from = (from as usize).min(query.len());
    let to = from.saturating_add(length as usize).min(query.len());
    let piece = |range: std::ops::Range<usize>| query[range].iter().collect::<String>();
    // What is missing at the end has no letter to mark.
    let marked = if from == to { "\u{2009}▁".to_owned() } else { piece(from..to) };
    let view = view! {
        <p class="wrong-query">
            <code>{piece(0..from)} <mark>{marked}</mark> {piece(to..query.len())}</code>
        </p>
    };
    Some(view)
}

fn announcement(grid: GridState) -> String {
    if grid.is_loading.get() {
        t!("Loading pictures.").into()
    } else if grid.chosen.with(|chosen| !chosen.is_empty()) {
        format!("{}.", selection_bar::chosen(grid))
    } else {
        String::new()
    }
}

/// The style sheet's word for a size.
pub(crate) fn size_name(size: TileSize) -> &'static str {
    match size {
        TileSize::Small => "small",
        TileSize::Medium => "medium",
        TileSize::Large => "large",
    }
}
