//! `/datasets/{slug}/upload`: the plain form that adds pictures, for who has no scripts.

use axum::{
    Extension,
    extract::{Path, Request},
    response::{IntoResponse, Redirect, Response},
};

use super::visit::Visit;
use crate::{
    api::{
        problem::{Problem, ProblemKind},
        v1::{add_images::add_form, datasets::checked},
    },
    middleware::RequestId,
    people::unauthenticated,
};

/// Files that could not be added, of which the page tells one by one.
const MOST_TOLD: usize = 10;

/// Adds the pictures, and leads back to the dataset, or says which could not be added.
pub(crate) async fn post_page(
    visit: Visit,
    Extension(id): Extension<RequestId>,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let results = add_form(&visit.state, identity, id, &slug, request).await?;
    let failed: Vec<String> = results
        .iter()
        .filter_map(|(name, problem)| {
            let problem = problem.as_ref()?;
            Some(format!("{name}: {}", problem.detail.as_deref().unwrap_or(&problem.title)))
        })
        .collect();
    if failed.is_empty() {
        return Ok(Redirect::to(&format!("/datasets/{}", checked(&slug)?)).into_response());
    }
    let added = results.len() - failed.len();
    let told = failed.iter().take(MOST_TOLD).map(String::as_str).collect::<Vec<_>>().join(" ");
    let rest = failed.len().saturating_sub(MOST_TOLD);
    let rest = if rest > 0 { format!(" And {rest} more.") } else { String::new() };
    let detail = format!("{added} of {} files were added. {told}{rest}", results.len());
    Err(Problem::new(ProblemKind::UnsupportedImage, detail))
}
