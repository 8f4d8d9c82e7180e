//! The form: a plain multipart form to the server, taken over by scripts where there are any.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::task_picker::{TaskInput, TaskPicker};
use crate::browser::{keys, upload};
use crate::state::{Page, Phase};

/// The form's id; the file input stands elsewhere on the page and names it.
pub(crate) const FORM_ID: &str = "ask";

/// Task, input, and the one button that asks.
#[component]
pub(crate) fn AskForm(page: Page) -> impl IntoView {
    let sample = move || page.picture.with(|picture| picture.as_ref().and_then(|picture| picture.sample.clone()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if page.picture.with_untracked(Option::is_some) {
            upload::ask(page);
        } else {
            keys::choose_picture();
        }
    };
    view! {
        <form class="card ask" id=FORM_ID method="post" action="/" enctype="multipart/form-data" on:submit=submit>
            <TaskPicker page />
            <TaskInput page />
            <input type="hidden" name="sample" value=sample />
            <div class="ask-actions">
                <button class="button primary-button" type="submit">
                    {move || if page.phase.with(|phase| *phase == Phase::Idle) { "Caption the picture" } else { "Ask again" }}
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
