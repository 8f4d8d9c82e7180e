//! `/datasets/{slug}/arena`: two captions of a picture without their sources, and the answers of the plain form.

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use url::form_urlencoded;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{ArenaData, ComparisonData, Listing, PageData, VotedData},
};
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    comparisons::{Comparison, Outcome},
};

use super::{grid::describe, image_choice::filter_of, stored, visit::Visit};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            arena::{NextComparisonBody, draw},
            datasets::{checked, permitted},
            page::{nothing_there, parse_id},
        },
    },
    people::unauthenticated,
    state::AppState,
};

/// An answer.
#[derive(Deserialize)]
pub(crate) struct AnswerForm {
    /// Which comparison.
    comparison: String,
    /// An outcome, or `undo` to take it back.
    outcome: String,
}

/// What else the address says.
#[derive(Default)]
struct ArenaQuery {
    /// Whose captions are compared, where not everybody's are.
    sources: Vec<String>,
    /// The comparison that was answered last.
    last: Option<Uuid>,
}

/// The next two captions.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some(identity) = &visit.identity else { return Ok(visit.to_sign_in()) };
    let query = query.unwrap_or_default();
    let (listing, ArenaQuery { sources, last }) = (Listing::parse(&query), parse(&query));
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let body = NextComparisonBody { images: filter_of(&listing), sources: sources.clone() };
    let (comparison, votes) = draw(&visit.state, identity, &slug, body).await?;
    let comparison = match comparison {
        Some(comparison) => question(&database, &visit.reader, comparison).await?,
        None => None,
    };
    let last = match last {
        Some(id) => database.find_comparison(&visit.reader, id).await?.and_then(answered),
        None => None,
    };
    let frame = visit.frame_of(&dataset, &listing).await?;
    let data = ArenaData {
        dataset: describe(&visit, &database, &dataset).await?,
        chips: listing.chips(),
        sources,
        listing,
        comparison,
        last,
        votes: votes.max(0) as u64,
    };
    let title = t!("Arena · {dataset}", dataset = dataset.name);
    let about = t!("Which of two captions is better, without knowing whose they are.");
    Ok(visit.answer((&title, about), frame, PageData::Arena(Box::new(data)), StatusCode::OK))
}

/// Takes an answer, or takes one back, and leads to the next question.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(AnswerForm { comparison, outcome }): Form<AnswerForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let (reader, id, database) = (identity.reader(Scope::Write)?, parse_id(&comparison)?, state.storage.database()?);
    let is_undo = outcome == "undo";
    if is_undo {
        permitted(database.take_back_vote(&reader, id).await?)?;
    } else {
        let outcome = serde_json::from_value::<Outcome>(Value::from(outcome));
        let outcome =
            outcome.map_err(|_| invalid("outcome", "it must be left, right, tie, both_bad, skipped or undo"))?;
        permitted(database.vote(&reader, id, outcome, OffsetDateTime::now_utc()).await?)?;
    }
    let query = query.unwrap_or_default();
    let mut address = form_urlencoded::Serializer::new(String::new());
    address.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "last"));
    if !is_undo {
        address.append_pair("last", &id.to_string());
    }
    Ok(Redirect::to(&format!("/datasets/{}/arena?{}", checked(&slug)?, address.finish())).into_response())
}

fn parse(query: &str) -> ArenaQuery {
    let mut parsed = ArenaQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.contains('\0')) {
        match &*name {
            "sources" => parsed.sources.push(value.into_owned()),
            "last" => parsed.last = value.parse().ok(),
            _ => {}
        }
    }
    parsed
}

/// The question, without what would tell whose the captions are.
async fn question(
    database: &Database,
    reader: &Reader,
    comparison: Comparison,
) -> Result<Option<ComparisonData>, Problem> {
    // Deleted a moment ago.
    let Some(image) = database.find_image(reader, comparison.image).await? else { return Ok(None) };
    Ok(Some(ComparisonData {
        id: comparison.id.to_string(),
        image: stored::image_file(&image),
        left: comparison.left.text,
        right: comparison.right.text,
    }))
}

fn answered(comparison: Comparison) -> Option<VotedData> {
    let outcome = comparison.outcome?;
    let (left, right) = (comparison.left.source, comparison.right.source);
    Some(VotedData { id: comparison.id.to_string(), left, right, outcome: outcome.to_string() })
}
