//! How much there is, and how it is shown.

use leptos::prelude::*;

use super::more::More;
use super::state::GridState;
use super::uploads::UploadButton;
use crate::browser::grid::listing::follow;
use crate::part::{IntoPart, Part, handler, live, view};
use crate::types::{CaptionPlace, Dataset, Listing, Role, Sort, TileSize};

/// The count, the order, the captions, the sizes. All of it is links: scripts only follow them quicker.
#[component]
pub(crate) fn Toolbar(grid: GridState) -> impl IntoView {
    let can_add = grid.may(Role::Owner);
    let settings = grid.dataset.with_untracked(Dataset::settings_address);
    view! {
        <div class="toolbar">
            <p class="toolbar-count number">{live(move || count(grid))}</p>
            <Captions grid />
            <Sizes grid />
            <Order grid />
            <a class="button quiet-button" href=settings>"Settings"</a>
            <More grid />
            {can_add.then(|| view! { <UploadButton grid /> })}
        </div>
    }
}

/// A link that changes the listing.
#[component]
pub(super) fn ListingLink(
    grid: GridState,
    /// What it changes.
    change: fn(&Listing, &str) -> Listing,
    /// What it is told.
    #[prop(optional, into)]
    value: String,
    /// Whether it is what the listing is now; where it leads to, unless said otherwise.
    #[prop(optional)]
    is_on: Option<fn(&Listing, &str) -> bool>,
    /// What it is called.
    #[prop(into)]
    words: String,
    /// Its class.
    class: &'static str,
    /// What it does, where its words don't say.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let slug = grid.slug();
    let value = StoredValue::new(value);
    let target = move || value.with_value(|value| grid.listing.with(|listing| change(listing, value)));
    let is_current = Memo::new(move |_| {
        grid.listing.with(|listing| match is_on {
            Some(is_on) => value.with_value(|value| is_on(listing, value)),
            None => listing.from_start() == value.with_value(|value| change(listing, value)).from_start(),
        })
    });
    view! {
        <a
            class=class
            aria-label=label
            href=move || target().address(&slug)
            aria-current=move || is_current.get().then_some("true")
            on:click=handler(move |event: leptos::ev::MouseEvent| follow(grid, &event, untrack(target)))
        >
            {words}
        </a>
    }
}

fn count(grid: GridState) -> String {
    let all = grid.dataset.with(|dataset| dataset.images);
    let is_filtered = grid.listing.with(Listing::is_filtered);
    let total = grid.images.with(|images| {
        let is_complete = images.next.is_none() && !images.has_before();
        let is_counted = is_complete && grid.listing.with(|listing| listing.page_size == 0);
        images.total.or(is_counted.then_some(images.items.len() as u64))
    });
    let total = total.or_else(|| grid.total());
    match total {
        // Uploads and deletions are counted with the dataset.
        _ if !is_filtered => images(all),
        Some(total) => images(total),
        None => t!("Some of {images}", images = images(all)),
    }
}

fn images(number: u64) -> String {
    plural!(number, "{n} image", "{n} images")
}

#[component]
fn Captions(grid: GridState) -> impl IntoView {
    let sources = grid.dataset.with_untracked(|dataset| dataset.sources.clone());
    if sources.is_empty() {
        return ().into_part();
    }
    let names: Vec<String> = sources.iter().map(|source| source.slug.clone()).collect();
    let differences = live(move || differences(grid, &names));
    let links: Vec<_> = sources
        .into_iter()
        .map(|source| {
            let words = source.slug.clone();
            view! { <ListingLink grid change=with_captions value=source.slug words class="menu-item" /> }
        })
        .collect();
    let shown = move || match grid.listing.with(|listing| listing.captions.clone()) {
        none if none.is_empty() => t!("No captions").to_owned(),
        source => source,
    };
    view! {
        <details class="menu">
            <summary class="button quiet-button"><span class="visually-hidden">"Captions from"</span>" "{live(shown)}</summary>
            <div class="menu-list">
                <p class="menu-head">"Captions from"</p>
                {links}
                <ListingLink grid change=with_captions words="No captions" class="menu-item menu-last" />
                {differences}
            </div>
        </details>
        {live(move || {
            grid.listing
                .with(|listing| !listing.captions.is_empty())
                .then(|| {
                    view! {
                        <span class="segments">
                            <ListingLink grid change=with_captions_under words="Under" class="segment" />
                            <ListingLink grid change=with_captions_over words="Over" class="segment" />
                        </span>
                        <span class="segments">
                            <ListingLink grid change=without_boxes words="No boxes" class="segment" />
                            <ListingLink grid change=with_boxes words="Boxes" class="segment" />
                        </span>
                    }
                })
        })}
    }
}

/// The sources from which the shown captions can be seen to differ.
fn differences(grid: GridState, sources: &[String]) -> Option<Part> {
    let (shown, is_compared) =
        grid.listing.with(|listing| (listing.captions.clone(), listing.compared_with().is_some()));
    let others = sources.iter().filter(|source| !shown.is_empty() && **source != shown);
    let links: Vec<Part> = others
        .map(|source| {
            let (value, words) = (source.clone(), source.clone());
            view! { <ListingLink grid change=with_differences value words class="menu-item" /> }
        })
        .collect();
    let none = is_compared.then(|| {
        view! { <ListingLink grid change=with_differences words="No differences" class="menu-item" /> }
    });
    (!links.is_empty()).then(|| view! { <p class="menu-head">"Differences from"</p> {links} {none} })
}

#[component]
fn Sizes(grid: GridState) -> impl IntoView {
    let links = TileSize::ALL.map(|size| {
        let change: fn(&Listing, &str) -> Listing = match size {
            TileSize::Small => |listing, _| Listing { size: TileSize::Small, ..listing.clone() },
            TileSize::Medium => |listing, _| Listing { size: TileSize::Medium, ..listing.clone() },
            TileSize::Large => |listing, _| Listing { size: TileSize::Large, ..listing.clone() },
        };
        view! { <ListingLink grid change words=size.title() class="segment" /> }
    });
    view! { <span class="segments">{links}</span> }
}

#[component]
fn Order(grid: GridState) -> impl IntoView {
    let links = Sort::ALL.map(|sort| view! { <OrderLink grid sort /> });
    let endless: fn(&Listing, &str) -> Listing = |listing, _| Listing { page_size: 0, ..listing.from_start() };
    let paged: fn(&Listing, &str) -> Listing = |listing, _| Listing { page_size: 50, ..listing.from_start() };
    let shown = move || grid.listing.with(|listing| order(listing).title());
    view! {
        <details class="menu">
            <summary class="button quiet-button"><span class="visually-hidden">"Sorted by"</span>" "{live(shown)}</summary>
            <div class="menu-list"><p class="menu-head">"Sort by"</p> {links}</div>
        </details>
        <span class="segments">
            <ListingLink grid change=endless words="Scroll" class="segment" />
            <ListingLink grid change=paged words="Pages" class="segment" />
        </span>
    }
}

/// The order that a listing is in: without words to look for there is no best match.
fn order(listing: &Listing) -> Sort {
    if listing.sort == Sort::Usual && listing.query.is_empty() { Sort::Added } else { listing.sort }
}

#[component]
fn OrderLink(grid: GridState, sort: Sort) -> impl IntoView {
    let change: fn(&Listing, &str) -> Listing = |listing, value| {
        let chosen = Sort::ALL.into_iter().find(|sort| sort.value() == value).unwrap_or_default();
        let is_usual = chosen == Sort::Added && listing.query.is_empty();
        Listing { sort: if is_usual { Sort::Usual } else { chosen }, ..listing.from_start() }
    };
    let is_on: fn(&Listing, &str) -> bool = |listing, value| order(listing).value() == value;
    let is_offered = move || sort != Sort::Usual || grid.listing.with(|listing| !listing.query.is_empty());
    live(move || {
        let value = sort.value();
        is_offered().then(|| view! { <ListingLink grid change is_on value words=sort.title() class="menu-item" /> })
    })
}

fn with_captions(listing: &Listing, source: &str) -> Listing {
    let boxes = listing.boxes && !source.is_empty();
    Listing { captions: source.to_owned(), bare: source.is_empty(), boxes, ..listing.clone() }
}

fn with_differences(listing: &Listing, source: &str) -> Listing {
    Listing { against: source.to_owned(), ..listing.clone() }
}

fn with_captions_under(listing: &Listing, _: &str) -> Listing {
    Listing { place: CaptionPlace::Under, ..listing.clone() }
}

fn with_captions_over(listing: &Listing, _: &str) -> Listing {
    Listing { place: CaptionPlace::Over, ..listing.clone() }
}

fn with_boxes(listing: &Listing, _: &str) -> Listing {
    Listing { boxes: true, ..listing.clone() }
}

fn without_boxes(listing: &Listing, _: &str) -> Listing {
    Listing { boxes: false, ..listing.clone() }
}
