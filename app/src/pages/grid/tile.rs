//! One picture of the grid.

use leptos::prelude::*;

use super::state::GridState;
use crate::browser::grid::{picture, selection};
use crate::components::diff;
use crate::geometry;
use crate::part::{IntoPart, Part, handler, view};
use crate::types::{CaptionPlace, ImageSize, ListedImage, Listing};

/// What the ids of the tiles' links start with.
pub(crate) const ID_PREFIX: &str = "tile-";

/// A picture in the place that the layout has for it.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn LiveTile(grid: GridState, number: i64, image: std::sync::Arc<ListedImage>) -> impl IntoView {
    let place = Memo::new(move |_| grid.place(number));
    let id = image.id.clone();
    let is_chosen = {
        let id = id.clone();
        Memo::new(move |_| grid.chosen.with(|chosen| chosen.contains(&id)))
    };
    let name = image.file_name.clone();
    let tab_stop = move || if grid.current.get() == number { "0" } else { "-1" };
    let hash = image.thumbhash.clone();
    let canvas = NodeRef::<leptos::html::Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            picture::draw(&canvas, &hash);
        }
    });
    let shown = NodeRef::<leptos::html::Img>::new();
    on_cleanup(move || picture::give_up(shown.get_untracked()));
    let before = view! {
        <canvas class="tile-hash" width="32" height="32" aria-hidden="true" node_ref=canvas></canvas>
    };
    let listing = grid.listing.get_untracked();
    let body = tile_body(grid, &image, &listing, (number, before.into_part(), shown), tab_stop);
    view! {
        <li
            class="tile is-placed"
            class:is-chosen=is_chosen
            data-number=number
            style:left=move || pixels(place.get().left)
            style:top=move || pixels(place.get().top)
            style:width=move || pixels(place.get().width)
            style:--height=move || pixels(place.get().height)
        >
            {body}
            <input
                class="tile-check"
                type="checkbox"
                tabindex="-1"
                aria-label=t!("Select {name}", name = name)
                prop:checked=is_chosen
                on:click=handler(move |event: leptos::ev::MouseEvent| {
                    event.stop_propagation();
                    selection::choose(grid, number, event.shift_key());
                })
            />
        </li>
    }
}

/// A picture before scripts have laid the grid out.
pub(crate) fn plain_tile(
    grid: GridState,
    number: i64,
    image: &ListedImage,
    listing: &Listing,
) -> impl IntoView + use<> {
    let body = tile_body(grid, image, listing, (number, ().into_part(), NodeRef::new()), || "0");
    view! { <li class=format!("tile tile-{number}")>{body}</li> }
}

fn tile_body(
    grid: GridState,
    image: &ListedImage,
    listing: &Listing,
    (number, before, shown): (i64, Part, NodeRef<leptos::html::Img>),
    tab_stop: impl Fn() -> &'static str + Send + 'static,
) -> Part {
    let slug = grid.slug();
    let text = image.caption.as_ref().map(|caption| caption.text.clone()).unwrap_or_default();
    let alt = if text.is_empty() { image.file_name.clone() } else { text.clone() };
    let boxes = listing.boxes.then(|| boxes(image));
    let has_caption = listing.shows_captions();
    let is_over = listing.place == CaptionPlace::Over;
    let marks = image.caption.as_ref().map(|caption| caption.marks.as_slice()).unwrap_or_default();
    let diff = image.caption.as_ref().map(|caption| caption.diff.clone()).unwrap_or_default();
    let words = match (text.is_empty(), diff.is_empty()) {
        (true, _) => t!("No caption").into_part(),
        (false, true) => marked(&text, marks),
        (false, false) => diff::inline(diff),
    };
    view! {
        <a
            class="tile-link"
            id=format!("{ID_PREFIX}{number}")
            href=listing.image_address(&slug, &image.id)
            title=image.file_name.clone()
            tabindex=tab_stop
        >
            <span class="tile-picture">
                {before}
                <img
                    src=image.thumbnail(listing.size.thumbnail())
                    alt=alt
                    width=image.width
                    height=image.height
                    decoding="async"
                    fetchpriority=(0..4).contains(&number).then_some("high")
                    draggable="false"
                    node_ref=shown
                />
                {boxes}
            </span>
            {has_caption
                .then(|| {
                    view! {
                        <span class="tile-caption" class:is-over=is_over class:is-missing=text.is_empty()>{words}</span>
                    }
                })}
        </a>
    }
}

/// A text with what was found in it marked. Marks are pairs of the first character and the one after the last.
fn marked(text: &str, marks: &[(u32, u32)]) -> Part {
    let letters: Vec<char> = text.chars().collect();
    let piece = |from: u32, to: u32| -> String {
        let (from, to) = (from as usize, (to as usize).min(letters.len()));
        letters.get(from..to).unwrap_or_default().iter().collect()
    };
    let (mut pieces, mut done) = (Vec::new(), 0);
    for (from, to) in marks {
        pieces.push(piece(done, *from).into_part());
        pieces.push(view! { <mark>{piece(*from, *to)}</mark> });
        done = *to;
    }
    pieces.push(piece(done, u32::MAX).into_part());
    pieces.into_part()
}

/// The regions of a picture's caption, drawn thinly.
fn boxes(image: &ListedImage) -> Part {
    let size = ImageSize { width: image.width, height: image.height };
    let regions = image.caption.as_ref().map(|caption| caption.regions.as_slice()).unwrap_or_default();
    let shapes: Vec<_> = regions
        .iter()
        .map(|region| {
            let outlines = geometry::outlines(region);
            if outlines.is_empty() {
                let frame = geometry::bounds(region);
                return view! {
                    <rect
                        class="tile-box"
                        x=frame.left
                        y=frame.top
                        width=frame.width
                        height=frame.height
                    />
                };
            }
            let polygons: Vec<_> =
                outlines.into_iter().map(|points| view! { <polygon class="tile-box" points=points /> }).collect();
            polygons.into_part()
        })
        .collect();
    view! {
        <svg
            class="tile-boxes"
            viewBox=format!("0 0 {} {}", size.width, size.height)
            preserveAspectRatio="xMidYMid slice"
            aria-hidden="true"
        >
            {shapes}
        </svg>
    }
}

fn pixels(length: f64) -> String {
    format!("{length:.2}px")
}
