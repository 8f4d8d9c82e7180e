//! Which images a job is to be about.

use leptos::prelude::*;

use crate::components::chips::Chips;
use crate::part::{Part, view};
use crate::types::{ImageChoice, ImageCounts, ImageScope};

/// All images, those that go through the filter the page was opened with, or those that were chosen.
#[component]
pub(crate) fn ImageScopeFields(choice: ImageChoice) -> impl IntoView {
    let scopes = choice.scopes();
    let ImageChoice { dataset, chips, chosen, scope: chosen_scope, listing, .. } = choice;
    let rows: Vec<_> = scopes
        .into_iter()
        .map(|(scope, counts)| {
            let about: Option<Part> = (scope == ImageScope::Filter).then(|| view! { <Chips chips=chips.clone() /> });
            view! {
                <li class="option">
                    <label class="option-label">
                        <input type="radio" name="scope" value=scope.name() checked=scope == chosen_scope />
                        <span class="number">{words_of(scope, counts)}</span>
                    </label>
                    {about}
                </li>
            }
        })
        .collect();
    // Ids can be many: they are sent, not shown.
    let ids = (!chosen.is_empty()).then(|| view! { <input type="hidden" name="images" value=chosen.join(",") /> });
    let back = listing.address(&dataset.slug);
    view! {
        <fieldset class="options">
            <legend>"Images"</legend>
            <ul>{rows}</ul>
            {ids}
            <p class="hint"><a href=back>"Choose others in the grid"</a></p>
        </fieldset>
    }
}

fn words_of(scope: ImageScope, counts: ImageCounts) -> String {
    let images = counts.images.map(|number| plural!(number, "{n} image", "{n} images"));
    match (scope, images) {
        (ImageScope::All, Some(images)) => t!("All of the dataset: {images}", images = images),
        (ImageScope::All, None) => t!("All of the dataset").to_owned(),
        (ImageScope::Filter, Some(images)) => t!("What the filter finds: {images}", images = images),
        (ImageScope::Filter, None) => t!("What the filter finds").to_owned(),
        (ImageScope::Chosen, images) => t!("The selection: {images}", images = images.unwrap_or_default()),
    }
}

/// What the form's button does, by what is chosen: the style sheet shows the one that fits, scripts or not.
#[component]
pub(crate) fn ScopedWords(
    /// The choices that there are, with what the button then does.
    words: Vec<(String, String)>,
) -> impl IntoView {
    let all: Vec<_> =
        words.into_iter().map(|(when, words)| view! { <span class="scoped" data-when=when>{words}</span> }).collect();
    view! { <>{all}</> }
}
