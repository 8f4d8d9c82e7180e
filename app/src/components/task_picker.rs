//! Choosing what to ask.

use leptos::prelude::*;

use crate::browser;
use crate::part::{handler, live, view};
use crate::state::Page;
use crate::tasks::{self, Group, Input, TASKS, TaskChoice};
use crate::words::translate;

/// The list's id.
pub(crate) const TASK_ID: &str = "task";

/// The input's id.
pub(crate) const TEXT_ID: &str = "text";

/// The list of tasks under their headings.
#[component]
pub(crate) fn TaskPicker(page: Page) -> impl IntoView {
    let learned = page.given.with_value(|given| given.model.tasks.clone());
    let groups = Group::ALL.map(|group| {
        let options: Vec<_> = TASKS
            .iter()
            .filter(|task| task.group == group)
            .map(|task| {
                let is_known = learned.is_empty() || learned.iter().any(|marker| marker == task.marker);
                view! { <TaskOption page task is_known /> }
            })
            .collect();
        view! { <optgroup label=group.title()>{options}</optgroup> }
    });
    view! {
        <div class="field">
            <label for=TASK_ID>"Task"</label>
            <select
                id=TASK_ID
                name="task"
                aria-describedby="task-answer"
                on:change=handler(move |event: leptos::ev::Event| choose(page, tasks::find_or_first(&event_target_value(&event))))
            >
                {groups}
            </select>
            <p class="hint" id="task-answer">{live(move || t!("Gives {answer}.", answer = page.task.get().answer()))}</p>
        </div>
    }
}

/// Takes another task. What was written stays if the new one asks for the same kind of thing.
fn choose(page: Page, task: &'static TaskChoice) {
    if std::mem::discriminant(&page.task.get_untracked().input) != std::mem::discriminant(&task.input) {
        page.text.set(String::new());
    }
    page.task.set(task);
    browser::show_address(page);
}

#[component]
fn TaskOption(page: Page, task: &'static TaskChoice, is_known: bool) -> impl IntoView {
    let title = if is_known { task.title().to_owned() } else { t!("{task} (not learned)", task = task.title()) };
    view! {
        <option
            value=task.marker
            data-input=task.takes_input().then_some("true")
            selected=page.task.get_untracked().marker == task.marker
        >
            {title}
        </option>
    }
}

/// The task's input. The style sheet shows it only while a task that takes one is chosen, scripts or not.
#[component]
pub(crate) fn TaskInput(page: Page) -> impl IntoView {
    let label = move || match page.task.get().input {
        Input::None => t!("What the task asks about"),
        Input::Words { label, .. } => translate(label),
        Input::Region => t!("Region"),
    };
    let example = move || match page.task.get().input {
        Input::None => "",
        Input::Words { example, .. } => translate(example),
        Input::Region => "64, 48, 320, 240",
    };
    let hint = move || {
        (page.task.get().input == Input::Region)
            .then_some(t!("Draw a box on the picture, or write its left, top, right and bottom in pixels."))
    };
    view! {
        <div class="field field-input">
            <label for=TEXT_ID>{live(label)}</label>
            <input
                id=TEXT_ID
                name="text"
                type="text"
                maxlength="2048"
                autocomplete="off"
                aria-describedby="text-hint"
                placeholder=example
                value=page.text.get_untracked()
                prop:value=move || page.text.get()
                on:input=handler(move |event: leptos::ev::Event| page.text.set(event_target_value(&event)))
                on:change=handler(move |_| browser::show_address(page))
            />
            <p class="hint" id="text-hint">{live(hint)}</p>
        </div>
    }
}
