//! Copying the caption.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use crate::state::{Page, Phase};

const TOAST_STAYS: Duration = Duration::from_secs(4);

/// Copies the caption, and says whether that worked: a page that isn't served securely has no clipboard.
pub(crate) fn copy_caption(page: Page) {
    let Phase::Done(response) = page.phase.get_untracked() else { return };
    if !window().is_secure_context() {
        return toast(
            page,
            "This page isn't served securely, so the browser doesn't let it copy. Select the text instead.",
        );
    }
    let promise = window().navigator().clipboard().write_text(&response.caption);
    spawn_local(async move {
        match JsFuture::from(promise).await {
            Ok(_) => toast(page, "Caption copied"),
            Err(_) => toast(page, "The browser didn't allow copying. Select the text instead."),
        }
    });
}

/// Shows a short word for a few seconds.
pub(crate) fn toast(page: Page, words: &str) {
    let words = words.to_owned();
    page.toast.set(Some(words.clone()));
    let hide = move || {
        page.toast.update(|shown| {
            if shown.as_ref() == Some(&words) {
                *shown = None;
            }
        });
    };
    set_timeout(hide, TOAST_STAYS);
}
