//! Jobs: what goes on, and what has ended.

use leptos::prelude::*;

use crate::address::encode;
use crate::components::job_progress::{JobBar, JobStateBadge};
use crate::components::local_time::LocalTime;
use crate::job_words;
use crate::part::{rich, view};
use crate::types::{DatasetLink, JobSummary, JobsData};

/// The list of jobs, which scripts keep up to date while one goes on.
#[component]
pub(crate) fn Jobs(data: JobsData) -> impl IntoView {
    let JobsData { jobs, dataset, next_cursor, is_continued } = data;
    let own = dataset.as_ref().map_or_else(String::new, |dataset| format!("dataset={}", encode(&dataset.slug)));
    let first = if own.is_empty() { "/jobs".to_owned() } else { format!("/jobs?{own}") };
    let next = next_cursor.map(|cursor| {
        let and = if own.is_empty() { "" } else { "&" };
        let address = format!("/jobs?{own}{and}cursor={}", encode(&cursor));
        view! { <a class="button" rel="next" href=address>"Older jobs"</a> }
    });
    let is_empty = jobs.is_empty();
    let goes_on = jobs.iter().any(|job| !job.progress.state.is_final());
    let shows_dataset = dataset.is_none();
    let rows: Vec<_> = jobs.into_iter().map(|job| view! { <Row job shows_dataset /> }).collect();
    let title = dataset
        .as_ref()
        .map_or_else(|| t!("Jobs").to_owned(), |dataset| t!("Jobs of {dataset}", dataset = dataset.name));
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>{title}</h1>
                {is_continued.then(|| view! { <a class="button quiet-button" href=first>"The newest"</a> })}
                {dataset
                    .is_some()
                    .then(|| view! { <a class="button quiet-button" href="/jobs">"Jobs of all datasets"</a> })}
            </header>
            {goes_on.then(|| view! { <p class="hint">"Jobs go on when this tab is closed."</p> })}
            {is_empty.then(|| view! { <Empty dataset /> })}
            <ul class="job-list">{rows}</ul>
            {next}
        </main>
    }
}

#[component]
fn Empty(dataset: Option<DatasetLink>) -> impl IntoView {
    let (address, words) = match dataset {
        Some(dataset) => (format!("/datasets/{}", dataset.slug), t!("Open the dataset")),
        None => ("/".to_owned(), t!("Open a dataset")),
    };
    view! {
        <section class="empty">
            <h2>"No jobs yet"</h2>
            <p>
                "Imports, exports and captions of many images are jobs: they go on by themselves and stand here. Begin \
                 one under More above a dataset's images."
            </p>
            <p><a class="button" href=address>{words}</a></p>
        </section>
    }
}

#[component]
fn Row(job: JobSummary, shows_dataset: bool) -> impl IntoView {
    let JobSummary { id, title, dataset, progress, creator, created_at, error, .. } = job;
    let dataset = dataset.filter(|_| shows_dataset);
    view! {
        <li class="job-row card" data-live=format!("job-{id}") data-goes-on=(!progress.state.is_final()).then_some("true")>
            <div class="job-head">
                <h2><a class="job-link" href=format!("/jobs/{id}")>{title}</a></h2>
                <JobStateBadge progress />
            </div>
            <JobBar progress />
            {error.map(|error| view! { <p class="wrong-words job-error" lang="en">{error}</p> })}
            <p class="hint job-foot">
                {dataset
                    .map(|dataset| {
                        let address = format!("/datasets/{}", dataset.slug);
                        let dataset = view! { <a href=address>{dataset.name}</a> };
                        view! { <span>{rich!("In {dataset}", dataset = dataset)}</span> }
                    })}
                <span>{job_words::creator(creator)}</span>
                <LocalTime at=created_at />
            </p>
        </li>
    }
}
