//! Keys: which count, and the sheet that lists them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The id of the sheet.
pub(crate) const SHEET_ID: &str = "keys";

/// The id of the switch in it that turns single letters off.
pub(crate) const SWITCH_ID: &str = "keys-switch";

/// The id of the field for searches.
pub(crate) const SEARCH_ID: &str = "search";

/// The id of the list of what may stand in it. The server leaves it empty.
pub(crate) const OPTIONS_ID: &str = "search-options";

/// Where the wish to do without keys is kept.
pub(super) const KEPT: &str = "vasari-keys";

/// What a key means to the page: nothing where someone writes, holds a modifier other than Shift or has a dialog open, or
/// where it means something to somebody else. Single letters mean nothing to who turned them off.
pub(crate) fn meaning(event: &KeyboardEvent) -> Option<String> {
    let is_taken = event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key();
    if is_taken || is_writing(event) || is_dialog_open() {
        return None;
    }
    let key = event.key();
    (key.chars().count() > 1 || are_wanted()).then_some(key)
}

/// Whether a key undoes (`true`) or does again (`false`), as everywhere on a machine: Ctrl or Cmd with Z, with Shift for the
/// latter, and Ctrl with Y. Fields that somebody writes in have their own.
#[cfg(feature = "hydrate")]
pub(super) fn turning(event: &KeyboardEvent) -> Option<bool> {
    let is_command = event.ctrl_key() || event.meta_key();
    if !is_command || event.alt_key() || event.default_prevented() || is_writing(event) || is_dialog_open() {
        return None;
    }
    let is_undo = match event.key().as_str() {
        "z" if !event.shift_key() => true,
        "z" | "Z" | "y" => false,
        _ => return None,
    };
    event.prevent_default();
    Some(is_undo)
}

/// Whether the person wants single letters to do something; they may stand in the way of a speech input.
pub(crate) fn are_wanted() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(KEPT).ok().flatten()).is_none_or(|wish| wish != "off")
}

fn is_dialog_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

fn is_writing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| {
        let kind = element.get_attribute("type").unwrap_or_default();
        match element.tag_name().as_str() {
            "TEXTAREA" | "SELECT" => true,
            "INPUT" => !matches!(kind.as_str(), "file" | "checkbox"),
            _ => false,
        }
    })
}
