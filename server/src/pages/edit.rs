//! `/datasets/{slug}/edit`: a change of many captions, what it would do, and the job that does it.

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use vasari_app::{
    t,
    types::{self, EditData, EditPreview, Listing, PageData, PreviewedEdit, WrittenEdit},
};
use vasari_storage::{datasets::Role, jobs::CaptionEdit};

use super::{
    compare::pieces,
    image_choice::{WrittenChoice, choice, selection},
    visit::Visit,
};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            audit::Audit,
            bulk_edit_preview::{BulkEditPreviewResponse, PreviewedCaption, preview},
            bulk_edits::{CreateBulkEditBody, make_bulk_edit},
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
pub(crate) struct EditForm {
    /// `choose` where the grid sends images that were selected, `preview`, or `apply`.
    step: String,
    scope: String,
    images: String,
    of_source: String,
    operation: String,
    text: String,
    find: String,
    replacement: String,
    ignore_case: Option<String>,
    status: String,
    reason: String,
}

/// What the page shows beside the form.
#[derive(Default)]
struct Outcome {
    preview: Option<BulkEditPreviewResponse>,
    problem: Option<types::Problem>,
    status: StatusCode,
}

/// The form.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let listing = Listing::parse(&query.unwrap_or_default());
    let form = EditForm { of_source: listing.captions.clone(), ..EditForm::default() };
    render(&visit, (&slug, listing), form, Outcome::default()).await
}

/// Shows what the change would do; or asks for it, and leads to its job.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(form): Form<EditForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let listing = Listing::parse(&query.unwrap_or_default());
    if form.step == "choose" {
        return render(&visit, (&slug, listing), form, Outcome::default()).await;
    }
    let outcome = match body(&form, &listing) {
        Ok(body) if form.step == "apply" => match make_bulk_edit(&state, identity, &audit, &slug, body).await {
            Ok(job) => return Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response()),
            Err(problem) => Err(problem),
        },
        Ok(body) => preview(&state, identity, &slug, &body).await,
        Err(problem) => Err(problem),
    };
    let outcome = match outcome {
        Ok(preview) => Outcome { preview: Some(preview), ..Outcome::default() },
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => return Err(problem),
        Err(problem) => {
            let status = problem.status();
            Outcome { problem: Some(problem.document(&id.0)), status, ..Outcome::default() }
        }
    };
    render(&visit, (&slug, listing), form, outcome).await
}

/// What the form asks for.
fn body(form: &EditForm, listing: &Listing) -> Result<CreateBulkEditBody, Problem> {
    let EditForm { operation, text, find, replacement, status, reason, .. } = form;
    let members = match operation.as_str() {
        "prefix" | "suffix" => json!({ "text": text }),
        "replace" => json!({ "find": find, "replacement": replacement, "ignore_case": form.ignore_case.is_some() }),
        "replace_regex" => json!({ "pattern": find, "replacement": replacement }),
        "set_status" if status == "rejected" && !reason.trim().is_empty() => {
            json!({ "status": status, "reason": reason })
        }
        "set_status" => json!({ "status": status }),
        _ => json!({}),
    };
    let mut edit = json!({ "operation": operation });
    if let (Some(edit), Value::Object(members)) = (edit.as_object_mut(), members) {
        edit.extend(members);
    }
    let edit = serde_json::from_value::<CaptionEdit>(edit);
    let written = WrittenChoice { scope: form.scope.clone(), images: form.images.clone() };
    Ok(CreateBulkEditBody {
        images: selection(listing, &written)?,
        of_source: Some(form.of_source.clone()).filter(|source| !source.is_empty()),
        edit: edit.map_err(|_| invalid("operation", "choose one of the list, and a status where it takes one"))?,
    })
}

async fn render(
    visit: &Visit,
    (slug, listing): (&str, Listing),
    form: EditForm,
    outcome: Outcome,
) -> Result<Response, Problem> {
    visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Annotator {
        return Err(lacks_role(Role::Annotator));
    }
    let frame = visit.frame_of(&dataset, &listing).await?;
    let EditForm { scope, images, of_source, operation, text, find, replacement, ignore_case, status, reason, .. } =
        form;
    let ignore_case = ignore_case.is_some();
    let data = EditData {
        choice: choice(visit, &database, &dataset, (listing, &WrittenChoice { scope, images })).await?,
        written: WrittenEdit { of_source, operation, text, find, replacement, ignore_case, status, reason },
        may_review: dataset.role >= Role::Reviewer,
        preview: outcome.preview.map(|preview| shown(slug, preview)),
        problem: outcome.problem,
    };
    let title = t!("Edit captions · {dataset}", dataset = dataset.name);
    let about = t!("Change many captions alike, with a preview and a way back.");
    Ok(visit.answer((&title, about), frame, PageData::Edit(Box::new(data)), outcome.status))
}

fn shown(slug: &str, preview: BulkEditPreviewResponse) -> EditPreview {
    let BulkEditPreviewResponse { captions, changed, failed, is_complete, sample } = preview;
    let row = |caption: PreviewedCaption| PreviewedEdit {
        address: format!("/datasets/{slug}/images/{}", caption.image),
        file_name: caption.file_name,
        source: caption.source,
        pieces: pieces(&caption.before, &caption.after),
        status: caption.status.to_string(),
    };
    EditPreview { captions, changed, failed, is_complete, sample: sample.into_iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_says_what_is_to_change() {
        let form = |operation: &str| EditForm {
            scope: "all".into(),
            operation: operation.into(),
            text: "photo, ".into(),
            find: "a+".into(),
            replacement: "b".into(),
            ignore_case: Some("true".into()),
            status: "approved".into(),
            ..EditForm::default()
        };
        let edit = |operation: &str| body(&form(operation), &Listing::default()).unwrap().edit;
        assert_eq!(edit("prefix"), CaptionEdit::Prefix { text: "photo, ".into() });
        let replace = CaptionEdit::Replace { find: "a+".into(), replacement: "b".into(), ignore_case: true };
        assert_eq!(edit("replace"), replace);
        let regex = CaptionEdit::ReplaceRegex { pattern: "a+".into(), replacement: "b".into() };
        assert_eq!(edit("replace_regex"), regex);
        assert_eq!(edit("trim"), CaptionEdit::Trim);
        assert!(matches!(edit("set_status"), CaptionEdit::SetStatus { .. }));
        assert!(body(&form("shout"), &Listing::default()).is_err());
    }
}
