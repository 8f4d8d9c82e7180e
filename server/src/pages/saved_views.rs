//! `/datasets/{slug}/views`: the plain forms that save views of a dataset and delete them.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::types::Listing;

use super::visit::Visit;
use crate::{
    api::{
        problem::Problem,
        v1::{
            datasets::checked,
            saved_views::{SaveViewBody, keep_view, remove_view},
        },
    },
    people::unauthenticated,
    state::AppState,
};

/// The form that saves one.
#[derive(Deserialize)]
pub(crate) struct SaveViewForm {
    #[serde(default)]
    name: String,
    /// The list's query, as its address has it.
    #[serde(default)]
    query: String,
    shared: Option<String>,
}

/// The form that deletes one.
#[derive(Deserialize)]
pub(crate) struct DeleteViewForm {
    /// The list's query, to come back to.
    #[serde(default)]
    query: String,
}

/// Saves the view, and leads back to the list.
pub(crate) async fn post_view(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    Form(form): Form<SaveViewForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let SaveViewForm { name, query, shared } = form;
    let listing = Listing::parse(query.trim_start_matches('?'));
    let body = SaveViewBody { name, query: listing.query_string(), shared: shared.is_some() };
    keep_view(&state, identity, &slug, body).await?;
    Ok(Redirect::to(&listing.address(checked(&slug)?)).into_response())
}

/// Deletes the view, and leads back to the list.
pub(crate) async fn post_deletion(
    State(state): State<AppState>,
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<DeleteViewForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    remove_view(&state, identity, &id).await?;
    let listing = Listing::parse(form.query.trim_start_matches('?'));
    Ok(Redirect::to(&listing.address(checked(&slug)?)).into_response())
}
