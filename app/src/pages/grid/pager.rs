//! The way to more pictures: numbered pages, and for who has no scripts the rest of an endless list.

use leptos::prelude::*;

use super::state::GridState;
use crate::browser::grid::loading;
use crate::part::{Part, handler, live, view};
use crate::types::Listing;

/// Links to the pages around this one, or to where the list goes on.
#[component]
pub(crate) fn Pager(grid: GridState) -> impl IntoView {
    let is_paged = Memo::new(move |_| grid.listing.with(|listing| listing.page_size > 0));
    live(move || {
        if is_paged.get() {
            pages(grid)
        } else {
            view! { <More grid /> }
        }
    })
}

fn pages(grid: GridState) -> Part {
    let (listing, slug) = (grid.listing.get(), grid.slug());
    let has_next = grid.images.with(|images| images.next.is_some());
    let last = last_page(grid, &listing);
    let (page, last) = (listing.page, last.unwrap_or(listing.page + u32::from(has_next)));
    let links: Vec<_> = numbers(page, last)
        .into_iter()
        .map(|number| match number {
            Some(number) => {
                let address = Listing { page: number, ..listing.clone() }.address(&slug);
                view! {
                    <a
                        class="page-link number"
                        href=address
                        aria-label=t!("Page {number}", number = number)
                        aria-current=(number == page).then_some("page")
                    >
                        {number}
                    </a>
                }
            }
            None => view! { <span aria-hidden="true">"…"</span> },
        })
        .collect();
    let step = |number: u32, words: &'static str, rel: &'static str| {
        let address = Listing { page: number, ..listing.clone() }.address(&slug);
        view! { <a class="button" rel=rel href=address>{words}</a> }
    };
    view! {
        <nav class="pager" aria-label="Pages">
            {(page > 1).then(|| step(page - 1, t!("Previous"), "prev"))} <span class="page-links">{links}</span>
            {(page < last).then(|| step(page + 1, t!("Next"), "next"))}
        </nav>
    }
}

/// The number of the last page, where it is known how many pictures there are.
fn last_page(grid: GridState, listing: &Listing) -> Option<u32> {
    let all = grid.dataset.with(|dataset| dataset.images);
    let found = if listing.is_filtered() { grid.images.with(|images| images.total) } else { Some(all) };
    let last = found?.div_ceil(u64::from(listing.page_size.max(1))).max(1);
    Some(u32::try_from(last).unwrap_or(u32::MAX))
}

/// The first page, those around `page`, and the last; `None` for what is left out.
fn numbers(page: u32, last: u32) -> Vec<Option<u32>> {
    let beside = page.saturating_sub(2)..=page.saturating_add(2);
    let mut shown: Vec<u32> = [1].into_iter().chain(beside).chain([last]).collect();
    shown.retain(|number| (1..=last.max(1)).contains(number));
    shown.dedup();
    let mut numbers = Vec::new();
    for number in shown {
        if numbers.last().is_some_and(|before: &Option<u32>| before.is_some_and(|before| before + 1 < number)) {
            numbers.push(None);
        }
        numbers.push(Some(number));
    }
    numbers
}

/// Where an endless list goes on. Scripts load that by themselves; the links are for who has none, or comes by keyboard.
#[component]
fn More(grid: GridState) -> impl IntoView {
    let slug = grid.slug();
    let next = move || {
        let last =
            grid.images.with(|images| images.next.as_ref().and(images.items.last().map(|image| image.id.clone())));
        last.map(|at| grid.listing.with(|listing| Listing { at, ..listing.clone() }).address(&slug))
    };
    live(move || {
        next().map(|address| {
            view! {
                <p class="more">
                    <a
                        class="button"
                        rel="next"
                        href=address
                        on:click=handler(move |event: leptos::ev::MouseEvent| {
                            event.prevent_default();
                            loading::load_more(grid);
                        })
                    >
                        {live(move || if grid.is_loading.get() { t!("Loading…") } else { t!("More pictures") })}
                    </a>
                </p>
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_around_are_named() {
        let text = |page, last| {
            let numbers = numbers(page, last);
            let words = numbers.iter().map(|number| number.map_or("…".into(), |number| number.to_string()));
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(text(1, 1), "1");
        assert_eq!(text(1, 10), "1 2 3 … 10");
        assert_eq!(text(5, 10), "1 … 3 4 5 6 7 … 10");
        assert_eq!(text(10, 10), "1 … 8 9 10");
        assert_eq!(text(99, 3), "1 … 3");
    }
}
