//! What is known of the picture's file.

use leptos::prelude::*;

use super::exif::Exif;
use super::state::ImageState;
use crate::browser::clipboard;
use crate::components::local_time::LocalTime;
use crate::part::{handler, live, view};
use crate::words;

/// Name, size, sum, and the ways to take the picture along.
#[component]
pub(crate) fn Details(image: ImageState) -> impl IntoView {
    let file = image.image;
    view! {
        <details class="card details">
            <summary>"About the file"</summary>
            <dl class="facts">
                <dt>"Name"</dt>
                <dd>{live(move || file.with(|file| file.image.file_name.clone()))}</dd>
                <dt>"Size"</dt>
                <dd class="number">{live(move || file.with(|file| t!("{width} × {height} pixels", width = file.image.width, height = file.image.height)))}</dd>
                <dt>"File"</dt>
                <dd class="number">
                    {live(move || file.with(|file| format!("{}, {}", file.format.to_ascii_uppercase(), words::bytes(file.byte_size as f64))))}
                </dd>
                <dt>"Added"</dt>
                <dd>{live(move || view! { <LocalTime at=file.with(|file| file.added_at.clone()) /> })}</dd>
                <dt>"SHA-256"</dt>
                <dd><code class="sum">{live(move || file.with(|file| file.sha256.clone()))}</code></dd>
            </dl>
            <Exif image />
            <p class="detail-actions">
                <a class="button quiet-button" href=move || file.with(crate::types::ImageFile::file_address) download=move || file.with(|file| file.image.file_name.clone())>
                    "Download"
                </a>
                <button
                    class="button quiet-button needs-script"
                    type="button"
                    on:click=handler(move |_| clipboard::copy(&crate::browser::address(), t!("Link copied")))
                >
                    "Copy link"
                </button>
            </p>
        </details>
    }
}
