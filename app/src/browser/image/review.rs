//! Changing what is kept of a caption, and the way back.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{HtmlDetailsElement, HtmlInputElement};

use super::super::api::{self, Refused};
use super::super::toast::{toast, toast_with_undo};
use super::super::{element, focus_soon, turn};
use crate::pages::image::state::ImageState;
use crate::types::{Caption, CaptionVersion, Role, Status};

/// Opens the place for why a caption is rejected.
pub(crate) fn open_rejection(image: ImageState) {
    let id = image.active.get_untracked();
    if let Some(fold) = element::<HtmlDetailsElement>(&format!("reject-{id}")) {
        fold.set_open(true);
        focus_soon(format!("reason-{id}"));
    }
}

/// Rejects a caption for the reason that stands in its field, and closes that.
pub(crate) fn reject(image: ImageState, caption: &Caption) {
    let field = element::<HtmlInputElement>(&format!("reason-{}", caption.id));
    let reason = field.as_ref().map(HtmlInputElement::value).unwrap_or_default();
    set_status(image, caption, Status::Rejected, reason);
    if let (Some(field), Some(fold)) = (field, element::<HtmlDetailsElement>(&format!("reject-{}", caption.id))) {
        // Keys mean something again.
        let _ = field.blur();
        field.set_value("");
        fold.set_open(false);
    }
}

/// Says how far a caption's review is, and why where it is rejected.
pub(crate) fn set_status(image: ImageState, caption: &Caption, status: Status, reason: String) {
    let needed = if matches!(status, Status::Draft | Status::Submitted) { Role::Annotator } else { Role::Reviewer };
    if !image.may(needed) || caption.id.is_empty() || caption.status == status && reason.is_empty() {
        return;
    }
    let caption = caption.clone();
    spawn_local(async move {
        if let Some(now) = change(image, &caption, &status_body(&caption, status, &reason)).await {
            offer_undo(now, status.title());
        }
    });
}

/// Gives a caption another text, and says so.
pub(crate) fn set_text(image: ImageState, caption: &Caption, text: String, done: &'static str) {
    let caption = caption.clone();
    spawn_local(async move {
        if let Some(now) = change(image, &caption, &text_body(&caption, &text)).await {
            offer_undo(now, done);
        }
    });
}

/// Says what was done to a caption, and offers to undo it.
pub(super) fn offer_undo(now: Caption, done: &str) {
    toast_with_undo(done, move || turn::undo_version(&now.id, now.version));
}

/// Writes one's own first caption of the picture.
pub(crate) fn write_own(image: ImageState, text: RwSignal<String>) {
    let id = image.image.with_untracked(|file| file.image.id.clone());
    let json = serde_json::to_string(&text.get_untracked()).unwrap_or_default();
    spawn_local(async move {
        let path = format!("/api/v1/images/{id}/captions/mine");
        let answer = api::send("PUT", &path, Some(&format!(r#"{{"text": {json}}}"#))).await;
        // Where one was written elsewhere meanwhile, that is shown, and what was written stays in the field.
        let taken = answer.and_then(|body| api::read::<Caption>(&body)).map(|own| (own, true));
        let (own, is_done) = match taken.or_else(|refused| current(&refused).map(|own| (own, false)).ok_or(refused)) {
            Ok(found) => found,
            Err(refused) => return toast(&refused.problem.detail.unwrap_or(refused.problem.title)),
        };
        image.own_source.set(Some(own.source.clone()));
        image.active.set(own.id.clone());
        image.captions.update(|captions| captions.push(own.clone()));
        if is_done {
            text.set(String::new());
            toast_with_undo(t!("Caption saved"), move || take_own_back(image, own, text));
        } else {
            toast(t!("You have written a caption of this picture already. This is it."));
        }
    });
}

/// Takes one's own first caption back. What it said is in the field again.
fn take_own_back(image: ImageState, own: Caption, text: RwSignal<String>) {
    let id = image.image.with_untracked(|file| file.image.id.clone());
    spawn_local(async move {
        let path = format!("/api/v1/images/{id}/captions/mine?version={}", own.version);
        match api::send("DELETE", &path, None).await {
            Ok(_) => {
                image.captions.update(|captions| captions.retain(|caption| caption.id != own.id));
                text.set(own.text);
                toast(t!("Undone"));
            }
            Err(refused) => toast(&refused.problem.detail.unwrap_or(refused.problem.title)),
        }
    });
}

/// Gets what a caption was.
pub(crate) fn load_versions(id: String, versions: RwSignal<Vec<CaptionVersion>>) {
    spawn_local(async move {
        match api::get(&format!("/api/v1/captions/{id}/versions"), None).await {
            Some(Ok(loaded)) => versions.set(loaded),
            Some(Err(Refused { problem, .. })) => toast(&problem.detail.unwrap_or(problem.title)),
            None => {}
        }
    });
}

/// The caption as it is now. Where the change was not taken, that is said.
async fn change(image: ImageState, caption: &Caption, body: &str) -> Option<Caption> {
    match send(&caption.id, body).await {
        Ok(now) => {
            put(image, now.clone());
            Some(now)
        }
        Err(refused) => {
            if let Some(now) = current(&refused) {
                put(image, now);
                toast(t!("Somebody else changed this caption just now. This is what it is."));
            } else {
                toast(&refused.problem.detail.unwrap_or(refused.problem.title));
            }
            None
        }
    }
}

/// Sends a change.
pub(super) async fn send(id: &str, body: &str) -> Result<Caption, Refused> {
    api::read(&api::send("PATCH", &format!("/api/v1/captions/{id}"), Some(body)).await?)
}

/// What a caption is now, of an answer that says that it was changed meanwhile.
pub(super) fn current(refused: &Refused) -> Option<Caption> {
    if refused.problem.status != 409 {
        return None;
    }
    let answer: serde_json::Value = serde_json::from_str(&refused.body).ok()?;
    serde_json::from_value(answer.get("current")?.clone()).ok()
}

/// Shows a caption as it is now.
pub(super) fn put(image: ImageState, now: Caption) {
    image.diffs.set(Vec::new());
    image.captions.update(|captions| {
        if let Some(caption) = captions.iter_mut().find(|caption| caption.id == now.id) {
            *caption = now;
        }
    });
}

/// The body that changes a caption's text.
pub(super) fn text_body(caption: &Caption, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap_or_default();
    format!(r#"{{"version": {}, "text": {text}}}"#, caption.version)
}

fn status_body(caption: &Caption, status: Status, reason: &str) -> String {
    let reason = serde_json::to_string(reason).unwrap_or_default();
    format!(r#"{{"version": {}, "status": "{}", "reason": {reason}}}"#, caption.version, status.name())
}
