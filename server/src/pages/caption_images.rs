//! `/datasets/{slug}/caption`: which images the model that runs is to caption, and how.

use std::collections::BTreeMap;

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::Value;
use vasari_app::{
    parameters::ParameterTexts,
    t, tasks,
    types::{self, CaptionImagesData, Listing, PageData},
};
use vasari_storage::datasets::Role;

use super::{
    image_choice::{WrittenChoice, choice, selection},
    parameter_texts,
    visit::Visit,
};
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            caption_jobs::{CreateCaptionJobBody, make_caption_job},
            datasets::{checked, lacks_role},
            page::nothing_there,
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// The form's fields, as they were written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CaptionImagesForm {
    /// `choose` where the grid sends images that were selected, and nothing is asked for yet.
    step: String,
    scope: String,
    images: String,
    task: String,
    text: String,
    /// The generation parameters.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

/// The form, or why there is none.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    render(&visit, (&slug, &query), CaptionImagesForm::default(), None, StatusCode::OK).await
}

/// Asks for the captions and leads to their job, or shows the form again.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(form): Form<CaptionImagesForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let query = query.unwrap_or_default();
    if form.step == "choose" {
        return render(&visit, (&slug, &query), form, None, StatusCode::OK).await;
    }
    let made = match body(&form, &Listing::parse(&query)) {
        Ok(body) => make_caption_job(&state, identity, &audit, &slug, body).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(job) => Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response()),
        Err(problem) => {
            let document = Some(problem.document(&id.0));
            render(&visit, (&slug, &query), form, document, problem.status()).await
        }
    }
}

/// What the form asks for.
fn body(form: &CaptionImagesForm, listing: &Listing) -> Result<CreateCaptionJobBody, Problem> {
    let written = WrittenChoice { scope: form.scope.clone(), images: form.images.clone() };
    let parameters = parameter_texts::in_query(&form.others);
    let parameters = parameters.given().map(|(parameter, text)| (parameter.name().to_owned(), Value::from(text)));
    // The page hides the field while the task takes no text, and sends it all the same.
    let takes_text = tasks::find(&form.task).is_none_or(tasks::TaskChoice::takes_input);
    Ok(CreateCaptionJobBody {
        images: selection(listing, &written)?,
        task: Some(form.task.clone()).filter(|task| !task.is_empty()),
        text: Some(form.text.trim().to_owned()).filter(|text| takes_text && !text.is_empty()),
        parameters: parameters.collect(),
    })
}

async fn render(
    visit: &Visit,
    (slug, query): (&str, &str),
    form: CaptionImagesForm,
    problem: Option<types::Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let (database, listing) = (visit.database()?, Listing::parse(query));
    let dataset = database.find_dataset(&visit.reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Annotator {
        return Err(lacks_role(Role::Annotator));
    }
    let frame = visit.frame_of(&dataset, &listing).await?;
    let CaptionImagesForm { scope, images, task, text, others, .. } = form;
    let parameters: ParameterTexts = parameter_texts::in_query(&others);
    let engines = &visit.state.engines;
    let model = engines.current().ok().map(|engine| engine.model.notice());
    let data = CaptionImagesData {
        is_loading: model.is_none() && engines.has_model(),
        model,
        task,
        text,
        parameters,
        defaults: parameter_texts::of(&visit.state.defaults),
        choice: choice(visit, &database, &dataset, (listing, &WrittenChoice { scope, images })).await?,
        problem,
    };
    let title = t!("Caption images · {dataset}", dataset = dataset.name);
    let about = t!("Have a model write captions.");
    Ok(visit.answer((&title, about), frame, PageData::CaptionImages(Box::new(data)), status))
}
