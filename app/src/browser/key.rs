//! The API key, kept while the tab is open and nowhere else.

use leptos::prelude::*;
use web_sys::Storage;

use super::toast;
use crate::state::Page;

const NAME: &str = "vasari-api-key";

/// The key that was written in this tab before; empty for none.
pub(crate) fn stored() -> String {
    storage().and_then(|storage| storage.get_item(NAME).ok().flatten()).unwrap_or_default()
}

/// Takes a key, or forgets it when it is empty.
pub(crate) fn take(page: Page, key: &str) {
    let key = key.trim();
    page.key.set(key.to_owned());
    if let Some(storage) = storage() {
        let _ = if key.is_empty() { storage.remove_item(NAME) } else { storage.set_item(NAME, key) };
    }
    toast(page, if key.is_empty() { "Key forgotten" } else { "Key kept until this tab closes" });
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
