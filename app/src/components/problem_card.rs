//! What went wrong, what is safe, what to do.

use leptos::prelude::*;

use crate::browser::asking;
use crate::error;
use crate::part::{handler, view};
use crate::state::Page;
use crate::types::Problem;

/// A problem in words, and the button to try again.
#[component]
pub(crate) fn ProblemCard(page: Page, problem: Problem) -> impl IntoView {
    let advice = error::advice(&problem);
    let Problem { title, detail, request_id, .. } = problem;
    view! {
        <section class="card problem" role="alert" aria-labelledby="problem-title">
            <h2 id="problem-title">{title}</h2>
            {detail.map(|detail| view! { <p lang="en">{detail}</p> })}
            <p>{advice} " " "Nothing was stored, and nothing was lost."</p>
            {request_id.map(|id| view! { <p class="hint">"Request" " " <code>{id}</code></p> })}
            <p class="needs-script">
                <button class="button" type="button" on:click=handler(move |_| asking::ask_shown(page))>"Try again"</button>
            </p>
        </section>
    }
}
