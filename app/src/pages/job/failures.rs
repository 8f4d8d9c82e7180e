//! What failed of a job, item by item.

use leptos::prelude::*;

use crate::address::encode;
use crate::part::{IntoPart, view};
use crate::types::{JobData, JobFailure, JobKind};

/// A page of what failed, with the way to the next.
#[component]
pub(super) fn Failures(data: JobData) -> impl IntoView {
    let JobData { job, failures, next_failures, is_continued, .. } = data;
    let failed = job.progress.failed;
    if failures.is_empty() && failed == 0 {
        return view! { <div class="job-part" data-live="failures"></div> }.into_part();
    }
    let address = format!("/jobs/{}", job.id);
    let rows: Vec<_> = failures.into_iter().map(|failure| view! { <Row failure /> }).collect();
    let next = next_failures.map(|cursor| {
        let address = format!("{address}?after={}#failures-title", encode(&cursor));
        view! { <a class="button" rel="next" href=address>"More"</a> }
    });
    let first = is_continued.then(
        || view! { <a class="button quiet-button" href=format!("{address}#failures-title")>"From the start"</a> },
    );
    let title = match job.progress.kind {
        JobKind::Import => plural!(failed, "{n} row can't be taken in", "{n} rows can't be taken in"),
        kind => t!("{items} failed", items = kind.count(failed)),
    };
    view! {
        <div class="job-part" data-live="failures">
            <section aria-labelledby="failures-title">
                <h2 id="failures-title">{title}</h2>
                <ul class="failures">{rows}</ul>
                <p class="failures-pages">{first} {next}</p>
            </section>
        </div>
    }
}

#[component]
fn Row(failure: JobFailure) -> impl IntoView {
    let JobFailure { place, label, address, error } = failure;
    let label = match address {
        Some(address) => view! { <a href=address>{label}</a> },
        None => view! { <b>{label}</b> },
    };
    view! {
        <li class="failure">
            <p class="failure-place">
                {(!place.is_empty()).then(|| view! { <span class="hint number">{place}</span> })} " " {label}
            </p>
            <p lang="en">{error}</p>
        </li>
    }
}
