//! Captions in numbers: a table of sources, histograms and a scatter plot, whose parts lead to the captions behind them.

mod address;
mod captions;
mod chart;
mod histogram;
mod numbers;
mod scatter;
mod table;

use leptos::prelude::*;

pub(crate) use self::captions::MeasuredCaptions;
use self::{address::metrics_address, histogram::histograms, scatter::scatter, table::table};
use crate::components::chips::Chips;
use crate::part::{Part, view};
use crate::types::{MetricData, MetricsChoice, MetricsData};

/// The table, the charts, and the choice of what they show.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn Metrics(data: MetricsData) -> impl IntoView {
    let grid = data.listing.address(&data.dataset.slug);
    let all = format!("{}/metrics", data.dataset.address());
    let chips = (!data.chips.is_empty()).then(|| {
        view! {
            <div class="board-filter">
                <Chips chips=data.chips.clone() />
                <a class="button quiet-button" href=all>"All captions"</a>
            </div>
        }
    });
    let content = if let Some(problem) = data.problem.clone() {
        view! {
            <section class="card problem" role="alert">
                <h2>"Nothing was measured"</h2>
                <p lang="en">{problem}</p>
            </section>
        }
    } else if data.sources.is_empty() {
        view! {
            <section class="empty">
                <h2>"No captions here"</h2>
                <p>"Captions are measured by source: how long they are, how repetitive, how near to a reference."</p>
                <p><a class="button" href=grid.clone()>"Back to the pictures"</a></p>
            </section>
        }
    } else {
        charts(&data)
    };
    view! {
        <main class="metrics-main">
            <header class="page-head">
                <h1>"Metrics"</h1>
                <a class="button quiet-button" href=grid>{t!("Back to {dataset}", dataset = data.dataset.name)}</a>
            </header>
            {chips}
            {choice(&data)}
            {content}
        </main>
    }
}

fn charts(data: &MetricsData) -> Part {
    let images = plural!(data.images, "{n} image", "{n} images");
    let counted = plural!(data.captions, "{n} caption of {images}.", "{n} captions of {images}.", images = images);
    let tokens = match &data.tokenizer {
        Some(model) => t!("Tokens are those of {model}.", model = model),
        None => t!("Tokens are not counted: this server has no model.").to_owned(),
    };
    view! {
        <p class="hint number">{counted} " " {tokens}</p>
        {table(data)}
        {histograms(data)}
        {scatter(data)}
        <details class="metrics-notes">
            <summary>"How it is measured"</summary>
            <dl>
                {data
                    .metrics
                    .iter()
                    .map(|metric| view! { <dt>{metric.title.clone()}</dt> <dd>{metric.about.clone()}</dd> })
                    .collect::<Vec<_>>()}
            </dl>
        </details>
    }
}

/// The reference, and what the charts show: a form.
fn choice(data: &MetricsData) -> Part {
    let MetricsChoice { reference, x, y, of, metric } = &data.choice;
    let sources: Vec<&str> = data.dataset.sources.iter().map(|source| source.slug.as_str()).collect();
    let speaking: Vec<&str> = data.sources.iter().map(|source| source.source.as_str()).collect();
    let names = |metrics: &[MetricData]| -> Vec<(String, String)> {
        metrics.iter().map(|metric| (metric.name.clone(), metric.title.clone())).collect()
    };
    let plain = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect::<Vec<_>>();
    let references = [vec![(String::new(), t!("None").to_owned())], plain(&sources)].concat();
    let kept: Vec<_> = data
        .listing
        .filter_parameters()
        .into_iter()
        .chain([("metric".to_owned(), metric.clone())])
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    let plot = (!data.metrics.is_empty()).then(|| {
        view! {
            {select(t!("Plot captions of"), "of", &plain(&speaking), of)}
            {select(t!("from left to right"), "x", &names(&data.metrics), x)}
            {select(t!("upwards"), "y", &names(&data.metrics), y)}
        }
    });
    view! {
        <form class="metrics-choice" method="get" action=format!("{}/metrics", data.dataset.address())>
            {select(t!("Reference"), "reference", &references, reference)}
            {plot}
            {kept}
            <button class="button" type="submit">"Show"</button>
        </form>
    }
}

/// A menu of values and what people call them.
fn select(label: &'static str, name: &'static str, options: &[(String, String)], chosen: &str) -> Part {
    let options: Vec<_> = options
        .iter()
        .map(|(value, title)| {
            view! { <option value=value.clone() selected=value == chosen>{title.clone()}</option> }
        })
        .collect();
    view! {
        <label class="metrics-field">
            {label}
            <select name=name>{options}</select>
        </label>
    }
}

/// The measures, each a link to its histograms.
fn tabs(data: &MetricsData) -> Part {
    let links: Vec<_> = data
        .metrics
        .iter()
        .map(|metric| {
            let choice = MetricsChoice { metric: metric.name.clone(), ..data.choice.clone() };
            let address = metrics_address(data, &choice) + "#histograms";
            let is_it = metric.name == data.choice.metric;
            view! { <a class="page-link" href=address aria-current=is_it.then_some("true")>{metric.title.clone()}</a> }
        })
        .collect();
    view! { <nav class="page-links" aria-label="Histograms of">{links}</nav> }
}
