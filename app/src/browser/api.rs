//! Questions to the API, in the name of whoever is signed in.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::Reflect;
use web_sys::{AbortController, Headers, RequestInit, Response};

use crate::error;
use crate::types::Problem;

/// The longest body that is sent even if its page goes meanwhile, in bytes.
const MOST_LEFT_BEHIND: usize = 32_000;

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) problem: Box<Problem>,
    /// The whole answer, which may tell more.
    pub(crate) body: String,
}

/// Asks for something. Nothing comes of a question that was aborted.
pub(crate) async fn get<T: DeserializeOwned>(
    path: &str,
    abort: Option<&AbortController>,
) -> Option<Result<T, Refused>> {
    let init = RequestInit::new();
    if let Ok(headers) = Headers::new() {
        let _ = headers.set("accept", "application/json");
        init.set_headers(&headers);
    }
    if let Some(abort) = abort {
        init.set_signal(Some(&abort.signal()));
    }
    let answer = ask(path, &init).await;
    if abort.is_some_and(|abort| abort.signal().aborted()) {
        return None;
    }
    Some(answer.and_then(|body| read(&body)))
}

/// A page as HTML; nothing where there is none.
#[cfg(feature = "hydrate")]
pub(crate) async fn page(address: &str) -> Option<String> {
    let init = RequestInit::new();
    let headers = Headers::new().ok()?;
    headers.set("accept", "text/html").ok()?;
    init.set_headers(&headers);
    ask(address, &init).await.ok()
}

/// Changes something, by a body of JSON if there is one. The answer's body.
pub(crate) async fn send(method: &str, path: &str, json: Option<&str>) -> Result<String, Refused> {
    let init = RequestInit::new();
    init.set_method(method);
    // What is saved as somebody leaves arrives although the page is gone. Browsers let a page leave behind 64 kB.
    if json.is_none_or(|json| json.len() < MOST_LEFT_BEHIND) {
        let _ = Reflect::set(&init, &"keepalive".into(), &true.into());
    }
    if let (Some(json), Ok(headers)) = (json, Headers::new()) {
        let _ = headers.set("content-type", "application/json");
        init.set_headers(&headers);
        init.set_body(&json.into());
    }
    ask(path, &init).await
}

/// Reads an answer.
pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, Refused> {
    serde_json::from_str(body)
        .map_err(|_| Refused { problem: error::from_answer(200, body).into(), body: body.to_owned() })
}

async fn ask(path: &str, init: &RequestInit) -> Result<String, Refused> {
    let unreachable = || Refused { problem: error::unreachable().into(), body: String::new() };
    let (status, body) = fetch(path, init).await.map_err(|_| unreachable())?;
    if status < 400 {
        return Ok(body);
    }
    Err(Refused { problem: error::from_answer(status, &body).into(), body })
}

async fn fetch(path: &str, init: &RequestInit) -> Result<(u16, String), JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(path, init)).await?.dyn_into()?;
    let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.status(), body))
}
