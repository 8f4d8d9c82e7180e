//! One's own caption of a picture, where there is none yet.

use leptos::prelude::*;

use super::state::ImageState;
use crate::browser::image::review;
use crate::part::{handler, live, view};
use crate::text_area;

/// The id of the field.
pub(crate) const OWN_ID: &str = "own-caption";

/// A plain form, sent by scripts where there are any.
#[component]
pub(crate) fn OwnCaption(image: ImageState) -> impl IntoView {
    let text = RwSignal::new(String::new());
    // Signed in or not doesn't change while the page stands; whether there is one does.
    let is_there = Memo::new(move |_| image.lacks_own());
    let attempt = image.attempt.with_value(Clone::clone).filter(|attempt| attempt.caption.is_empty());
    let written = attempt.as_ref().map(|attempt| attempt.text.clone()).unwrap_or_default();
    let why = attempt.map(|attempt| attempt.problem.detail.unwrap_or(attempt.problem.title));
    text.set(written);
    let form = move || {
        let why = why.clone();
        view! {
            <form
                class="card own-caption"
                method="post"
                on:submit=handler(move |event: leptos::ev::SubmitEvent| {
                    event.prevent_default();
                    review::write_own(image, text);
                })
            >
                <h2><label for=OWN_ID>"Your caption"</label></h2>
                {why.map(|why| view! { <p class="form-problem" role="alert">{why}</p> })}
                <textarea
                    id=OWN_ID
                    name="text"
                    rows="2"
                    maxlength="20000"
                    required
                    prop:value=move || text.get()
                    on:input=handler(move |event: leptos::ev::Event| text.set(event_target_value(&event)))
                >
                    {text_area::content(&text.get_untracked())}
                </textarea>
                <p><button class="button" type="submit">"Save your caption"</button></p>
            </form>
        }
    };
    live(move || is_there.get().then(form.clone()))
}
