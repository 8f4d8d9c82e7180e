//! The ring in the bar on top.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::super::{api, element};
use crate::job_words::{RING_ID, RING_LINK_ID, RING_WORDS_ID, RUNNING, ring_dashes, ring_label, ring_words};
use crate::types::RunningJobs;

/// How often it is asked how far they are.
const PAUSE: Duration = Duration::from_secs(3);

/// Keeps the ring up to date: while a job goes on and the page is seen, and whenever it is seen again.
pub(super) fn attach() {
    if element::<Element>(RING_LINK_ID).is_none() {
        return;
    }
    let tick = || {
        if goes_on() && !document().hidden() {
            spawn_local(ask());
        }
    };
    let _ = set_interval_with_handle(tick, PAUSE);
    let seen = Closure::<dyn Fn()>::new(|| {
        if !document().hidden() {
            spawn_local(ask());
        }
    });
    let _ = document().add_event_listener_with_callback("visibilitychange", seen.as_ref().unchecked_ref());
    seen.forget();
}

/// Asks how far the jobs are, and shows it. What is not answered is asked again later.
pub(super) async fn ask() {
    let Some(Ok(RunningJobs { running, share })) = api::get("/jobs", None).await else { return };
    let (Some(link), Some(words), Some(ring)) =
        (element::<Element>(RING_LINK_ID), element::<Element>(RING_WORDS_ID), element::<Element>(RING_ID))
    else {
        return;
    };
    let _ = link.set_attribute(RUNNING, &running.to_string());
    let _ = link.set_attribute("aria-label", &ring_label(running, share));
    let _ = ring.set_attribute("stroke-dasharray", &ring_dashes(share));
    words.set_text_content(Some(&ring_words(running)));
}

fn goes_on() -> bool {
    let running = element::<Element>(RING_LINK_ID).and_then(|link| link.get_attribute(RUNNING));
    running.is_some_and(|running| running != "0")
}
