//! One job: what was asked, how far it is, and what came of it.

mod failures;
mod outcome;

use leptos::prelude::*;

use self::failures::Failures;
use self::outcome::Outcome;
use crate::address::encode;
use crate::components::chips::Chips;
use crate::components::form_problem::FormProblem;
use crate::components::job_progress::{JobBar, JobStateBadge};
use crate::components::local_time::LocalTime;
use crate::job_words;
use crate::part::{rich, view};
use crate::types::{Chip, JobData, JobState, JobSummary};

/// All of it is links and forms. While the job goes on, scripts keep the numbers up to date, and exchange what is `data-live`
/// when more than the numbers has changed.
#[component]
pub(crate) fn Job(data: JobData) -> impl IntoView {
    let JobData { job, asked, images, images_address, outcome, may_change, can_resume, problem, .. } = data.clone();
    let JobSummary { id, title, dataset, progress, creator, created_at, finished_at, error } = job;
    let goes_on = !progress.state.is_final();
    let address = format!("/jobs/{id}");
    let back = dataset
        .as_ref()
        .map_or_else(|| "/jobs".to_owned(), |dataset| format!("/jobs?dataset={}", encode(&dataset.slug)));
    let place = dataset.map(|dataset| {
        let address = format!("/datasets/{}", dataset.slug);
        rich!("In {dataset}", dataset = view! { <a href=address>{dataset.name}</a> })
    });
    let ended = finished_at.map(|at| view! { <span>{rich!("Ended {time}", time = view! { <LocalTime at /> })}</span> });
    let is_dry_run_to_apply = matches!(&outcome, crate::types::JobOutcome::Import { apply: Some(_), .. });
    view! {
        <main class="work-main job-main" data-job=id.clone() data-state=progress.state.name()>
            <p><a href=back>"All jobs"</a></p>
            <div class="job-part" data-live="job">
                <header class="job-head">
                    <h1>{title}</h1>
                    <JobStateBadge progress />
                </header>
                <p class="hint job-foot">
                    <span>{place}</span> <span>{job_words::creator(creator)}</span>
                    <span>{rich!("Asked {time}", time = view! { <LocalTime at=created_at /> })}</span> {ended}
                </p>
                <FormProblem problem />
                {error.map(|error| view! { <p class="notice-line is-wrong" role="alert" lang="en">{error}</p> })}
                <JobBar progress ids=true />
                {goes_on
                    .then(|| {
                        view! {
                            <p class="hint">
                                "It goes on when this tab is closed."
                                " "
                                <a class="job-reload" href=address.clone()>"Reload to see how far it is"</a>
                            </p>
                        }
                    })}
                <Outcome id=id.clone() outcome may_change />
                {may_change
                    .then(|| view! { <Changes address=address.clone() state=progress.state can_resume failed=progress.failed /> })}
            </div>
            <Asked asked images images_address is_dry_run=is_dry_run_to_apply />
            <Failures data />
        </main>
    }
}

/// Stops the job, or takes it up again.
#[component]
fn Changes(address: String, state: JobState, can_resume: bool, failed: u64) -> impl IntoView {
    let words = match state {
        JobState::Waiting | JobState::Running => Some(("cancel", t!("Stop it").to_owned())),
        JobState::Cancelled | JobState::Failed => Some(("resume", t!("Go on with it").to_owned())),
        JobState::Succeeded => can_resume
            .then(|| ("resume", plural!(failed, "Try the {n} failed one again", "Try the {n} failed ones again"))),
    };
    words.map(|(action, words)| {
        let hint = match state {
            JobState::Waiting | JobState::Running => t!("What is done stays, and it can go on later."),
            JobState::Cancelled | JobState::Failed => t!("It begins where it was, and tries what failed once more."),
            JobState::Succeeded => "",
        };
        view! {
            <form class="job-changes" method="post" action=address>
                <button class="button" type="submit" name="action" value=action>{words}</button>
                <span class="hint">{hint}</span>
            </form>
        }
    })
}

#[component]
fn Asked(
    asked: Vec<(String, String)>,
    images: Vec<Chip>,
    images_address: Option<String>,
    is_dry_run: bool,
) -> impl IntoView {
    let facts: Vec<_> = asked
        .into_iter()
        .map(|(name, value)| view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> })
        .collect();
    let has_images = !images.is_empty();
    view! {
        <details class="card job-asked" open=!is_dry_run>
            <summary>"What was asked"</summary>
            <dl class="facts">
                {facts}
                {has_images
                    .then(|| {
                        view! {
                            <div class="fact">
                                <dt>"Images"</dt>
                                <dd>
                                    <Chips chips=images />
                                    {images_address
                                        .map(|address| view! { <a href=address>"Show them in the grid"</a> })}
                                </dd>
                            </div>
                        }
                    })}
            </dl>
        </details>
    }
}
