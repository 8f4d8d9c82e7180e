//! Changing many captions alike: the change, what it would do, and the job that does it.

use leptos::prelude::*;

use crate::components::diff;
use crate::components::form_problem::FormProblem;
use crate::components::image_scope::ImageScopeFields;
use crate::part::{Part, rich, view};
use crate::types::{EDIT_OPERATIONS, EditData, EditPreview, PreviewedEdit, Source, Status, WrittenEdit};
use crate::words;

/// A plain form. Nothing changes before its preview has been seen.
#[component]
pub(crate) fn Edit(data: EditData) -> impl IntoView {
    let EditData { choice, written, may_review, preview, problem } = data;
    let dataset = choice.dataset.clone();
    let address = choice.listing.work_address(&dataset.slug, "edit");
    let has_preview = preview.is_some();
    let apply = preview.as_ref().filter(|preview| preview.changed > 0).map(|preview| {
        let words = if preview.is_complete {
            plural!(preview.changed, "Change {n} caption", "Change {n} captions")
        } else {
            plural!(preview.changed, "Change at least {n} caption", "Change at least {n} captions")
        };
        view! {
            <button class="button primary-button" type="submit" name="step" value="apply">
                <span class="number">{words}</span>
            </button>
            <p class="hint">
                "A job does it; it goes on when this tab is closed. Every change is a version in its caption's history, and the \
                 whole edit can be rolled back."
            </p>
        }
    });
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>"Edit captions"</h1>
                <a class="button quiet-button" href=dataset.address()>{t!("Back to {dataset}", dataset = dataset.name)}</a>
            </header>
            <form class="card form edit-form" method="post" action=address>
                <FormProblem problem />
                <ImageScopeFields choice />
                <Whose sources=dataset.sources.clone() chosen=written.of_source.clone() />
                <Change written may_review />
                <button class="button" class:primary-button=!has_preview type="submit" name="step" value="preview">
                    {if has_preview { t!("Preview again") } else { t!("Preview") }}
                </button>
                {preview.map(|preview| view! { <Preview preview /> })}
                {apply}
            </form>
        </main>
    }
}

#[component]
fn Whose(sources: Vec<Source>, chosen: String) -> impl IntoView {
    let options: Vec<_> = sources
        .into_iter()
        .map(|source| {
            let words = format!("{} ({})", source.slug, words::grouped(source.captions));
            let is_it = source.slug == chosen;
            view! { <option value=source.slug selected=is_it>{words}</option> }
        })
        .collect();
    view! {
        <div class="field">
            <label for="of_source">"Captions of"</label>
            <select id="of_source" name="of_source">
                <option value="">"All sources"</option>
                {options}
            </select>
        </div>
    }
}

/// What is done. The style sheet shows the fields that the chosen one has.
#[component]
fn Change(written: WrittenEdit, may_review: bool) -> impl IntoView {
    let WrittenEdit { operation, text, find, replacement, ignore_case, status, reason, .. } = written;
    let operations: Vec<_> = EDIT_OPERATIONS
        .into_iter()
        .map(|(name, title)| view! { <option value=name selected=name == operation>{words::translate(title)}</option> })
        .collect();
    let statuses: Vec<_> = Status::ALL
        .into_iter()
        .filter(|status| may_review || matches!(status, Status::Draft | Status::Submitted))
        .map(|one| view! { <option value=one.name() selected=one.name() == status>{one.title()}</option> })
        .collect();
    view! {
        <div class="field">
            <label for="operation">"Change"</label>
            <select id="operation" name="operation">{operations}</select>
        </div>
        <div class="field edit-field" data-for="prefix suffix">
            <label for="text">"Text"</label>
            <input id="text" name="text" type="text" value=text maxlength="1000" autocomplete="off" />
            <p class="hint">"With the space that is to stand between it and the caption."</p>
        </div>
        <div class="field edit-field" data-for="replace replace_regex">
            <label for="find">"Find"</label>
            <input id="find" name="find" type="text" value=find maxlength="1000" autocomplete="off" spellcheck="false" />
        </div>
        <div class="field edit-field" data-for="replace replace_regex">
            <label for="replacement">"Replace with"</label>
            <input
                id="replacement"
                name="replacement"
                type="text"
                value=replacement
                maxlength="1000"
                autocomplete="off"
            />
        </div>
        <p class="hint edit-field" data-for="replace_regex">
            {rich!(
                "What groups in parentheses matched is {first}, {second} and so on. {pattern} with {replacement} exchanges \
                 two words.",
                first = view! { <code>"$1"</code> },
                second = view! { <code>"$2"</code> },
                pattern = view! { <code>"(\\w+) and (\\w+)"</code> },
                replacement = view! { <code>"$2 and $1"</code> }
            )}
        </p>
        <label class="switch edit-field" data-for="replace">
            <input type="checkbox" name="ignore_case" value="true" checked=ignore_case />
            "Large and small letters are the same"
        </label>
        <div class="field edit-field" data-for="set_status">
            <label for="status">"Status"</label>
            <select id="status" name="status">{statuses}</select>
        </div>
        {may_review
            .then(|| {
                view! {
                    <div class="field edit-field" data-for="set_status">
                        <label for="reason">"Why, if they are rejected"</label>
                        <input id="reason" name="reason" type="text" value=reason maxlength="1000" autocomplete="off" />
                    </div>
                }
            })}
    }
}

#[component]
fn Preview(preview: EditPreview) -> impl IntoView {
    let EditPreview { captions, changed, failed, is_complete, sample } = preview;
    let looked_at = plural!(captions, "{n} caption", "{n} captions");
    let words = if is_complete {
        t!("{number} of {captions} would change.", number = words::grouped(changed), captions = looked_at)
    } else {
        t!("Of the first {captions}, {number} would change.", captions = looked_at, number = words::grouped(changed))
    };
    let failed = (failed > 0).then(|| {
        let words = plural!(
            failed,
            "{n} caption would be too long, and stays as it is.",
            "{n} captions would be too long, and stay as they are."
        );
        view! { <p class="wrong-words number">{words}</p> }
    });
    let is_part = (sample.len() as u64) < changed;
    let shown =
        is_part.then(|| view! { <p class="hint">{t!("The first {number} of them:", number = sample.len())}</p> });
    let rows: Vec<_> = sample.into_iter().map(row).collect();
    view! {
        <section class="edit-preview" aria-labelledby="preview-title">
            <h2 id="preview-title">"What would change"</h2>
            <p class="number" role="status">{words}</p>
            {failed}
            {shown}
            <ul class="edit-rows">{rows}</ul>
        </section>
    }
}

fn row(PreviewedEdit { file_name, address, source, pieces, status }: PreviewedEdit) -> Part {
    view! {
        <li>
            <p class="compare-text">{diff::inline(pieces)}</p>
            <p class="hint">
                <a href=address>{file_name}</a>
                " · " {source} " · " {t!("{status} afterwards", status = status)}
            </p>
        </li>
    }
}
