//! The playground: rendered here with what came of the request, taken over by its scripts in the browser.

use std::{collections::BTreeMap, time::Instant};

use axum::{
    Extension,
    body::Bytes,
    extract::{Multipart, Query, State, multipart::MultipartRejection, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use image::{codecs::jpeg::JpegEncoder, imageops};
use serde::Deserialize;
use vasari_app::{
    parameters::ParameterTexts,
    t,
    types::{CaptionResponse, Outcome, PageData, PageState, Picture},
};

use super::{parameter_texts, visit::Visit};
use crate::{
    api::{caption::read_in_time, caption_form::CaptionForm, problem::Problem, samples::read_sample},
    auth::Caller,
    captioning::{self, Ask, CaptionAnswer},
    florence2_backend,
    middleware::RequestId,
    state::AppState,
};

/// What the page's address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PageQueryParams {
    #[serde(default)]
    task: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    sample: String,
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

/// The page, with a sample's caption if the address names one.
pub(crate) async fn get_page(
    State(state): State<AppState>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    caller: Option<Caller>,
    query: Result<Query<PageQueryParams>, QueryRejection>,
) -> Response {
    // An address that can't be understood shows the page as it is at first.
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let deadline = Instant::now() + state.timeout;
    let mut page = page_state(&state, &query.task, &query.text, parameter_texts::in_query(&query.others));
    let Some(caller) = caller.filter(|_| !query.sample.is_empty()) else {
        return render(&visit, page, StatusCode::OK);
    };
    let parameters = match parameter_texts::parse(&page.parameters) {
        Ok(parameters) => parameters,
        Err(problem) => {
            let status = problem.status();
            page.outcome = Some(Outcome::Failed { picture: None, problem: problem.document(&id.0) });
            return render(&visit, page, status);
        }
    };
    // An unknown task counts as absent here, and text that the task doesn't take as well: the address may be old.
    let takes_text = vasari_app::tasks::find_or_first(&page.task).takes_input();
    let form = CaptionForm {
        task: Some(page.task.clone()).filter(|task| !task.is_empty()),
        text: Some(page.text.clone()).filter(|text| takes_text && !text.is_empty()),
        sample: Some(query.sample),
        parameters,
        ..CaptionForm::default()
    };
    let (outcome, status) = outcome(&state, &caller, form, deadline, &id).await;
    page.outcome = Some(outcome);
    render(&visit, page, status)
}

/// The plain form, which works without scripts: the page with the answer in it.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    caller: Caller,
    headers: HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
) -> Response {
    let deadline = Instant::now() + state.timeout;
    let (page, status) = match read_in_time(&headers, multipart, deadline).await {
        Ok(form) => {
            let (task, text) = (form.task.as_deref().unwrap_or(""), form.text.as_deref().unwrap_or(""));
            let page = page_state(&state, task, text, parameter_texts::of(&form.parameters));
            let (outcome, status) = outcome(&state, &caller, form, deadline, &id).await;
            (PageState { outcome: Some(outcome), ..page }, status)
        }
        Err(problem) => {
            let outcome = Outcome::Failed { picture: None, problem: problem.document(&id.0) };
            (
                PageState { outcome: Some(outcome), ..page_state(&state, "", "", ParameterTexts::default()) },
                problem.status(),
            )
        }
    };
    render(&visit, page, status)
}

fn page_state(state: &AppState, task: &str, text: &str, parameters: ParameterTexts) -> PageState {
    PageState {
        model: state.engines.current().map(|engine| engine.model.notice()).unwrap_or_default(),
        samples: state.samples.images.clone(),
        max_request_bytes: state.max_request_bytes,
        task: vasari_app::tasks::find(task).map(|task| task.marker.to_owned()).unwrap_or_default(),
        text: text.to_owned(),
        parameters,
        defaults: parameter_texts::of(&state.defaults),
        needs_key: !state.access.is_open(),
        outcome: None,
    }
}

/// What comes of a form, and the status that the API would answer with.
async fn outcome(
    state: &AppState,
    caller: &Caller,
    form: CaptionForm,
    deadline: Instant,
    id: &RequestId,
) -> (Outcome, StatusCode) {
    let mut picture = None;
    match caption(state, caller, form, deadline, &mut picture).await {
        Ok(answer) => {
            let picture = picture.unwrap_or_default();
            (Outcome::Captioned { picture, response: for_page(&answer) }, StatusCode::OK)
        }
        Err(problem) => (Outcome::Failed { picture, problem: problem.document(&id.0) }, problem.status()),
    }
}

/// Captions the form's picture, or its sample. `shown` gets the picture as soon as it can be shown.
async fn caption(
    state: &AppState,
    caller: &Caller,
    form: CaptionForm,
    deadline: Instant,
    shown: &mut Option<Picture>,
) -> Result<CaptionAnswer, Problem> {
    // A browser sends an empty file without a name where none was chosen.
    let is_chosen = form
        .image
        .as_ref()
        .is_some_and(|image| !image.bytes.is_empty() || image.file_name.as_ref().is_some_and(|name| !name.is_empty()));
    let sample = form.sample.clone().filter(|_| !is_chosen);
    let mut ask = Ask {
        task: form.task.clone(),
        text: form.text.clone(),
        parameters: form.parameters.clone(),
        file: Bytes::new(),
    };
    if let Some(name) = sample {
        ask.file = read_sample(state, &name).await?.into();
        let picture =
            Picture { src: format!("/samples/{name}"), sample: Some(name.clone()), name, ..Picture::default() };
        *shown = Some(picture);
    } else {
        let form = CaptionForm { image: form.image.filter(|_| is_chosen), ..CaptionForm::default() };
        let image = form.into_image()?;
        captioning::check_type(&image)?;
        ask.file = image.bytes;
        if let Some(src) = data_url(ask.file.clone()).await {
            let name = image.file_name.clone().unwrap_or_default();
            *shown = Some(Picture { name, src, ..Picture::default() });
        }
    }
    let running = captioning::begin(state, &caller.id(), ask, deadline).await?;
    if let Some(picture) = shown {
        picture.size = running.size();
    }
    running.finish().await
}

/// A `data:` URL that shows the picture, at most 1,024 pixels a side; `None` for what can't be decoded.
async fn data_url(file: Bytes) -> Option<String> {
    const LONGEST_SIDE: u32 = 1024;
    let encode = move || {
        let picture = florence2_backend::decode(&file).ok()?;
        let (width, height) = picture.dimensions();
        let scale = f64::from(LONGEST_SIDE) / f64::from(width.max(height));
        let shown = if scale < 1.0 {
            let scaled = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
            imageops::thumbnail(&picture, scaled(width), scaled(height))
        } else {
            picture
        };
        let mut jpeg = Vec::new();
        shown.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 85)).ok()?;
        Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)))
    };
    tokio::task::spawn_blocking(encode).await.ok().flatten()
}

/// The part of an answer that the page reads.
fn for_page(answer: &CaptionAnswer) -> CaptionResponse {
    let json = serde_json::to_value(answer).and_then(serde_json::from_value);
    json.expect("the page reads what the API writes; a test holds them together. This is a bug.")
}

fn render(visit: &Visit, page: PageState, status: StatusCode) -> Response {
    let words = (t!("Playground"), t!("Drop a picture in and read what Florence-2 sees in it."));
    visit.answer(words, visit.frame(), PageData::Playground(Box::new(page)), status)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vasari_app::types::ImageSize;
    use vasari_inference::{Region, Shape};

    use super::*;
    use crate::captioning::{ModelInfo, Timings};

    #[test]
    fn page_reads_what_the_api_writes() {
        let answer = CaptionAnswer {
            caption: "dog".into(),
            confidence: 0.9,
            processing_time: 0.012,
            model_info: ModelInfo {
                model_type: "florence-2",
                version: "1",
                name: "demo".into(),
                revision: "0".into(),
                notice: None,
            },
            task: "<OD>".into(),
            text: None,
            image: ImageSize { width: 4, height: 3 },
            regions: vec![Region {
                label: "dog".into(),
                shape: Shape::Box([0.0, 1.0, 2.0, 3.0]),
                confidence: Some(0.9),
            }],
            timings: Timings::default(),
            answer: json!({"bboxes": [[0.0, 1.0, 2.0, 3.0]], "labels": ["dog"]}),
        };
        let response = for_page(&answer);
        assert_eq!(response.caption, "dog");
        assert_eq!(response.image, answer.image);
        assert_eq!(serde_json::to_value(&response.regions).unwrap(), serde_json::to_value(&answer.regions).unwrap());
    }

    #[tokio::test]
    async fn large_picture_is_shown_scaled_down() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(3000, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let url = data_url(png.into_inner().into()).await.unwrap();
        assert!(url.starts_with("data:image/jpeg;base64,"));
        assert!(url.len() < 4000, "{}", url.len());
        assert_eq!(data_url(Bytes::from_static(b"no picture")).await, None);
    }
}
