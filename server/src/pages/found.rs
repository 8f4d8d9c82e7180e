//! Pictures that were searched for, as a dataset's page shows them.

use std::collections::HashMap;

use vasari_app::types::{Caption, Facet, FacetValue, Facets, GridPart, ListedImage, Listing};
use vasari_storage::{
    Database,
    datasets::Dataset,
    search::{self, Highlighter, IndexState, SearchQuery, SearchRequest, SearchScope, Sort as Order},
};

use super::{
    grid::{Extent, list_of},
    stored,
    visit::Visit,
};
use crate::api::{
    problem::Problem,
    v1::page::{nothing_there, unknown_cursor},
};

/// Pictures that the index finds at once.
const MOST_AT_ONCE: usize = 10_000;

/// What a listing looks for, and in which order.
///
/// # Errors
///
/// A problem that names the place in the query that can't be understood.
pub(super) fn query_of(listing: &Listing) -> Result<(SearchQuery, Option<Order>), Problem> {
    let mut query: SearchQuery = listing.query.parse()?;
    for filter in listing.filters_as_query() {
        query = query.and(filter.parse()?);
    }
    // None for the usual order.
    Ok((query, listing.sort.value().parse().ok()))
}

/// What the reader searches in.
pub(super) async fn scope_of(visit: &Visit, database: &Database, dataset: &str) -> Result<SearchScope, Problem> {
    database.search_scope(&visit.reader, dataset).await?.ok_or_else(nothing_there)
}

/// A part of what was found.
pub(super) async fn find(
    visit: &Visit,
    database: &Database,
    (dataset, listing, extent): (&Dataset, &Listing, &Extent),
) -> Result<GridPart, Problem> {
    let (query, sort) = query_of(listing)?;
    let after = extent.cursor.as_deref().map(str::parse).transpose().map_err(|()| unknown_cursor())?;
    let mut request = SearchRequest { query, sort, after, limit: MOST_AT_ONCE };
    let scope = scope_of(visit, database, &dataset.slug).await?;
    let mut before = if listing.page_size > 0 {
        (listing.page.saturating_sub(1) as usize).saturating_mul(usize::from(listing.page_size))
    } else {
        0
    };
    // Numbered pages lie so far from the beginning.
    while before > 0 {
        request.limit = before.min(MOST_AT_ONCE);
        let passed = visit.state.search.search(&scope, &request).await?;
        before -= request.limit;
        request.after = passed.next;
        if request.after.is_none() {
            return Ok(GridPart { total: Some(passed.total), ..GridPart::default() });
        }
    }
    request.limit = extent.rows(listing);
    let found = visit.state.search.search(&scope, &request).await?;
    let images = database.find_images(&visit.reader, &found.ids).await?;
    let list = list_of(listing);
    // Regions come with the captions of one source alone.
    let mut with_regions =
        if list.boxes { list.captions_of(database, &visit.reader, dataset.id, &images).await? } else { HashMap::new() };
    let sources: Vec<String> = list.captions.into_iter().collect();
    let highlighter = Highlighter::new(&request.query);
    let mut told: HashMap<_, Caption> = HashMap::new();
    let shown = if listing.shows_captions() { &found.ids[..] } else { &[] };
    for caption in database.captions_of_images(&visit.reader, shown, &sources).await? {
        let marks = highlighter.in_caption(&caption.source, &caption.text);
        let image = caption.image_id;
        // Of several captions, the first in which something was found.
        if !told.get(&image).is_some_and(|known| marks.is_empty() || !known.marks.is_empty()) {
            told.insert(image, Caption { marks, ..stored::hit(caption) });
        }
    }
    let images = images.iter().map(|image| {
        let caption = told.remove(&image.id).map(|caption| {
            let regions = with_regions.remove(&image.id).map(stored::caption).map(|caption| caption.regions);
            Caption { regions: regions.unwrap_or_default(), ..caption }
        });
        ListedImage { caption, ..stored::image(image, None) }
    });
    let images = images.collect();
    let next_cursor = found.next.map(|cursor| cursor.to_string());
    Ok(GridPart { images, next_cursor, total: Some(found.total), ..GridPart::default() })
}

/// How the pictures of a listing divide. None while the index can't tell.
pub(super) async fn facets(visit: &Visit, scope: &SearchScope, listing: &Listing) -> Option<Facets> {
    let (query, _) = query_of(listing).ok()?;
    let search = &visit.state.search;
    let search::Facets { total, facets } = search.facets(scope, &query).await.ok()?;
    let value = |search::FacetValue { value, filter, count }| FacetValue { value, filter, count };
    let facet = |search::Facet { name, values }| Facet {
        name: name.to_owned(),
        values: values.into_iter().map(value).collect(),
    };
    let is_building = search.status().state != IndexState::Ready;
    Some(Facets { total, facets: facets.into_iter().map(facet).collect(), is_building })
}
