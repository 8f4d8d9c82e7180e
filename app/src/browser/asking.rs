//! Asking about the pictures: a few requests at a time, each alone to fail, to be repeated or to be cancelled.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

use super::request::{self, Refusal};
use super::{clock, focus, shortcuts, show_address, show_parameter};
use crate::components::task_picker::TEXT_ID;
use crate::question::Question;
use crate::state::{Page, Round};
use crate::tray::Phase;

/// Requests at once. The server queues; this many keep it supplied while one answer travels.
const AT_ONCE: usize = 3;
/// How often a busy server is asked again before the person is.
pub(crate) const MOST_REPETITIONS: u32 = 4;

thread_local! {
    /// The requests that run, by entry.
    static RUNNING: RefCell<HashMap<u32, Running>> = RefCell::new(HashMap::new());
    /// Numbers the requests, so that an answer that comes too late is known as such.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

struct Running {
    number: u64,
    abort: AbortController,
}

/// What the primary button does: asks about all pictures, or takes the person to what is still missing.
pub(crate) fn ask_all(page: Page) {
    if page.tray.with_untracked(|tray| tray.entries.is_empty()) {
        shortcuts::choose_pictures();
    } else if is_ready(page) {
        let about_all = !untrack(|| page.question()).is_about_a_place();
        let ids: Vec<u32> = page.tray.with_untracked(|tray| {
            let is_asked = |id: u32| about_all || tray.shown == Some(id);
            tray.entries.iter().map(|entry| entry.id).filter(|id| is_asked(*id)).collect()
        });
        ask(page, &ids);
    }
}

/// Asks about the shown picture alone.
pub(crate) fn ask_shown(page: Page) {
    if let Some(id) = page.tray.with_untracked(|tray| tray.shown) {
        ask_one(page, id);
    }
}

/// Asks about one picture.
pub(crate) fn ask_one(page: Page, id: u32) {
    if is_ready(page) {
        ask(page, &[id]);
    }
}

/// Asks about new pictures, if the form is complete. A place in one picture says nothing of the others.
pub(crate) fn ask_new(page: Page, ids: &[u32]) {
    let question = untrack(|| page.question());
    if !question.wants_text() && !question.is_about_a_place() && question.parameters.first_wrong().is_none() {
        ask(page, ids);
    }
}

/// Whether the form is complete; takes the person to what isn't.
fn is_ready(page: Page) -> bool {
    let question = untrack(|| page.question());
    if question.wants_text() {
        focus(TEXT_ID);
        return false;
    }
    if let Some(parameter) = question.parameters.first_wrong() {
        show_parameter(parameter);
        return false;
    }
    true
}

fn ask(page: Page, ids: &[u32]) {
    let question = untrack(|| page.question());
    if !page.tray.with_untracked(|tray| tray.busy() > 0) {
        page.round.set(Round { since: clock::now(), finished: 0 });
    }
    for id in ids {
        stop(*id);
        set_phase(page, *id, Phase::Waiting(Box::new(question.clone())));
    }
    page.lit.set(Vec::new());
    show_address(page);
    clock::run(page);
    start_waiting(page);
}

/// Cancels the request for one picture; the server stops working on it too.
pub(crate) fn cancel(page: Page, id: u32) {
    if page.tray.with_untracked(|tray| tray.get(id).is_some_and(|entry| entry.phase.is_busy())) {
        stop(id);
        set_phase(page, id, Phase::Cancelled);
        start_waiting(page);
    }
}

/// Cancels all that runs and waits.
pub(crate) fn cancel_all(page: Page) {
    page.tray.update(|tray| {
        for entry in tray.entries.iter_mut().filter(|entry| entry.phase.is_busy()) {
            stop(entry.id);
            entry.phase = Phase::Cancelled;
        }
    });
}

/// Ends a request whose answer nobody waits for any more.
pub(super) fn stop(id: u32) {
    if let Some(running) = RUNNING.with_borrow_mut(|all| all.remove(&id)) {
        running.abort.abort();
    }
}

/// Starts what waits, as far as there is room.
pub(super) fn start_waiting(page: Page) {
    while let Some(id) = page.tray.with_untracked(|tray| tray.next_waiting(AT_ONCE)) {
        let phase = page.tray.with_untracked(|tray| tray.get(id).map(|entry| entry.phase.clone()));
        let (Some(Phase::Waiting(question)), Ok(abort)) = (phase, AbortController::new()) else { return };
        let number = NUMBER.get() + 1;
        NUMBER.set(number);
        RUNNING.with_borrow_mut(|all| all.insert(id, Running { number, abort: abort.clone() }));
        set_phase(page, id, working(&question));
        spawn_local(run(page, id, number, *question, abort));
    }
}

/// Asks, again if the server is busy, until there is an answer or nobody wants it any more.
async fn run(page: Page, id: u32, number: u64, question: Question, abort: AbortController) {
    let is_wanted = || RUNNING.with_borrow(|all| all.get(&id).is_some_and(|running| running.number == number));
    let mut attempt = 0;
    let phase = loop {
        let grow = |piece: &str| {
            if is_wanted() {
                append(page, id, piece);
            }
        };
        let answer = request::send(page, id, &question, &abort, grow).await;
        if !is_wanted() {
            return;
        }
        match answer {
            Ok(response) => break Phase::Done(Box::new(response)),
            Err(Refusal { retry_after: Some(seconds), .. }) if attempt < MOST_REPETITIONS => {
                attempt += 1;
                let at = clock::now() + f64::from(seconds) * 1000.0;
                set_phase(page, id, Phase::Retrying { question: Box::new(question.clone()), at, attempt });
                clock::sleep(seconds).await;
                if !is_wanted() {
                    return;
                }
                set_phase(page, id, working(&question));
            }
            Err(Refusal { problem, .. }) => {
                if problem.status == 401 {
                    page.wants_key.set(true);
                }
                break Phase::Failed(Box::new(problem));
            }
        }
    };
    RUNNING.with_borrow_mut(|all| all.remove(&id));
    page.round.update(|round| round.finished += 1);
    set_phase(page, id, phase);
    start_waiting(page);
}

fn working(question: &Question) -> Phase {
    Phase::Working { question: Box::new(question.clone()), text: String::new(), since: clock::now() }
}

fn set_phase(page: Page, id: u32, phase: Phase) {
    page.tray.update(|tray| {
        if let Some(entry) = tray.get_mut(id) {
            entry.phase = phase;
        }
    });
}

fn append(page: Page, id: u32, piece: &str) {
    page.tray.update(|tray| {
        if let Some(Phase::Working { text, .. }) = tray.get_mut(id).map(|entry| &mut entry.phase) {
            text.push_str(piece);
        }
    });
}
