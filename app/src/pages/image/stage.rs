//! The picture, with what was found drawn over it.

use leptos::prelude::*;

use super::state::ImageState;
use crate::browser::image::zoom;
use crate::components::overlay::{label_size, shapes};
use crate::part::{IntoPart, Part, handler, live, view};

/// A frame that the picture fills as far as it goes. It can be zoomed and moved.
#[component]
pub(crate) fn Stage(image: ImageState) -> impl IntoView {
    let layer = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| zoom::apply(layer.get(), image.view.get()));
    let is_large = Memo::new(move |_| image.view.with(|view| view.scale > 1.4));
    let src = move || {
        let large = is_large.get();
        image.image.with(|file| if large { file.file_address() } else { file.image.thumbnail(1440) })
    };
    let has_regions = move || image.active_caption().is_some_and(|caption| !caption.regions.is_empty());
    view! {
        <section class="image-stage" aria-label="Picture">
            <div
                class="image-frame"
                class:is-zoomed=move || image.view.with(|view| view.scale > 1.0)
                aria-busy=move || image.is_loading.get().then_some("true")
                on:pointerdown=handler(move |event: leptos::ev::PointerEvent| zoom::grab(image, &event))
                on:pointermove=handler(move |event: leptos::ev::PointerEvent| zoom::drag(image, &event))
                on:pointerup=handler(move |event: leptos::ev::PointerEvent| zoom::let_go(&event))
                on:pointercancel=handler(move |event: leptos::ev::PointerEvent| zoom::let_go(&event))
                on:wheel=handler(move |event: leptos::ev::WheelEvent| zoom::turn_wheel(image, &event))
                on:dblclick=handler(move |event: leptos::ev::MouseEvent| zoom::double_click(image, &event))
            >
                <div class="image-layer" node_ref=layer>
                    <img
                        src=src
                        alt=move || alt(image)
                        width=move || image.size().width
                        height=move || image.size().height
                        decoding="async"
                        draggable="false"
                    />
                    {live(move || regions(image))}
                </div>
            </div>
            <div class="image-tools needs-script">
                <button class="button quiet-button" type="button" on:click=handler(move |_| zoom::step(image, 1.0 / 1.5))>
                    <span class="visually-hidden">"Zoom out"</span>
                    <span aria-hidden="true">"−"</span>
                </button>
                <button class="button quiet-button number" type="button" on:click=handler(move |_| zoom::whole(image))>
                    <span class="visually-hidden">"Show the whole picture, now at"</span>
                    " "
                    {live(move || image.view.with(|view| format!("{:.0} %", view.scale * 100.0)))}
                </button>
                <button class="button quiet-button" type="button" on:click=handler(move |_| zoom::step(image, 1.5))>
                    <span class="visually-hidden">"Zoom in"</span>
                    <span aria-hidden="true">"+"</span>
                </button>
                {live(move || {
                    has_regions()
                        .then(|| {
                            view! {
                                <button
                                    class="button quiet-button"
                                    type="button"
                                    aria-pressed=move || image.boxes.get().to_string()
                                    on:click=handler(move |_| image.boxes.update(|boxes| *boxes = !*boxes))
                                >
                                    "Boxes"
                                    <kbd aria-hidden="true">"b"</kbd>
                                </button>
                            }
                        })
                })}
            </div>
        </section>
    }
}

fn alt(image: ImageState) -> String {
    let text = image.active_caption().map(|caption| caption.text).filter(|text| !text.is_empty());
    text.unwrap_or_else(|| image.image.with(|file| file.image.file_name.clone()))
}

fn regions(image: ImageState) -> Option<Part> {
    let regions = image.active_caption().filter(|_| image.boxes.get())?.regions;
    if regions.is_empty() {
        return None;
    }
    let (size, lit) = (image.size(), image.lit);
    let drawn = shapes(regions, size, label_size(size), lit);
    let svg = view! {
        <svg
            class="overlay"
            class:has-lit=move || lit.with(|lit| !lit.is_empty())
            viewBox=format!("0 0 {} {}", size.width, size.height)
            font-size=label_size(size)
            role="group"
            aria-label="Regions on the picture"
        >
            {drawn}
        </svg>
    };
    Some(svg.into_part())
}
