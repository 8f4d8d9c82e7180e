//! Pictures chosen, dropped, pasted, or taken from the samples.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DataTransfer, File, FileList, HtmlImageElement, HtmlInputElement, Response, Url};

use super::{asking, show_address, tray};
use crate::state::Page;
use crate::tray::Phase;
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
        take_files(page, transferred(event.data_transfer()));
    });
    window_event_listener(ev::paste, move |event| {
        let files = transferred(event.clipboard_data());
        if !files.is_empty() {
            event.prevent_default();
            take_files(page, files);
        }
    });
}

/// Takes the pictures that were chosen in the file input, if any were, and empties it for the next ones.
pub(crate) fn take_chosen(page: Page, input: &HtmlInputElement) {
    let files = listed(input.files());
    if !files.is_empty() {
        input.set_value("");
        take_files(page, files);
    }
}

/// Takes a sample: shows it at once, and asks about it. One sample gives way to the next.
pub(crate) fn take_sample(page: Page, sample: &SampleImage) {
    let picture = Picture {
        name: sample.name.clone(),
        src: sample.src.clone(),
        size: sample.size,
        sample: Some(sample.name.clone()),
    };
    remove_samples(page);
    add(page, vec![(picture, None)]);
}

/// The size of a picture that has loaded, turned as its EXIF orientation says; zero before that.
pub(crate) fn size_of(image: &HtmlImageElement) -> ImageSize {
    ImageSize { width: image.natural_width(), height: image.natural_height() }
}

/// Fetches a picture that the browser doesn't hold yet.
pub(super) async fn fetch_blob(src: &str) -> Option<Blob> {
    let response: Response = JsFuture::from(window().fetch_with_str(src)).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.blob().ok()?).await.ok()?.dyn_into().ok()
}

fn transferred(transfer: Option<DataTransfer>) -> Vec<File> {
    listed(transfer.and_then(|transfer| transfer.files()))
}

/// The files of a list.
pub(super) fn listed(files: Option<FileList>) -> Vec<File> {
    files.map(|files| (0..files.length()).filter_map(|index| files.get(index)).collect()).unwrap_or_default()
}

/// Adds files to the page. A sample that someone tried before gives way to their own pictures.
fn take_files(page: Page, files: Vec<File>) {
    if files.is_empty() {
        return;
    }
    remove_samples(page);
    let pictures = files.into_iter().map(|file| {
        // The server decides what is a picture; only the preview leaves out what surely is none.
        let is_shown = file.type_().starts_with("image/");
        let src = is_shown.then(|| Url::create_object_url_with_blob(&file).ok()).flatten().unwrap_or_default();
        (Picture { name: file.name(), src, ..Picture::default() }, Some(file.into()))
    });
    add(page, pictures.collect());
}

/// Adds pictures, shows the first of them, and asks.
fn add(page: Page, pictures: Vec<(Picture, Option<Blob>)>) {
    let ids: Vec<u32> = pictures
        .into_iter()
        .filter_map(|(picture, blob)| {
            let id = page.tray.try_update(|tray| tray.add(picture, Phase::Idle))?;
            if let Some(blob) = blob {
                tray::hold(id, blob);
            }
            Some(id)
        })
        .collect();
    if let Some(first) = ids.first() {
        tray::show(page, *first);
    }
    show_address(page);
    asking::ask_new(page, &ids);
}

/// Takes samples away, and what the server put on the page without a picture: a refused form.
fn remove_samples(page: Page) {
    let is_passing = |picture: &Picture| picture.sample.is_some() || *picture == Picture::default();
    let ids: Vec<u32> = page.tray.with_untracked(|tray| {
        tray.entries.iter().filter(|entry| is_passing(&entry.picture)).map(|entry| entry.id).collect()
    });
    for id in ids {
        asking::stop(id);
        page.tray.update(|tray| tray.remove(id));
    }
}
