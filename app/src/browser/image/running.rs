//! Asking the model about the picture of the page, and showing what it says as it comes.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, FormData, HtmlDetailsElement, HtmlFormElement};

use super::super::api;
use super::super::toast::toast;
use super::super::{element, focus_soon, request};
use crate::pages::image::run::{RUN_ID, RUN_TASK_ID};
use crate::pages::image::state::ImageState;
use crate::types::{Caption, ImageData};

/// Opens the form.
pub(super) fn open() {
    if let Some(fold) = element::<HtmlDetailsElement>(RUN_ID) {
        fold.set_open(true);
        focus_soon(RUN_TASK_ID.into());
    }
}

/// Sends the form, with the answer as it grows.
pub(crate) fn submit(image: ImageState, event: &SubmitEvent) {
    let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let Some(Ok(fields)) = form.map(|form| FormData::new_with_form(&form)) else { return };
    event.prevent_default();
    if image.running.with_untracked(Option::is_some) {
        return;
    }
    let id = image.image.with_untracked(|file| file.image.id.clone());
    let dataset = image.dataset.with_value(|dataset| dataset.slug.clone());
    if complete(&fields, &dataset, &id).is_err() {
        return;
    }
    image.running.set(Some(String::new()));
    spawn_local(async move {
        let grow = move |piece: &str| image.running.update(|said| said.get_or_insert_default().push_str(piece));
        let answer = match AbortController::new() {
            Ok(abort) => request::ask(&fields, &abort, grow).await.map_err(|refusal| refusal.problem),
            Err(_) => Err(crate::error::unreachable()),
        };
        image.running.set(None);
        match answer {
            Ok(_) => show_what_is_kept(image, id).await,
            Err(problem) => toast(&problem.detail.unwrap_or(problem.title)),
        }
    });
}

/// The fields that name the picture. An empty text is left out: most tasks take none.
fn complete(fields: &FormData, dataset: &str, id: &str) -> Result<(), JsValue> {
    if fields.get("text").as_string().is_none_or(|text| text.trim().is_empty()) {
        fields.delete("text");
    }
    fields.append_with_str("dataset", dataset)?;
    fields.append_with_str("image_id", id)
}

/// Shows the captions as they are kept now, the one that was asked for first.
async fn show_what_is_kept(image: ImageState, id: String) {
    let Some(Ok(data)) = api::get::<ImageData>(&image.address(&id), None).await else { return };
    // Another picture may have come meanwhile.
    if image.image.with_untracked(|file| file.image.id != id) {
        return toast(t!("The caption is kept with its picture"));
    }
    let before = image.captions.get_untracked();
    let is_new = |now: &&Caption| !before.iter().any(|then| then.id == now.id && then.version == now.version);
    let changed = data.captions.iter().find(is_new).map(|caption| caption.id.clone());
    image.dataset.set_value(data.dataset);
    image.captions.set(data.captions);
    match changed {
        Some(changed) => {
            image.lit.set(Vec::new());
            image.active.set(changed);
            toast(t!("The caption is kept"));
        }
        None => toast(t!("The model says what it said before")),
    }
}
