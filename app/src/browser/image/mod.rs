//! What a person does to a picture and its captions, carried out.

pub(crate) mod comparing;
pub(crate) mod editing;
pub(crate) mod exif;
pub(crate) mod review;
pub(crate) mod running;
pub(crate) mod step;
pub(crate) mod zoom;

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use web_sys::{HtmlDetailsElement, HtmlElement};

use super::{element, keys, turn};
use crate::pages::image::state::ImageState;
use crate::types::Status;

/// The id of the link back to the dataset.
pub(crate) const BACK_ID: &str = "back";

/// Takes over the page.
pub(crate) fn attach(image: ImageState) {
    step::remember(image);
    step::preload(image);
    open_named();
    turn::on_turned(move |captions| captions.into_iter().for_each(|caption| review::put(image, caption)));
    window_event_listener(ev::keydown, move |event| press(image, &event));
    // Whoever leaves in the middle of a sentence keeps it.
    window_event_listener(ev::pagehide, move |_| editing::save_all());
}

/// Opens the editor that the address names: `#edit-` and a caption's id.
fn open_named() {
    let hash = window().location().hash().unwrap_or_default();
    let Some(id) = hash.strip_prefix("#edit-") else { return };
    if let Some(fold) = element::<HtmlDetailsElement>(&format!("edit-{id}")) {
        fold.set_open(true);
        super::focus_soon(format!("text-{id}"));
    }
}

fn press(image: ImageState, event: &KeyboardEvent) {
    let Some(key) = keys::meaning(event) else { return };
    let review = |status| {
        if let Some(caption) = image.active_caption_untracked() {
            review::set_status(image, &caption, status, String::new());
        }
    };
    if event.shift_key() && zoom::push(image, &key) {
        event.prevent_default();
        return;
    }
    match key.as_str() {
        "ArrowLeft" => step::to(image, image.neighbours.with_untracked(|beside| beside.previous.clone())),
        "ArrowRight" => step::to(image, image.neighbours.with_untracked(|beside| beside.next.clone())),
        "j" => choose(image, 1),
        "k" => choose(image, -1),
        "e" => editing::open(image),
        "r" => running::open(),
        "a" => review(Status::Approved),
        "s" => review(Status::Submitted),
        "x" => review::open_rejection(image),
        "d" => comparing::toggle(image),
        "b" => image.boxes.update(|boxes| *boxes = !*boxes),
        "+" | "=" => zoom::step(image, 1.5),
        "-" => zoom::step(image, 1.0 / 1.5),
        "0" => zoom::whole(image),
        "Escape" => {
            if let Some(back) = element::<HtmlElement>(BACK_ID) {
                back.click();
            }
        }
        _ => return,
    }
    event.prevent_default();
}

/// Makes the caption so many places further the one that keys are about.
fn choose(image: ImageState, places: isize) {
    let next = image.captions.with_untracked(|captions| {
        let now = captions.iter().position(|caption| image.active.with_untracked(|active| *active == caption.id));
        let next = now.unwrap_or(0).checked_add_signed(places)?;
        captions.get(next).map(|caption| caption.id.clone())
    });
    if let Some(id) = next {
        image.lit.set(Vec::new());
        image.active.set(id);
    }
}
