//! How far a job is.

use leptos::prelude::*;

use crate::job_words;
use crate::part::view;
use crate::types::JobProgress;

/// A bar with its numbers. With `ids`, scripts find both and keep them up to date.
#[component]
pub(crate) fn JobBar(progress: JobProgress, #[prop(optional)] ids: bool) -> impl IntoView {
    let share = job_words::share(&progress);
    let is_moving = !progress.state.is_final();
    let bar = (is_moving || share.is_some_and(|share| share < 1.0)).then(|| {
        // Without a value it says that nobody knows yet.
        let value = share.map(|share| format!("{share:.4}"));
        view! { <progress id=ids.then_some(job_words::BAR_ID) aria-label="How much is done" max="1" value=value></progress> }
    });
    view! {
        <div class="job-progress">
            {bar}
            <p class="hint number" id=ids.then_some(job_words::NUMBERS_ID)>{job_words::numbers(&progress)}</p>
        </div>
    }
}

/// The job's state as a word of its own colour.
#[component]
pub(crate) fn JobStateBadge(progress: JobProgress) -> impl IntoView {
    view! {
        <span class="badge job-state" data-state=progress.state.name()>
            {progress.state.title()}
        </span>
    }
}
