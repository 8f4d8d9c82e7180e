//! Two captions of a picture, blind: which one is better?

use leptos::prelude::*;

use crate::address::with_parameters;
use crate::components::chips::Chips;
use crate::part::{Part, view};
use crate::types::{ArenaData, ComparisonData, Role, VotedData};
use crate::words::translate;

/// What can be said of two captions: the outcome, what its button says, its key, and what the key is called.
const ANSWERS: [(&str, &str, &str, &str); 5] = [
    ("left", message!("Left is better"), "ArrowLeft", "←"),
    ("tie", message!("As good"), "ArrowUp", "↑"),
    ("both_bad", message!("Both bad"), "ArrowDown", "↓"),
    ("right", message!("Right is better"), "ArrowRight", "→"),
    ("skipped", message!("Skip"), " ", "Space"),
];

/// The picture, the two texts, and the answers. Nothing else matters here.
#[component]
pub(crate) fn Arena(data: ArenaData) -> impl IntoView {
    let address = address(&data);
    let ArenaData { dataset, sources, chips, comparison, last, votes, .. } = data;
    let board = format!("/datasets/{}/board", dataset.slug);
    let grid = dataset.address();
    let has_two = dataset.sources.iter().filter(|source| source.captions > 0).count() > 1;
    let content = match comparison {
        Some(comparison) => view! { <Question comparison address=address.clone() /> },
        None => nothing_left(has_two, !chips.is_empty() || !sources.is_empty(), dataset.role, &grid),
    };
    let among = (!sources.is_empty()).then(|| t!("Only {sources}", sources = sources.join(", ")));
    view! {
        <main class="arena-main">
            <header class="page-head">
                <h1>"Arena"</h1>
                <p class="hint number">{plural!(votes, "{n} vote so far", "{n} votes so far")}</p>
                <nav class="arena-links" aria-label="Arena">
                    <a class="button quiet-button" href=board>"Board"</a>
                    <a class="button quiet-button" href=grid>{t!("Back to {dataset}", dataset = dataset.name)}</a>
                </nav>
            </header>
            {among.map(|among| view! { <p class="hint">{among}</p> })}
            {(!chips.is_empty()).then(|| view! { <Chips chips /> })}
            {last.map(|last| view! { <Last last address=address.clone() /> })}
            {content}
        </main>
    }
}

/// Where this arena is, whatever was said last.
fn address(data: &ArenaData) -> String {
    let sources = data.sources.iter().map(|source| ("sources", source.as_str()));
    with_parameters(data.listing.work_address(&data.dataset.slug, "arena"), sources)
}

#[component]
fn Question(comparison: ComparisonData, address: String) -> impl IntoView {
    let ComparisonData { id, image, left, right } = comparison;
    let picture = &image.image;
    let buttons: Vec<_> = ANSWERS
        .into_iter()
        .map(|(outcome, words, key, key_name)| {
            view! {
                <button class="button" type="submit" name="outcome" value=outcome data-key=key>
                    {translate(words)}
                    <kbd aria-hidden="true" class="needs-script">{key_name}</kbd>
                </button>
            }
        })
        .collect();
    view! {
        <div class="arena">
            <img
                class="arena-picture"
                src=picture.thumbnail(1440)
                width=picture.width
                height=picture.height
                // The captions are what is asked about, and the name could tell whose they are.
                alt="The picture"
            />
            <div class="arena-texts">
                <section class="card" aria-labelledby="left-title">
                    <h2 id="left-title">"Left"</h2>
                    <p class="caption">{left}</p>
                </section>
                <section class="card" aria-labelledby="right-title">
                    <h2 id="right-title">"Right"</h2>
                    <p class="caption">{right}</p>
                </section>
            </div>
            <form class="arena-answers" method="post" action=address aria-label="Which caption is better?">
                <input type="hidden" name="comparison" value=id />
                {buttons}
            </form>
        </div>
    }
}

/// What was said last, whose captions they were, and the way back.
#[component]
fn Last(last: VotedData, address: String) -> impl IntoView {
    let VotedData { id, left, right, outcome } = last;
    let words = match outcome.as_str() {
        "left" => t!("You preferred {left} (left) to {right} (right).", left = left, right = right),
        "right" => t!("You preferred {right} (right) to {left} (left).", left = left, right = right),
        "tie" => t!("For you {left} (left) was as good as {right} (right).", left = left, right = right),
        "both_bad" => t!("For you both {left} (left) and {right} (right) were bad.", left = left, right = right),
        _ => t!("You skipped {left} (left) and {right} (right).", left = left, right = right),
    };
    view! {
        <form class="arena-last" method="post" action=address>
            <p role="status">{words}</p>
            <input type="hidden" name="comparison" value=id />
            <button class="button quiet-button" type="submit" name="outcome" value="undo" data-key="u">
                "Take it back"
                <kbd aria-hidden="true" class="needs-script">"u"</kbd>
            </button>
        </form>
    }
}

fn nothing_left(has_two: bool, is_narrowed: bool, role: Role, grid: &str) -> Part {
    let (title, words) = if !has_two {
        (
            t!("Nothing to compare yet"),
            t!(
                "The arena puts captions of two sources side by side. Caption these images with another task or model, or write \
             some yourself."
            ),
        )
    } else if is_narrowed {
        (t!("You have compared them all"), t!("You have been asked about every pair that this choice leaves."))
    } else {
        (
            t!("You have compared them all"),
            t!("You have been asked about every pair in this dataset. New captions bring new pairs."),
        )
    };
    let caption = (!has_two && role >= Role::Annotator).then(|| {
        view! { <a class="button primary-button" href=format!("{grid}/caption")>"Caption images"</a> }
    });
    let board =
        has_two.then(|| view! { <a class="button primary-button" href=format!("{grid}/board")>"See the board"</a> });
    view! {
        <section class="empty">
            <h2>{title}</h2>
            <p>{words}</p>
            <p>{caption} {board}</p>
        </section>
    }
}
