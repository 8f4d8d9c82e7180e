//! Assigning pictures to people who review.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::components::image_scope::ImageScopeFields;
use crate::part::view;
use crate::types::ReviewAssignData;

/// A plain form.
#[component]
pub(crate) fn ReviewAssign(data: ReviewAssignData) -> impl IntoView {
    let ReviewAssignData { choice, people, chosen, is_owner, limit, reassign, problem } = data;
    let dataset = choice.dataset.clone();
    let address = choice.listing.work_address(&dataset.slug, "review/assign");
    let progress = format!("{}/review/progress", dataset.address());
    let alone = people.len() == 1;
    let boxes: Vec<_> = people
        .into_iter()
        .map(|name| {
            let is_chosen = alone || chosen.contains(&name);
            view! {
                <li class="option">
                    <label class="option-label">
                        <input type="checkbox" name="to" value=name.clone() checked=is_chosen />
                        {name.clone()}
                    </label>
                </li>
            }
        })
        .collect();
    let again = is_owner.then(|| {
        view! {
            <label class="switch">
                <input type="checkbox" name="reassign" value="true" checked=reassign />
                "Also take images from who has them"
            </label>
        }
    });
    let (title, button) =
        if is_owner { (t!("Assign images"), t!("Assign")) } else { (t!("Take images"), t!("Take them")) };
    let back = t!("Back to {dataset}", dataset = dataset.name);
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>{title}</h1>
                <a class="button quiet-button" href=progress>"Review progress"</a>
                <a class="button quiet-button" href=dataset.address()>{back}</a>
            </header>
            <form class="card form" method="post" action=address>
                <FormProblem problem />
                <ImageScopeFields choice />
                <fieldset class="options">
                    <legend>"Reviewers"</legend>
                    <ul class="option-grid">{boxes}</ul>
                    <p class="hint">
                        "Each is given to nobody else, and to them before what is nobody's. Several people get even shares. \
                         Images without a submitted caption are assigned ahead."
                    </p>
                </fieldset>
                <div class="field">
                    <label for="limit">"At most"</label>
                    <input id="limit" type="text" inputmode="numeric" name="limit" value=limit autocomplete="off" />
                    <p class="hint">"A number of images, those first that were added first. Empty for all of them."</p>
                </div>
                {again}
                <button class="button primary-button" type="submit" name="step" value="assign">{button}</button>
            </form>
        </main>
    }
}
