//! `/datasets/{slug}/import`: a file whose captions and images are to be taken in.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use vasari_app::{
    t,
    types::{self, ImportData, Listing, PageData},
};
use vasari_storage::datasets::Role;

use super::{grid::describe, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::{checked, lacks_role},
            import_form::WrittenImport,
            imports::make_import,
            page::nothing_there,
        },
    },
    config::ByteSize,
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// The form.
pub(crate) async fn get_page(visit: Visit, Path(slug): Path<String>) -> Result<Response, Problem> {
    render(&visit, &slug, WrittenImport::default(), None, StatusCode::OK).await
}

/// Asks for the import and leads to its job, or shows the form again. The page's scripts get both as JSON.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let mut written = WrittenImport::default();
    match make_import(&state, (identity, &audit), &slug, request, &mut written).await {
        Ok(job) => {
            let address = format!("/jobs/{}", job.id);
            if visit.wants_data {
                return Ok(Json(json!({ "address": address })).into_response());
            }
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) if visit.wants_data => Err(problem),
        Err(problem) => {
            let document = Some(problem.document(&id.0));
            render(&visit, &slug, written, document, problem.status()).await
        }
    }
}

async fn render(
    visit: &Visit,
    slug: &str,
    written: WrittenImport,
    problem: Option<types::Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Owner {
        return Err(lacks_role(Role::Owner));
    }
    let WrittenImport { format, source, columns, .. } = written;
    let data = ImportData {
        most: ByteSize(visit.state.max_import_bytes).to_string(),
        format,
        source,
        columns: columns.into_iter().map(|(field, column)| (field.name().to_owned(), column)).collect(),
        dataset: describe(visit, &database, &dataset).await?,
        problem,
    };
    let frame = visit.frame_of(&dataset, &Listing::default()).await?;
    let title = t!("Import · {dataset}", dataset = dataset.name);
    Ok(visit.answer((&title, t!("Take in captions and images.")), frame, PageData::Import(Box::new(data)), status))
}
