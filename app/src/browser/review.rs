//! The queue of review: as long as the page is open its picture is kept from others, and no longer.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::api;
use super::toast::toast;

/// How often the server is told that somebody is still looking: it waits for five minutes.
const PAUSE: Duration = Duration::from_mins(1);

/// Renews the lease that the page names, if it names one, and ends it when the page goes.
pub(super) fn attach() {
    let Some(lease) = attribute("main[data-lease]", "data-lease") else { return };
    let path = format!("/api/v1/review-leases/{lease}");
    let renewed = path.clone();
    let _ = set_interval_with_handle(move || spawn_local(renew(renewed.clone())), PAUSE);
    window_event_listener_untyped("pagehide", move |_| {
        let path = path.clone();
        spawn_local(async move {
            let _ = api::send("DELETE", &path, None).await;
        });
    });
    // A page that the browser has kept, and shows again, shows a picture that is somebody else's by now.
    window_event_listener(ev::pageshow, |event| {
        if event.persisted() {
            let _ = window().location().reload();
        }
    });
}

/// A machine that slept has lost the picture: the page takes another, unless something is being written.
async fn renew(path: String) {
    let refused = api::send("PUT", &path, None).await.err();
    if refused.is_none_or(|refused| refused.problem.status != 404) {
        return;
    }
    if attribute("main details[open] form", "method").is_some() {
        toast(t!("Your time for this picture has run out, and somebody else may be looking at it."));
    } else {
        let _ = window().location().reload();
    }
}

fn attribute(selector: &str, name: &str) -> Option<String> {
    document().query_selector(selector).ok().flatten()?.get_attribute(name)
}
