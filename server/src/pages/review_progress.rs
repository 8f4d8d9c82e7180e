//! `/datasets/{slug}/review/progress`: how far review is, and what is assigned to whom; and the form that takes that back.

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::OffsetDateTime;
use url::form_urlencoded;
use uuid::Uuid;
use vasari_app::{
    plural, t,
    types::{AssignmentData, Listing, PageData, ReviewProgressData, ReviewerData},
};
use vasari_storage::{
    jobs::ImageSelection,
    review::{Assignment, ReviewProgress, ReviewerProgress},
};

use super::{grid::describe, stored, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::{checked, permitted},
            page::{nothing_there, parse_id},
            review_assignments::{EndAssignmentsBody, end},
        },
    },
    people::unauthenticated,
    state::AppState,
};

/// Assignments of a page.
const ROWS: usize = 50;

/// What is taken back.
#[derive(Deserialize)]
pub(crate) struct EndForm {
    /// Whose; everybody's where nobody is named.
    #[serde(default)]
    of: String,
    /// Of which picture; of all where none is named.
    image: Option<String>,
}

/// What the address says.
#[derive(Default)]
struct ProgressQuery {
    of: String,
    cursor: Option<Uuid>,
    assigned: Option<u64>,
    taken_back: Option<u64>,
}

/// The numbers, and the list.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some(identity) = &visit.identity else { return Ok(visit.to_sign_in()) };
    let ProgressQuery { of, cursor, assigned, taken_back } = parse(&query.unwrap_or_default());
    let (database, slug) = (visit.database()?, checked(&slug)?);
    let dataset = database.find_dataset(&visit.reader, slug).await?.ok_or_else(nothing_there)?;
    let progress = permitted(database.review_progress(&visit.reader, slug, OffsetDateTime::now_utc()).await?)?;
    let person = Some(of.as_str()).filter(|of| !of.is_empty());
    let assignments = database.list_assignments(&visit.reader, slug, person, cursor, ROWS as i64 + 1).await?;
    let mut assignments = permitted(assignments)?;
    let has_more = assignments.len() > ROWS;
    assignments.truncate(ROWS);
    let next_cursor = assignments.last().filter(|_| has_more).map(|last| last.image.id.to_string());
    let done = assigned
        .map(|images| plural!(images, "{n} image assigned.", "{n} images assigned."))
        .or(taken_back.map(|images| plural!(images, "{n} assignment taken back.", "{n} assignments taken back.")));
    let listing = Listing::default();
    let frame = visit.frame_of(&dataset, &listing).await?;
    let ReviewProgress { draft, submitted, approved, rejected, people } = progress;
    let data = ReviewProgressData {
        dataset: describe(&visit, &database, &dataset).await?,
        draft: draft.max(0) as u64,
        submitted: submitted.max(0) as u64,
        approved: approved.max(0) as u64,
        rejected: rejected.max(0) as u64,
        people: people.into_iter().map(reviewer).collect(),
        assignments: assignments.into_iter().map(shown).collect(),
        of,
        next_cursor,
        own_name: identity.user.name.clone(),
        done,
    };
    let title = t!("Review progress · {dataset}", dataset = dataset.name);
    let about = t!("How far the review of a dataset is, and who does how much of it.");
    Ok(visit.answer((&title, about), frame, PageData::ReviewProgress(Box::new(data)), StatusCode::OK))
}

/// Takes assignments back, and leads to those that are left.
pub(crate) async fn post_end(
    State(state): State<AppState>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    Form(EndForm { of, image }): Form<EndForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let image = image.map(|image| parse_id(&image)).transpose()?;
    let images = ImageSelection { images: image.map(|image| vec![image]), ..ImageSelection::default() };
    let person = Some(of.clone()).filter(|of| !of.is_empty());
    let ended = end(&state, identity, &audit, &slug, EndAssignmentsBody { images, of: person }).await?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("taken_back", &ended.to_string());
    Ok(Redirect::to(&format!("/datasets/{}/review/progress?{}", checked(&slug)?, query.finish())).into_response())
}

fn parse(query: &str) -> ProgressQuery {
    let mut parsed = ProgressQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.contains('\0')) {
        match &*name {
            "of" => parsed.of = value.into_owned(),
            "cursor" => parsed.cursor = value.parse().ok(),
            "assigned" => parsed.assigned = value.parse().ok(),
            "taken_back" => parsed.taken_back = value.parse().ok(),
            _ => {}
        }
    }
    parsed
}

fn reviewer(person: ReviewerProgress) -> ReviewerData {
    let ReviewerProgress { name, may_review, approved, rejected, today, assigned, .. } = person;
    let [approved, rejected, today, assigned] = [approved, rejected, today, assigned].map(|count| count.max(0) as u64);
    ReviewerData { name, may_review, approved, rejected, today, assigned }
}

fn shown(assignment: Assignment) -> AssignmentData {
    AssignmentData {
        image: assignment.image.id.to_string(),
        file_name: assignment.image.file_name,
        reviewer: assignment.reviewer_name,
        assigned_by: assignment.assigned_by_name,
        assigned_at: stored::moment(assignment.assigned_at),
        is_waiting: assignment.is_waiting,
    }
}
