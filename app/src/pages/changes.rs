//! What people did to the captions of a dataset, and the way back and forth.

use leptos::prelude::*;

use crate::components::diff;
use crate::components::form_problem::FormProblem;
use crate::components::local_time::LocalTime;
use crate::part::{Part, view};
use crate::types::{Act, ActExample, ChangesData};

/// The list, the latest first, and what would be undone or done again.
#[component]
pub(crate) fn Changes(data: ChangesData) -> impl IntoView {
    let ChangesData { dataset, is_mine, is_continued, acts, next, undo, redo, problem } = data;
    let own = format!("{}/changes", dataset.address());
    let mine = format!("{own}?who=me");
    let here = if is_mine { mine.clone() } else { own.clone() };
    let further = next.map(|next| {
        let sign = if is_mine { '&' } else { '?' };
        view! { <p><a class="button" rel="next" href=format!("{here}{sign}before={next}")>"Earlier changes"</a></p> }
    });
    let content = if acts.is_empty() {
        view! {
            <section class="empty">
                <h2>"No changes yet"</h2>
                <p>"What people do to captions here is listed for thirty days."</p>
            </section>
        }
    } else {
        let rows: Vec<_> = acts.into_iter().map(|act| view! { <Row act /> }).collect();
        view! { <ol class="rows changes" aria-label="Changes">{rows}</ol> }
    };
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>"Changes"</h1>
                <a class="button quiet-button" href=dataset.address()>{t!("Back to {dataset}", dataset = dataset.name)}</a>
            </header>
            <FormProblem problem />
            {turning(&here, undo.as_ref(), redo.as_ref())}
            <nav class="segments changes-whose" aria-label="Whose changes">
                <a class="segment" href=own aria-current=(!is_mine).then_some("page")>"Everybody’s"</a>
                <a class="segment" href=mine aria-current=is_mine.then_some("page")>"Mine"</a>
            </nav>
            {content}
            {further}
            {is_continued.then(|| view! { <p><a class="button quiet-button" href=here>"From the latest"</a></p> })}
        </main>
    }
}

/// The buttons, and what they are about; nothing where there is nothing.
fn turning(address: &str, undo: Option<&Act>, redo: Option<&Act>) -> Option<Part> {
    let button = |step: &'static str, key: &'static str, title: &'static str, act: Option<&Act>| {
        act.map(|act| {
            let what = summary(act);
            view! {
                <p class="changes-turn">
                    <button class="button" type="submit" name="step" value=step>
                        {title}
                        <kbd aria-hidden="true">{key}</kbd>
                    </button>
                    <span class="hint">{what}</span>
                </p>
            }
        })
    };
    let (undo, redo) = (button("undo", "Ctrl Z", t!("Undo"), undo), button("redo", "Ctrl Shift Z", t!("Redo"), redo));
    let is_there = undo.is_some() || redo.is_some();
    is_there.then(|| {
        view! { <form class="card changes-turning" method="post" action=address.to_owned()>{undo} {redo}</form> }
    })
}

/// An act in a few words.
fn summary(act: &Act) -> String {
    if let Some((_, title)) = &act.job {
        return title.clone();
    }
    match &act.example {
        Some(ActExample { file_name, status: Some(status), .. }) if act.captions == 1 => {
            t!("{status} {file}", status = status.title(), file = file_name)
        }
        Some(ActExample { file_name, .. }) if act.captions == 1 => {
            t!("Changed the caption of {file}", file = file_name)
        }
        Some(ActExample { status: Some(status), .. }) => {
            plural!(act.captions, "{status}: {n} caption", "{status}: {n} captions", status = status.title())
        }
        _ => plural!(act.captions, "Changed {n} caption", "Changed {n} captions"),
    }
}

#[component]
fn Row(act: Act) -> impl IntoView {
    let what = summary(&act);
    let Act { who, at, job, example, is_undone, captions } = act;
    let what = match (job, &example) {
        (Some((address, _)), _) => view! { <a href=address>{what}</a> },
        (None, Some(example)) if captions == 1 => view! { <a href=example.address.clone()>{what}</a> },
        _ => view! { <span>{what}</span> },
    };
    let source = example.as_ref().filter(|_| captions == 1).map(|example| format!(" · {}", example.source));
    let changed = example.and_then(|example| example.diff).filter(|_| captions == 1);
    view! {
        <li class="list-row" class:is-undone=is_undone>
            <div class="list-text">
                <p class="log-words">
                    {who.map(|who| view! { <b>{who}</b> ": " })} {what}
                    {is_undone.then(|| view! { " " <span class="badge">"Undone"</span> })}
                </p>
                {changed.map(|pieces| view! { <p class="compare-text">{diff::inline(pieces)}</p> })}
                <p class="hint"><LocalTime at /> {source}</p>
            </div>
        </li>
    }
}
