//! What came of a job.

use leptos::prelude::*;

use crate::part::{IntoPart, Part, rich, view};
use crate::types::JobOutcome;
use crate::words;

/// The file, the counts, or the captions, with the one thing that there is to do next.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(super) fn Outcome(id: String, outcome: JobOutcome, may_change: bool) -> impl IntoView {
    match outcome {
        JobOutcome::Nothing => ().into_part(),
        JobOutcome::FileGone => view! {
            <p class="notice-line">
                "Its file is gone: files are kept for seven days. Export again to have a new one."
            </p>
        },
        JobOutcome::File { name, size, sha256, counts } => {
            let address = format!("/api/v1/jobs/{id}/file");
            let words = t!("Download {name} ({size})", name = name, size = words::bytes(size as f64));
            view! {
                <section class="job-outcome" aria-label="The file">
                    {list(counts)}
                    <p><a class="button primary-button" href=address download=name>{words}</a></p>
                    <p class="hint">
                        "It is kept for seven days. A download that breaks off can go on where it was."
                        " " "SHA-256:" " "
                        <code class="sum">{sha256}</code>
                    </p>
                </section>
            }
        }
        JobOutcome::Import { counts, is_dry_run, apply } => {
            let title = if is_dry_run { t!("What the import would change") } else { t!("What the import changed") };
            let is_nothing_to_do = is_dry_run && apply.is_none();
            let button = apply.filter(|_| may_change).map(|words| {
                view! {
                    <form method="post" action=format!("/jobs/{id}")>
                        <button class="button primary-button" type="submit" name="action" value="apply">{words}</button>
                    </form>
                }
            });
            view! {
                <section class="job-outcome" aria-labelledby="outcome-title">
                    <h2 id="outcome-title">{title}</h2>
                    {list(counts)}
                    {is_nothing_to_do
                        .then(|| view! { <p>"There is nothing to import: no row brings anything new."</p> })}
                    {is_dry_run.then(|| view! { <p class="hint">"Nothing has been changed yet."</p> })}
                    {button}
                </section>
            }
        }
        JobOutcome::Edited { counts, of, can_roll_back } => {
            let title = if of.is_some() { t!("What the rollback did") } else { t!("What the edit did") };
            let words = if of.is_some() { t!("Do the edit again") } else { t!("Roll it back") };
            let edit = of.map(|of| view! { <p><a href=format!("/jobs/{of}")>"The job that was rolled back"</a></p> });
            view! {
                <section class="job-outcome" aria-labelledby="outcome-title">
                    <h2 id="outcome-title">{title}</h2>
                    {list(counts)}
                    {edit}
                    {can_roll_back
                        .then(|| {
                            view! {
                                <form class="job-changes" method="post" action=format!("/jobs/{id}")>
                                    <button class="button" type="submit" name="action" value="rollback">{words}</button>
                                    <span class="hint">"What somebody has changed since stays as it is."</span>
                                </form>
                            }
                        })}
                </section>
            }
        }
        JobOutcome::Captions { source, address } => view! {
            <section class="job-outcome" aria-label="The captions">
                <p>
                    {rich!(
                        "Its captions are those of the source {source}. People's captions stay as they are.",
                        source = view! { <b>{source}</b> }
                    )}
                </p>
                <p><a class="button" href=address>"Show the captions in the grid"</a></p>
            </section>
        },
    }
}

fn list(counts: Vec<String>) -> Part {
    let items: Vec<_> = counts.into_iter().map(|words| view! { <li class="number">{words}</li> }).collect();
    view! { <ul class="job-counts">{items}</ul> }
}
