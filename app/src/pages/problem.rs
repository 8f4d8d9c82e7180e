//! Why there is no page.

use leptos::prelude::*;

use crate::part::view;
use crate::types::Problem;

/// What happened, what is safe, what to do, and the request's id.
#[component]
pub(crate) fn ProblemPage(problem: Problem) -> impl IntoView {
    let Problem { title, status, detail, request_id, .. } = problem;
    let (title, advice) = match status {
        401 => (t!("Sign in first"), t!("This is for people with an account. Sign in with the button above.")),
        403 => (
            t!("You may not do this"),
            t!("Ask an owner of the dataset, or an administrator of this server, for access."),
        ),
        404 => (
            t!("There is nothing here"),
            t!(
                "The address may be mistyped, or what was here is gone. It may also be private: then sign in, or ask its owner \
             for access."
            ),
        ),
        410 => (t!("This link does nothing any more"), t!("Each link works once, for seven days. Ask for a new one.")),
        429 => (t!("Too many requests"), t!("Wait a few seconds, then load the page again. Nothing is lost.")),
        503 => (t!("Not at this moment"), t!("Load the page again in a few seconds. What is kept here is safe.")),
        500 => (
            t!("Something went wrong here"),
            t!(
                "The fault is on our side, and what is kept here is safe. Load the page again. If it happens every time, tell \
             whoever runs this server, and quote the request id."
            ),
        ),
        _ => (title.as_str(), t!("Go back, and try it another way.")),
    };
    let title = title.to_owned();
    view! {
        <main class="narrow-page">
            <section class="card problem-sheet">
                <p class="problem-status" aria-hidden="true">{status}</p>
                <h1>{title}</h1>
                {detail.filter(|_| status != 404).map(|detail| view! { <p lang="en">{detail}</p> })}
                <p>{advice}</p>
                <p class="problem-actions">
                    <a class="button" href="/">"All datasets"</a>
                    <a class="button quiet-button" href="/playground">"Playground"</a>
                </p>
                {request_id.map(|id| view! { <p class="hint">"Request" " " <code>{id}</code></p> })}
            </section>
        </main>
    }
}
