//! What came of the shown picture.

use leptos::prelude::*;

use super::answer_card::AnswerCard;
use super::awaited_card::AwaitedCard;
use super::problem_card::ProblemCard;
use crate::browser::asking;
use crate::part::{IntoPart, handler, live, view};
use crate::state::Page;
use crate::tray::Phase;
use crate::types::{CaptionResponse, Problem};

/// What the card shows; while an answer is to come, the card itself reads how far it is.
#[derive(Clone, PartialEq)]
enum Content {
    Nothing,
    Awaited,
    Answer(Box<CaptionResponse>),
    Problem(Box<Problem>),
    Cancelled,
}

/// The caption with its confidence and regions; the same card with what is there while the model is looking.
#[component]
pub(crate) fn ResultCard(page: Page) -> impl IntoView {
    let content = Memo::new(move |_| {
        page.shown.with(|entry| match entry.as_ref().map(|entry| &entry.phase) {
            None | Some(Phase::Idle) => Content::Nothing,
            Some(Phase::Waiting(_) | Phase::Working { .. } | Phase::Retrying { .. }) => Content::Awaited,
            Some(Phase::Done(response)) => Content::Answer(response.clone()),
            Some(Phase::Failed(problem)) => Content::Problem(problem.clone()),
            Some(Phase::Cancelled) => Content::Cancelled,
        })
    });
    live(move || match content.get() {
        Content::Nothing => ().into_part(),
        Content::Awaited => view! { <AwaitedCard page /> },
        Content::Answer(response) => view! { <AnswerCard page response=*response /> },
        Content::Problem(problem) => view! { <ProblemCard page problem=*problem /> },
        Content::Cancelled => view! { <Cancelled page /> },
    })
}

#[component]
fn Cancelled(page: Page) -> impl IntoView {
    view! {
        <section class="card result" aria-label="Cancelled">
            <p>"Cancelled. The server has stopped looking."</p>
            <p class="result-actions">
                <button class="button" type="button" on:click=handler(move |_| asking::ask_shown(page))>"Try again"</button>
            </p>
        </section>
    }
}
