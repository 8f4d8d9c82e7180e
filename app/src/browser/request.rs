//! One `POST /caption`: sent, and its answer read as it comes.

use leptos::prelude::*;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Reflect, Uint8Array};
use web_sys::{AbortController, Blob, FormData, Headers, ReadableStreamDefaultReader, RequestInit, Response};

use super::{key, tray::held};
use crate::error;
use crate::events::{Event, EventReader};
use crate::question::Question;
use crate::state::Page;
use crate::types::{CaptionResponse, Problem};

/// The longest that the page waits by itself, in seconds; after that the person decides.
const LONGEST_WAIT: u32 = 60;
/// How long to wait where a busy server doesn't say, in seconds.
const USUAL_WAIT: u32 = 2;

/// Why there is no caption.
pub(super) struct Refusal {
    pub(super) problem: Problem,
    /// When to ask again, in seconds, if that may help.
    pub(super) retry_after: Option<u32>,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after: None }
    }
}

/// What `event: text` brings.
#[derive(Deserialize)]
struct TextPiece {
    text: String,
}

/// Asks about an entry's picture. `grow` gets each piece of the text as it comes.
pub(super) async fn send(
    page: Page,
    id: u32,
    question: &Question,
    abort: &AbortController,
    grow: impl Fn(&str),
) -> Result<CaptionResponse, Refusal> {
    let (picture, name) = held(page, id).await.ok_or_else(error::unreachable)?;
    let limit = page.given.with_value(|given| given.max_request_bytes) as f64;
    if limit > 0.0 && picture.size() > limit {
        return Err(error::too_large(picture.size(), limit).into());
    }
    let form = form_of(question, &picture, &name).map_err(|_| error::unreachable())?;
    ask(&form, abort, grow).await
}

/// Sends a form to `POST /caption`. `grow` gets each piece of the text as it comes.
pub(super) async fn ask(
    form: &FormData,
    abort: &AbortController,
    grow: impl Fn(&str),
) -> Result<CaptionResponse, Refusal> {
    let response = post(form, abort).await.map_err(|_| error::unreachable())?;
    if response.ok() && is_stream(&response) {
        return read_stream(&response, grow).await;
    }
    let status = response.status();
    let body = read_text(&response).await.map_err(|_| error::unreachable())?;
    if response.ok() {
        return serde_json::from_str(&body).map_err(|_| error::from_answer(status, &body).into());
    }
    let header = response.headers().get("retry-after").ok().flatten();
    Err(refusal(error::from_answer(status, &body), header.as_deref()))
}

fn form_of(question: &Question, picture: &Blob, name: &str) -> Result<FormData, JsValue> {
    let form = FormData::new()?;
    for (field, value) in question.fields() {
        form.append_with_str(field, value)?;
    }
    form.append_with_blob_and_filename("image", picture, name)?;
    Ok(form)
}

async fn post(form: &FormData, abort: &AbortController) -> Result<Response, JsValue> {
    form.append_with_str("stream", "true")?;
    let headers = Headers::new()?;
    headers.set("accept", "text/event-stream, application/json")?;
    let key = key::current();
    if !key.is_empty() {
        headers.set("authorization", &format!("Bearer {key}"))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(form);
    init.set_headers(&headers);
    init.set_signal(Some(&abort.signal()));
    JsFuture::from(window().fetch_with_str_and_init("/caption", &init)).await?.dyn_into()
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    kind.starts_with("text/event-stream")
}

async fn read_text(response: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

/// Reads events until the one that ends the answer.
async fn read_stream(response: &Response, grow: impl Fn(&str)) -> Result<CaptionResponse, Refusal> {
    let body = response.body().ok_or_else(error::unreachable)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut events = EventReader::default();
    loop {
        let piece = next_piece(&reader).await.map_err(|_| error::unreachable())?;
        let Some(piece) = piece else { return Err(error::unreachable().into()) };
        for Event { name, data } in events.push(&piece) {
            let unreadable = || Refusal::from(error::from_answer(200, &data));
            match name.as_str() {
                "text" => grow(&serde_json::from_str::<TextPiece>(&data).map_err(|_| unreadable())?.text),
                "caption" => return serde_json::from_str(&data).map_err(|_| unreadable()),
                "error" => return Err(refusal(serde_json::from_str(&data).map_err(|_| unreadable())?, None)),
                _ => {}
            }
        }
    }
}

/// The next bytes, or none at the end.
async fn next_piece(reader: &ReadableStreamDefaultReader) -> Result<Option<Vec<u8>>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    if Reflect::get(&read, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let value: Uint8Array = Reflect::get(&read, &"value".into())?.dyn_into()?;
    Ok(Some(value.to_vec()))
}

/// A busy server is asked again when it says, unless that is long.
fn refusal(problem: Problem, retry_after: Option<&str>) -> Refusal {
    let is_busy = matches!(problem.status, 429 | 503);
    let seconds = retry_after.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(USUAL_WAIT).max(1);
    Refusal { problem, retry_after: (is_busy && seconds <= LONGEST_WAIT).then_some(seconds) }
}
