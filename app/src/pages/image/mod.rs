//! One picture with what every source says of it.

mod card;
mod details;
pub(crate) mod editor;
mod exif;
mod history;
pub(crate) mod own;
pub(crate) mod run;
mod stage;
pub(crate) mod state;

use leptos::prelude::*;

use self::card::CaptionCard;
use self::details::Details;
use self::own::OwnCaption;
use self::run::Run;
use self::stage::Stage;
use self::state::ImageState;
use crate::browser::image;
use crate::part::{handler, live, view};
use crate::types::ImageData;

/// The picture as large as it goes, and beside it one card per source.
#[component]
pub(crate) fn Image(data: ImageData) -> impl IntoView {
    let state = ImageState::new(data);
    Effect::new(move |_| image::attach(state));
    view! {
        <main class="image-main">
            <Head image=state />
            <Stage image=state />
            <div class="image-side">
                <Problem image=state />
                <Captions image=state />
                <Run image=state />
                <Details image=state />
            </div>
        </main>
        <p class="visually-hidden" role="status">{live(move || announcement(state))}</p>
    }
}

/// The way back, the picture's name, and the way to its neighbours.
#[component]
fn Head(image: ImageState) -> impl IntoView {
    let dataset = image.dataset.with_value(|dataset| dataset.name.clone());
    let beside = move |words: &'static str,
                       sign: &'static str,
                       rel: &'static str,
                       id: fn(&crate::types::Neighbours) -> Option<String>| {
        let target = Memo::new(move |_| image.neighbours.with(id));
        live(move || match target.get() {
            Some(id) => {
                let address = image.address(&id);
                view! {
                    <a
                        class="button"
                        rel=rel
                        href=address
                        on:click=handler(move |event: leptos::ev::MouseEvent| image::step::follow(image, &event, id.clone()))
                    >
                        <span class="visually-hidden">{words}</span>
                        <span aria-hidden="true">{sign}</span>
                    </a>
                }
            }
            None => view! { <span class="button is-off" aria-hidden="true">{sign}</span> },
        })
    };
    view! {
        <header class="image-head">
            <a class="button quiet-button" id=image::BACK_ID href=move || image.list_address()>
                <span aria-hidden="true">"← "</span>
                {dataset}
            </a>
            <h1 class="image-name">{live(move || image.image.with(|file| file.image.file_name.clone()))}</h1>
            <nav class="image-steps" aria-label="Pictures">
                {beside(t!("Picture before"), "←", "prev", |beside| beside.previous.clone())}
                {beside(t!("Picture after"), "→", "next", |beside| beside.next.clone())}
            </nav>
        </header>
    }
}

#[component]
fn Captions(image: ImageState) -> impl IntoView {
    let ids =
        Memo::new(move |_| image.captions.with(|captions| captions.iter().map(|it| it.id.clone()).collect::<Vec<_>>()));
    let empty = move || {
        ids.with(Vec::is_empty).then(|| {
            view! {
                <section class="empty small">
                    <h2>"No captions yet"</h2>
                    <p>"No source has said anything of this picture."</p>
                </section>
            }
        })
    };
    view! {
        <section class="caption-cards" aria-label="Captions">
            {empty} <For each=move || ids.get() key=Clone::clone let:id>
                <CaptionCard image id />
            </For>
            <OwnCaption image />
        </section>
    }
}

#[component]
fn Problem(image: ImageState) -> impl IntoView {
    live(move || {
        image.problem.get().map(|problem| {
            view! {
                <section class="card problem" role="alert">
                    <h2>{problem.title}</h2>
                    {problem.detail.map(|detail| view! { <p lang="en">{detail}</p> })}
                    {problem.request_id.map(|id| view! { <p class="hint">"Request" " " <code>{id}</code></p> })}
                </section>
            }
        })
    })
}

/// What a screen reader says of another picture.
fn announcement(image: ImageState) -> String {
    let name = image.image.with(|file| file.image.file_name.clone());
    let text = image.active_caption().map(|caption| caption.text).unwrap_or_default();
    if text.is_empty() { name } else { format!("{name}: {text}") }
}
