//! What was found, drawn over the picture.

use leptos::prelude::*;

use crate::browser::region as drawing;
use crate::geometry::{self, Frame};
use crate::state::Page;
use crate::tasks::Input;
use crate::types::{ImageSize, Region};

/// Boxes, quads and polygons of the answer, in the picture's own pixels. The SVG covers the same frame as the picture and
/// is fitted into it by the same rule, so that both lie on each other at any size without a line of script.
#[component]
pub(crate) fn Overlay(page: Page) -> impl IntoView {
    move || page.size().map(|size| view! { <Drawing page size /> })
}

#[component]
fn Drawing(page: Page, size: ImageSize) -> impl IntoView {
    let wants_region = move || page.task.get().input == Input::Region;
    let asked = move || {
        wants_region().then(|| page.text.with(|text| geometry::parse_locations(text, size))).flatten().map(asked_region)
    };
    view! {
        <svg
            class="overlay"
            class:is-drawing=wants_region
            class:has-lit=move || page.lit.with(|lit| !lit.is_empty())
            viewBox=format!("0 0 {} {}", size.width, size.height)
            font-size=label_size(size)
            role="group"
            aria-label="Regions on the picture"
        >
            <rect
                class="overlay-surface"
                width=size.width
                height=size.height
                on:pointerdown=move |event| drawing::start(page, &event)
                on:pointermove=move |event| drawing::stretch(page, &event)
                on:pointerup=move |_| drawing::finish(page)
                on:pointercancel=move |_| drawing::finish(page)
            />
            {move || regions_in_order(page, size)}
            {asked}
        </svg>
    }
}

/// The regions, large ones first: a small one must not lie under the large one that surrounds it.
fn regions_in_order(page: Page, size: ImageSize) -> Vec<impl IntoView> {
    let mut regions: Vec<(usize, Frame, Region)> = page
        .answer()
        .map(|answer| answer.regions)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(index, region)| (index, geometry::bounds(&region), region))
        .collect();
    regions.sort_by(|(_, a, _), (_, b, _)| (b.width * b.height).total_cmp(&(a.width * a.height)));
    regions.into_iter().map(|(index, frame, region)| view! { <Outlined page index frame region size /> }).collect()
}

#[component]
fn Outlined(page: Page, index: usize, frame: Frame, region: Region, size: ImageSize) -> impl IntoView {
    let outlines = geometry::outlines(&region);
    let name = region.label.clone();
    let shape = if outlines.is_empty() {
        (rect("region-casing", frame), rect("region-line", frame)).into_any()
    } else {
        (polygons("region-casing", &outlines), polygons("region-line", &outlines)).into_any()
    };
    // Above the box where there is room, else inside it.
    let letters = label_size(size);
    let baseline = if frame.top > letters * 1.5 { frame.top - letters * 0.4 } else { frame.top + letters * 1.1 };
    // Right-aligned on the right, so that a long label stays on the picture.
    let (x, anchor) = if frame.left > size.width as f32 * 0.6 {
        (frame.left + frame.width - letters * 0.2, "end")
    } else {
        (frame.left + letters * 0.2, "start")
    };
    view! {
        <g
            class="region"
            role="img"
            aria-label=name
            class:is-lit=move || page.is_lit(index)
            on:pointerenter=move |_| page.lit.set(vec![index])
            on:pointerleave=move |_| page.lit.set(Vec::new())
        >
            {shape}
            <text class="region-label" x=x y=baseline text-anchor=anchor>{region.label}</text>
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
fn label_size(size: ImageSize) -> f32 {
    size.width.max(size.height) as f32 * 0.024
}
