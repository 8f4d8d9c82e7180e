//! Which pictures go through.

use leptos::prelude::*;

use super::facet_words::facet_words;
use super::state::GridState;
use super::toolbar::ListingLink;
use super::views::Views;
use crate::part::{Part, live, view};
use crate::terms;
use crate::types::{FacetValue, Facets, Listing, Status};
use crate::words;

/// What pictures are counted by beside sources and states, and what it is called.
const MORE: [(&str, &str); 5] = [
    ("is", message!("Shape and text")),
    ("words", message!("Words in the caption")),
    ("megapixels", message!("Megapixels")),
    ("task", message!("Asked for")),
    ("added", message!("Added")),
];

/// Months that are offered, the last first.
const MONTHS: usize = 12;

/// Filters with how many pictures go through each beside what goes through already. Links all of them; a chosen one leads
/// back.
#[component]
pub(crate) fn Filters(grid: GridState) -> impl IntoView {
    let more = MORE.map(|(name, title)| view! { <Counted grid name title /> });
    view! {
        <aside class="filters" aria-label="Filters">
            <details class="filters-fold">
                <summary class="filters-title">"Filters"</summary>
                <Views grid />
                {live(move || sources(grid))}
                <section aria-labelledby="filter-status">
                    <h2 id="filter-status">"Has a caption that is"</h2>
                    <ul>{live(move || states(grid))}</ul>
                </section>
                {more}
                {live(move || {
                    grid.facets
                        .with(|facets| facets.as_ref().is_some_and(|facets| facets.is_building))
                        .then(|| {
                            view! {
                                <p class="hint filters-hint">"The search index is being built: counts lack some."</p>
                            }
                        })
                })}
            </details>
        </aside>
    }
}

/// With and without captions of each source.
fn sources(grid: GridState) -> Option<Part> {
    let sources = grid.dataset.with(|dataset| dataset.sources.clone());
    if sources.is_empty() {
        return None;
    }
    let total = grid.facets.with(|facets| facets.as_ref().map(|facets| facets.total));
    let number = |slug: &str| total.map(|_| count(grid, "source", slug));
    let has = sources.iter().map(|source| {
        let (value, words, number) = (source.slug.clone(), source.slug.clone(), number(&source.slug));
        let is_on = |listing: &Listing, value: &str| listing.source == value;
        view! { <Filter grid change=has_source is_on value words number /> }
    });
    let lacks = sources.iter().map(|source| {
        let (value, words) = (source.slug.clone(), source.slug.clone());
        let number = total.zip(number(&source.slug)).map(|(total, number)| total.saturating_sub(number));
        let is_on = |listing: &Listing, value: &str| listing.missing == value;
        view! { <Filter grid change=lacks_source is_on value words number /> }
    });
    Some(view! {
        <section aria-labelledby="filter-has">
            <h2 id="filter-has">"Has a caption of"</h2>
            <ul>{has.collect::<Vec<_>>()}</ul>
        </section>
        <section aria-labelledby="filter-lacks">
            <h2 id="filter-lacks">"Has none of"</h2>
            <ul>{lacks.collect::<Vec<_>>()}</ul>
        </section>
    })
}

fn states(grid: GridState) -> Vec<Part> {
    let is_counted = grid.facets.with(Option::is_some);
    let state = |status: Status| {
        let is_on = |listing: &Listing, value: &str| listing.status.is_some_and(|status| status.name() == value);
        let number = is_counted.then(|| count(grid, "status", status.name()));
        let (value, words) = (status.name().to_owned(), status.title().to_owned());
        view! { <Filter grid change=with_status is_on value words number /> }
    };
    Status::ALL.into_iter().map(state).collect()
}

/// The values of one facet, folded away. Each is a term of the query.
#[component]
fn Counted(grid: GridState, name: &'static str, title: &'static str) -> impl IntoView {
    let values = Memo::new(move |_| {
        let mut values = grid.facets.with(|facets| values(facets.as_ref(), name).to_vec());
        if name == "added" {
            values.reverse();
            values.truncate(MONTHS);
        }
        values
    });
    let most = move || values.with(|values| values.iter().map(|value| value.count).max().unwrap_or(1).max(1));
    let list = move || {
        let most = most();
        let item = |value: FacetValue| {
            let words = facet_words(name, &value.value);
            let is_on = |listing: &Listing, filter: &str| terms::has(&listing.query, filter);
            let bar = value.count as f64 / most as f64;
            view! {
                <Filter grid change=toggled is_on value=value.filter words number=Some(value.count) bar />
            }
        };
        values.get().into_iter().map(item).collect::<Vec<_>>()
    };
    // Whoever has opened the fold finds it open when its values change.
    let has_values = Memo::new(move |_| values.with(|values| !values.is_empty()));
    live(move || {
        has_values.get().then(|| {
            view! {
                <details class="facet">
                    <summary>{words::translate(title)}</summary>
                    <ul>{live(list)}</ul>
                </details>
            }
        })
    })
}

/// A filter that is on or off. Its link turns it the other way.
#[component]
fn Filter(
    grid: GridState,
    /// Turns it on, or off where it is on.
    change: fn(&Listing, &str) -> Listing,
    is_on: fn(&Listing, &str) -> bool,
    value: String,
    words: String,
    /// How many pictures go through.
    number: Option<u64>,
    /// The number as a share of the largest beside it.
    #[prop(optional)]
    bar: f64,
) -> impl IntoView {
    view! {
        <li class="filter">
            <ListingLink grid change is_on value words class="filter-link" />
            {number.map(|number| view! { <span class="filter-number number">{words::grouped(number)}</span> })}
            {(bar > 0.0)
                .then(|| {
                    view! {
                        <svg class="filter-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                            <rect width=format!("{:.1}", bar * 100.0) height="1" />
                        </svg>
                    }
                })}
        </li>
    }
}

fn values<'a>(facets: Option<&'a Facets>, name: &str) -> &'a [FacetValue] {
    let facet = facets.and_then(|facets| facets.facets.iter().find(|facet| facet.name == name));
    facet.map_or(&[], |facet| &facet.values)
}

fn count(grid: GridState, name: &str, value: &str) -> u64 {
    grid.facets.with(|facets| {
        let known = values(facets.as_ref(), name).iter().find(|known| known.value == value);
        known.map_or(0, |known| known.count)
    })
}

pub(super) fn has_source(listing: &Listing, source: &str) -> Listing {
    let source = if listing.source == source { "" } else { source };
    Listing { source: source.to_owned(), ..listing.from_start() }
}

pub(super) fn lacks_source(listing: &Listing, source: &str) -> Listing {
    let source = if listing.missing == source { "" } else { source };
    Listing { missing: source.to_owned(), ..listing.from_start() }
}

pub(super) fn with_status(listing: &Listing, status: &str) -> Listing {
    let status =
        Status::ALL.into_iter().find(|known| known.name() == status).filter(|known| listing.status != Some(*known));
    Listing { status, ..listing.from_start() }
}

pub(super) fn toggled(listing: &Listing, term: &str) -> Listing {
    Listing { query: terms::toggle(&listing.query, term), ..listing.from_start() }
}
