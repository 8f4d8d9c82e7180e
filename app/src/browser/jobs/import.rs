//! A file on its way to be imported: chosen or dropped, its columns offered, how much of it is sent.

use leptos::ev;
use leptos::prelude::*;
use serde::Deserialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, File, FormData, HtmlFormElement, HtmlInputElement, SubmitEvent, XmlHttpRequest};

use super::super::grid::upload::holds_files;
use super::super::{element, sending};
use super::elements;
use crate::columns::columns;
use crate::error;
use crate::types::Problem;
use crate::words;

/// How much of a file is read to find its columns, in bytes.
const HEAD: f64 = 65_536.0;

/// What the server answers.
#[derive(Deserialize)]
struct Answer {
    /// Where the job is.
    address: String,
}

/// Takes the form over.
pub(super) fn attach() {
    let (Some(form), Some(input)) =
        (element::<HtmlFormElement>("import-form"), element::<HtmlInputElement>("import-file"))
    else {
        return;
    };
    let sent = form.clone();
    listen(&form, "submit", move |event| submit(&sent, event.unchecked_ref()));
    let chosen = input.clone();
    listen(&input, "change", move |_| offer_columns(&chosen));
    window_event_listener(ev::dragover, move |event| {
        if holds_files(event.data_transfer().as_ref()) {
            event.prevent_default();
            drag(true);
        }
    });
    window_event_listener(ev::dragleave, |event| {
        if event.related_target().is_none() {
            drag(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        drag(false);
        if let Some(transfer) = event.data_transfer().filter(|transfer| holds_files(Some(transfer))) {
            event.prevent_default();
            input.set_files(transfer.files().as_ref());
            offer_columns(&input);
        }
    });
}

fn listen(target: &Element, name: &str, act: impl Fn(web_sys::Event) + 'static) {
    let act = Closure::<dyn Fn(web_sys::Event)>::new(act);
    let _ = target.add_event_listener_with_callback(name, act.as_ref().unchecked_ref());
    act.forget();
}

fn drag(is_over: bool) {
    if let Some(field) = element::<Element>("import-drop") {
        let _ = field.class_list().toggle_with_force("is-over", is_over);
    }
}

/// Sends the form, which tells how far that is, and goes to the job. Where it can't be sent so, the browser does it.
fn submit(form: &HtmlFormElement, event: &SubmitEvent) {
    let (Ok(data), Ok(request)) = (FormData::new_with_form(form), XmlHttpRequest::new()) else { return };
    let pressed = event.submitter().and_then(|button| button.get_attribute("value"));
    if data.append_with_str("dry_run", &pressed.unwrap_or_else(|| "true".to_owned())).is_err() {
        return;
    }
    event.prevent_default();
    set_sending(true);
    show_problem(None);
    let address = form.action();
    spawn_local(async move {
        let answer = sending::send_form(&request, &address, &data, show_share).await;
        match read(answer) {
            Ok(Answer { address }) => {
                let _ = window().location().set_href(&address);
            }
            Err(problem) => {
                set_sending(false);
                show_problem(Some(&problem));
            }
        }
    });
}

fn read((status, body): (u16, String)) -> Result<Answer, Problem> {
    match status {
        0 => Err(Problem {
            detail: Some(t!("The connection failed while the file was sent.").into()),
            ..error::unreachable()
        }),
        status if status < 400 => serde_json::from_str(&body).map_err(|_| error::from_answer(status, &body)),
        status => Err(error::from_answer(status, &body)),
    }
}

fn set_sending(is_sending: bool) {
    let set = |element: &Element, name: &str, is_on: bool| {
        let _ = if is_on { element.set_attribute(name, "") } else { element.remove_attribute(name) };
    };
    if let Some(place) = element::<Element>("import-sending") {
        set(&place, "hidden", !is_sending);
    }
    for button in elements(&document(), "#import-form .button") {
        set(&button, "disabled", is_sending);
    }
    if is_sending {
        show_share(0.0);
    }
}

fn show_share(share: f64) {
    if let (Some(bar), Some(text)) = (element::<Element>("import-bar"), element::<Element>("import-sent")) {
        let _ = bar.set_attribute("value", &format!("{share:.3}"));
        let is_sent = share >= 1.0;
        let words = if is_sent {
            t!("Being stored").to_owned()
        } else {
            t!("Sending, {share}", share = words::percent(share as f32))
        };
        text.set_text_content(Some(&words));
    }
}

/// Shows why the file was not taken, as the server's form does.
fn show_problem(problem: Option<&Problem>) {
    let Some(place) = element::<Element>("import-problem") else { return };
    place.set_inner_html("");
    let Some(problem) = problem else { return };
    let make = |tag: &str| document().create_element(tag).ok();
    let (Some(card), Some(title), Some(detail)) = (make("div"), make("p"), make("p")) else { return };
    card.set_class_name("form-problem");
    let _ = card.set_attribute("role", "alert");
    title.set_class_name("form-problem-title");
    title.set_text_content(Some(&problem.title));
    detail.set_text_content(problem.detail.as_deref());
    let _ = card.append_child(&title);
    let _ = card.append_child(&detail);
    let _ = place.append_child(&card);
    card.scroll_into_view();
}

/// Offers the columns of a table that was chosen.
fn offer_columns(input: &HtmlInputElement) {
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    spawn_local(async move {
        let head = read_head(&file).await.unwrap_or_default();
        let found = columns(&file.name(), &head);
        let (Some(list), Some(hint)) = (element::<Element>("import-columns"), element::<Element>("import-found"))
        else {
            return;
        };
        list.set_inner_html("");
        for column in &found {
            if let Ok(option) = document().create_element("option") {
                let _ = option.set_attribute("value", column);
                let _ = list.append_child(&option);
            }
        }
        hint.set_text_content(
            (!found.is_empty()).then(|| t!("Its columns: {columns}.", columns = found.join(", "))).as_deref(),
        );
    });
}

async fn read_head(file: &File) -> Result<String, JsValue> {
    let head = file.slice_with_f64_and_f64(0.0, file.size().min(HEAD))?;
    Ok(JsFuture::from(head.text()).await?.as_string().unwrap_or_default())
}
