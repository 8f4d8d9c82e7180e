//! The pictures on the page: shown, removed, brought back. Their bytes are held here.

use std::cell::RefCell;
use std::collections::HashMap;

use leptos::prelude::*;
use web_sys::{Blob, Url};

use super::toast::{toast, toast_with_undo};
use super::{asking, files, focus_soon, show_address};
use crate::components::stage::FILE_INPUT_ID;
use crate::components::tray_list;
use crate::state::Page;
use crate::types::ImageSize;

thread_local! {
    /// The pictures' bytes by entry, as far as the browser holds them.
    static HELD: RefCell<HashMap<u32, Blob>> = RefCell::new(HashMap::new());
}

/// Holds a picture's bytes.
pub(super) fn hold(id: u32, picture: Blob) {
    HELD.with_borrow_mut(|held| held.insert(id, picture));
}

/// An entry's picture and its name; fetched first where only the server has it, as with samples.
pub(super) async fn held(page: Page, id: u32) -> Option<(Blob, String)> {
    let picture = page.tray.with_untracked(|tray| tray.get(id).map(|entry| entry.picture.clone()))?;
    if let Some(blob) = HELD.with_borrow(|held| held.get(&id).cloned()) {
        return Some((blob, picture.name));
    }
    let blob = files::fetch_blob(&picture.src).await?;
    hold(id, blob.clone());
    Some((blob, picture.name))
}

/// Shows an entry large.
pub(crate) fn show(page: Page, id: u32) {
    page.lit.set(Vec::new());
    page.tray.update(|tray| tray.shown = Some(id));
    show_address(page);
}

/// Shows a neighbour; the focus goes along if it was on the entry.
pub(crate) fn step(page: Page, places: isize) {
    let was_focused = is_focused_in_list();
    page.lit.set(Vec::new());
    if let Some(id) = page.tray.try_update(|tray| tray.step(places)).flatten() {
        show_address(page);
        let entry = tray_list::id_of(id);
        if was_focused {
            focus_soon(entry);
        } else if let Some(row) = super::element::<web_sys::Element>(&entry) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

/// The size that the browser found a picture to have, for want of a better one.
pub(crate) fn learn_size(page: Page, src: &str, size: ImageSize) {
    page.tray.update(|tray| {
        for entry in tray.entries.iter_mut().filter(|entry| entry.picture.src == src) {
            if entry.picture.size == ImageSize::default() {
                entry.picture.size = size;
            }
        }
    });
}

/// Gives up showing what the browser can't decode. The server may still read it, or says why not.
pub(crate) fn give_up_preview(page: Page, src: &str) {
    page.tray.update(|tray| {
        for entry in tray.entries.iter_mut().filter(|entry| entry.picture.src == src) {
            entry.picture.src = String::new();
        }
    });
    let _ = Url::revoke_object_url(src);
}

/// Takes one picture away.
pub(crate) fn remove(page: Page, id: u32) {
    let name = page.tray.with_untracked(|tray| tray.get(id).map(|entry| entry.picture.name.clone()));
    let name = name.filter(|name| !name.is_empty());
    let words = name.map_or_else(|| t!("Picture removed").to_owned(), |name| t!("{name} removed", name = name));
    keep_for_undo(page);
    asking::stop(id);
    page.lit.set(Vec::new());
    page.tray.update(|tray| tray.remove(id));
    asking::start_waiting(page);
    after_removal(page, &words);
}

/// Takes all pictures away.
pub(crate) fn remove_all(page: Page) {
    let number = page.tray.with_untracked(|tray| tray.entries.len());
    keep_for_undo(page);
    for entry in page.tray.get_untracked().entries {
        asking::stop(entry.id);
    }
    page.lit.set(Vec::new());
    page.tray.update(crate::tray::Tray::clear);
    after_removal(page, &plural!(number, "{n} picture removed", "{n} pictures removed"));
}

/// Brings back what was removed last.
fn undo(page: Page) {
    let Some(earlier) = page.removed.try_update(Option::take).flatten() else { return };
    page.tray.update(|tray| tray.restore(&earlier));
    show_address(page);
    toast(t!("Back again"));
}

fn after_removal(page: Page, words: &str) {
    show_address(page);
    toast_with_undo(words, move || undo(page));
    let next = page.tray.with_untracked(|tray| tray.shown.filter(|_| tray.entries.len() > 1));
    // The button that was pressed is gone; the focus must not fall back to the top of the page.
    focus_soon(next.map_or_else(|| FILE_INPUT_ID.into(), tray_list::id_of));
}

/// Remembers the tray. What was remembered before can't come back any more, so its bytes are let go.
fn keep_for_undo(page: Page) {
    let tray = page.tray.get_untracked();
    if let Some(earlier) = page.removed.get_untracked() {
        for entry in earlier.entries.iter().filter(|entry| tray.get(entry.id).is_none()) {
            HELD.with_borrow_mut(|held| held.remove(&entry.id));
            if entry.picture.src.starts_with("blob:") {
                let _ = Url::revoke_object_url(&entry.picture.src);
            }
        }
    }
    page.removed.set(Some(tray));
}

fn is_focused_in_list() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|element| element.id().starts_with(tray_list::ID_PREFIX))
}
