//! What one source says of the picture.

use leptos::prelude::*;

use super::editor::Editor;
use super::history::History;
use super::state::ImageState;
use crate::browser::{clipboard, image::review};
use crate::components::confidence::Confidence;
use crate::components::diff;
use crate::components::lit::{phrased, region_list};
use crate::components::local_time::LocalTime;
use crate::part::{IntoPart, Part, handler, live, view};
use crate::types::{Caption, Role, Status};

/// The caption, how sure the source is, how far its review is, and what can be done about it.
#[component]
pub(crate) fn CaptionCard(image: ImageState, id: String) -> impl IntoView {
    let id = StoredValue::new(id);
    let caption = Memo::new(move |_| id.with_value(|id| image.caption(id)).unwrap_or_default());
    let source = caption.with_untracked(|caption| caption.source.clone());
    let kind = image.dataset.with_value(|dataset| {
        let known = dataset.sources.iter().find(|known| known.slug == source);
        known.map(|known| {
            let kind = if known.is_own { t!("You") } else { kind_words(&known.kind) };
            (kind, view! { <About about=known.about.clone() parameters=known.parameters.clone() /> })
        })
    });
    let (kind, about) = kind.unzip();
    let is_active = Memo::new(move |_| id.with_value(|id| image.active.with(|active| active == id)));
    let choose = move || {
        if !is_active.get_untracked() {
            image.lit.set(Vec::new());
            image.active.set(id.get_value());
        }
    };
    let text = move || {
        let Caption { text, regions, .. } = caption.get();
        let pieces = image.diffs.with(|diffs| id.with_value(|id| diffs.iter().find(|(of, _)| of == id).cloned()));
        if let Some((_, pieces)) = pieces {
            diff::inline(pieces)
        } else if text.is_empty() {
            view! { <span class="hint">"Nothing"</span> }
        } else {
            phrased(&text, &regions, image.lit)
        }
    };
    let regions = move || {
        let regions = caption.with(|caption| caption.regions.clone());
        (is_active.get() && regions.len() > 1).then(|| region_list(regions, image.lit))
    };
    let title = format!("caption-{}", id.get_value());
    let labelled_by = title.clone();
    view! {
        <article
            class="card caption-card"
            class:is-active=is_active
            aria-labelledby=labelled_by
            on:pointerenter=handler(move |_| choose())
            on:focusin=handler(move |_| choose())
        >
            <header class="caption-head">
                <h2 id=title>{source}</h2>
                {kind.map(|kind| view! { <span class="badge">{kind}</span> })}
                {live(move || status_badge(caption.with(|caption| caption.status)))}
            </header>
            <p class="caption card-caption">{live(text)}</p>
            {live(move || caption.with(|caption| caption.reason.clone()).map(|reason| view! { <p class="reason">{reason}</p> }))}
            {live(move || caption.with(|caption| caption.confidence).map(|share| view! { <Confidence share /> }))}
            {live(regions)}
            <Editor image caption />
            <Actions image caption />
            <footer class="caption-foot hint">
                {live(move || {
                    let (version, at) = caption.with(|caption| (caption.version, caption.updated_at.clone()));
                    view! {
                        <span class="number">{t!("Version {number}", number = version)}</span>
                        <LocalTime at />
                    }
                })}
            </footer>
            {about}
            <History image caption />
        </article>
    }
}

/// What model it is and what it was asked, with its parameters in a fold.
#[component]
fn About(about: String, parameters: Vec<(String, String)>) -> impl IntoView {
    if parameters.is_empty() {
        return (!about.is_empty()).then(|| view! { <p class="caption-foot hint">{about}</p> }).into_part();
    }
    let rows: Vec<_> = parameters.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect();
    view! {
        <details class="caption-about hint">
            <summary>{about}</summary>
            <dl class="facts">{rows}</dl>
        </details>
    }
}

/// The plain form's buttons, pressed by scripts where there are any.
#[component]
fn Actions(image: ImageState, caption: Memo<Caption>) -> impl IntoView {
    let (may_write, may_review) = (image.may(Role::Annotator), image.may(Role::Reviewer));
    let button = move |status: Status, words: &'static str, key: &'static str| {
        view! {
            <button
                class="button quiet-button"
                type="submit"
                name="status"
                value=status.name()
                aria-pressed=move || (caption.with(|caption| caption.status == status)).to_string()
                on:click=handler(move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    review::set_status(image, &caption.get_untracked(), status, String::new());
                })
            >
                {words}
                <kbd aria-hidden="true">{key}</kbd>
            </button>
        }
    };
    view! {
        <div class="caption-actions">
            <form method="post">
                {named(caption)}
                {may_review.then(|| button(Status::Approved, t!("Approve"), "a"))}
                {(may_write).then(|| button(Status::Submitted, t!("Submit"), "s"))}
                <button
                    class="button quiet-button needs-script"
                    type="button"
                    on:click=handler(move |_| clipboard::copy(&caption.with_untracked(|caption| caption.text.clone()), t!("Caption copied")))
                >
                    "Copy"
                </button>
            </form>
            {may_review.then(|| view! { <Reject image caption /> })}
        </div>
    }
}

/// Rejecting, and why: a fold, so that there is a place for the words.
#[component]
fn Reject(image: ImageState, caption: Memo<Caption>) -> impl IntoView {
    let id = caption.with_untracked(|caption| caption.id.clone());
    let (fold, field) = (format!("reject-{id}"), format!("reason-{id}"));
    view! {
        <details id=fold>
            <summary class="button quiet-button">"Reject" <kbd aria-hidden="true">"x"</kbd></summary>
            <form
                class="field reject-form"
                method="post"
                on:submit=handler(move |event: leptos::ev::SubmitEvent| {
                    event.prevent_default();
                    review::reject(image, &caption.get_untracked());
                })
            >
                {named(caption)}
                <input type="hidden" name="status" value="rejected" />
                <input
                    id=field
                    type="text"
                    name="reason"
                    maxlength="1000"
                    autocomplete="off"
                    aria-label="Why?"
                    placeholder="Why? Whoever wrote it will read this"
                />
                <button class="button" type="submit">"Reject it"</button>
            </form>
        </details>
    }
}

/// Which caption a form is about.
fn named(caption: Memo<Caption>) -> Part {
    view! {
        <input type="hidden" name="caption" value=move || caption.with(|caption| caption.id.clone()) />
        <input type="hidden" name="version" value=move || caption.with(|caption| caption.version) />
    }
}

fn status_badge(status: Status) -> impl IntoView {
    view! { <span class="badge status-badge" data-status=status.name()>{status.title()}</span> }
}

fn kind_words(kind: &str) -> &'static str {
    match kind {
        "model" => t!("Model"),
        "person" => t!("Person"),
        _ => t!("Import"),
    }
}
