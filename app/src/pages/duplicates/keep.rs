//! What keeping a caption for several pictures would write: seen before it is done.

use leptos::prelude::*;

use crate::components::diff;
use crate::part::{Part, view};
use crate::types::{KeepCaptionData, KeptRow};

/// The caption, the pictures, and the button that does it.
#[component]
pub(crate) fn KeepCaption(data: KeepCaptionData) -> impl IntoView {
    let KeepCaptionData { address, back, text, source, keep, images, added, changed, unchanged, rows, .. } = data;
    let counts = [
        (added, plural!(added, "{n} caption would be new.", "{n} captions would be new.")),
        (
            changed,
            plural!(
                changed,
                "{n} caption of yours would say something else.",
                "{n} captions of yours would say something else."
            ),
        ),
        (
            unchanged,
            plural!(unchanged, "{n} caption of yours says so already.", "{n} captions of yours say so already."),
        ),
    ];
    let counts = counts.into_iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(_, words)| view! { <li>{words}</li> }).collect();
    let writes = added + changed;
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>"Keep a caption"</h1>
                <a class="button quiet-button" href=back>"Back to the groups"</a>
            </header>
            <form class="card form" method="post" action=address>
                <input type="hidden" name="keep" value=keep />
                <input type="hidden" name="images" value=images />
                <blockquote class="kept-caption">
                    <p>{text}</p>
                    <footer class="hint">{t!("first said by {source}", source = source)}</footer>
                </blockquote>
                <p>
                    "It becomes your own caption of each of these images. What others have said of them stays as it is."
                </p>
                <ul class="kept-counts">{counts}</ul>
                {(writes > 0)
                    .then(|| {
                        view! {
                            <button class="button primary-button" type="submit" name="step" value="apply">
                                <span class="number">{plural!(writes, "Write {n} caption", "Write {n} captions")}</span>
                            </button>
                            <p class="hint">
                                "A job does it; it goes on when this tab is closed. Every change is a version in its \
                                 caption's history, and the whole can be rolled back."
                            </p>
                        }
                    })}
                <ul class="edit-rows">{rows}</ul>
            </form>
        </main>
    }
}

fn row(KeptRow { image, address, pieces }: KeptRow) -> Part {
    let said = match pieces {
        None => view! { <p class="hint">"You have said nothing of it."</p> },
        Some(pieces) => view! { <p>{diff::inline(pieces)}</p> },
    };
    view! {
        <li class="kept-row">
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
            {said}
        </li>
    }
}
