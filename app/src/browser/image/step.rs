//! From picture to picture without leaving the page.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use web_sys::HtmlImageElement;

use super::super::api::{self, Refused};
use super::super::grid::SEEN;
use super::editing;
use crate::pages::image::state::{ImageState, View};
use crate::types::{ImageData, Neighbours};

/// Follows a link to another picture. With a modifier the person wants the link itself.
pub(crate) fn follow(image: ImageState, event: &MouseEvent, id: String) {
    if !(event.ctrl_key() || event.meta_key() || event.shift_key()) && event.button() == 0 {
        event.prevent_default();
        to(image, Some(id));
    }
}

/// Shows another picture, if there is one. It takes the place of this one in the browser's history, so that the way back
/// leads to the dataset.
pub(super) fn to(image: ImageState, id: Option<String>) {
    let Some(id) = id.filter(|_| !image.is_loading.get_untracked()) else { return };
    editing::save_all();
    image.is_loading.set(true);
    spawn_local(async move {
        // The other page's own address gives what it shows, in one answer.
        match api::get::<ImageData>(&image.address(&id), None).await {
            Some(Ok(data)) => show(image, data),
            Some(Err(Refused { problem, .. })) => image.problem.set(Some(*problem)),
            None => {}
        }
        image.is_loading.set(false);
    });
}

fn show(image: ImageState, data: ImageData) {
    let ImageData { image: file, captions, neighbours, .. } = data;
    let address = image.address(&file.image.id);
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    let dataset = image.dataset.with_value(|dataset| dataset.name.clone());
    document().set_title(&format!("{} · {dataset} · Vasari", file.image.file_name));
    // Whoever goes through the captions of one source stays with it.
    let source = image.active_caption_untracked().map(|caption| caption.source);
    let active = captions.iter().find(|caption| Some(&caption.source) == source.as_ref()).or(captions.first());
    let active = active.map(|caption| caption.id.clone()).unwrap_or_default();
    image.problem.set(None);
    image.attempt.set_value(None);
    image.lit.set(Vec::new());
    image.diffs.set(Vec::new());
    image.view.set(View::default());
    image.image.set(file);
    image.captions.set(captions);
    image.active.set(active);
    image.neighbours.set(neighbours);
    remember(image);
    preload(image);
}

/// Tells the dataset's page which picture was looked at last.
pub(super) fn remember(image: ImageState) {
    let id = image.image.with_untracked(|file| file.image.id.clone());
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(SEEN, &id);
    }
}

/// Gets the pictures beside this one, to have them when they are wanted.
pub(super) fn preload(image: ImageState) {
    let Neighbours { previous, next } = image.neighbours.get_untracked();
    for id in [next, previous].into_iter().flatten() {
        if let Ok(picture) = HtmlImageElement::new() {
            picture.set_src(&format!("/api/v1/images/{id}/thumbnails/1440"));
        }
    }
}
