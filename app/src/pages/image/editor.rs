//! A caption that is being changed: saved as one writes, and never over what somebody else wrote meanwhile.

use leptos::prelude::*;

use super::state::ImageState;
use crate::browser::image::editing;
use crate::part::{IntoPart, Part, handler, live, view};
use crate::text_area;
use crate::types::{Attempt, Caption, Role};

/// How far what is written is on its way.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Saving {
    /// It is what is kept.
    #[default]
    Saved,
    /// It isn't yet.
    Changed,
    /// It is on its way.
    Running,
    /// Somebody else has changed the caption; this is what it is now.
    Conflict(Box<Caption>),
    /// It can't be kept as it is, or the server is away.
    Failed(String),
}

/// The signals of one editor.
#[derive(Clone, Copy)]
pub(crate) struct Editing {
    /// The caption as it is kept.
    pub(crate) caption: Memo<Caption>,
    /// What is written.
    pub(crate) text: RwSignal<String>,
    pub(crate) saving: RwSignal<Saving>,
    /// What the caption said when the editor was opened.
    pub(crate) before: StoredValue<String>,
}

/// A fold with a plain form, which scripts send as one writes.
#[component]
pub(crate) fn Editor(image: ImageState, caption: Memo<Caption>) -> impl IntoView {
    if !image.may(Role::Annotator) {
        return ().into_part();
    }
    let (id, text) = caption.with_untracked(|caption| (caption.id.clone(), caption.text.clone()));
    let attempt = image.attempt.with_value(Clone::clone).filter(|attempt| attempt.caption == id);
    let editing = Editing {
        caption,
        text: RwSignal::new(attempt.as_ref().map_or(text.clone(), |attempt| attempt.text.clone())),
        saving: RwSignal::new(Saving::Saved),
        before: StoredValue::new(text),
    };
    let is_open = attempt.is_some();
    let (field, fold) = (format!("text-{id}"), format!("edit-{id}"));
    view! {
        <details
            class="editor"
            id=fold
            open=is_open
            on:toggle=handler(move |event: leptos::ev::Event| editing::toggle(image, editing, &event))
        >
            <summary class="button quiet-button">"Edit" <kbd aria-hidden="true">"e"</kbd></summary>
            <form method="post" on:submit=handler(move |event: leptos::ev::SubmitEvent| editing::finish(image, editing, &event))>
                {attempt.map(refusal)}
                <input type="hidden" name="caption" value=id />
                <input type="hidden" name="version" value=move || caption.with(|caption| caption.version) />
                <label class="visually-hidden" for=field.clone()>
                    {live(move || t!("Caption of {source}", source = caption.with(|caption| caption.source.clone())))}
                </label>
                <textarea
                    id=field
                    name="text"
                    rows="4"
                    maxlength="20000"
                    prop:value=move || editing.text.get()
                    on:input=handler(move |event: leptos::ev::Event| editing::write(image, editing, event_target_value(&event)))
                    on:blur=handler(move |_| editing::save(image, editing))
                    on:keydown=handler(move |event: leptos::ev::KeyboardEvent| editing::press(image, editing, &event))
                >
                    {text_area::content(&editing.text.get_untracked())}
                </textarea>
                {live(move || conflict(image, editing))}
                <p class="editor-foot">
                    <button class="button" type="submit">"Save"</button>
                    <span class="hint" role="status">{live(move || state_words(&editing.saving.get()))}</span>
                </p>
            </form>
        </details>
    }
}

fn state_words(saving: &Saving) -> String {
    match saving {
        Saving::Saved => String::new(),
        Saving::Changed => t!("Not saved yet").into(),
        Saving::Running => t!("Saving…").into(),
        Saving::Conflict(_) => t!("Not saved: somebody else changed it").into(),
        Saving::Failed(why) => t!("Not saved: {why}", why = why),
    }
}

/// Both texts, and the choice.
fn conflict(image: ImageState, editing: Editing) -> Option<Part> {
    let Saving::Conflict(theirs) = editing.saving.get() else { return None };
    let taken = (*theirs).clone();
    let view = view! {
        <div class="conflict" role="alert">
            <p>"Somebody changed this caption while you wrote. Nothing is lost: your text stands above, and theirs is:"</p>
            <blockquote>{theirs.text.clone()}</blockquote>
            <p class="conflict-choice">
                <button class="button" type="button" on:click=handler(move |_| editing::keep_mine(image, editing))>
                    "Keep mine"
                </button>
                <button
                    class="button"
                    type="button"
                    on:click=handler(move |_| editing::take_theirs(image, editing, taken.clone()))
                >
                    "Take theirs"
                </button>
            </p>
        </div>
    };
    Some(view.into_part())
}

/// Why the plain form was not taken. Its field has what was written; the caption above is what it is now.
fn refusal(attempt: Attempt) -> Part {
    let Attempt { problem, .. } = attempt;
    let words = if problem.status == 409 {
        t!("Somebody changed this caption meanwhile: above is what it says now, and below what you wrote. Save again to keep \
         yours.")
            .to_owned()
    } else {
        problem.detail.unwrap_or(problem.title)
    };
    view! { <p class="form-problem" role="alert">{words}</p> }
}
