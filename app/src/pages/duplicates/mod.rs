//! Pictures that are there nearly twice, by how they look or by what is said of them.

mod group;
mod keep;

use leptos::prelude::*;

use self::group::group;
pub(super) use self::keep::KeepCaption;
use crate::address::with_parameters;
use crate::components::chips::Chips;
use crate::part::{Part, view};
use crate::types::{DuplicateBy, DuplicatesData, FoundDuplicates};
use crate::words::translate;

/// Distances that the form offers: what they are called, and the largest of each.
const BY_IMAGE: [(u32, &str); 4] = [
    (0, message!("The same (0 bits)")),
    (4, message!("Very close (4 of 64 bits)")),
    (8, message!("Close (8 of 64 bits)")),
    (16, message!("Alike (16 of 64 bits)")),
];
const BY_CAPTION: [(u32, &str); 4] = [
    (0, message!("The same words")),
    (10, message!("Up to 10 % of the words")),
    (20, message!("Up to 20 % of the words")),
    (30, message!("Up to 30 % of the words")),
];

/// The groups, and what they are found by.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are owned")]
pub(crate) fn Duplicates(data: DuplicatesData) -> impl IntoView {
    let grid = data.listing.address(&data.dataset.slug);
    let next = data.next_cursor.as_ref().map(|cursor| {
        let address = with_parameters(own_address(&data), [("cursor", cursor.as_str())]);
        view! { <a class="button" rel="next" data-key="n" href=address>"More groups"</a> }
    });
    let first = data.cursor.is_some().then(|| {
        view! { <a class="button quiet-button" href=own_address(&data)>"From the start"</a> }
    });
    let content = if let Some(problem) = data.problem.clone() {
        let detail = problem.detail.unwrap_or_default();
        view! { <section class="card problem" role="alert"><h2>{problem.title}</h2><p>{detail}</p></section> }
    } else if data.groups.is_empty() {
        empty(&data)
    } else {
        let groups: Vec<_> = (0..data.groups.len()).map(|number| group(&data, number)).collect();
        view! { <div class="twins">{groups}</div> }
    };
    view! {
        <main class="twins-main">
            <header class="page-head">
                <h1>{if data.are_dismissed { t!("Dismissed groups") } else { t!("Near-duplicates") }}</h1>
                <a class="button quiet-button" href=grid>{t!("Back to {dataset}", dataset = data.dataset.name)}</a>
            </header>
            {kinds(&data)}
            {(!data.chips.is_empty()).then(|| view! { <Chips chips=data.chips.clone() /> })}
            {(!data.are_dismissed).then(|| choices(&data))}
            {told(&data)}
            {content}
            <nav class="pager" aria-label="More">{first} {next}</nav>
        </main>
    }
}

/// The page's address, from its first group on.
fn own_address(data: &DuplicatesData) -> String {
    address_of(data, data.by, data.are_dismissed)
}

fn address_of(data: &DuplicatesData, by: DuplicateBy, are_dismissed: bool) -> String {
    let base = data.listing.work_address(&data.dataset.slug, "duplicates");
    let distance = data.distance.to_string();
    let told = [
        Some(("by", value(by))),
        (by == data.by).then_some(("distance", distance.as_str())),
        data.is_closest_first.then_some(("order", "closest")),
        are_dismissed.then_some(("dismissed", "true")),
    ];
    with_parameters(base, told.into_iter().flatten())
}

fn value(by: DuplicateBy) -> &'static str {
    match by {
        DuplicateBy::Image => "image",
        DuplicateBy::Caption => "caption",
    }
}

/// By what they are found: a link for each way.
fn kinds(data: &DuplicatesData) -> Part {
    let link = |by: DuplicateBy, words: &'static str| {
        let current = (by == data.by).then_some("page");
        view! { <a href=address_of(data, by, data.are_dismissed) aria-current=current>{words}</a> }
    };
    view! {
        <nav class="twins-kinds" aria-label="Alike by">
            {link(DuplicateBy::Image, t!("Similar images"))} {link(DuplicateBy::Caption, t!("Similar captions"))}
        </nav>
    }
}

/// How near, whose captions, and which groups first: a form.
fn choices(data: &DuplicatesData) -> Part {
    let (offered, distance_name) = match data.by {
        DuplicateBy::Image => (BY_IMAGE, t!("How near")),
        DuplicateBy::Caption => (BY_CAPTION, t!("Words that differ")),
    };
    let mut distances: Vec<(u32, String)> =
        offered.into_iter().map(|(distance, words)| (distance, translate(words).to_owned())).collect();
    if distances.iter().all(|(distance, _)| *distance != data.distance) {
        let words = match data.by {
            DuplicateBy::Image => plural!(data.distance, "Up to {n} bit", "Up to {n} bits"),
            DuplicateBy::Caption => t!("Up to {percent} % of the words", percent = data.distance),
        };
        distances.push((data.distance, words));
        distances.sort_unstable();
    }
    let distances: Vec<_> = distances
        .into_iter()
        .map(|(distance, words)| view! { <option value=distance selected=distance == data.distance>{words}</option> })
        .collect();
    let sources: Vec<_> = data
        .dataset
        .sources
        .iter()
        .map(|source| {
            let is_it = source.slug == data.listing.captions;
            view! { <option value=source.slug.clone() selected=is_it>{source.slug.clone()}</option> }
        })
        .collect();
    let kept: Vec<_> = data
        .listing
        .filter_parameters()
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    view! {
        <form class="twins-choices" method="get" action=format!("{}/duplicates", data.dataset.address())>
            <input type="hidden" name="by" value=value(data.by) />
            <label class="compare-choice">
                {distance_name}
                <select name="distance">{distances}</select>
            </label>
            {(!sources.is_empty())
                .then(|| {
                    view! {
                        <label class="compare-choice">
                            "Captions of"
                            <select name="captions">{sources}</select>
                        </label>
                    }
                })}
            <label class="compare-choice">
                "First"
                <select name="order">
                    <option value="largest">"The largest"</option>
                    <option value="closest" selected=data.is_closest_first>"The closest"</option>
                </select>
            </label>
            {kept}
            <button class="button" type="submit">"Show"</button>
        </form>
    }
}

/// What was found, in words; and the way to what was dismissed.
fn told(data: &DuplicatesData) -> Part {
    let Some(found) = data.found else {
        let back = address_of(data, data.by, false);
        return view! {
            <p class="hint">
                "Somebody has found these to be no duplicates."
                " "
                <a href=back>"Back to the groups"</a>
            </p>
        };
    };
    let FoundDuplicates { groups, images, compared, unhashed, is_complete, dismissed } = found;
    let compared = match data.by {
        DuplicateBy::Image => plural!(compared, "{n} image", "{n} images"),
        DuplicateBy::Caption => plural!(compared, "{n} caption", "{n} captions"),
    };
    let counted = t!(
        "{groups} of {images}, of {compared} that were compared.",
        groups = plural!(groups, "{n} group", "{n} groups"),
        images = plural!(images, "{n} image", "{n} images"),
        compared = compared
    );
    let rest = (!is_complete).then(|| {
        view! { <p class="hint">"There are more, too many to compare at once: narrow them by a search or a filter."</p> }
    });
    let waiting = (unhashed > 0).then(|| {
        let words = plural!(
            unhashed,
            "{n} image can’t be compared yet; the server is at it.",
            "{n} images can’t be compared yet; the server is at it."
        );
        view! { <p class="hint">{words}</p> }
    });
    let dismissed = view! {
        <a href=address_of(data, data.by, true)>
            {if dismissed > 0 {
                plural!(dismissed, "{n} group dismissed", "{n} groups dismissed")
            } else {
                t!("Dismissed groups").to_owned()
            }}
        </a>
    };
    view! {
        <div class="twins-told">
            <p role="status">{counted}</p>
            {rest}
            {waiting}
            <p>{dismissed}</p>
        </div>
    }
}

fn empty(data: &DuplicatesData) -> Part {
    let (title, words) = match (data.are_dismissed, data.by) {
        (true, _) => {
            (t!("Nothing dismissed"), t!("Groups that somebody has found to be no duplicates are listed here."))
        }
        (false, DuplicateBy::Image) => {
            (t!("No near-duplicates"), t!("No two of these images look alike. A larger distance finds more."))
        }
        (false, DuplicateBy::Caption) => (
            t!("No similar captions"),
            t!("Of no two different images is nearly the same said. A larger distance finds more."),
        ),
    };
    view! {
        <section class="empty">
            <h2>{title}</h2>
            <p>{words}</p>
        </section>
    }
}
