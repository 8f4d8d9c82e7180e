//! Files on their way into the dataset.

use leptos::prelude::*;

use super::state::{GridState, Upload, UploadPhase};
use crate::browser::grid::upload;
use crate::part::{Part, handler, live, view};
use crate::types::Role;
use crate::words;

/// Rows that are shown; of a folder of thousands it is the failed ones and the latest that matter.
const MOST_ROWS: usize = 100;

/// How far the files are: all of them in a bar, those under way and those that failed in a list.
#[component]
pub(crate) fn Uploads(grid: GridState) -> impl IntoView {
    let is_there = Memo::new(move |_| grid.uploads.with(|uploads| !uploads.is_empty()));
    live(move || is_there.get().then(|| view! { <Panel grid /> }))
}

#[component]
fn Panel(grid: GridState) -> impl IntoView {
    let number = move |is: fn(&UploadPhase) -> bool| {
        grid.uploads.with(|uploads| uploads.iter().filter(|upload| is(&upload.phase)).count())
    };
    let all = move || grid.uploads.with(Vec::len);
    let done = move || number(|phase| *phase == UploadPhase::Done);
    let failed = move || number(|phase| matches!(phase, UploadPhase::Failed(_)));
    let is_running = move || done() + failed() < all();
    let title = move || {
        if is_running() {
            plural!(all(), "Adding {n} file", "Adding {n} files")
        } else {
            plural!(done(), "{n} file added", "{n} files added")
        }
    };
    let rows = move || {
        grid.uploads.with(|uploads| {
            let open = uploads.iter().filter(|upload| upload.phase != UploadPhase::Done);
            open.take(MOST_ROWS).cloned().collect::<Vec<_>>()
        })
    };
    view! {
        <section class="card uploads" aria-labelledby="uploads-title">
            <header class="uploads-head">
                <h2 id="uploads-title">{live(title)}</h2>
                {live(move || (failed() > 0).then(|| view! { <span class="wrong-words">{t!("{number} failed", number = failed())}</span> }))}
                <progress aria-label="Files" max=all value=move || done() + failed()></progress>
                <button class="button quiet-button" type="button" on:click=handler(move |_| upload::dismiss(grid))>
                    {live(move || if is_running() { t!("Cancel") } else { t!("Close") })}
                </button>
            </header>
            <ul class="upload-rows">{live(move || rows().into_iter().map(row).collect::<Vec<_>>())}</ul>
        </section>
    }
}

fn row(upload: Upload) -> Part {
    let state = match upload.phase {
        UploadPhase::Waiting => t!("Waiting").to_owned(),
        UploadPhase::Sending(share) if share < 1.0 => t!("Sending, {share}", share = words::percent(share as f32)),
        UploadPhase::Sending(_) => t!("Being stored").into(),
        UploadPhase::Done => t!("Added").into(),
        UploadPhase::Failed(problem) => {
            let words = problem.detail.unwrap_or(problem.title);
            return view! {
                <li class="upload-row">
                    <span class="upload-name">{upload.name}</span>
                    <span class="wrong-words">{words}</span>
                </li>
            };
        }
    };
    view! {
        <li class="upload-row">
            <span class="upload-name">{upload.name}</span>
            <span class="hint">{state}</span>
        </li>
    }
}

/// Covers the page while files are held over it.
#[component]
pub(crate) fn DropVeil(grid: GridState) -> impl IntoView {
    let name = grid.dataset.with_untracked(|dataset| dataset.name.clone());
    grid.may(Role::Owner).then(|| {
        view! {
            <div class="page-veil" class:is-shown=move || grid.is_dragging.get() aria-hidden="true">
                <p>{t!("Drop to add to {dataset}", dataset = name)}</p>
            </div>
        }
    })
}

/// Chooses pictures, or a folder with all pictures in it. Either can be dropped on the page as well.
#[component]
pub(crate) fn UploadButton(grid: GridState) -> impl IntoView {
    let action = format!("/datasets/{}/upload", grid.slug());
    view! {
        <form class="upload-plain" method="post" enctype="multipart/form-data" action=action>
            <input type="file" name="images" multiple required aria-label="Pictures to add" />
            <button class="button" type="submit">"Add pictures"</button>
        </form>
        <span class="upload-choice needs-script">
            <input
                class="visually-hidden"
                id="upload"
                type="file"
                multiple
                aria-label="Pictures to add"
                accept="image/jpeg,image/png,image/gif,image/webp"
                on:change=handler(move |event: leptos::ev::Event| upload::take_chosen(grid, &event_target(&event)))
            />
            <label class="button primary-button" for="upload">"Add pictures"</label>
            <input
                class="visually-hidden"
                id=upload::FOLDER_ID
                type="file"
                prop:webkitdirectory=true
                aria-label="A folder of pictures to add"
                tabindex="-1"
                on:change=handler(move |event: leptos::ev::Event| upload::take_chosen(grid, &event_target(&event)))
            />
        </span>
    }
}
