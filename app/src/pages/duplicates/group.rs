//! Pictures that are alike, with their captions and what can be done with them.

use leptos::prelude::*;

use super::{own_address, value};
use crate::address::with_parameters;
use crate::components::diff;
use crate::part::{Part, view};
use crate::types::{DuplicateBy, DuplicatesData, GroupData, GroupImage, Role};

/// Pictures that are seen at once; the others of a large group unfold.
const SHOWN: usize = 12;

/// One group: a form, whose buttons keep a caption or dismiss the group.
pub(super) fn group(data: &DuplicatesData, number: usize) -> Part {
    let group = &data.groups[number];
    let may_write = data.dataset.role >= Role::Annotator;
    let is_alone = data.dataset.sources.is_empty();
    let (title, heading) = (format!("group-{number}"), format!("group-{number}"));
    let spread = (!data.are_dismissed).then(|| view! { <p class="hint">{spread(data.by, group)}</p> });
    // Back to the same place.
    let mut address = own_address(data);
    if let Some(cursor) = &data.cursor {
        address = with_parameters(address, [("cursor", cursor.as_str())]);
    }
    let ids: Vec<&str> = group.images.iter().map(|image| image.image.id.as_str()).collect();
    let mut figures: Vec<_> = group.images.iter().map(|image| figure(data, image, may_write)).collect();
    let rest = if figures.len() > SHOWN { figures.split_off(SHOWN) } else { Vec::new() };
    let rest = (!rest.is_empty()).then(|| {
        let words = plural!(rest.len(), "{n} more image", "{n} more images");
        view! {
            <details class="twins-rest">
                <summary>{words}</summary>
                <ul class="twins-row">{rest}</ul>
            </details>
        }
    });
    let actions = match (&group.dismissal, may_write) {
        (_, false) => None,
        (Some(dismissal), true) => Some(view! {
            <p class="twins-actions">
                <button
                    class="button"
                    type="submit"
                    name="take_back"
                    value=dismissal.clone()
                    aria-label=t!("Take back that they are no duplicates")
                >
                    "Take back"
                </button>
            </p>
        }),
        (None, true) => Some(view! {
            <p class="twins-actions">
                <button class="button quiet-button" type="submit" name="step" value="dismiss">
                    "These are not duplicates"
                </button>
            </p>
        }),
    };
    view! {
        <section class="card twins-group" aria-labelledby=title>
            <header class="twins-head">
                <h2 id=heading>{plural!(group.images.len(), "{n} image", "{n} images")}</h2>
                {spread}
                {is_alone.then(|| view! { <p class="hint">"Nothing is said of them yet."</p> })}
            </header>
            <form method="post" action=address>
                <input type="hidden" name="by" value=value(data.by) />
                <input type="hidden" name="images" value=ids.join(",") />
                <ul class="twins-row">{figures}</ul>
                {rest}
                {actions}
            </form>
        </section>
    }
}

fn spread(by: DuplicateBy, group: &GroupData) -> String {
    match (by, group.spread) {
        (DuplicateBy::Image, 0) => t!("they look the same").into(),
        (DuplicateBy::Image, bits) => plural!(bits, "up to {n} of 64 bits apart", "up to {n} of 64 bits apart"),
        (DuplicateBy::Caption, 0) => t!("with the same words").into(),
        (DuplicateBy::Caption, percent) => t!("up to {percent} % of the words differ", percent = percent),
    }
}

fn figure(data: &DuplicatesData, GroupImage { image, pieces }: &GroupImage, may_write: bool) -> Part {
    let address = data.listing.image_address(&data.dataset.slug, &image.id);
    let caption = image.caption.as_ref().map(|caption| {
        if pieces.is_empty() {
            view! { <p class="twins-caption">{caption.text.clone()}</p> }
        } else {
            view! { <p class="twins-caption">{diff::inline(pieces.clone())}</p> }
        }
    });
    let caption = caption.unwrap_or_else(|| view! { <p class="twins-caption hint">"Nothing said"</p> });
    let keep = image.caption.as_ref().filter(|caption| may_write && !data.are_dismissed && !caption.text.is_empty());
    let keep = keep.map(|caption| {
        view! {
            <button
                class="button"
                type="submit"
                name="keep"
                value=format!("{}.{}", caption.id, caption.version)
                aria-label=t!("Keep this caption for all: {caption}", caption = caption.text)
            >
                "Keep this caption for all"
            </button>
        }
    });
    view! {
        <li class="twins-figure">
            <a href=address>
                <img
                    src=image.thumbnail(256)
                    alt=""
                    width=image.width
                    height=image.height
                    loading="lazy"
                    decoding="async"
                />
                <span class="twins-name">{image.file_name.clone()}</span>
            </a>
            {caption}
            {keep}
        </li>
    }
}
