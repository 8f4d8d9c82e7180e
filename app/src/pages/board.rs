//! Sources by what people preferred in the arena.

use leptos::prelude::*;

use crate::components::chips::Chips;
use crate::part::{Part, view};
use crate::types::{BoardData, Role, StandingData};
use crate::words;

/// Room beside the intervals, as a share of all that they cover.
const MARGIN: f64 = 0.05;

/// The table, and how it is to be read.
#[component]
pub(crate) fn Board(data: BoardData) -> impl IntoView {
    let arena = data.listing.work_address(&data.dataset.slug, "arena");
    let own = data.listing.work_address(&data.dataset.slug, "board");
    let all = format!("{}/board", data.dataset.address());
    let votes_file = format!("{}/votes.jsonl", data.dataset.address());
    let may_vote = data.dataset.role >= Role::Annotator;
    let is_filtered = !data.chips.is_empty();
    let BoardData { dataset, chips, standings, votes, voters, agreement, .. } = data;
    let content = if standings.is_empty() { empty(may_vote, is_filtered, &arena, &all) } else { table(standings) };
    let agreement = agreement.map(|(pairs, observed, alpha)| {
        let share = words::percent(observed as f32);
        let words = plural!(
            pairs,
            "{n} pair was judged by more than one person, who said the same in {share} of cases.",
            "{n} pairs were judged by more than one person, who said the same in {share} of cases.",
            share = share
        );
        let alpha = alpha.map(|alpha| {
            let alpha = format!("{alpha:.2}");
            t!("Krippendorff’s alpha is {alpha}: 1 is always, 0 is chance.", alpha = alpha)
        });
        view! { <p class="number">{words} " " {alpha}</p> }
    });
    let counted = plural!(votes, "{n} vote from {people}.", "{n} votes from {people}.", people = people(voters));
    view! {
        <main class="board-main">
            <header class="page-head">
                <h1>"Board"</h1>
                {may_vote.then(|| view! { <a class="button primary-button" href=arena.clone()>"Vote"</a> })}
                <a class="button quiet-button" href=dataset.address()>{t!("Back to {dataset}", dataset = dataset.name)}</a>
            </header>
            {is_filtered.then(|| view! {
                <div class="board-filter">
                    <Chips chips />
                    <a class="button quiet-button" href=all>"All votes"</a>
                </div>
            })}
            {content}
            {(votes > 0).then(|| view! {
                <section class="board-notes">
                    <p class="number">{counted}</p>
                    {agreement}
                    <p class="hint">
                        "Scores are Bradley–Terry strengths: 1000 for a source like the others; 400 more means preferred ten \
                         times as often. The bars hold the score in 95 of 100 redrawings of the votes: where two overlap, \
                         more votes are needed to tell the sources apart."
                    </p>
                    <p>
                        <a class="button" href=votes_file download>"Download the votes"</a>
                        " "
                        <a class="button quiet-button" href=own>"Count again"</a>
                    </p>
                </section>
            })}
        </main>
    }
}

fn people(number: u64) -> String {
    plural!(number, "{n} person", "{n} people")
}

fn empty(may_vote: bool, is_filtered: bool, arena: &str, all: &str) -> Part {
    let words = if is_filtered {
        t!("Nobody has voted on captions of these images.")
    } else {
        t!(
            "The board ranks the sources by what people prefer when they see two captions without knowing whose they are."
        )
    };
    view! {
        <section class="empty">
            <h2>"No votes yet"</h2>
            <p>{words}</p>
            <p>
                {may_vote.then(|| view! { <a class="button primary-button" href=arena.to_owned()>"Go to the arena"</a> })}
                " "
                {is_filtered.then(|| view! { <a class="button" href=all.to_owned()>"All votes"</a> })}
            </p>
        </section>
    }
}

fn table(standings: Vec<StandingData>) -> Part {
    let low = standings.iter().map(|row| row.low).fold(f64::INFINITY, f64::min);
    let high = standings.iter().map(|row| row.high).fold(f64::NEG_INFINITY, f64::max);
    let (low, width) = (low - (high - low) * MARGIN, ((high - low) * (1.0 + 2.0 * MARGIN)).max(1.0));
    let share = move |score: f64| (score - low) / width * 100.0;
    let rows: Vec<_> = standings
        .into_iter()
        .enumerate()
        .map(|(place, row)| {
            let (from, to, at) = (share(row.low), share(row.high), share(row.score));
            view! {
                <tr>
                    <td class="number">{place + 1}</td>
                    <th scope="row">{row.source}</th>
                    <td class="number">{format!("{:.0}", row.score)}</td>
                    <td>
                        <svg class="board-interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                            <rect x=format!("{from:.2}") width=format!("{:.2}", to - from) y="3" height="4" />
                            <rect class="board-score" x=format!("{:.2}", at - 0.4) width="0.8" y="0" height="10" />
                        </svg>
                        <span class="hint number">{t!("{low} to {high}", low = row.low.round(), high = row.high.round())}</span>
                    </td>
                    <td class="number">{words::grouped(row.comparisons)}</td>
                    <td class="number">
                        {words::percent((row.wins / row.comparisons.max(1) as f64) as f32)}
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Sources by preference">
            <table class="board">
                <thead>
                    <tr>
                        <th scope="col">"Rank"</th>
                        <th scope="col">"Source"</th>
                        <th scope="col">"Score"</th>
                        <th scope="col">"95 % interval"</th>
                        <th scope="col">"Compared"</th>
                        <th scope="col">"Preferred"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
