//! Asking `POST /caption`.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Blob, FormData, RequestInit, Response};

use super::{files, show_address};
use crate::error;
use crate::state::{Page, Phase};
use crate::types::{CaptionResponse, Problem};

/// How often the waiting time on the page moves on.
const TENTH: Duration = Duration::from_millis(100);

thread_local! {
    /// The picture's bytes and its name; none while the browser doesn't hold the picture on display.
    static HELD: RefCell<Option<(Blob, String)>> = const { RefCell::new(None) };
    /// The request that is running.
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
    /// Numbers the requests, so that an answer that comes too late is known as such.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

struct Running {
    abort: AbortController,
    clock: Option<IntervalHandle>,
}

/// Holds a picture, or none to fetch the one on display when it is needed, and asks about it unless the task still wants
/// an input.
pub(crate) fn take(page: Page, picture: Option<(Blob, String)>) {
    cancel(page);
    HELD.set(picture);
    if page.task.get_untracked().takes_input() && page.text.with_untracked(|text| text.trim().is_empty()) {
        page.phase.set(Phase::Idle);
    } else {
        ask(page);
    }
}

/// Asks about the picture with another task, if that needs nothing more.
pub(crate) fn task_changed(page: Page) {
    show_address(page);
    page.lit.set(Vec::new());
    if page.task.get_untracked().takes_input() {
        cancel(page);
        page.text.set(String::new());
        page.phase.set(Phase::Idle);
    } else if page.picture.with_untracked(Option::is_some) || HELD.with_borrow(Option::is_some) {
        ask(page);
    }
}

/// Sends the picture with the chosen task. Only one request runs at a time: what ran before is cancelled.
pub(crate) fn ask(page: Page) {
    stop();
    page.phase.set(Phase::Working);
    let Ok(abort) = AbortController::new() else { return };
    let number = NUMBER.get() + 1;
    NUMBER.set(number);
    page.waited.set(0);
    let tick = move || page.waited.update(|tenths| *tenths += 1);
    let clock = set_interval_with_handle(tick, TENTH).ok();
    RUNNING.set(Some(Running { abort: abort.clone(), clock }));
    spawn_local(async move {
        let answer = send(page, &abort).await;
        if NUMBER.get() == number {
            stop();
            page.phase.set(match answer {
                Ok(response) => Phase::Done(response),
                Err(problem) => Phase::Failed(problem),
            });
        }
    });
}

/// Cancels what is running; the server stops working on it too.
pub(crate) fn cancel(page: Page) {
    stop();
    NUMBER.set(NUMBER.get() + 1);
    if page.phase.with_untracked(|phase| *phase == Phase::Working) {
        page.phase.set(Phase::Idle);
    }
}

fn stop() {
    if let Some(running) = RUNNING.take() {
        running.abort.abort();
        if let Some(clock) = running.clock {
            clock.clear();
        }
    }
}

async fn send(page: Page, abort: &AbortController) -> Result<CaptionResponse, Problem> {
    let (picture, name) = held(page).await.ok_or_else(error::unreachable)?;
    let limit = page.given.with_value(|given| given.max_request_bytes) as f64;
    if limit > 0.0 && picture.size() > limit {
        return Err(error::too_large(picture.size(), limit));
    }
    let (status, body) = post(page, abort, &picture, &name).await.map_err(|_| error::unreachable())?;
    if !(200..300).contains(&status) {
        return Err(error::from_answer(status, &body));
    }
    serde_json::from_str(&body).map_err(|_| error::from_answer(status, &body))
}

/// The picture's bytes and its name: those that were taken last, else those of the picture on display.
async fn held(page: Page) -> Option<(Blob, String)> {
    if let Some(held) = HELD.with_borrow(Clone::clone) {
        return Some(held);
    }
    let picture = page.picture.get_untracked()?;
    let blob = files::fetch_blob(&picture.src).await?;
    HELD.set(Some((blob.clone(), picture.name.clone())));
    Some((blob, picture.name))
}

async fn post(page: Page, abort: &AbortController, picture: &Blob, name: &str) -> Result<(u16, String), JsValue> {
    let task = page.task.get_untracked();
    let form = FormData::new()?;
    form.append_with_blob_and_filename("image", picture, name)?;
    form.append_with_str("task", task.marker)?;
    if task.takes_input() {
        form.append_with_str("text", page.text.get_untracked().trim())?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&form);
    init.set_signal(Some(&abort.signal()));
    let response: Response = JsFuture::from(window().fetch_with_str_and_init("/caption", &init)).await?.dyn_into()?;
    let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.status(), body))
}
