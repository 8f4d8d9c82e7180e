//! What is filtered by, each with the way to be rid of it.

use leptos::prelude::*;

use super::filters::{has_source, lacks_source, toggled, with_status};
use super::state::GridState;
use super::toolbar::ListingLink;
use crate::part::{Part, live, view};
use crate::terms;
use crate::types::Listing;

/// One chip for each filter, and one that clears them all.
#[component]
pub(crate) fn Chips(grid: GridState) -> impl IntoView {
    let active = Memo::new(move |_| grid.listing.with(active));
    live(move || {
        let chips: Vec<Part> = active.get().into_iter().map(|chip| view! { <RemoveChip grid chip /> }).collect();
        (!chips.is_empty()).then(|| {
            view! {
                <ul class="chips" aria-label="Active filters">
                    {chips}
                    <li><ListingLink grid change=no_filter words="Clear filters" class="button quiet-button" /></li>
                </ul>
            }
        })
    })
}

#[component]
fn RemoveChip(grid: GridState, chip: Chip) -> impl IntoView {
    let Chip { words, filter, value } = chip;
    let label = t!("Remove the filter {words}", words = words);
    view! {
        <li><ListingLink grid change=filter.toggle() value words class="filter-chip" label /></li>
    }
}

/// A filter that is on.
#[derive(Debug, Clone, PartialEq)]
struct Chip {
    words: String,
    filter: Filter,
    value: String,
}

/// What a chip takes away.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Filter {
    Term,
    Source,
    Missing,
    Status,
}

impl Filter {
    fn toggle(self) -> fn(&Listing, &str) -> Listing {
        match self {
            Self::Term => toggled,
            Self::Source => has_source,
            Self::Missing => lacks_source,
            Self::Status => with_status,
        }
    }
}

fn active(listing: &Listing) -> Vec<Chip> {
    let chip = |words: String, filter: Filter, value: &str| Chip { words, filter, value: value.to_owned() };
    let mut chips = Vec::new();
    chips.extend(terms::split(&listing.query).iter().map(|term| chip(term.clone(), Filter::Term, term)));
    if !listing.source.is_empty() {
        chips.push(chip(t!("has {source}", source = listing.source), Filter::Source, &listing.source));
    }
    if !listing.missing.is_empty() {
        chips.push(chip(t!("without {source}", source = listing.missing), Filter::Missing, &listing.missing));
    }
    if let Some(status) = listing.status {
        chips.push(chip(status.word().to_owned(), Filter::Status, status.name()));
    }
    chips
}

fn no_filter(listing: &Listing, _: &str) -> Listing {
    listing.without_filter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_take_their_filter_away() {
        let listing = Listing::parse("q=dog+is:empty&source=a&missing=b&status=draft");
        let chips = active(&listing);
        let words: Vec<_> = chips.iter().map(|chip| chip.words.as_str()).collect();
        assert_eq!(words, ["dog", "is:empty", "has a", "without b", "draft"]);
        let bare = chips.iter().fold(listing, |listing, chip| chip.filter.toggle()(&listing, &chip.value));
        assert!(!bare.is_filtered());
    }
}
