//! Pictures chosen, dropped, pasted, or taken from the samples.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DataTransfer, File, HtmlImageElement, HtmlInputElement, Response};

use super::{show_address, upload};
use crate::state::Page;
use crate::types::{ImageSize, Picture, SampleImage};

/// Takes pictures dropped or pasted anywhere on the page, for as long as the page stands.
pub(crate) fn attach(page: Page) {
    window_event_listener(ev::dragover, move |event| {
        event.prevent_default();
        page.dragging.set(true);
    });
    window_event_listener(ev::dragleave, move |event| {
        // Without a related target the pointer has left the window, not just passed from one element to the next.
        if event.related_target().is_none() {
            page.dragging.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        page.dragging.set(false);
        if let Some(file) = first_file(event.data_transfer()) {
            take_file(page, &file);
        }
    });
    window_event_listener(ev::paste, move |event| {
        if let Some(file) = first_file(event.clipboard_data()) {
            event.prevent_default();
            take_file(page, &file);
        }
    });
}

/// Takes the picture that was chosen in the file input, if one was.
pub(crate) fn take_chosen(page: Page, input: &HtmlInputElement) {
    if let Some(file) = input.files().and_then(|files| files.get(0)) {
        take_file(page, &file);
    }
}

/// Takes a sample: shows it at once, and asks about it.
pub(crate) fn take_sample(page: Page, sample: &SampleImage) {
    let picture = Picture {
        name: sample.name.clone(),
        src: sample.src.clone(),
        size: sample.size,
        sample: Some(sample.name.clone()),
    };
    show(page, Some(picture));
    upload::take(page, None);
}

/// The size of the picture that has just loaded, turned as its EXIF orientation says.
pub(crate) fn loaded_size(event: &ev::Event) -> ImageSize {
    let image: HtmlImageElement = event_target(event);
    ImageSize { width: image.natural_width(), height: image.natural_height() }
}

/// Fetches the picture on display when the browser doesn't hold it yet: after the server rendered it.
pub(crate) async fn fetch_blob(src: &str) -> Option<Blob> {
    let response: Response = JsFuture::from(window().fetch_with_str(src)).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.blob().ok()?).await.ok()?.dyn_into().ok()
}

fn first_file(transfer: Option<DataTransfer>) -> Option<File> {
    transfer?.files()?.get(0)
}

fn take_file(page: Page, file: &File) {
    // The server decides what is a picture; only the preview leaves out what surely is none.
    let src =
        file.type_().starts_with("image/").then(|| web_sys::Url::create_object_url_with_blob(file).ok()).flatten();
    show(page, src.map(|src| Picture { name: file.name(), src, ..Picture::default() }));
    upload::take(page, Some((file.clone().into(), file.name())));
}

fn show(page: Page, picture: Option<Picture>) {
    let before = page.picture.get_untracked();
    page.lit.set(Vec::new());
    page.loaded_size.set(ImageSize::default());
    page.picture.set(picture);
    if let Some(before) = before.filter(|before| before.src.starts_with("blob:")) {
        let _ = web_sys::Url::revoke_object_url(&before.src);
    }
    show_address(page);
}
