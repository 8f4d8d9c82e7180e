//! `/datasets/{slug}/export`: which images and captions are to be written, and how.

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::{
    t,
    types::{self, ExportData, Listing, PageData},
};
use vasari_storage::{formats::Format, jobs::CaptionChoice};

use super::{
    image_choice::{WrittenChoice, choice, selection},
    visit::Visit,
};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::checked,
            exports::{CreateExportBody, make_export},
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
pub(crate) struct ExportForm {
    /// `choose` where the grid sends images that were selected, and nothing is asked for yet.
    step: String,
    scope: String,
    images: String,
    captions: String,
    source: String,
    format: String,
}

/// The form.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    render(&visit, (&slug, &query), ExportForm::default(), None, StatusCode::OK).await
}

/// Asks for the export and leads to its job, or shows the form again.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(form): Form<ExportForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let query = query.unwrap_or_default();
    if form.step == "choose" {
        return render(&visit, (&slug, &query), form, None, StatusCode::OK).await;
    }
    let made = match body(&form, &Listing::parse(&query)) {
        Ok(body) => make_export(&state, identity, &audit, &slug, body).await,
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
fn body(form: &ExportForm, listing: &Listing) -> Result<CreateExportBody, Problem> {
    let format: Format = form.format.parse().map_err(|error| invalid("format", &format!("{error}")))?;
    let source = form.source.clone();
    let captions = match form.captions.as_str() {
        "all" if format == Format::Sidecars => {
            let detail = "a .txt file holds one caption; choose the best of each image, or one source";
            return Err(invalid("captions", detail));
        }
        "all" => CaptionChoice::All,
        "best" => {
            CaptionChoice::Best { sources: Some(source).filter(|source| !source.is_empty()).into_iter().collect() }
        }
        "source" if source.is_empty() => return Err(invalid("source", "choose whose captions")),
        "source" => CaptionChoice::Source(source),
        _ => return Err(invalid("captions", "say which captions: all, best or source")),
    };
    let written = WrittenChoice { scope: form.scope.clone(), images: form.images.clone() };
    Ok(CreateExportBody { format, images: selection(listing, &written)?, captions: Some(captions) })
}

async fn render(
    visit: &Visit,
    (slug, query): (&str, &str),
    form: ExportForm,
    problem: Option<types::Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let (database, listing) = (visit.database()?, Listing::parse(query));
    let dataset = database.find_dataset(&visit.reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    let ExportForm { scope, images, captions, source, format, .. } = form;
    let frame = visit.frame_of(&dataset, &listing).await?;
    let or = |written: String, usual: &str| if written.is_empty() { usual.to_owned() } else { written };
    let data = ExportData {
        format: or(format, Format::Jsonl.name()),
        captions: or(captions, "all"),
        source: or(source, &listing.captions),
        choice: choice(visit, &database, &dataset, (listing, &WrittenChoice { scope, images })).await?,
        problem,
    };
    let title = t!("Export · {dataset}", dataset = dataset.name);
    Ok(visit.answer(
        (&title, t!("Write images and captions into a file.")),
        frame,
        PageData::Export(Box::new(data)),
        status,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(captions: &str, source: &str, format: &str) -> Result<Option<CaptionChoice>, String> {
        let form = ExportForm {
            scope: "all".into(),
            captions: captions.into(),
            source: source.into(),
            format: format.into(),
            ..ExportForm::default()
        };
        let body = body(&form, &Listing::default());
        body.map(|body| body.captions).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn form_says_which_captions() {
        assert_eq!(asked("all", "anna", "csv"), Ok(Some(CaptionChoice::All)));
        let best = CaptionChoice::Best { sources: vec!["anna".into()] };
        assert_eq!(asked("best", "anna", "sidecars"), Ok(Some(best)));
        assert_eq!(asked("source", "anna", "coco"), Ok(Some(CaptionChoice::Source("anna".into()))));
        assert!(asked("all", "", "sidecars").unwrap_err().contains("one caption"));
        assert!(asked("source", "", "csv").unwrap_err().contains("whose"));
        assert!(asked("all", "", "pdf").unwrap_err().contains("jsonl"));
    }
}
