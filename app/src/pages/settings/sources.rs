//! Where a dataset's captions come from.

use leptos::prelude::*;

use crate::address::encode;
use crate::components::confirm::Confirm;
use crate::components::form_problem::FormProblem;
use crate::part::{rich, view};
use crate::types::{Dataset, Source, SourceAttempt};

/// The sources with how much they have said. For owners each with the forms to rename and delete it.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(super) fn Sources(
    dataset: Dataset,
    attempt: Option<SourceAttempt>,
    address: String,
    may_change: bool,
) -> impl IntoView {
    let slug = dataset.slug;
    let is_empty = dataset.sources.is_empty();
    let rows: Vec<_> = dataset
        .sources
        .into_iter()
        .map(|source| {
            let (dataset, address) = (slug.clone(), address.clone());
            let attempt = attempt.clone().filter(|attempt| attempt.source == source.slug);
            view! { <SourceRow source dataset attempt address may_change /> }
        })
        .collect();
    view! {
        <section class="card settings-section" aria-labelledby="sources-title">
            <h2 id="sources-title">"Sources of captions"</h2>
            {if is_empty {
                view! {
                    <p>"Nobody has written a caption yet. People become a source when they write one, models when they are asked."</p>
                }
            } else {
                view! { <ul class="rows" aria-labelledby="sources-title">{rows}</ul> }
            }}
        </section>
    }
}

#[component]
fn SourceRow(
    source: Source,
    dataset: String,
    attempt: Option<SourceAttempt>,
    address: String,
    may_change: bool,
) -> impl IntoView {
    let Source { slug, kind, about, is_own, captions, .. } = source;
    let by = match kind.as_str() {
        "person" if is_own => t!("by you").to_owned(),
        "person" => t!("by a person").to_owned(),
        "model" => t!("by the model {model}", model = about),
        _ => t!("by an import").to_owned(),
    };
    let shown = format!("/datasets/{dataset}?captions={name}&source={name}", name = encode(&slug));
    let actions = may_change.then(|| {
        let of = |is_deletion| attempt.clone().filter(|attempt| attempt.is_deletion == is_deletion);
        view! {
            <Rename slug=slug.clone() attempt=of(false) address=address.clone() />
            <Delete slug=slug.clone() captions attempt=of(true) address />
        }
    });
    view! {
        <li class="list-row">
            <div class="list-text">
                <p class="list-name"><a href=shown>{slug}</a></p>
                <p class="hint">
                    <span class="number">{plural!(captions, "{n} caption", "{n} captions")}</span>
                    " " {by}
                </p>
            </div>
            <div class="list-actions">{actions}</div>
        </li>
    }
}

#[component]
fn Rename(slug: String, attempt: Option<SourceAttempt>, address: String) -> impl IntoView {
    let (is_open, label, id) = (attempt.is_some(), t!("Rename {source}…", source = slug), format!("rename-{slug}"));
    let written = attempt.as_ref().map_or_else(|| slug.clone(), |attempt| attempt.written.clone());
    let problem = attempt.map(|attempt| attempt.problem);
    let form = view! {
        <form class="form" method="post" action=address>
            <FormProblem problem />
            <input type="hidden" name="action" value="rename-source" />
            <input type="hidden" name="source" value=slug />
            <div class="field">
                <label for=id.clone()>"Name"</label>
                <input
                    id=id.clone()
                    name="name"
                    type="text"
                    value=written
                    required
                    maxlength="64"
                    pattern="[a-z0-9][a-z0-9._\\-]*"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=format!("{id}-hint")
                    autofocus=is_open
                />
                <p class="hint" id=format!("{id}-hint")>
                    "Small letters, digits, dots, dashes and underscores. Addresses and searches with the old name find nothing any more."
                </p>
            </div>
            <p><button class="button" type="submit">"Rename the source"</button></p>
        </form>
    };
    view! { <Confirm words="Rename…" label form is_open /> }
}

#[component]
fn Delete(slug: String, captions: u64, attempt: Option<SourceAttempt>, address: String) -> impl IntoView {
    let (is_open, label, id) = (attempt.is_some(), t!("Delete {source}…", source = slug), format!("delete-{slug}"));
    let written = attempt.as_ref().map(|attempt| attempt.written.clone()).unwrap_or_default();
    let problem = attempt.map(|attempt| attempt.problem);
    let what = plural!(
        captions,
        "{n} caption and its history go with it, for good.",
        "{n} captions and their history go with it, for good."
    );
    let form = view! {
        <form class="form" method="post" action=address>
            <FormProblem problem />
            <p>{what}</p>
            <input type="hidden" name="action" value="delete-source" />
            <input type="hidden" name="source" value=slug.clone() />
            <div class="field">
                <label for=id.clone()>{rich!("Write {name} to confirm", name = view! { <code>{slug}</code> })}</label>
                <input
                    id=id
                    name="confirm"
                    type="text"
                    value=written
                    required
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=is_open
                />
            </div>
            <p><button class="button danger-button" type="submit">"Delete the source"</button></p>
        </form>
    };
    view! { <Confirm words="Delete…" label form is_open /> }
}
