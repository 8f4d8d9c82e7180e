//! What a dataset is called and about, and who sees it.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::part::{Part, rich, view};
use crate::text_area;
use crate::types::{AboutData, Dataset, Role};

/// A form for owners, the words alone for others.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(super) fn About(dataset: Dataset, about: AboutData, is_member: bool, may_change: bool) -> impl IntoView {
    let content = if may_change { form(&dataset, about) } else { self::about(&dataset, is_member) };
    view! {
        <section class="card settings-section" aria-labelledby="about-title">
            <h2 id="about-title">"What it is"</h2>
            {content}
        </section>
    }
}

fn about(dataset: &Dataset, is_member: bool) -> Part {
    let own = is_member.then(|| match dataset.role {
        Role::Viewer => t!("You are a viewer."),
        Role::Annotator => t!("You are an annotator."),
        Role::Reviewer => t!("You are a reviewer."),
        Role::Owner => t!("You are an owner."),
    });
    let seen_by = if dataset.is_public { t!("Everybody may look at it.") } else { t!("Its members see it.") };
    let description = dataset.description.clone();
    view! {
        {(!description.is_empty()).then(|| view! { <p class="long-words">{description}</p> })}
        <p>{seen_by} " " {own}</p>
        <p class="hint">"Its owners can change this."</p>
    }
}

fn form(dataset: &Dataset, about: AboutData) -> Part {
    let AboutData { name, description, is_public, problem } = about;
    let is_wrong = problem.is_some();
    view! {
        <form class="form" method="post" action=dataset.settings_address()>
            <FormProblem problem />
            <input type="hidden" name="action" value="change" />
            <div class="field">
                <label for="name">"Name"</label>
                <input
                    id="name"
                    name="name"
                    type="text"
                    value=name
                    required
                    maxlength="200"
                    autocomplete="off"
                    aria-describedby="name-hint"
                    autofocus=is_wrong
                />
                <p class="hint" id="name-hint">
                    {rich!(
                        "In addresses and on command lines it stays {name}.",
                        name = view! { <code>{dataset.slug.clone()}</code> }
                    )}
                </p>
            </div>
            <div class="field">
                <label for="description">"What it is about"</label>
                <textarea id="description" name="description" rows="3" maxlength="10000">
                    {text_area::content(&description)}
                </textarea>
            </div>
            <label class="switch">
                <input type="checkbox" name="public" value="true" checked=is_public />
                "Everybody may look at it"
            </label>
            <p><button class="button primary-button" type="submit">"Save"</button></p>
        </form>
    }
}
