//! Jobs that go on, in the bar on top of every page.

use leptos::prelude::*;

use crate::job_words::{RING_ID, RING_LINK_ID, RING_WORDS_ID, ring_dashes, ring_label, ring_words};
use crate::part::view;
use crate::types::RunningJobs;

/// How many of the person's jobs go on, and a ring for how far they are. Scripts keep it up to date.
#[component]
pub(crate) fn JobsLink(jobs: RunningJobs) -> impl IntoView {
    let RunningJobs { running, share } = jobs;
    view! {
        <a
            class="button quiet-button jobs-link"
            id=RING_LINK_ID
            href="/jobs"
            data-running=running
            aria-label=ring_label(running, share)
        >
            <svg class="jobs-ring" viewBox="0 0 20 20" aria-hidden="true">
                <circle class="jobs-ring-ground" cx="10" cy="10" r="7.5" />
                <circle
                    class="jobs-ring-share"
                    id=RING_ID
                    cx="10"
                    cy="10"
                    r="7.5"
                    pathLength="100"
                    stroke-dasharray=ring_dashes(share)
                />
            </svg>
            <span class="jobs-words" id=RING_WORDS_ID>{ring_words(running)}</span>
        </a>
    }
}
