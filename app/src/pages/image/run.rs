//! Asking the model about this picture now.

use leptos::prelude::*;

use super::state::ImageState;
use crate::browser::image::running;
use crate::part::{IntoPart, Part, handler, live, view};
use crate::tasks::{Group, TASKS, TaskChoice, find_or_first};
use crate::types::RunAttempt;
use crate::words::without_places;

/// The fold's id.
pub(crate) const RUN_ID: &str = "run";

/// The list's id.
pub(crate) const RUN_TASK_ID: &str = "run-task";

/// A fold with a plain form; scripts send it and show the answer as it grows. What comes of it is kept with the picture.
#[component]
pub(crate) fn Run(image: ImageState) -> impl IntoView {
    let known = image.tasks.with_value(Clone::clone);
    if known.is_empty() {
        return ().into_part();
    }
    let RunAttempt { task, text, problem } = image.run.with_value(Clone::clone).unwrap_or_default();
    let chosen = find_or_first(&task);
    let is_open = problem.is_some();
    let why = problem.map(|problem| problem.detail.unwrap_or(problem.title));
    let groups = Group::ALL.map(|group| {
        let options: Vec<_> = TASKS
            .iter()
            .filter(|task| task.group == group && known.iter().any(|marker| marker == task.marker))
            .map(|task| option(task, task == chosen))
            .collect();
        view! { <optgroup label=group.title()>{options}</optgroup> }
    });
    let action = move || image.run_address();
    let growing = move || {
        image.running.with(|running| {
            running.as_ref().map(|words| {
                let words = without_places(words);
                let words = if words.is_empty() { t!("Looking at the picture…").to_owned() } else { words };
                view! { <p class="caption growing" aria-busy="true">{words}</p> }
            })
        })
    };
    view! {
        <details class="card run" id=RUN_ID open=is_open>
            <summary>"Run a task"<kbd class="needs-script" aria-hidden="true">"r"</kbd></summary>
            <form class="form" method="post" action=action on:submit=handler(move |event: leptos::ev::SubmitEvent| running::submit(image, &event))>
                {why.map(|why| view! { <p class="form-problem" role="alert">{why}</p> })}
                <div class="field">
                    <label for=RUN_TASK_ID>"Task"</label>
                    <select id=RUN_TASK_ID name="task">{groups}</select>
                </div>
                <div class="field field-input">
                    <label for="run-text">"What the task asks about"</label>
                    <input
                        id="run-text"
                        name="text"
                        type="text"
                        maxlength="2048"
                        autocomplete="off"
                        value=text
                        aria-describedby="run-text-hint"
                    />
                    <p class="hint" id="run-text-hint">
                        "Words, or for a region its left, top, right and bottom in pixels: 64, 48, 320, 240."
                    </p>
                </div>
                <p class="run-actions">
                    <button class="button" type="submit" disabled=move || image.running.with(Option::is_some)>
                        "Run the task"
                    </button>
                    <span class="hint">"What people wrote or approved stays."</span>
                </p>
                {live(growing)}
            </form>
        </details>
    }
}

fn option(task: &'static TaskChoice, is_chosen: bool) -> Part {
    view! {
        <option value=task.marker data-input=task.takes_input().then_some("true") selected=is_chosen>
            {task.title()}
        </option>
    }
}
