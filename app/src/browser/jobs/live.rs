//! Pages of jobs that follow what happens.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DomParser, Element, EventSource, HtmlElement, MessageEvent, SupportedType};

use super::super::{api, clock, element};
use super::{elements, ring, write_times};
use crate::job_words::{self, BAR_ID, LIVE, NUMBERS_ID};
use crate::types::JobProgress;

/// Marks the page whose numbers move by themselves: it needs no link to reload it.
const IS_LIVE: &str = "data-is-live";
/// How long a page is left as it is while only its failures become more, in milliseconds.
const PATIENCE: f64 = 3000.0;
/// How often a list of jobs is looked at, in seconds.
const PAUSE: u32 = 2;

/// What the page has been told last.
#[derive(Clone, Copy, PartialEq)]
struct Told {
    state: &'static str,
    failed: u64,
    /// When the page was last made anew, in milliseconds.
    at: f64,
}

/// Follows the job that the page is about, until it ends.
pub(super) fn follow_job() {
    let Ok(Some(main)) = document().query_selector("[data-job]") else { return };
    let attribute = |name: &str| main.get_attribute(name).unwrap_or_default();
    if matches!(attribute("data-state").as_str(), "succeeded" | "failed" | "cancelled") {
        return;
    }
    let Ok(events) = EventSource::new(&format!("/api/v1/jobs/{}/events", attribute("data-job"))) else { return };
    let told = Rc::new(Cell::new(None));
    let source = events.clone();
    let take = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let json = event.data().as_string().unwrap_or_default();
        let Ok(progress) = serde_json::from_str::<JobProgress>(&json) else { return };
        if progress.state.is_final() {
            source.close();
        }
        take_progress(&progress, &told);
    });
    let _ = events.add_event_listener_with_callback("job", take.as_ref().unchecked_ref());
    take.forget();
    for (name, is_live) in [("open", true), ("error", false)] {
        let main = main.clone();
        let note = Closure::<dyn Fn()>::new(move || {
            let _ = if is_live { main.set_attribute(IS_LIVE, "true") } else { main.remove_attribute(IS_LIVE) };
        });
        let _ = events.add_event_listener_with_callback(name, note.as_ref().unchecked_ref());
        note.forget();
    }
}

/// Follows the jobs of a list, for as long as one goes on and somebody looks.
pub(super) fn follow_list() {
    spawn_local(async {
        while !elements(&document(), "[data-goes-on]").is_empty() {
            clock::sleep(PAUSE).await;
            if !document().hidden() {
                refresh().await;
            }
        }
    });
}

fn take_progress(progress: &JobProgress, told: &Rc<Cell<Option<Told>>>) {
    if let Some(numbers) = element::<Element>(NUMBERS_ID) {
        numbers.set_text_content(Some(&job_words::numbers(progress)));
    }
    if let (Some(bar), Some(share)) = (element::<Element>(BAR_ID), job_words::share(progress)) {
        let _ = bar.set_attribute("value", &format!("{share:.4}"));
    }
    let now = Told { state: progress.state.name(), failed: progress.failed, at: clock::now() };
    let Some(before) = told.get() else {
        told.set(Some(now));
        let Ok(Some(main)) = document().query_selector("[data-job]") else { return };
        // It went on while the page was on its way.
        if main.get_attribute("data-state").as_deref() != Some(now.state) {
            refresh_soon();
        }
        return;
    };
    let has_failed = now.failed != before.failed && now.at - before.at > PATIENCE;
    if now.state != before.state || has_failed {
        told.set(Some(now));
        refresh_soon();
    }
}

fn refresh_soon() {
    spawn_local(async {
        refresh().await;
        ring::ask().await;
    });
}

/// Gets the page anew and exchanges what has changed of its live parts.
async fn refresh() {
    let address = super::super::address();
    let Some(html) = api::page(&address).await else { return };
    let Ok(new) = DomParser::new().and_then(|parser| parser.parse_from_string(&html, SupportedType::TextHtml)) else {
        return;
    };
    write_times(&new);
    for old in elements(&document(), &format!("[{LIVE}]")) {
        let name = old.get_attribute(LIVE).unwrap_or_default();
        let Ok(Some(now)) = new.query_selector(&format!("[{LIVE}=\"{name}\"]")) else { continue };
        if old.outer_html() != now.outer_html() {
            exchange(&old, &now);
        }
    }
}

fn exchange(old: &Element, now: &Element) {
    let had_focus = document().active_element().is_some_and(|active| old.contains(Some(&active)));
    let Ok(now) = document().adopt_node(now) else { return };
    if old.replace_with_with_node_1(&now).is_err() {
        return;
    }
    // The focus must not be lost with what is gone.
    let first = now.dyn_ref::<Element>().and_then(|now| now.query_selector("a, button").ok().flatten());
    if let (true, Some(first)) = (had_focus, first) {
        let _ = first.unchecked_into::<HtmlElement>().focus();
    }
}
