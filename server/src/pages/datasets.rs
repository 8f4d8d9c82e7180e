//! `/`: all datasets, and the form for another one.

use axum::{
    Form,
    extract::{Query, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use url::form_urlencoded;
use vasari_app::{
    t,
    types::{DatasetCard, DatasetsData, Listing, NewDatasetData, PageData},
};
use vasari_storage::{api_keys::Scope, counts::DatasetOverview, datasets::Visibility};

use super::{stored, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::{CreateDatasetBody, checked, make_dataset},
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// Datasets of a page.
const PAGE_SIZE: usize = 60;

/// The longest short name that is made of a name.
const SLUG_LETTERS: usize = 40;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DatasetsQueryParams {
    /// The list goes on after the dataset of this slug.
    after: Option<String>,
}

/// The form's fields.
#[derive(Deserialize)]
pub(crate) struct NewDatasetForm {
    name: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    description: String,
    public: Option<String>,
}

/// The datasets. Where nothing is kept, and for links from when it was here, the playground.
pub(crate) async fn get_page(
    visit: Visit,
    RawQuery(raw): RawQuery,
    Query(query): Query<DatasetsQueryParams>,
) -> Result<Response, Problem> {
    let raw = raw.unwrap_or_default();
    let is_for_playground = form_urlencoded::parse(raw.as_bytes()).any(|(name, _)| name == "task" || name == "sample");
    if is_for_playground {
        return Ok(Redirect::temporary(&format!("/playground?{raw}")).into_response());
    }
    if !visit.state.storage.is_kept() {
        return Ok(Redirect::temporary("/playground").into_response());
    }
    render(&visit, query.after.as_deref(), NewDatasetData::default(), StatusCode::OK).await
}

/// The way to the new dataset, or the form again.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Form(form): Form<NewDatasetForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let NewDatasetForm { name, slug, description, public } = form;
    let slug = Some(slug.trim().to_owned()).filter(|slug| !slug.is_empty()).unwrap_or_else(|| slug_of(&name));
    let visibility = if public.is_some() { Visibility::Public } else { Visibility::Private };
    // Browsers send line breaks as two signs.
    let description = description.replace("\r\n", "\n");
    let body =
        CreateDatasetBody { slug: slug.clone(), name: name.clone(), description: description.clone(), visibility };
    match make_dataset(&state, identity, &audit, body).await {
        Ok(dataset) => Ok(Redirect::to(&format!("/datasets/{}", dataset.slug)).into_response()),
        Err(problem) => {
            let document = Some(problem.document(&id.0));
            let new = NewDatasetData { name, slug, description, is_public: public.is_some(), problem: document };
            render(&visit, None, new, problem.status()).await
        }
    }
}

async fn render(
    visit: &Visit,
    after: Option<&str>,
    new: NewDatasetData,
    status: StatusCode,
) -> Result<Response, Problem> {
    let database = visit.database()?;
    let after = after.map(checked).transpose()?;
    let mut overviews = database.list_dataset_overviews(&visit.reader, after, PAGE_SIZE as i64 + 1).await?;
    let has_more = overviews.len() > PAGE_SIZE;
    overviews.truncate(PAGE_SIZE);
    let next_cursor = overviews.last().filter(|_| has_more).map(|overview| overview.dataset.slug.clone());
    let may_make = visit.identity.as_ref().is_some_and(|identity| identity.reader(Scope::Write).is_ok());
    let data = DatasetsData {
        is_new: overviews.is_empty() && visit.identity.is_none() && !database.has_users().await?,
        datasets: overviews.into_iter().map(|overview| card(overview, visit.state.page_size)).collect(),
        next_cursor,
        is_continued: after.is_some(),
        new: may_make.then_some(new),
    };
    let words = (t!("Datasets"), t!("Pictures with their captions, from as many sources as you like."));
    Ok(visit.answer(words, visit.frame(), PageData::Datasets(data), status))
}

/// A dataset as its card; its pictures in numbered pages of this size, where one was chosen.
fn card(overview: DatasetOverview, page_size: Option<u16>) -> DatasetCard {
    let DatasetOverview { dataset, images, captions, covers } = overview;
    let listing = Listing { page: 1, page_size: page_size.unwrap_or(0), ..Listing::default() };
    DatasetCard {
        address: listing.address(&dataset.slug),
        dataset: stored::dataset(&dataset, images, Vec::new()),
        captions: captions.max(0) as u64,
        covers: covers.iter().map(|cover| (cover.id.to_string(), stored::colour(&cover.thumbhash))).collect(),
    }
}

/// A short name made of a name: its plain letters and digits, with dashes for what lies between.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG_LETTERS);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "dataset".into() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_name_is_made_of_plain_letters() {
        assert_eq!(slug_of(" Street scenes, 2026! "), "street-scenes-2026");
        assert_eq!(slug_of("Vögel"), "v-gel");
        assert_eq!(slug_of("日本"), "dataset");
        assert!(slug_of(&"ab ".repeat(40)).len() <= SLUG_LETTERS);
    }
}
