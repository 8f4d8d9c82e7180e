//! `/datasets/{slug}`: the pictures of a dataset. As JSON, a part of its list: what a page that is there already shows next.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use url::form_urlencoded;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{self, GridData, GridPart, Listing, PageData, Sort},
};
use vasari_storage::{
    Database,
    api_keys::Scope,
    captions::Status,
    datasets::Dataset,
    images::{DatasetImage, ImageFilter, ImagePage},
};

use super::{compare::pieces, found, stored, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{datasets::checked, list_images::ListImages, page::nothing_there},
    },
    middleware::RequestId,
};

/// Pictures that the page has before its scripts get more: what a large window shows at first.
const FIRST: usize = 60;

/// The most that they get at once.
const MOST: usize = 200;

/// The pictures that the address asks for.
pub(crate) async fn get_page(
    visit: Visit,
    axum::Extension(id): axum::Extension<RequestId>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (database, listing, extent) = (visit.database()?, Listing::parse(&query), Extent::parse(&query));
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let shown = describe(&visit, &database, &dataset).await?;
    let said = listing.clone();
    let listing = listing.settled(shown.main_source());
    let part = match part_of(&visit, &database, (&dataset, &listing, &extent)).await {
        Ok(part) => GridPart { total: part.total.or_else(|| total(&listing, &shown)), ..part },
        // A query that can't be understood is told beside the search.
        Err(problem) if listing.needs_index() && problem.status() == StatusCode::BAD_REQUEST => {
            let wrong = problem.place().map(|(position, length)| (position as u32, length as u32));
            GridPart { problem: Some(problem.document(&id.0)), wrong, total: Some(0), ..GridPart::default() }
        }
        Err(problem) => return Err(problem),
    };
    if visit.wants_data {
        return Ok(Json(part).into_response());
    }
    let frame = visit.frame_of(&dataset, &said).await?;
    let max_request_bytes = visit.state.max_request_bytes;
    let about = if dataset.description.is_empty() {
        t!("The pictures of {dataset} and their captions.", dataset = dataset.name)
    } else {
        dataset.description.chars().take(200).collect()
    };
    let facets = found::facets(&visit, &found::scope_of(&visit, &database, &slug).await?, &listing).await;
    let is_signed_in = visit.identity.as_ref().is_some_and(|identity| identity.reader(Scope::Write).is_ok());
    let views = database.list_saved_views(&visit.reader, &slug).await?.unwrap_or_default();
    let views = views.into_iter().map(|view| stored::view(view, dataset.role)).collect();
    let data = GridData { dataset: shown, listing, part, facets, views, is_signed_in, max_request_bytes };
    Ok(visit.answer((&dataset.name, &about), frame, PageData::Grid(Box::new(data)), StatusCode::OK))
}

/// A part of a list, by whatever finds it.
pub(super) async fn part_of(
    visit: &Visit,
    database: &Database,
    (dataset, listing, extent): (&Dataset, &Listing, &Extent),
) -> Result<GridPart, Problem> {
    let mut part = if listing.needs_index() {
        found::find(visit, database, (dataset, listing, extent)).await?
    } else {
        find(visit, database, (dataset, listing, extent)).await?
    };
    if let Some(against) = listing.compared_with() {
        compare(visit, database, (dataset, against), &mut part.images).await?;
    }
    Ok(part)
}

/// Shows how captions differ from those of the source `against`, where that has one.
async fn compare(
    visit: &Visit,
    database: &Database,
    (dataset, against): (&Dataset, &str),
    images: &mut [types::ListedImage],
) -> Result<(), Problem> {
    let ids: Vec<Uuid> = images.iter().filter_map(|image| image.id.parse().ok()).collect();
    let former = database.captions_of_source(&visit.reader, dataset.id, against, &ids).await?;
    let former: HashMap<_, _> = former.into_iter().map(|(image, caption)| (image.to_string(), caption.text)).collect();
    for image in images {
        if let (Some(caption), Some(former)) = (&mut image.caption, former.get(&image.id)) {
            caption.diff = pieces(former, &caption.text);
        }
    }
    Ok(())
}

/// Which part of the list is asked for.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// How many pictures, where that is said.
    limit: Option<usize>,
    /// Where the part before ended.
    pub(super) cursor: Option<String>,
    /// Where the part after begins.
    before: Option<String>,
}

impl Extent {
    pub(super) fn parse(query: &str) -> Self {
        let mut extent = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.contains('\0')) {
            match &*name {
                "limit" => extent.limit = value.parse().ok().map(|limit: usize| limit.clamp(1, MOST)),
                "cursor" => extent.cursor = Some(value.into_owned()),
                "before" => extent.before = Some(value.into_owned()),
                _ => {}
            }
        }
        extent
    }

    /// The same with so many pictures.
    pub(super) fn of(self, limit: usize) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// How many pictures.
    pub(super) fn rows(&self, listing: &Listing) -> usize {
        if listing.page_size > 0 { usize::from(listing.page_size) } else { self.limit.unwrap_or(FIRST) }
    }
}

/// A dataset with how much is in it.
pub(super) async fn describe(visit: &Visit, database: &Database, dataset: &Dataset) -> Result<types::Dataset, Problem> {
    let images = database.count_images(&visit.reader, dataset.id).await?;
    let sources = database.count_captions(&visit.reader, dataset.id).await?;
    Ok(stored::dataset(dataset, images, sources))
}

/// A listing as the API's list takes it.
pub(super) fn list_of(listing: &Listing) -> ListImages {
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let status = listing.status.map(|status| match status {
        types::Status::Draft => Status::Draft,
        types::Status::Submitted => Status::Submitted,
        types::Status::Approved => Status::Approved,
        types::Status::Rejected => Status::Rejected,
    });
    let filter = ImageFilter { has_source: given(&listing.source), lacks_source: given(&listing.missing), status };
    let (captions, boxes) = (given(&listing.captions), listing.boxes);
    ListImages { by_name: listing.sort == Sort::Name, filter, before: None, captions, boxes }
}

/// How many pictures the list has, where that is known without counting.
fn total(listing: &Listing, dataset: &types::Dataset) -> Option<u64> {
    if !listing.is_filtered() {
        return Some(dataset.images);
    }
    let is_source_alone = !Listing { source: String::new(), ..listing.clone() }.is_filtered();
    let source = dataset.sources.iter().find(|source| source.slug == listing.source);
    source.filter(|_| is_source_alone).map(|source| source.captions)
}

/// A part of a list that goes by filters alone.
async fn find(
    visit: &Visit,
    database: &Database,
    (dataset, listing, extent): (&Dataset, &Listing, &Extent),
) -> Result<GridPart, Problem> {
    let list = ListImages { before: extent.before.clone(), ..list_of(listing) };
    let size = extent.rows(listing);
    let read = async |page: &ImagePage, rows: usize| -> Result<Vec<DatasetImage>, Problem> {
        let images = database.list_images(&visit.reader, &dataset.slug, &list.filter, page, rows as i64 + 1).await?;
        images.ok_or_else(nothing_there)
    };
    let is_first = extent.cursor.is_none() && extent.before.is_none();
    let anchor = listing.at.parse::<Uuid>().ok().filter(|_| is_first && listing.page_size == 0);
    let anchor = match anchor {
        Some(id) => database.find_image_in(&visit.reader, dataset.id, id).await?,
        None => None,
    };
    let (page, previous_cursor) = match (&anchor, listing.page_size) {
        (Some(anchor), _) => {
            let cursor = list.cursor(anchor);
            let before = ListImages { before: Some(cursor.clone()), ..list.clone() };
            let has_before = !read(&before.page(None)?, 0).await?.is_empty();
            (Some(list.page(Some(&cursor))?), has_before.then_some(cursor))
        }
        (None, 0) => (Some(list.page(extent.cursor.as_deref())?), None),
        (None, size) => {
            let place = (listing.page.saturating_sub(1), size);
            let page = database.find_page(&visit.reader, &dataset.slug, (&list.filter, list.order()), place).await?;
            (page, None)
        }
    };
    let mut images = match &page {
        Some(page) => read(page, size).await?,
        None => Vec::new(),
    };
    let too_many = images.len() > size;
    let (next_cursor, previous_cursor) = if extent.before.is_some() {
        images.drain(..images.len().saturating_sub(size));
        (None, images.first().filter(|_| too_many).map(|image| list.cursor(image)))
    } else {
        images.truncate(size);
        (images.last().filter(|_| too_many).map(|image| list.cursor(image)), previous_cursor)
    };
    images.splice(0..0, anchor);
    let mut captions = list.captions_of(database, &visit.reader, dataset.id, &images).await?;
    let images = images.iter().map(|image| stored::image(image, captions.remove(&image.id))).collect();
    Ok(GridPart { images, next_cursor, previous_cursor, ..GridPart::default() })
}
