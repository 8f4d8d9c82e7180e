//! What was found, drawn over the picture.

use leptos::prelude::*;

use crate::browser::region as drawing;
use crate::geometry::{self, PercentBox};
use crate::state::Page;
use crate::tasks::Input;
use crate::types::{ImageSize, Region};

/// Boxes, quads and polygons of the answer. Everything is placed by SVG attributes: boxes and labels in percent, so that
/// strokes and letters keep their size; outlines in the picture's own pixels.
#[component]
pub(crate) fn Overlay(page: Page) -> impl IntoView {
    let wants_region = move || page.task.get().input == Input::Region;
    view! {
        <svg
            class="overlay"
            class:is-drawing=wants_region
            class:has-lit=move || page.lit.with(|lit| !lit.is_empty())
            role="presentation"
            on:pointerdown=move |event| drawing::start(page, &event)
            on:pointermove=move |event| drawing::stretch(page, &event)
            on:pointerup=move |_| drawing::finish()
            on:pointercancel=move |_| drawing::finish()
        >
            {move || drawn_in_order(page)}
            {move || {
                wants_region().then(|| page.text.with(|text| geometry::parse_locations(text))).flatten().map(asked_region)
            }}
        </svg>
    }
}

/// The regions, large ones first: a small one must not lie under the large one that surrounds it.
fn drawn_in_order(page: Page) -> Vec<impl IntoView> {
    let Some(answer) = page.answer() else { return Vec::new() };
    let size = answer.image;
    let mut regions: Vec<(usize, PercentBox, Region)> = answer
        .regions
        .into_iter()
        .enumerate()
        .map(|(index, region)| (index, geometry::bounds(&region, size), region))
        .collect();
    regions.sort_by(|(_, a, _), (_, b, _)| (b.width * b.height).total_cmp(&(a.width * a.height)));
    regions.into_iter().map(|(index, frame, region)| drawn(page, index, frame, &region, size)).collect()
}

fn drawn(page: Page, index: usize, frame: PercentBox, region: &Region, size: ImageSize) -> impl IntoView + use<> {
    let PercentBox { left, top, width, height } = frame;
    let percent = |number: f32| format!("{number:.3}%");
    let outlines = geometry::outlines(region);
    let shape = if outlines.is_empty() {
        let rect = move |class| {
            view! { <rect class=class x=percent(left) y=percent(top) width=percent(width) height=percent(height) rx="2" /> }
        };
        (rect("region-casing"), rect("region-line")).into_any()
    } else {
        let polygons = move |class: &'static str| {
            outlines.iter().map(|points| view! { <polygon class=class points=points.clone() /> }).collect::<Vec<_>>()
        };
        view! {
            <svg
                viewBox=format!("0 0 {} {}", size.width, size.height)
                preserveAspectRatio="none"
                width="100%"
                height="100%"
            >
                {polygons("region-casing")}
                {polygons("region-line")}
            </svg>
        }
        .into_any()
    };
    // Above the box where there is room, else inside it.
    let label_offset = if top > 6.0 { "-6" } else { "16" };
    view! {
        <g
            class="region"
            class:is-lit=move || page.is_lit(index)
            on:pointerenter=move |_| page.lit.set(vec![index])
            on:pointerleave=move |_| page.lit.set(Vec::new())
        >
            {shape}
            <text class="region-label" x=percent(left) y=percent(top) dx="1" dy=label_offset>{region.label.clone()}</text>
        </g>
    }
}

fn asked_region(PercentBox { left, top, width, height }: PercentBox) -> impl IntoView {
    let percent = |number: f32| format!("{:.3}%", number.max(0.0));
    let rect = move |class| {
        view! { <rect class=class x=percent(left) y=percent(top) width=percent(width) height=percent(height) rx="2" /> }
    };
    (rect("region-casing"), rect("asked-line"))
}
