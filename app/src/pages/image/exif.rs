//! What a camera wrote into the picture's file.

use leptos::prelude::*;

use super::state::ImageState;
use crate::browser::image::exif;
use crate::part::{handler, live, view};
use crate::types::ExifField;

/// A fold that gets its entries when it is opened; a link to them without scripts.
#[component]
pub(crate) fn Exif(image: ImageState) -> impl IntoView {
    let fields = RwSignal::new(None::<Vec<ExifField>>);
    let address = move || image.image.with(|file| format!("/api/v1/images/{}/exif", file.image.id));
    let list = move || {
        fields.get().map(|fields| {
            if fields.is_empty() {
                return view! { <p class="hint">"The file has none."</p> };
            }
            let field = |ExifField { name, value }| view! { <dt>{name}</dt><dd>{value}</dd> };
            view! { <dl class="facts">{fields.into_iter().map(field).collect::<Vec<_>>()}</dl> }
        })
    };
    view! {
        <details class="exif needs-script" on:toggle=handler(move |event: leptos::ev::Event| exif::toggle(image, fields, &event))>
            <summary>"What the camera wrote (EXIF)"</summary>
            {live(list)}
        </details>
        <a class="without-script" href=address>"What the camera wrote (EXIF)"</a>
    }
}
