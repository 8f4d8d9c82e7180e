//! Zooming a picture and moving it about: by wheel, by pointer and by two fingers.

use std::cell::RefCell;

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDivElement, MouseEvent, WheelEvent};

use crate::pages::image::state::{ImageState, View};

/// How far a key moves the picture, in shares of the frame.
const STRIDE: f64 = 0.1;

thread_local! {
    /// The pointers that are down on the picture, and where, in shares of the frame from its middle.
    static DOWN: RefCell<Vec<(i32, (f64, f64))>> = const { RefCell::new(Vec::new()) };
}

/// Lays the picture as the view has it.
pub(crate) fn apply(layer: Option<HtmlDivElement>, View { scale, x, y }: View) {
    if let Some(layer) = layer {
        let transform = format!("translate({:.3}%, {:.3}%) scale({scale:.4})", x * 100.0, y * 100.0);
        let style = web_sys::HtmlElement::style(&layer);
        let _ = style.set_property("transform", if scale > 1.0 { &transform } else { "none" });
    }
}

/// Zooms about the middle.
pub(crate) fn step(image: ImageState, times: f64) {
    image.view.update(|view| *view = view.zoomed(times, (0.0, 0.0)));
}

/// Shows the whole picture.
pub(crate) fn whole(image: ImageState) {
    image.view.set(View::default());
}

/// Moves a picture that is larger than its frame by a tenth of that, as an arrow key says. Whether that was one.
pub(crate) fn push(image: ImageState, key: &str) -> bool {
    let by = match key {
        "ArrowLeft" => (STRIDE, 0.0),
        "ArrowRight" => (-STRIDE, 0.0),
        "ArrowUp" => (0.0, STRIDE),
        "ArrowDown" => (0.0, -STRIDE),
        _ => return false,
    };
    image.view.update(|view| *view = view.moved(by));
    true
}

/// Zooms about the pointer. A wheel that can't zoom any further out scrolls the page.
pub(crate) fn turn_wheel(image: ImageState, event: &WheelEvent) {
    let is_whole = image.view.with_untracked(|view| view.scale <= 1.0);
    // Without Ctrl a wheel over the whole picture scrolls, as it does everywhere; a pinch on a touchpad comes with it.
    if is_whole && !event.ctrl_key() {
        return;
    }
    event.prevent_default();
    if let Some(place) = place(event.unchecked_ref(), event.current_target()) {
        let times = (-event.delta_y().clamp(-60.0, 60.0) / 200.0).exp();
        image.view.update(|view| *view = view.zoomed(times, place));
    }
}

/// Zooms to where it was clicked twice, and back.
pub(crate) fn double_click(image: ImageState, event: &MouseEvent) {
    let Some(place) = place(event, event.current_target()) else { return };
    image.view.update(|view| *view = if view.scale > 1.0 { View::default() } else { view.zoomed(2.5, place) });
}

/// Takes hold of the picture, if there is something to move it to.
pub(crate) fn grab(image: ImageState, event: &PointerEvent) {
    let is_touch = event.pointer_type() == "touch";
    if image.view.with_untracked(|view| view.scale > 1.0) || is_touch {
        let Some(at) = place(event, event.current_target()) else { return };
        DOWN.with_borrow_mut(|down| down.push((event.pointer_id(), at)));
        if !is_touch && let Some(frame) = event.current_target().and_then(|it| it.dyn_into::<Element>().ok()) {
            let _ = frame.set_pointer_capture(event.pointer_id());
        }
    }
}

/// Moves the picture with one pointer, and zooms it with two.
pub(crate) fn drag(image: ImageState, event: &PointerEvent) {
    let Some(now) = place(event, event.current_target()) else { return };
    let moved = DOWN.with_borrow_mut(|down| {
        let other = down.iter().find(|(id, _)| *id != event.pointer_id()).map(|(_, at)| *at);
        let own = down.iter_mut().find(|(id, _)| *id == event.pointer_id())?;
        let before = std::mem::replace(&mut own.1, now);
        Some((before, other))
    });
    let Some((before, other)) = moved else { return };
    image.view.update(|view| match other {
        Some(other) => {
            let distance = |place: (f64, f64)| (place.0 - other.0).hypot(place.1 - other.1).max(0.01);
            *view = view.zoomed(distance(now) / distance(before), other);
        }
        None => *view = view.moved((now.0 - before.0, now.1 - before.1)),
    });
}

/// Lets go.
pub(crate) fn let_go(event: &PointerEvent) {
    DOWN.with_borrow_mut(|down| down.retain(|(id, _)| *id != event.pointer_id()));
}

/// Where the pointer is, in shares of the frame from its middle.
fn place(event: &MouseEvent, frame: Option<web_sys::EventTarget>) -> Option<(f64, f64)> {
    let frame = frame?.dyn_into::<Element>().ok()?.get_bounding_client_rect();
    let x = (f64::from(event.client_x()) - frame.left()) / frame.width() - 0.5;
    let y = (f64::from(event.client_y()) - frame.top()) / frame.height() - 0.5;
    Some((x, y))
}
