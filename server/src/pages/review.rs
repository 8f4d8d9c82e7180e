//! `/datasets/{slug}/review`: the picture that waits for whoever looks, what they decide by plain forms, and the way back.

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
    t,
    types::{DecidedData, Listing, Occasion, PageData, ReviewAttempt, ReviewData, ReviewItemData},
};
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    datasets::{Dataset, Role},
    images::DatasetImage,
    review::{Decision, DecisionId},
};

use super::{grid::describe, image_choice::filter_of, stored, visit::Visit};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            datasets::{checked, lacks_role, permitted},
            page::{nothing_there, parse_id},
            review::take_next,
            review_decisions::{DecisionBody, DecisionName, decide, take_back},
        },
    },
    middleware::RequestId,
    people::{Identity, unauthenticated},
    state::AppState,
};

/// What is done.
#[derive(Deserialize)]
pub(crate) struct ReviewForm {
    /// `approve`, `reject`, `edit`, `skip`, `undo` or `unskip`.
    step: String,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    version: i32,
    #[serde(default)]
    lease: String,
    reason: Option<String>,
    text: Option<String>,
    /// Which decision is taken back.
    #[serde(default)]
    decision: String,
}

/// What the address says beside which pictures.
#[derive(Default)]
struct ReviewQuery {
    /// What was decided just now.
    last: Option<DecisionId>,
    /// What is looked back at.
    at: Option<DecisionId>,
}

/// What comes next, or what was decided before.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    render(&visit, &slug, &query.unwrap_or_default(), None, StatusCode::OK).await
}

/// Does what the form says, and leads to what comes next; or says why not, with what was written.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(request_id): axum::Extension<RequestId>,
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(form): Form<ReviewForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let query = query.unwrap_or_default();
    // Browsers send line breaks as two signs.
    let text = form.text.map(|text| text.replace("\r\n", "\n"));
    let body = |decision, reason, text| DecisionBody { version: form.version, decision, reason, text };
    let (body, attempt) = match form.step.as_str() {
        "approve" => (body(DecisionName::Approved, None, None), ReviewAttempt::default()),
        "reject" => {
            let attempt = ReviewAttempt { reason: form.reason.clone(), ..ReviewAttempt::default() };
            (body(DecisionName::Rejected, form.reason, None), attempt)
        }
        "edit" => {
            let attempt = ReviewAttempt { text: text.clone(), ..ReviewAttempt::default() };
            (body(DecisionName::Approved, None, text), attempt)
        }
        step => {
            other_step(&state, identity, &slug, (step, &form.lease, &form.decision)).await?;
            return Ok(onward(&slug, &query, None)?.into_response());
        }
    };
    match decide(&state, identity, &form.caption, body).await {
        Ok(caption) => {
            let last = DecisionId { caption: caption.id, version: caption.version };
            Ok(onward(&slug, &query, Some(last))?.into_response())
        }
        Err(problem) if matches!(problem.status(), StatusCode::CONFLICT | StatusCode::BAD_REQUEST) => {
            let (status, problem) = (problem.status(), problem.document(&request_id.0));
            let attempt = ReviewAttempt { caption: form.caption, problem, ..attempt };
            render(&visit, &slug, &query, Some(attempt), status).await
        }
        Err(problem) => Err(problem),
    }
}

/// What is no decision.
async fn other_step(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    (step, lease, decision): (&str, &str, &str),
) -> Result<(), Problem> {
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    match step {
        // One that has run out is somebody else's: there is nothing left to skip.
        "skip" => {
            database.skip_lease(&reader, parse_id(lease)?, OffsetDateTime::now_utc()).await?;
        }
        "unskip" => permitted(database.forget_skips(&reader, checked(slug)?).await?)?,
        "undo" => {
            take_back(state, identity, decision.parse().map_err(|()| nothing_there())?).await?;
        }
        _ => return Err(invalid("step", "it must be approve, reject, edit, skip, undo or unskip")),
    }
    Ok(())
}

/// The way to what comes next.
fn onward(slug: &str, query: &str, last: Option<DecisionId>) -> Result<Redirect, Problem> {
    let mut address = form_urlencoded::Serializer::new(String::new());
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "last" && name != "at");
    address.extend_pairs(kept);
    if let Some(last) = last {
        address.append_pair("last", &last.to_string());
    }
    let address = address.finish();
    let and = if address.is_empty() { "" } else { "?" };
    Ok(Redirect::to(&format!("/datasets/{}/review{and}{address}", checked(slug)?)))
}

fn parse(query: &str) -> ReviewQuery {
    let mut parsed = ReviewQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "last" => parsed.last = value.parse().ok(),
            "at" => parsed.at = value.parse().ok(),
            _ => {}
        }
    }
    parsed
}

async fn render(
    visit: &Visit,
    slug: &str,
    query: &str,
    attempt: Option<ReviewAttempt>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let Some(identity) = &visit.identity else { return Ok(visit.to_sign_in()) };
    // What waits is submitted, whatever the list that one comes from was filtered by.
    let listing = Listing { status: None, ..Listing::parse(query) };
    let ReviewQuery { last, at } = parse(query);
    let (database, reader) = (visit.database()?, &visit.reader);
    let dataset = database.find_dataset(reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Reviewer {
        return Err(lacks_role(Role::Reviewer));
    }
    let (item, skipped) = match at {
        Some(id) => (decided_item(&database, reader, &dataset, id).await?, 0),
        None => waiting_item(visit, identity, &dataset, (&listing, attempt)).await?,
    };
    let last = match last {
        Some(id) => database.find_own_decision(reader, dataset.id, id).await?.map(|(decision, _)| decided(decision)),
        None => None,
    };
    let previous = permitted(database.list_own_decisions(reader, slug, at, 1).await?)?.pop();
    let progress = permitted(database.review_progress(reader, slug, OffsetDateTime::now_utc()).await?)?;
    let own = progress.people.iter().find(|person| Some(person.user) == reader.user);
    let frame = visit.frame_of(&dataset, &listing).await?;
    let data = ReviewData {
        dataset: describe(visit, &database, &dataset).await?,
        chips: listing.chips(),
        listing,
        item,
        previous: previous.map(|decision| id_of(&decision)),
        last,
        waiting: progress.submitted.max(0) as u64,
        today: own.map_or(0, |own| own.today.max(0) as u64),
        skipped,
    };
    let title = t!("Review · {dataset}", dataset = dataset.name);
    let about = t!("Captions that wait for a reviewer, one image at a time.");
    Ok(visit.answer((&title, about), frame, PageData::Review(Box::new(data)), status))
}

/// The next picture, and how many were skipped.
async fn waiting_item(
    visit: &Visit,
    identity: &Identity,
    dataset: &Dataset,
    (listing, attempt): (&Listing, Option<ReviewAttempt>),
) -> Result<(Option<ReviewItemData>, u64), Problem> {
    let next = take_next(&visit.state, identity, &dataset.slug, &filter_of(listing)).await?;
    let skipped = next.skipped.max(0) as u64;
    let Some(lease) = next.lease else { return Ok((None, skipped)) };
    let occasion = Occasion::Waits { lease: lease.id.to_string(), is_assigned: lease.is_assigned };
    Ok((item(&visit.database()?, &visit.reader, lease.image, (occasion, attempt)).await?, skipped))
}

/// What was decided. Nothing where it was taken back, or is gone.
async fn decided_item(
    database: &Database,
    reader: &Reader,
    dataset: &Dataset,
    id: DecisionId,
) -> Result<Option<ReviewItemData>, Problem> {
    let found = database.find_own_decision(reader, dataset.id, id).await?;
    let (decision, next) = found.ok_or_else(nothing_there)?;
    let image = decision.image;
    let occasion = Occasion::Decided { decision: decided(decision), next: next.map(|next| next.to_string()) };
    item(database, reader, image, (occasion, None)).await
}

async fn item(
    database: &Database,
    reader: &Reader,
    image: Uuid,
    (occasion, attempt): (Occasion, Option<ReviewAttempt>),
) -> Result<Option<ReviewItemData>, Problem> {
    // Deleted a moment ago.
    let Some(image): Option<DatasetImage> = database.find_image(reader, image).await? else { return Ok(None) };
    let captions = database.list_captions(reader, image.id).await?.unwrap_or_default();
    let captions = captions.into_iter().map(stored::caption).collect();
    Ok(Some(ReviewItemData { image: stored::image_file(&image), captions, occasion, attempt }))
}

fn decided(decision: Decision) -> DecidedData {
    DecidedData {
        id: id_of(&decision),
        caption: decision.caption.to_string(),
        source: decision.source,
        file_name: decision.file_name,
        status: stored::status(decision.status),
        reason: decision.reason,
        stands: decision.stands,
    }
}

fn id_of(decision: &Decision) -> String {
    DecisionId { caption: decision.caption, version: decision.version }.to_string()
}
