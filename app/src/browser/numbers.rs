//! Numbers as the reader's language writes them. The server writes them as English does.

use leptos::prelude::*;
use web_sys::js_sys::{Array, Function, Intl, Object, Reflect};

/// A number with so many decimal places.
pub(crate) fn localized(number: f64, places: u8) -> String {
    let options = Object::new();
    for name in ["minimumFractionDigits", "maximumFractionDigits"] {
        let _ = Reflect::set(&options, &name.into(), &places.into());
    }
    let language = window().navigator().language().unwrap_or_else(|| "en".into());
    let format: Function = Intl::NumberFormat::new(&Array::of1(&language.into()), &options).format();
    let written = format.call1(&wasm_bindgen::JsValue::NULL, &number.into()).ok();
    written.and_then(|written| written.as_string()).unwrap_or_default()
}

/// Writes the numbers anew that the server wrote: those in what is marked as holding numbers, and no text of anybody's.
#[cfg(feature = "hydrate")]
pub(crate) fn localize() {
    use wasm_bindgen::JsCast;
    use web_sys::Node;

    const TEXT_NODE: u16 = 3;
    if localized(1204.5, 1) == "1,204.5" {
        return;
    }
    let Ok(holders) = document().query_selector_all(".number, .scoped") else { return };
    let mut open: Vec<Node> = (0..holders.length()).filter_map(|place| holders.get(place)).collect();
    while let Some(node) = open.pop() {
        if node.node_type() == TEXT_NODE {
            let before = node.node_value().unwrap_or_default();
            let now = crate::words::with_numbers(&before, localized);
            if now != before {
                node.set_node_value(Some(&now));
            }
        } else {
            let children = node.child_nodes();
            open.extend((0..children.length()).filter_map(|place| children.get(place)?.dyn_into().ok()));
        }
    }
}
