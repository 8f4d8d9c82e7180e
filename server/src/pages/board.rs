//! `/datasets/{slug}/board`: the sources by what people preferred; and `…/votes.jsonl`, all votes as a file.

use std::collections::VecDeque;

use axum::{
    body::Body,
    extract::{Path, RawQuery},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{BoardData, Listing, PageData, StandingData},
};
use vasari_storage::{Database, Reader, StorageError, comparisons::Vote};

use super::{grid::describe, image_choice::filter_of, visit::Visit};
use crate::api::{
    problem::Problem,
    v1::{
        board::{VoteResponse, rank},
        datasets::checked,
        page::nothing_there,
    },
};

/// How many votes are read at a time.
const AT_ONCE: i64 = 1000;

/// The board.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let listing = Listing::parse(&query.unwrap_or_default());
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let board = rank(&visit.state, visit.identity.as_ref(), &slug, &filter_of(&listing)).await?;
    let frame = visit.frame_of(&dataset, &listing).await?;
    let standings = board.sources.into_iter().map(|row| StandingData {
        source: row.source,
        score: row.score,
        low: row.low,
        high: row.high,
        comparisons: row.comparisons,
        wins: row.wins,
    });
    let data = BoardData {
        dataset: describe(&visit, &database, &dataset).await?,
        chips: listing.chips(),
        listing,
        standings: standings.collect(),
        votes: board.votes as u64,
        voters: board.voters as u64,
        agreement: board.agreement.map(|found| (found.comparisons as u64, found.observed, found.alpha)),
    };
    let title = t!("Board · {dataset}", dataset = dataset.name);
    let about = t!("Which captions people prefer, by votes without knowing whose they are.");
    Ok(visit.answer((&title, about), frame, PageData::Board(Box::new(data)), StatusCode::OK))
}

/// Every vote as a line of JSON, the newest first.
pub(crate) async fn get_votes(visit: Visit, Path(slug): Path<String>) -> Result<Response, Problem> {
    let (database, slug) = (visit.database()?, checked(&slug)?.to_owned());
    let first = page(&database, &visit.reader, &slug, None).await?.ok_or_else(nothing_there)?;
    let name = format!("attachment; filename=\"{slug}-votes.jsonl\"");
    let lines = Lines { database, reader: visit.reader, slug, votes: first.into() };
    let body = Body::from_stream(stream::try_unfold(lines, next_line));
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CONTENT_DISPOSITION, name.as_str())];
    Ok((headers, body).into_response())
}

/// Votes on their way out.
struct Lines {
    database: Database,
    reader: Reader,
    slug: String,
    votes: VecDeque<Vote>,
}

async fn page(
    database: &Database,
    reader: &Reader,
    slug: &str,
    before: Option<Uuid>,
) -> Result<Option<Vec<Vote>>, StorageError> {
    database.list_votes(reader, slug, before, AT_ONCE).await
}

async fn next_line(mut lines: Lines) -> Result<Option<(String, Lines)>, StorageError> {
    let Some(vote) = lines.votes.pop_front() else { return Ok(None) };
    if lines.votes.is_empty() {
        let more = page(&lines.database, &lines.reader, &lines.slug, Some(vote.comparison)).await?;
        lines.votes = more.unwrap_or_default().into();
    }
    let line = serde_json::to_string(&VoteResponse::from(vote)).expect("a vote can be written. This is a bug.");
    Ok(Some((line + "\n", lines)))
}
