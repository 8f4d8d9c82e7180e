//! The end of a dataset.

use leptos::prelude::*;

use crate::components::confirm::Confirm;
use crate::components::form_problem::FormProblem;
use crate::part::{rich, view};
use crate::types::Problem;

/// The form that deletes the dataset, once its short name is written into it.
#[component]
pub(super) fn End(
    slug: String,
    address: String,
    confirmation: Option<(String, Problem)>,
    images: u64,
) -> impl IntoView {
    let is_open = confirmation.is_some();
    let (written, problem) = confirmation.unzip();
    let what = plural!(
        images,
        "{n} image, all captions and their history go with it, at once and for good.",
        "{n} images, all captions and their history go with it, at once and for good."
    );
    let form = view! {
        <form class="form" method="post" action=address>
            <FormProblem problem />
            <p>{what}</p>
            <input type="hidden" name="action" value="delete" />
            <div class="field">
                <label for="confirm">{rich!("Write {name} to confirm", name = view! { <code>{slug}</code> })}</label>
                <input
                    id="confirm"
                    name="confirm"
                    type="text"
                    value=written.unwrap_or_default()
                    required
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=is_open
                />
            </div>
            <p><button class="button danger-button" type="submit">"Delete the dataset"</button></p>
        </form>
    };
    view! {
        <section class="card settings-section" aria-labelledby="end-title">
            <h2 id="end-title">"Delete it"</h2>
            <Confirm words="Delete the dataset…" label=t!("Delete the dataset…").to_owned() form is_open />
        </section>
    }
}
