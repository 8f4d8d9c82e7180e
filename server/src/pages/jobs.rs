//! `/jobs`: what goes on, and what has ended. As JSON, how many of one's own jobs go on: what the bar on top shows.

use std::collections::HashMap;

use axum::{
    Json,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{DatasetLink, JobsData, Listing, PageData},
};
use vasari_storage::jobs::JobNames;

use super::{job_words::summary, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{
            datasets::checked,
            page::{nothing_there, unknown_cursor},
        },
    },
    people::unauthenticated,
};

/// Jobs of a page.
const PAGE_SIZE: usize = 30;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct JobsQueryParams {
    /// Only of this dataset.
    #[serde(default)]
    dataset: String,
    /// The list goes on after this job.
    cursor: Option<String>,
}

/// The jobs that the reader may know of.
pub(crate) async fn get_page(visit: Visit, Query(query): Query<JobsQueryParams>) -> Result<Response, Problem> {
    visit.identity.as_ref().ok_or_else(unauthenticated)?;
    if visit.wants_data {
        return Ok(Json(visit.running_jobs().await).into_response());
    }
    let (database, reader) = (visit.database()?, &visit.reader);
    let dataset = match query.dataset.as_str() {
        "" => None,
        slug => Some(database.find_dataset(reader, checked(slug)?).await?.ok_or_else(nothing_there)?),
    };
    let before: Option<Uuid> = query.cursor.as_deref().map(str::parse).transpose().map_err(|_| unknown_cursor())?;
    let slug = dataset.as_ref().map(|dataset| dataset.slug.as_str());
    let mut jobs = database.list_jobs(reader, slug, before, PAGE_SIZE as i64 + 1).await?;
    let has_more = jobs.len() > PAGE_SIZE;
    jobs.truncate(PAGE_SIZE);
    let next_cursor = jobs.last().filter(|_| has_more).map(|job| job.id.to_string());
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    let names = database.job_names(reader, &ids).await?;
    let mut names: HashMap<Uuid, JobNames> = names.into_iter().map(|names| (names.job, names)).collect();
    let now = OffsetDateTime::now_utc();
    let frame = match &dataset {
        Some(dataset) => visit.frame_of(dataset, &Listing::default()).await?,
        None => visit.frame(),
    };
    let data = JobsData {
        jobs: jobs.iter().map(|job| summary(job, names.remove(&job.id), now)).collect(),
        dataset: dataset.map(|dataset| DatasetLink { slug: dataset.slug, name: dataset.name }),
        next_cursor,
        is_continued: before.is_some(),
    };
    let words = (t!("Jobs"), t!("Imports, exports and captions of many images, and how far they are."));
    Ok(visit.answer(words, frame, PageData::Jobs(data), StatusCode::OK))
}
