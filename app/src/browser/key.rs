//! The API key, kept while the tab is open and nowhere else.

use std::cell::RefCell;

use leptos::prelude::*;
use web_sys::Storage;

use super::toast::toast;

const NAME: &str = "vasari-api-key";

thread_local! {
    /// The key, once it is known; the tab's storage, which not every browser grants, has it across reloads.
    static KEY: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The key that was written in this tab; empty for none.
pub(crate) fn current() -> String {
    KEY.with_borrow_mut(|key| key.get_or_insert_with(stored).clone())
}

/// Takes a key, or forgets it when it is empty.
pub(crate) fn take(key: &str) {
    let key = key.trim();
    KEY.set(Some(key.to_owned()));
    if let Some(storage) = storage() {
        let _ = if key.is_empty() { storage.remove_item(NAME) } else { storage.set_item(NAME, key) };
    }
    toast(if key.is_empty() { t!("Key forgotten") } else { t!("Key kept until this tab closes") });
}

fn stored() -> String {
    storage().and_then(|storage| storage.get_item(NAME).ok().flatten()).unwrap_or_default()
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
