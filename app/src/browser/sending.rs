//! Sending a file and seeing how far it is, which `fetch` can't tell.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::Promise;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

/// Sends a file as a form's field under a name. `progress` gets the share that is sent, from 0 to 1. Gives the answer's
/// status, 0 where there was none, and its text.
pub(crate) async fn send(
    request: &XmlHttpRequest,
    path: &str,
    (field, file, name): (&str, &File, &str),
    progress: impl Fn(f64) + 'static,
) -> (u16, String) {
    let Ok(form) = FormData::new() else { return (0, String::new()) };
    if form.append_with_blob_and_filename(field, file, name).is_err() {
        return (0, String::new());
    }
    send_form(request, path, &form, progress).await
}

/// Sends a form, as [`send`] does.
pub(crate) async fn send_form(
    request: &XmlHttpRequest,
    path: &str,
    form: &FormData,
    progress: impl Fn(f64) + 'static,
) -> (u16, String) {
    let tell = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            progress(event.loaded() / event.total());
        }
    });
    if start(request, path, form, &tell).is_err() {
        return (0, String::new());
    }
    let end = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
    let _ = JsFuture::from(end).await;
    (request.status().unwrap_or_default(), request.response_text().ok().flatten().unwrap_or_default())
}

fn start(
    request: &XmlHttpRequest,
    path: &str,
    form: &FormData,
    tell: &Closure<dyn Fn(ProgressEvent)>,
) -> Result<(), JsValue> {
    request.upload()?.set_onprogress(Some(tell.as_ref().unchecked_ref()));
    request.open_with_async("POST", path, true)?;
    request.set_request_header("accept", "application/json")?;
    request.send_with_opt_form_data(Some(form))
}
