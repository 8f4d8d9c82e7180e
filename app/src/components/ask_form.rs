//! The form: a plain multipart form to the server, taken over by scripts where there are any.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::parameter_panel::ParameterPanel;
use super::task_picker::{TaskInput, TaskPicker};
use crate::browser::asking;
use crate::part::{handler, live, view};
use crate::state::Page;

/// The form's id; the file input stands elsewhere on the page and names it.
pub(crate) const FORM_ID: &str = "ask";

/// Task, input, parameters, and the one button that asks. The form goes to the address that it stands at.
#[component]
pub(crate) fn AskForm(page: Page) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !untrack(|| page.is_busy()) {
            asking::ask_all(page);
        }
    };
    view! {
        <form class="card ask" id=FORM_ID method="post" enctype="multipart/form-data" on:submit=submit>
            <TaskPicker page />
            <TaskInput page />
            <ParameterPanel page />
            <input type="hidden" name="sample" value=move || page.shown_sample() />
            <div class="ask-actions">
                // Not `disabled`: that would take the focus away from whoever has just pressed it.
                <button
                    class="button primary-button"
                    type="submit"
                    aria-disabled=move || page.is_busy().then_some("true")
                >
                    {live(move || label(page))}
                </button>
                {live(move || {
                    let busy = page.busy();
                    (busy > 0)
                        .then(|| {
                            view! {
                                <button class="button" type="button" on:click=handler(move |_| asking::cancel_all(page))>
                                    {if busy > 1 { t!("Cancel all") } else { t!("Cancel") }}
                                </button>
                            }
                        })
                })}
            </div>
        </form>
    }
}

fn label(page: Page) -> String {
    if page.is_busy() {
        return t!("Looking…").into();
    }
    let is_again = page.shown.with(|entry| entry.as_ref().is_some_and(super::tray_row::has_an_end));
    let is_one_of_many = page.tray.with(|tray| tray.entries.len() > 1);
    let words = match (page.asked_about(), is_again) {
        (0 | 1, true) if is_one_of_many => t!("Caption this picture again"),
        (0 | 1, false) if is_one_of_many => t!("Caption this picture"),
        (0 | 1, true) => t!("Caption the picture again"),
        (0 | 1, false) => t!("Caption the picture"),
        (many, true) => return plural!(many, "Caption {n} picture again", "Caption {n} pictures again"),
        (many, false) => return plural!(many, "Caption {n} picture", "Caption {n} pictures"),
    };
    words.to_owned()
}
