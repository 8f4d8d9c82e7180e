//! What stands behind a bar: captions with their pictures and numbers.

use leptos::prelude::*;

use super::{
    address::list_parameters,
    numbers::{number, range},
};
use crate::address::with_parameters;
use crate::components::chips::Chips;
use crate::part::{Part, view};
use crate::types::{Chip, MeasuredCaptionsData, MeasuredRow, Role};
use crate::words;

/// The captions of a range.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn MeasuredCaptions(data: MeasuredCaptionsData) -> impl IntoView {
    let charts = data.listing.work_address(&data.dataset.slug, "metrics");
    let charts = if data.reference.is_empty() {
        charts
    } else {
        with_parameters(charts, [("reference", data.reference.as_str())])
    };
    let images = plural!(data.images, "{n} image", "{n} images");
    let counted = plural!(data.total, "{n} caption of {images}", "{n} captions of {images}", images = images);
    let chip = |name: &str, value: String| Chip { name: name.to_owned(), value };
    let own = [(t!("Captions of"), &data.of), (t!("Reference"), &data.reference)];
    let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| chip(name, value.clone()));
    let ranges = data.ranges.iter().map(|(metric, numbers)| chip(&metric.title, range(metric, *numbers)));
    let chips: Vec<_> = own.chain(ranges).chain(data.chips.clone()).collect();
    let rows: Vec<_> = data.rows.iter().map(|row| self::row(&data, row)).collect();
    let content = if rows.is_empty() {
        view! {
            <section class="empty">
                <h2>"No caption lies there"</h2>
                <p>"They may have changed since the chart was drawn."</p>
                <p><a class="button" href=charts.clone()>"Back to the charts"</a></p>
            </section>
        }
    } else {
        view! { <ol class="measured-list">{rows}</ol> }
    };
    view! {
        <main class="metrics-main">
            <header class="page-head">
                <h1>"Captions by number"</h1>
                <p class="hint number">{counted}</p>
                <a class="button quiet-button" href=charts>"Back to the charts"</a>
            </header>
            <Chips chips />
            <div class="measured-tools">{order(&data)} {work(&data)}</div>
            {content}
            {pager(&data)}
        </main>
    }
}

/// A picture, what is said of it, and the numbers.
fn row(data: &MeasuredCaptionsData, row: &MeasuredRow) -> Part {
    let image = &row.image;
    let address = data.listing.image_address(&data.dataset.slug, &image.id);
    let asked = |name: &str| data.ranges.iter().any(|(metric, _)| metric.name == name);
    let values: Vec<_> = data
        .metrics
        .iter()
        .zip(&row.values)
        .filter_map(|(metric, value)| {
            let value = number(metric, (*value)?);
            let is_asked = asked(&metric.name);
            Some(view! {
                <div class="measured-value" class:is-asked=is_asked>
                    <dt>{metric.title.clone()}</dt>
                    <dd class="number">{value}</dd>
                </div>
            })
        })
        .collect();
    view! {
        <li class="card measured">
            <a class="measured-image" href=address>
                <img
                    src=image.thumbnail(256)
                    alt=image.file_name.clone()
                    width=image.width
                    height=image.height
                    loading="lazy"
                    decoding="async"
                />
            </a>
            <div class="measured-words">
                <p class="hint measured-source">
                    {row.source.clone()} " · " {image.file_name.clone()} " "
                    <span class="badge status-badge" data-status=row.status.name()>{row.status.title()}</span>
                </p>
                <p class="compare-text">{row.text.clone()}</p>
                <dl class="measured-values">{values}</dl>
            </div>
        </li>
    }
}

/// In which order: a form.
fn order(data: &MeasuredCaptionsData) -> Part {
    let option = |value: String, title: String| {
        let is_it = value == data.order;
        view! { <option value=value selected=is_it>{title}</option> }
    };
    let by_measure = data.metrics.iter().flat_map(|metric| {
        [
            option(metric.name.clone(), t!("{measure}, least first", measure = metric.title)),
            option(format!("-{}", metric.name), t!("{measure}, greatest first", measure = metric.title)),
        ]
    });
    let options: Vec<_> = [option(String::new(), t!("As added").to_owned())].into_iter().chain(by_measure).collect();
    let kept: Vec<_> = data
        .listing
        .filter_parameters()
        .into_iter()
        .chain(list_parameters(data))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    view! {
        <form class="metrics-choice" method="get" action=format!("{}/metrics/captions", data.dataset.address())>
            <label class="metrics-field">
                "Order"
                <select name="order">{options}</select>
            </label>
            {kept}
            <button class="button" type="submit">"Sort"</button>
        </form>
    }
}

/// What can be done with these pictures, as with those that are selected in the grid.
fn work(data: &MeasuredCaptionsData) -> Option<Part> {
    if !data.is_signed_in || data.ids.is_empty() {
        return None;
    }
    let to = |work: &str| format!("{}/{work}", data.dataset.address());
    let more = (data.dataset.role >= Role::Annotator).then(|| {
        view! {
            <button class="button" type="submit" formaction=to("caption")>"Caption"</button>
            <button class="button" type="submit" formaction=to("edit")>"Edit"</button>
        }
    });
    Some(view! {
        <form class="selection-work" method="post" action=to("export")>
            <input type="hidden" name="images" value=data.ids.join(",") />
            <input type="hidden" name="step" value="choose" />
            <span class="hint">"These images:"</span>
            <button class="button" type="submit">"Export"</button>
            {more}
        </form>
    })
}

fn pager(data: &MeasuredCaptionsData) -> Option<Part> {
    let (page, last) = data.page;
    let to = |number: u32, words: &'static str, rel: &'static str| {
        let said = list_parameters(data);
        let number = number.to_string();
        let place = [("order", data.order.as_str()), ("page", number.as_str())];
        let place = place.into_iter().filter(|(_, value)| !value.is_empty());
        let said = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(place);
        let address = with_parameters(data.listing.work_address(&data.dataset.slug, "metrics/captions"), said);
        view! { <a class="button" rel=rel href=address>{words}</a> }
    };
    (last > 1).then(|| {
        let (number, of) = (words::grouped(page.into()), words::grouped(last.into()));
        let place = t!("Page {number} of {last}", number = number, last = of);
        view! {
            <nav class="pager" aria-label="Pages">
                {(page > 1).then(|| to(page - 1, t!("Previous"), "prev"))}
                <span class="number">{place}</span>
                {(page < last).then(|| to(page + 1, t!("Next"), "next"))}
            </nav>
        }
    })
}
