//! The queue of review: a picture, what is said of it, and yes or no.

use leptos::prelude::*;

use crate::address::with_parameters;
use crate::components::chips::Chips;
use crate::components::form_problem::FormProblem;
use crate::part::{Part, view};
use crate::text_area;
use crate::types::{Caption, DecidedData, Occasion, ReviewAttempt, ReviewData, ReviewItemData, Status};
use crate::words;

/// The picture first, its captions under it, and the way back and on.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn Review(data: ReviewData) -> impl IntoView {
    let address = data.listing.work_address(&data.dataset.slug, "review");
    let progress = format!("{}/review/progress", data.dataset.address());
    let lease = data.item.as_ref().and_then(|item| match &item.occasion {
        Occasion::Waits { lease, .. } => Some(lease.clone()),
        Occasion::Decided { .. } => None,
    });
    let is_back = data.item.is_some() && lease.is_none();
    let previous = data.previous.as_ref().map(|id| {
        let address = with_parameters(address.clone(), [("at", id.as_str())]);
        view! {
            <a class="button quiet-button" rel="prev" href=address data-keys="k ArrowLeft">
                "Previous"
                <kbd aria-hidden="true" class="needs-script">"k"</kbd>
            </a>
        }
    });
    let numbers = t!(
        "{waiting} waiting · {decided} decided by you today",
        waiting = words::grouped(data.waiting),
        decided = words::grouped(data.today)
    );
    let back = t!("Back to {dataset}", dataset = data.dataset.name);
    let content = match &data.item {
        Some(item) => item_view(item, &data, &address),
        None => nothing_left(&data, &address, &progress),
    };
    view! {
        <main class="review-main" data-lease=lease>
            <header class="page-head">
                <h1>"Review"</h1>
                <p class="hint number">{numbers}</p>
                <nav class="review-links" aria-label="Review">
                    {previous}
                    <a class="button quiet-button" href=progress>"Progress"</a>
                    <a class="button quiet-button" href=data.dataset.address()>{back}</a>
                </nav>
            </header>
            {(!data.chips.is_empty()).then(|| view! { <Chips chips=data.chips.clone() /> })}
            {data.last.clone().filter(|_| !is_back).map(|last| view! { <Last last address=address.clone() /> })}
            {content}
        </main>
    }
}

fn item_view(item: &ReviewItemData, data: &ReviewData, address: &str) -> Part {
    let picture = &item.image.image;
    let page = data.listing.image_address(&data.dataset.slug, &picture.id);
    let (note, cards) = match &item.occasion {
        Occasion::Waits { lease, is_assigned } => (
            is_assigned.then(|| view! { <span class="badge">"Assigned to you"</span> }),
            waiting_cards(item, lease, address),
        ),
        Occasion::Decided { decision, next } => (None, decided_card(item, decision, next.as_deref(), address)),
    };
    view! {
        <div class="review">
            <figure class="review-picture">
                <img src=picture.thumbnail(1440) width=picture.width height=picture.height alt=picture.file_name.clone() />
                <figcaption>
                    <a href=page>{picture.file_name.clone()}</a>
                    " "
                    {note}
                </figcaption>
            </figure>
            {cards}
        </div>
    }
}

/// What waits, the first of it with keys; and what else is said of the picture.
fn waiting_cards(item: &ReviewItemData, lease: &str, address: &str) -> Part {
    let (waiting, others): (Vec<_>, Vec<_>) =
        item.captions.iter().partition(|caption| caption.status == Status::Submitted);
    let cards: Vec<_> = waiting
        .into_iter()
        .enumerate()
        .map(|(place, caption)| {
            let attempt = item.attempt.clone().filter(|attempt| attempt.caption == caption.id);
            waiting_card(caption, place == 0, attempt, (lease, address))
        })
        .collect();
    // Decided by somebody else meanwhile, for instance.
    let lost = item
        .attempt
        .clone()
        .filter(|attempt| {
            !item.captions.iter().any(|caption| caption.id == attempt.caption && caption.status == Status::Submitted)
        })
        .map(|attempt| view! { <FormProblem problem=Some(attempt.problem) /> });
    view! {
        <section class="review-captions" aria-label="Captions">
            {lost}
            {cards}
            {others_view(&others)}
        </section>
    }
}

fn waiting_card(
    caption: &Caption,
    has_keys: bool,
    attempt: Option<ReviewAttempt>,
    (lease, address): (&str, &str),
) -> Part {
    let Caption { id, source, text, version, .. } = caption.clone();
    let key = |key: &'static str| has_keys.then_some(key);
    let hint = |key: &'static str| has_keys.then(|| view! { <kbd aria-hidden="true" class="needs-script">{key}</kbd> });
    let hidden = {
        let (id, lease) = (id.clone(), lease.to_owned());
        move || {
            view! {
                <input type="hidden" name="caption" value=id.clone() />
                <input type="hidden" name="version" value=version />
                <input type="hidden" name="lease" value=lease.clone() />
            }
        }
    };
    let ReviewAttempt { text: written, reason, problem, .. } = attempt.clone().unwrap_or_default();
    let problem = attempt.map(|_| problem);
    let (title, why, field) = (format!("caption-{id}"), format!("reason-{id}"), format!("text-{id}"));
    let labelled_by = title.clone();
    let (is_rejecting, is_editing) = (reason.is_some(), written.is_some());
    let address = address.to_owned();
    view! {
        <article class="card review-card" aria-labelledby=labelled_by>
            <header class="caption-head">
                <h2 id=title>{source.clone()}</h2>
                {status_badge(Status::Submitted)}
            </header>
            <p class="caption">{text.clone()}</p>
            <FormProblem problem />
            <div class="review-actions">
                <form method="post" action=address.clone()>
                    {hidden()}
                    <button
                        class="button"
                        class:primary-button=has_keys
                        type="submit"
                        name="step"
                        value="approve"
                        data-key=key("a")
                    >
                        "Approve"
                        {hint("a")}
                    </button>
                </form>
                <details open=is_rejecting>
                    <summary class="button" data-key=key("x")>"Reject" {hint("x")}</summary>
                    <form class="field review-fold" method="post" action=address.clone()>
                        {hidden()}
                        <label for=why.clone()>"Why?"</label>
                        <input
                            id=why
                            type="text"
                            name="reason"
                            maxlength="1000"
                            autocomplete="off"
                            placeholder="Whoever wrote it will read this"
                            value=reason.unwrap_or_default()
                        />
                        <button class="button" type="submit" name="step" value="reject">"Reject it"</button>
                    </form>
                </details>
                <details open=is_editing>
                    <summary class="button" data-key=key("e")>"Edit" {hint("e")}</summary>
                    <form class="field review-fold" method="post" action=address.clone()>
                        {hidden()}
                        <label for=field.clone()>{t!("Caption of {source}", source = source)}</label>
                        <textarea id=field name="text" rows="3" maxlength="20000">
                            {text_area::content(&written.unwrap_or(text))}
                        </textarea>
                        <button class="button" type="submit" name="step" value="edit">"Save and approve"</button>
                    </form>
                </details>
                {has_keys
                    .then(|| {
                        view! {
                            <form class="review-skip" method="post" action=address>
                                {hidden()}
                                <button
                                    class="button quiet-button"
                                    type="submit"
                                    name="step"
                                    value="skip"
                                    data-keys="s j ArrowRight"
                                >
                                    "Skip"
                                    {hint("s")}
                                </button>
                            </form>
                        }
                    })}
            </div>
        </article>
    }
}

/// What was decided, and the way to take it back and on.
fn decided_card(item: &ReviewItemData, decision: &DecidedData, next: Option<&str>, address: &str) -> Part {
    let onward = next.map_or_else(|| address.to_owned(), |id| with_parameters(address.to_owned(), [("at", id)]));
    let words = if next.is_some() { t!("Next") } else { t!("Back to the queue") };
    let now = item.captions.iter().find(|caption| caption.id == decision.caption);
    let text = now.map(|caption| caption.text.clone()).unwrap_or_default();
    let status = now.map_or(decision.status, |caption| caption.status);
    let others: Vec<_> = item.captions.iter().filter(|caption| caption.id != decision.caption).collect();
    let changed = (!decision.stands).then(|| {
        view! { <p class="hint">"Somebody has changed it since, so that this can't be taken back."</p> }
    });
    let undo = decision.stands.then(|| view! { <Undo id=decision.id.clone() address=address.to_owned() /> });
    view! {
        <section class="review-captions" aria-label="Captions">
            <article class="card review-card" aria-labelledby="decided-title">
                <header class="caption-head">
                    <h2 id="decided-title">{decision.source.clone()}</h2>
                    {status_badge(status)}
                </header>
                <p class="caption">{text}</p>
                <p>{said(decision)}</p>
                {changed}
                <div class="review-actions">
                    {undo}
                    <a class="button" rel="next" href=onward data-keys="j ArrowRight">
                        {words}
                        <kbd aria-hidden="true" class="needs-script">"j"</kbd>
                    </a>
                </div>
            </article>
            {others_view(&others)}
        </section>
    }
}

/// What else is said of the picture, in a fold.
fn others_view(others: &[&Caption]) -> Option<Part> {
    if others.is_empty() {
        return None;
    }
    let rows: Vec<_> = others
        .iter()
        .map(|caption| {
            view! {
                <li>
                    <p class="caption-head"><b>{caption.source.clone()}</b> {status_badge(caption.status)}</p>
                    <p class="caption card-caption">{caption.text.clone()}</p>
                </li>
            }
        })
        .collect();
    Some(view! {
        <details class="review-others">
            <summary>{plural!(others.len(), "{n} other caption", "{n} other captions")}</summary>
            <ul>{rows}</ul>
        </details>
    })
}

/// What was decided last, and the way back.
#[component]
fn Last(last: DecidedData, address: String) -> impl IntoView {
    let words =
        t!("{source} of {image}: {decision}", source = last.source, image = last.file_name, decision = said(&last));
    view! {
        <div class="arena-last">
            <p role="status">{words}</p>
            {last.stands.then(|| view! { <Undo id=last.id address /> })}
        </div>
    }
}

#[component]
fn Undo(id: String, address: String) -> impl IntoView {
    view! {
        <form method="post" action=address>
            <input type="hidden" name="decision" value=id />
            <button class="button quiet-button" type="submit" name="step" value="undo" data-key="u">
                "Take it back"
                <kbd aria-hidden="true" class="needs-script">"u"</kbd>
            </button>
        </form>
    }
}

fn said(decision: &DecidedData) -> String {
    match (decision.status, &decision.reason) {
        (Status::Rejected, Some(reason)) => t!("You rejected it: {reason}", reason = reason),
        (Status::Rejected, None) => t!("You rejected it.").to_owned(),
        _ => t!("You approved it.").to_owned(),
    }
}

fn status_badge(status: Status) -> Part {
    view! { <span class="badge status-badge" data-status=status.name()>{status.title()}</span> }
}

fn nothing_left(data: &ReviewData, address: &str, progress: &str) -> Part {
    if data.skipped > 0 {
        let words = plural!(
            data.skipped,
            "Only what you skipped is left for you: {n} image.",
            "Only what you skipped is left for you: {n} images."
        );
        return view! {
            <section class="empty">
                <h2>"Nothing else waits"</h2>
                <p>{words}</p>
                <form method="post" action=address.to_owned()>
                    <button class="button primary-button" type="submit" name="step" value="unskip">
                        "Show them again"
                    </button>
                </form>
            </section>
        };
    }
    let all = format!("{}/review", data.dataset.address());
    let narrowed = (!data.chips.is_empty()).then(|| view! { <a class="button" href=all>"Review all images"</a> });
    let words = if data.waiting > 0 {
        t!("What waits is being looked at by others, is assigned to them, or is none of this choice.")
    } else {
        t!("Captions that somebody submits wait here for a reviewer, one image at a time.")
    };
    view! {
        <section class="empty">
            <h2>"Nothing waits for you"</h2>
            <p>{words}</p>
            <p>
                <a class="button primary-button" href=progress.to_owned()>"See the progress"</a>
                " "
                {narrowed}
            </p>
        </section>
    }
}
