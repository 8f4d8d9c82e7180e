//! Saving a caption as it is written.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use leptos::ev::{Event, KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{HtmlDetailsElement, HtmlElement};

use super::super::{element, focus_soon, is_open};
use super::review;
use crate::pages::image::editor::{Editing, Saving};
use crate::pages::image::own::OWN_ID;
use crate::pages::image::state::ImageState;
use crate::types::{Caption, Role};

/// How long somebody pauses until what they wrote is saved.
const PAUSE: Duration = Duration::from_millis(1500);

thread_local! {
    /// Counts keystrokes, so that only the pause after the last one counts.
    static STROKES: Cell<u32> = const { Cell::new(0) };
    /// The editors that are open.
    static OPEN: RefCell<Vec<(ImageState, Editing)>> = const { RefCell::new(Vec::new()) };
}

/// Opens the editor of the caption that keys are about.
pub(super) fn open(image: ImageState) {
    if !image.may(Role::Annotator) {
        return;
    }
    let Some(caption) = image.active_caption_untracked() else {
        focus_soon(OWN_ID.into());
        return;
    };
    if let Some(fold) = element::<HtmlDetailsElement>(&format!("edit-{}", caption.id)) {
        fold.set_open(true);
        focus_soon(format!("text-{}", caption.id));
    }
}

/// The editor was opened or closed.
pub(crate) fn toggle(image: ImageState, editing: Editing, event: &Event) {
    let caption = editing.caption.get_untracked();
    if is_open(event) {
        if editing.saving.with_untracked(|saving| *saving == Saving::Saved) {
            editing.text.set(caption.text.clone());
            editing.before.set_value(caption.text);
        }
        OPEN.with_borrow_mut(|open| open.push((image, editing)));
    } else {
        save(image, editing);
        OPEN.with_borrow_mut(|open| open.retain(|(_, other)| other.text != editing.text));
        offer_undo(editing);
    }
}

/// Offers to take back what was done to the caption since its editor was opened, once that is closed and all is saved.
fn offer_undo(editing: Editing) {
    let is_open = OPEN.with_borrow(|open| open.iter().any(|(_, other)| other.text == editing.text));
    let is_saved = editing.saving.try_with_untracked(|saving| *saving == Saving::Saved).unwrap_or_default();
    let Some(caption) = editing.caption.try_get_untracked().filter(|_| is_saved && !is_open) else { return };
    let before = editing.before.get_value();
    if before != caption.text {
        editing.before.set_value(caption.text.clone());
        review::offer_undo(caption, t!("Caption changed"));
    }
}

/// Something was written. It is saved when the person pauses.
pub(crate) fn write(image: ImageState, editing: Editing, text: String) {
    editing.text.set(text);
    if !editing.saving.with_untracked(|saving| matches!(saving, Saving::Conflict(_) | Saving::Running)) {
        editing.saving.set(Saving::Changed);
    }
    let stroke = STROKES.get() + 1;
    STROKES.set(stroke);
    let pause = move || {
        if STROKES.get() == stroke {
            save(image, editing);
        }
    };
    set_timeout(pause, PAUSE);
}

/// A key in the editor: Ctrl+Enter and Escape end it.
pub(crate) fn press(image: ImageState, editing: Editing, event: &KeyboardEvent) {
    let ends = event.key() == "Escape" || (event.key() == "Enter" && (event.ctrl_key() || event.meta_key()));
    if ends {
        event.prevent_default();
        event.stop_propagation();
        close(image, editing);
    }
}

/// The form is sent: scripts do it.
pub(crate) fn finish(image: ImageState, editing: Editing, event: &SubmitEvent) {
    event.prevent_default();
    close(image, editing);
}

/// Saves what is written, unless it is what is kept, or somebody must decide first.
pub(crate) fn save(image: ImageState, editing: Editing) {
    let Some(caption) = editing.caption.try_get_untracked() else { return };
    let text = editing.text.get_untracked();
    let is_settled = editing.saving.with_untracked(|saving| matches!(saving, Saving::Conflict(_) | Saving::Running));
    if is_settled {
        return;
    }
    if text == caption.text {
        editing.saving.set(Saving::Saved);
        return;
    }
    send(image, editing, caption, text);
}

/// Saves what is written in all open editors.
pub(super) fn save_all() {
    for (image, editing) in OPEN.with_borrow(Vec::clone) {
        save(image, editing);
    }
}

/// Writes what is in the editor over what somebody else wrote, who has it in the history.
pub(crate) fn keep_mine(image: ImageState, editing: Editing) {
    if let Saving::Conflict(theirs) = editing.saving.get_untracked() {
        review::put(image, (*theirs).clone());
        send(image, editing, *theirs, editing.text.get_untracked());
    }
}

/// Takes what somebody else wrote.
pub(crate) fn take_theirs(image: ImageState, editing: Editing, theirs: Caption) {
    editing.text.set(theirs.text.clone());
    editing.before.set_value(theirs.text.clone());
    editing.saving.set(Saving::Saved);
    review::put(image, theirs);
}

fn send(image: ImageState, editing: Editing, caption: Caption, text: String) {
    editing.saving.set(Saving::Running);
    spawn_local(async move {
        let answer = review::send(&caption.id, &review::text_body(&caption, &text)).await;
        // The editor may have gone with its picture; what was sent is kept all the same.
        let after = match answer {
            Ok(now) => {
                review::put(image, now);
                Saving::Saved
            }
            Err(refused) => match review::current(&refused) {
                Some(theirs) if theirs.text == text => {
                    review::put(image, theirs);
                    Saving::Saved
                }
                Some(theirs) => Saving::Conflict(Box::new(theirs)),
                None => Saving::Failed(refused.problem.detail.unwrap_or(refused.problem.title)),
            },
        };
        let is_saved = after == Saving::Saved;
        editing.saving.try_set(after);
        if !is_saved {
            // Whoever closed the editor must see why nothing is saved.
            reopen(editing);
        }
        if !is_saved {
            return;
        }
        // What was written meanwhile.
        if editing.text.try_get_untracked().is_some_and(|written| written != text) {
            save(image, editing);
        } else {
            offer_undo(editing);
        }
    });
}

fn reopen(editing: Editing) {
    let Some(caption) = editing.caption.try_get_untracked() else { return };
    if let Some(fold) = element::<HtmlDetailsElement>(&format!("edit-{}", caption.id)) {
        fold.set_open(true);
    }
}

fn close(image: ImageState, editing: Editing) {
    save(image, editing);
    let id = editing.caption.with_untracked(|caption| caption.id.clone());
    if let Some(fold) = element::<HtmlDetailsElement>(&format!("edit-{id}")) {
        fold.set_open(false);
        if let Ok(Some(summary)) = fold.query_selector("summary") {
            let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(summary).focus();
        }
    }
}
