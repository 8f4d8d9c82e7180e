//! What a caption was.

use leptos::prelude::*;

use super::state::ImageState;
use crate::browser::image::review;
use crate::components::diff;
use crate::components::local_time::LocalTime;
use crate::part::{Part, handler, live, view};
use crate::types::{Caption, CaptionVersion, Role};

/// A fold that gets the versions when it is opened.
#[component]
pub(crate) fn History(image: ImageState, caption: Memo<Caption>) -> impl IntoView {
    let versions = RwSignal::new(Vec::<CaptionVersion>::new());
    let is_open = RwSignal::new(false);
    // Also anew when the caption changes while it is open.
    Effect::new(move |_| {
        let (id, _) = caption.with(|caption| (caption.id.clone(), caption.version));
        if is_open.get() {
            review::load_versions(id, versions);
        }
    });
    view! {
        <details
            class="history needs-script"
            on:toggle=handler(move |event: leptos::ev::Event| is_open.set(crate::browser::is_open(&event)))
        >
            <summary>"History"</summary>
            <ol class="versions">
                {live(move || versions.get().into_iter().map(|version| row(image, caption, version)).collect::<Vec<_>>())}
            </ol>
        </details>
    }
}

fn row(image: ImageState, caption: Memo<Caption>, version: CaptionVersion) -> Part {
    let CaptionVersion { version: number, text, status, reason, changed_at, changed_by_name, job, diff } = version;
    let by = changed_by_name.map(|name| format!(" · {name}"));
    let job = job.map(|job| view! { " · " <a href=format!("/jobs/{job}")>"by a job"</a> });
    let can_restore = image.may(Role::Annotator) && caption.with_untracked(|caption| caption.text != text);
    let restored = text.clone();
    view! {
        <li class="version">
            <p class="version-text">
                {match diff {
                    Some(pieces) => diff::inline(pieces),
                    None => view! { <span>{text}</span> },
                }}
            </p>
            {reason.map(|reason| view! { <p>{reason}</p> })}
            <p class="hint">
                <span class="number">{t!("Version {number}, {status}", number = number, status = status.word())}</span>
                " · "
                <LocalTime at=changed_at />
                {by} {job}
                {can_restore
                    .then(|| {
                        view! {
                            <button
                                class="button quiet-button"
                                type="button"
                                on:click=handler(move |_| {
                                    review::set_text(image, &caption.get_untracked(), restored.clone(), t!("Restored"));
                                })
                            >
                                "Restore"
                            </button>
                        }
                    })}
            </p>
        </li>
    }
}
