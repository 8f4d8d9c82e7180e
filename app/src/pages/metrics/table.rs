//! The table of sources.

use leptos::prelude::*;

use super::{
    address::{behind, metrics_address},
    numbers::mean,
};
use crate::part::{Part, view};
use crate::types::{BinData, MetricData, MetricsChoice, MetricsData, SourceMetrics};
use crate::words;

/// Phrases that are told of a source.
const PHRASES: usize = 12;

/// Each source in numbers, and how near it is to the reference.
pub(super) fn table(data: &MetricsData) -> Part {
    let has_reference = !data.choice.reference.is_empty();
    let own: Vec<(usize, &MetricData)> =
        data.metrics.iter().enumerate().filter(|(_, metric)| !has_own_columns(metric)).collect();
    let heads: Vec<_> = own
        .iter()
        .map(|(_, metric)| {
            let choice = MetricsChoice { metric: metric.name.clone(), ..data.choice.clone() };
            let address = metrics_address(data, &choice) + "#histograms";
            view! { <th scope="col"><a href=address>{metric.title.clone()}</a></th> }
        })
        .collect();
    let rows: Vec<_> = data
        .sources
        .iter()
        .map(|source| {
            let cells: Vec<_> = own.iter().map(|(place, metric)| summary(source, *place, metric)).collect();
            let all = behind(data, &source.source, &[]);
            let is_reference = source.source == data.choice.reference;
            view! {
                <tr>
                    <th scope="row">
                        {source.source.clone()}
                        {is_reference.then(|| view! { <span class="badge">"Reference"</span> })}
                    </th>
                    <td class="number"><a href=all>{words::grouped(source.captions)}</a></td>
                    {cells}
                    {hedging(data, source)}
                    <td class="number">
                        {words::grouped(source.distinct_words)}
                        <span class="hint">{t!("{share} of all", share = mean_share(source.type_token_ratio))}</span>
                    </td>
                    {has_reference.then(|| against(source))}
                </tr>
            }
        })
        .collect();
    let against_heads = has_reference.then(|| {
        view! {
            <th scope="col">"BLEU-4"</th>
            <th scope="col">"ROUGE-L"</th>
            <th scope="col">"METEOR"</th>
            <th scope="col">"CIDEr"</th>
            <th scope="col">"Images"</th>
        }
    });
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Sources in numbers">
            <table class="metrics-table">
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"Captions"</th>
                        {heads}
                        <th scope="col">"Hedging"</th>
                        <th scope="col">"Vocabulary"</th>
                        {against_heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="hint">
            "Means of the captions, with what 5 % lie below and 95 % lie below. Hedging is how many captions say that they are not \
             sure. The vocabulary is how many words are different, also as a share of all words, which falls as texts grow."
            " "
            {has_reference.then(|| t!("Against the reference count the images of which both have a caption."))}
        </p>
        {phrases(data)}
    }
}

/// Whether the table tells it in another way than by the captions' mean.
fn has_own_columns(metric: &MetricData) -> bool {
    matches!(metric.name.as_str(), "hedges" | "bleu_4" | "rouge_l" | "meteor" | "cider")
}

fn summary(source: &SourceMetrics, place: usize, metric: &MetricData) -> Part {
    let Some(summary) = source.summaries.get(place).copied().flatten() else {
        return view! { <td class="hint">"–"</td> };
    };
    let range = t!("{low} to {high}", low = mean(metric, summary.p5), high = mean(metric, summary.p95));
    view! {
        <td class="number">
            {mean(metric, summary.mean)}
            <span class="hint">{range}</span>
        </td>
    }
}

/// How many captions hedge, with a way to them.
fn hedging(data: &MetricsData, source: &SourceMetrics) -> Part {
    let share = mean_share(source.hedging as f64 / source.captions.max(1) as f64);
    let metric = data.metrics.iter().find(|metric| metric.name == "hedges").filter(|_| source.hedging > 0);
    let number = match metric {
        Some(metric) => {
            let address = behind(data, &source.source, &[(metric, BinData { from: 1.0, below: None })]);
            view! { <a href=address>{words::grouped(source.hedging)}</a> }
        }
        None => view! { <span>{words::grouped(source.hedging)}</span> },
    };
    view! { <td class="number">{number} <span class="hint">{share}</span></td> }
}

fn against(source: &SourceMetrics) -> Part {
    let Some(found) = source.against_reference else {
        let nothing: Vec<_> = (0..5).map(|_| view! { <td class="hint">"–"</td> }).collect();
        return view! { {nothing} };
    };
    let scores: Vec<_> = [found.bleu_4, found.rouge_l, found.meteor, found.cider]
        .into_iter()
        .map(|score| view! { <td class="number">{format!("{score:.3}")}</td> })
        .collect();
    view! { {scores} <td class="number">{words::grouped(found.images)}</td> }
}

fn mean_share(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// The phrases with which each source hedges.
fn phrases(data: &MetricsData) -> Option<Part> {
    let rows: Vec<_> = data
        .sources
        .iter()
        .filter(|source| !source.phrases.is_empty())
        .map(|source| {
            let phrases = source.phrases.iter().take(PHRASES).map(|(phrase, captions)| {
                let quoted = t!("“{phrase}”", phrase = phrase);
                view! { <li>{quoted} " " <span class="hint number">{words::grouped(*captions)}</span></li> }
            });
            view! {
                <dt>{source.source.clone()}</dt>
                <dd><ul class="metrics-phrases">{phrases.collect::<Vec<_>>()}</ul></dd>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <details class="metrics-notes">
                <summary>"Phrases that hedge, and in how many captions"</summary>
                <dl>{rows}</dl>
            </details>
        }
    })
}
