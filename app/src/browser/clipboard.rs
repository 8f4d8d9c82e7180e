//! Copying and downloading what the model said.

use leptos::prelude::*;
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::Array;
use web_sys::{Blob, HtmlAnchorElement, Url};

use super::toast::toast;
use crate::state::Page;
use crate::types::{CaptionResponse, Picture};

/// Copies the shown caption.
pub(crate) fn copy_caption(page: Page) {
    if let Some(answer) = page.answer.get_untracked() {
        copy(&answer.caption, t!("Caption copied"));
    }
}

/// Copies the shown answer as the server wrote it.
pub(crate) fn copy_json(page: Page) {
    if let Some(json) = page.answer.get_untracked().and_then(|answer| serde_json::to_string_pretty(&answer).ok()) {
        copy(&json, t!("JSON copied"));
    }
}

/// Copies text, and says whether that worked: a page that isn't served securely has no clipboard.
pub(crate) fn copy(text: &str, done: &'static str) {
    if !window().is_secure_context() {
        return toast(t!(
            "This page isn't served securely, so the browser doesn't let it copy. Select the text instead."
        ));
    }
    let promise = window().navigator().clipboard().write_text(text);
    // Not leptos' own, which pages lack that aren't taken over.
    spawn_local(async move {
        match JsFuture::from(promise).await {
            Ok(_) => toast(done),
            Err(_) => toast(t!("The browser didn't allow copying. Select the text instead.")),
        }
    });
}

/// Saves all answers as `captions.jsonl`, a line each, as `vasari caption --json` writes them.
pub(crate) fn download_lines(page: Page) {
    let lines: Vec<String> =
        page.tray.with_untracked(|tray| tray.answers().filter_map(|(picture, answer)| line(picture, answer)).collect());
    let saved = save("captions.jsonl", &(lines.join("\n") + "\n"));
    if saved.is_err() {
        return toast(t!("The browser didn't allow saving."));
    }
    toast(&plural!(lines.len(), "{n} caption saved", "{n} captions saved"));
}

fn line(picture: &Picture, answer: &CaptionResponse) -> Option<String> {
    let mut line = Map::new();
    line.insert("file".into(), picture.name.clone().into());
    if let Value::Object(fields) = serde_json::to_value(answer).ok()? {
        line.extend(fields);
    }
    serde_json::to_string(&line).ok()
}

fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into()))?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}
