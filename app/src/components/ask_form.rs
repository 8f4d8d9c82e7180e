//! The form: a plain multipart form to the server, taken over by scripts where there are any.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::task_picker::{TEXT_ID, TaskInput, TaskPicker};
use crate::browser::{self, keys, upload};
use crate::state::{Page, Phase};

/// The form's id; the file input stands elsewhere on the page and names it.
pub(crate) const FORM_ID: &str = "ask";

/// Task, input, and the one button that asks.
#[component]
pub(crate) fn AskForm(page: Page) -> impl IntoView {
    let sample = move || page.picture.with(|picture| picture.as_ref().and_then(|picture| picture.sample.clone()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let is_asked_for = page.task.get_untracked().takes_input();
        if page.phase.with_untracked(|phase| *phase == Phase::Working) {
            // The answer is on its way.
        } else if page.picture.with_untracked(Option::is_none) {
            keys::choose_picture();
        } else if is_asked_for && page.text.with_untracked(|text| text.trim().is_empty()) {
            browser::focus(TEXT_ID);
        } else {
            upload::ask(page);
        }
    };
    view! {
        <form class="card ask" id=FORM_ID method="post" action="/" enctype="multipart/form-data" on:submit=submit>
            <TaskPicker page />
            <TaskInput page />
            <input type="hidden" name="sample" value=sample />
            <div class="ask-actions">
                // Not `disabled`: that would take the focus away from whoever has just pressed it.
                <button
                    class="button primary-button"
                    type="submit"
                    aria-disabled=move || page.is_working().then_some("true")
                >
                    {move || label(page)}
                </button>
                {move || {
                    page.is_working()
                        .then(|| {
                            view! {
                                <button class="button" type="button" on:click=move |_| upload::cancel(page)>
                                    "Cancel"
                                </button>
                            }
                        })
                }}
            </div>
        </form>
    }
}

fn label(page: Page) -> &'static str {
    let has_picture = page.picture.with(Option::is_some);
    page.phase.with(|phase| match phase {
        Phase::Working => "Looking…",
        Phase::Done(_) | Phase::Failed(_) if has_picture => "Ask again",
        _ => "Caption the picture",
    })
}
