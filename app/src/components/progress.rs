//! How far many captions are.

use leptos::prelude::*;

use crate::part::{live, view};
use crate::state::Page;
use crate::words;

/// A bar with a count and the time left, while several answers are to come.
#[component]
pub(crate) fn Progress(page: Page) -> impl IntoView {
    let busy = Memo::new(move |_| page.busy());
    let finished = Memo::new(move |_| page.round.get().finished);
    let is_shown = Memo::new(move |_| busy.get() > 0 && busy.get() + finished.get() > 1);
    let left = move || {
        let elapsed = page.now.get() - page.round.get().since;
        words::time_left(finished.get(), busy.get(), elapsed).map(|left| format!(" · {left}"))
    };
    let bar = move || {
        view! {
            <div class="progress">
                <progress
                    aria-label="Captions"
                    max=move || busy.get() + finished.get()
                    value=move || finished.get()
                ></progress>
                <p class="hint number">
                    {live(move || t!("{done} of {all}", done = finished.get(), all = busy.get() + finished.get()))} {live(left)}
                </p>
            </div>
        }
    };
    live(move || is_shown.get().then(bar))
}
