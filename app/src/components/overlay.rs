//! What was found, drawn over the picture.

use leptos::prelude::*;

use super::lit::{Lit, is_lit};
use crate::browser::{self, region as drawing};
use crate::geometry::{self, Frame};
use crate::labels::{self, Label};
use crate::part::{IntoPart, Part, handler, live, view};
use crate::state::Page;
use crate::tasks::Input;
use crate::types::{ImageSize, Region};

/// Boxes, quads and polygons of the answer, in the picture's own pixels. The SVG covers the same frame as the picture and
/// is fitted into it by the same rule, so that both lie on each other at any size without a line of script.
#[component]
pub(crate) fn Overlay(page: Page) -> impl IntoView {
    live(move || page.size().map(|size| view! { <Drawing page size /> }))
}

#[component]
fn Drawing(page: Page, size: ImageSize) -> impl IntoView {
    let letters = RwSignal::new(label_size(size));
    // A small picture's labels would be too small to read.
    Effect::new(move |_| {
        if browser::is_narrow() {
            letters.set(label_size(size) * 1.5);
        }
    });
    let wants_region = move || page.task.get().input == Input::Region;
    let asked = move || {
        wants_region().then(|| page.text.with(|text| geometry::parse_box(text, size))).flatten().map(asked_region)
    };
    view! {
        <svg
            class="overlay"
            class:is-drawing=wants_region
            class:has-lit=move || page.lit.with(|lit| !lit.is_empty())
            viewBox=format!("0 0 {} {}", size.width, size.height)
            font-size=letters
            role="group"
            aria-label="Regions on the picture"
        >
            <rect
                class="overlay-surface"
                width=size.width
                height=size.height
                on:pointerdown=handler(move |event: leptos::ev::PointerEvent| drawing::start(page, &event))
                on:pointermove=handler(move |event: leptos::ev::PointerEvent| drawing::stretch(page, &event))
                on:pointerup=handler(move |_| drawing::finish(page))
                on:pointercancel=handler(move |_| drawing::finish(page))
            />
            {live(move || shapes(page.answer.get().map(|answer| answer.regions).unwrap_or_default(), size, letters.get(), page.lit))}
            {live(asked)}
        </svg>
    }
}

/// The regions, large ones first: a small one must not lie under the large one that surrounds it. Their labels are placed
/// the other way round: where room is short, a large box can do without its label sooner. Letters are in pixels of the
/// picture.
pub(crate) fn shapes(regions: Vec<Region>, size: ImageSize, letters: f32, lit: Lit) -> Part {
    let area = |frame: &Frame| frame.width * frame.height;
    let mut smallest_first: Vec<(usize, Frame, Region)> = Vec::with_capacity(regions.len());
    for (index, region) in regions.into_iter().enumerate() {
        let frame = geometry::bounds(&region);
        let place = smallest_first.partition_point(|(_, other, _)| area(other).total_cmp(&area(&frame)).is_le());
        smallest_first.insert(place, (index, frame, region));
    }
    let regions = smallest_first;
    let named: Vec<(&str, Frame)> = regions.iter().map(|(_, frame, region)| (region.label.as_str(), *frame)).collect();
    let labels = labels::place(&named, size, letters);
    let outlined = regions.into_iter().zip(labels).rev();
    let outlined: Vec<_> =
        outlined.map(|((index, frame, region), label)| outlined_region(lit, index, frame, region, label)).collect();
    outlined.into_part()
}

fn outlined_region(lit: Lit, index: usize, frame: Frame, region: Region, label: Label) -> Part {
    let outlines = geometry::outlines(&region);
    let name = if region.label.is_empty() { t!("Region {number}", number = index + 1) } else { region.label };
    let shape = if outlines.is_empty() {
        (rect("region-casing", frame), rect("region-line", frame)).into_part()
    } else {
        (polygons("region-casing", &outlines), polygons("region-line", &outlines)).into_part()
    };
    view! {
        <g
            class="region"
            role="img"
            aria-label=name
            class:is-lit=move || is_lit(lit, index)
            on:pointerenter=handler(move |_| lit.set(vec![index]))
            on:pointerleave=handler(move |_| lit.set(Vec::new()))
        >
            {shape}
            <text class="region-label" class:has-no-room=!label.has_room x=label.x y=label.baseline>
                {label.text}
            </text>
        </g>
    }
}

/// The region that the task asks about.
fn asked_region(frame: Frame) -> impl IntoView {
    (rect("region-casing", frame), rect("asked-line", frame))
}

/// Each shape is drawn twice, a light casing under a coloured line, to be seen on any picture.
fn rect(class: &'static str, Frame { left, top, width, height }: Frame) -> impl IntoView {
    view! { <rect class=class x=left y=top width=width height=height /> }
}

fn polygons(class: &'static str, outlines: &[String]) -> Vec<impl IntoView + use<>> {
    outlines.iter().map(|points| view! { <polygon class=class points=points.clone() /> }).collect()
}

/// Letters that come out at about 15 pixels where the picture is shown 640 pixels large.
pub(crate) fn label_size(size: ImageSize) -> f32 {
    size.width.max(size.height) as f32 * 0.024
}
