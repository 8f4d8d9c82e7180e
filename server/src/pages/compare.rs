//! `/datasets/{slug}/compare`: what several sources say of the same pictures, side by side; and the form that picks one.

use std::collections::HashMap;

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
    types::{CompareCell, CompareData, CompareRow, DiffChange, DiffMarks, DiffPiece, GridPart, Listing, PageData},
};
use vasari_curation::diff::{Change, diff_words};
use vasari_storage::{Database, api_keys::Scope};

use super::{
    grid::{Extent, describe, part_of},
    stored,
    visit::Visit,
};
use crate::{
    api::{
        problem::Problem,
        v1::{
            captions::done,
            datasets::checked,
            page::{nothing_there, parse_id},
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// Rows of a page.
const ROWS: usize = 25;

/// Columns that are shown where the address names none.
const COLUMNS: usize = 4;

/// A caption that is picked.
#[derive(Deserialize)]
pub(crate) struct PickForm {
    caption: String,
    version: i32,
}

/// What the address says beside the pictures.
#[derive(Default)]
struct CompareQuery {
    sources: Vec<String>,
    reference: String,
    marks: DiffMarks,
}

/// The table.
pub(crate) async fn get_page(
    visit: Visit,
    axum::Extension(id): axum::Extension<RequestId>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (listing, asked, extent) = (Listing::parse(&query), parse(&query), Extent::parse(&query).of(ROWS));
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let shown = describe(&visit, &database, &dataset).await?;
    // The captions come by themselves, of all columns.
    let listing = Listing { captions: String::new(), bare: true, boxes: false, page_size: 0, ..listing };
    let (part, problem) = match part_of(&visit, &database, (&dataset, &listing, &extent)).await {
        Ok(part) => (part, None),
        Err(problem) if problem.status() == StatusCode::BAD_REQUEST => {
            (GridPart::default(), Some(problem.document(&id.0)))
        }
        Err(problem) => return Err(problem),
    };
    let known = |name: &String| shown.sources.iter().any(|source| source.slug == *name);
    let mut columns: Vec<String> = asked.sources.into_iter().filter(known).collect();
    if columns.is_empty() {
        let spoken = shown.sources.iter().filter(|source| source.captions > 0);
        columns = spoken.map(|source| source.slug.clone()).take(COLUMNS).collect();
    }
    let reference = Some(asked.reference).filter(known).unwrap_or_default();
    // Pinned: it stands first, and is a column whether it was chosen or not.
    if !reference.is_empty() {
        columns.retain(|column| *column != reference);
        columns.insert(0, reference.clone());
    }
    let total = part.total.or_else(|| (!listing.is_filtered()).then_some(shown.images));
    let next_cursor = part.next_cursor.clone();
    let rows = rows(&visit, &database, part, (&columns, &reference)).await?;
    let frame = visit.frame_of(&dataset, &listing).await?;
    let data = CompareData {
        dataset: shown,
        chips: listing.chips(),
        listing: Listing { bare: false, ..listing },
        columns,
        reference,
        marks: asked.marks,
        rows,
        next_cursor,
        cursor: extent.cursor.clone(),
        total,
        problem,
    };
    let title = t!("Compare · {dataset}", dataset = dataset.name);
    let about = t!("What several sources say of the same pictures, side by side.");
    Ok(visit.answer((&title, about), frame, PageData::Compare(Box::new(data)), StatusCode::OK))
}

/// Picks a caption, and leads back to its row.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(PickForm { caption, version }): Form<PickForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let (reader, id) = (identity.reader(Scope::Write)?, parse_id(&caption)?);
    let picked = state.storage.database()?.pick_caption(&reader, id, version, OffsetDateTime::now_utc()).await?;
    done(picked, serde_json::Value::Null)?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Redirect::to(&format!("/datasets/{}/compare{query}", checked(&slug)?)).into_response())
}

fn parse(query: &str) -> CompareQuery {
    let mut parsed = CompareQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "sources" if !parsed.sources.iter().any(|source| *source == value) => {
                parsed.sources.push(value.into_owned());
            }
            "reference" => parsed.reference = value.into_owned(),
            "marks" => {
                parsed.marks = DiffMarks::ALL.into_iter().find(|marks| marks.value() == value).unwrap_or_default();
            }
            _ => {}
        }
    }
    parsed
}

/// The pictures with what the columns' sources say, and how that differs from the reference.
async fn rows(
    visit: &Visit,
    database: &Database,
    part: GridPart,
    (columns, reference): (&[String], &str),
) -> Result<Vec<CompareRow>, Problem> {
    let ids: Vec<Uuid> = part.images.iter().filter_map(|image| image.id.parse().ok()).collect();
    let captions =
        if columns.is_empty() { Vec::new() } else { database.captions_of_images(&visit.reader, &ids, columns).await? };
    let mut said: HashMap<(String, String), vasari_app::types::Caption> = HashMap::new();
    for caption in captions {
        let image = caption.image_id.to_string();
        said.insert((image, caption.source.clone()), stored::hit(caption));
    }
    let row = |image: vasari_app::types::ListedImage| {
        let of = |column: &str| said.get(&(image.id.clone(), column.to_owned()));
        let wanted = of(reference).map(|caption| caption.text.clone());
        let cells = columns.iter().map(|column| {
            let caption = of(column)?.clone();
            let pieces = match &wanted {
                Some(wanted) if column != reference => pieces(wanted, &caption.text),
                _ => Vec::new(),
            };
            Some(CompareCell { caption, pieces })
        });
        CompareRow { cells: cells.collect(), image: image.clone() }
    };
    Ok(part.images.into_iter().map(row).collect())
}

/// How one text became another, as pages show it.
pub(super) fn pieces(former: &str, latter: &str) -> Vec<DiffPiece> {
    let piece = |piece: vasari_curation::diff::Piece| DiffPiece {
        change: match piece.change {
            Change::Same => DiffChange::Same,
            Change::Deleted => DiffChange::Deleted,
            Change::Inserted => DiffChange::Inserted,
        },
        text: piece.text,
    };
    diff_words(former, latter).into_iter().map(piece).collect()
}
