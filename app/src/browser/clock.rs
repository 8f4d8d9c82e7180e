//! The page's clock.

use std::cell::RefCell;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Date, Object, Promise, Reflect};

use crate::state::Page;

/// How often waiting times on the page move on.
const TENTH: Duration = Duration::from_millis(100);

thread_local! {
    static TICKING: RefCell<Option<IntervalHandle>> = const { RefCell::new(None) };
}

/// Milliseconds since the page was opened.
pub(crate) fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// A moment, given as RFC 3339 writes it, in the reader's language and time zone.
pub(crate) fn local(at: &str) -> String {
    let (moment, options) = (Date::new(&at.into()), Object::new());
    for (part, style) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let _ = Reflect::set(&options, &part.into(), &style.into());
    }
    let language = window().navigator().language().unwrap_or_else(|| "en".into());
    if moment.get_time().is_nan() { at.to_owned() } else { moment.to_locale_string(&language, &options).into() }
}

/// Lets the clock run as long as answers are to come.
pub(crate) fn run(page: Page) {
    page.now.set(now());
    if TICKING.with_borrow(Option::is_some) {
        return;
    }
    let tick = move || {
        page.now.set(now());
        if !page.tray.with_untracked(|tray| tray.busy() > 0)
            && let Some(ticking) = TICKING.take()
        {
            ticking.clear();
        }
    };
    TICKING.set(set_interval_with_handle(tick, TENTH).ok());
}

/// Waits.
pub(crate) async fn sleep(seconds: u32) {
    let milliseconds = i32::try_from(seconds.saturating_mul(1000)).unwrap_or(i32::MAX);
    let promise = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}
