//! Which images of a dataset a page asks a job for: all, those of the filter that it was opened with, or chosen ones.

use uuid::Uuid;
use vasari_app::types::{ImageChoice, ImageCounts, ImageScope, Listing};
use vasari_storage::{
    Database,
    datasets::Dataset,
    jobs::ImageSelection,
    search::{SearchQuery, SearchScope},
};

use super::{
    found::{query_of, scope_of},
    grid::{describe, list_of},
    visit::Visit,
};
use crate::api::{fields::invalid, problem::Problem, v1::selection::check_selection};

/// What a page's forms say of images.
#[derive(Debug, Default)]
pub(super) struct WrittenChoice {
    /// `all`, `filter` or `chosen`; empty where nobody has said.
    pub(super) scope: String,
    /// Ids with commas between them.
    pub(super) images: String,
}

/// What there is to choose from, and how much of it.
pub(super) async fn choice(
    visit: &Visit,
    database: &Database,
    dataset: &Dataset,
    (listing, written): (Listing, &WrittenChoice),
) -> Result<ImageChoice, Problem> {
    let shown = describe(visit, database, dataset).await?;
    // What is no id is told when the form is sent.
    let chosen: Vec<String> =
        ids(&written.images).ok().flatten().map(|ids| ids.iter().map(Uuid::to_string).collect()).unwrap_or_default();
    let scope = match written.scope.as_str() {
        "all" => ImageScope::All,
        "filter" if listing.is_filtered() => ImageScope::Filter,
        _ if !chosen.is_empty() => ImageScope::Chosen,
        "" if listing.is_filtered() => ImageScope::Filter,
        _ => ImageScope::All,
    };
    let captions = shown.sources.iter().map(|source| source.captions).sum();
    let filtered = if listing.is_filtered() {
        let scope = scope_of(visit, database, &dataset.slug).await?;
        count_found(visit, &scope, &listing).await
    } else {
        ImageCounts::default()
    };
    Ok(ImageChoice {
        chips: listing.chips(),
        all: ImageCounts { images: Some(shown.images), captions: Some(captions) },
        dataset: shown,
        listing,
        chosen,
        scope,
        filtered,
    })
}

/// The selection that a form asks for.
///
/// # Errors
///
/// A problem that names what can't be understood.
pub(super) fn selection(listing: &Listing, written: &WrittenChoice) -> Result<ImageSelection, Problem> {
    let selection = match written.scope.as_str() {
        "all" => ImageSelection::default(),
        "filter" => filter_of(listing),
        "chosen" => {
            let images = ids(&written.images)?.ok_or_else(|| invalid("images", "select at least one in the grid"))?;
            ImageSelection { images: Some(images), ..ImageSelection::default() }
        }
        _ => return Err(invalid("scope", "say which images: all, filter or chosen")),
    };
    check_selection(&selection)?;
    Ok(selection)
}

/// The pictures of a listing.
pub(super) fn filter_of(listing: &Listing) -> ImageSelection {
    let filter = list_of(listing).filter;
    let query = Some(listing.query.clone()).filter(|query| !query.is_empty());
    let (source, missing, status) = (filter.has_source, filter.lacks_source, filter.status);
    ImageSelection { query, source, missing, status, images: None }
}

/// The ids of a form; none where there are none.
fn ids(written: &str) -> Result<Option<Vec<Uuid>>, Problem> {
    let texts = written.split([',', ' ', '\n', '\r']).filter(|text| !text.is_empty());
    let ids: Result<Vec<Uuid>, _> = texts.map(str::parse).collect();
    let mut ids = ids.map_err(|_| invalid("images", "they must be ids of images, with commas between them"))?;
    ids.sort_unstable();
    ids.dedup();
    Ok((!ids.is_empty()).then_some(ids))
}

/// How many images and captions the index has of a filter; unknown while it is being built, or where the query is wrong.
async fn count_found(visit: &Visit, scope: &SearchScope, listing: &Listing) -> ImageCounts {
    let Ok((query, _)) = query_of(listing) else { return ImageCounts::default() };
    count_query(visit, scope, &query).await.unwrap_or_default()
}

async fn count_query(visit: &Visit, scope: &SearchScope, query: &SearchQuery) -> Option<ImageCounts> {
    let facets = visit.state.search.facets(scope, query).await.ok()?;
    // A source says of an image one thing at most.
    let captions = facets.facets.iter().find(|facet| facet.name == "source");
    let captions = captions.map_or(0, |facet| facet.values.iter().map(|value| value.count).sum());
    Some(ImageCounts { images: Some(facets.total), captions: Some(captions) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(scope: &str, images: &str) -> WrittenChoice {
        WrittenChoice { scope: scope.into(), images: images.into() }
    }

    #[test]
    fn selections_are_what_was_chosen() {
        let listing = Listing::parse("q=dog&missing=anna&status=approved&captions=b");
        let all = selection(&listing, &written("all", "")).unwrap();
        assert_eq!(all, ImageSelection::default());
        let filter = selection(&listing, &written("filter", "")).unwrap();
        assert_eq!((filter.query.as_deref(), filter.missing.as_deref()), (Some("dog"), Some("anna")));
        assert_eq!((filter.source, filter.images), (None, None));
        let id = Uuid::from_u128(7);
        let chosen = selection(&listing, &written("chosen", &format!("{id},\r\n{id}"))).unwrap();
        assert_eq!(chosen, ImageSelection { images: Some(vec![id]), ..ImageSelection::default() });
    }

    #[test]
    fn wrong_selections_are_named() {
        let detail = |scope: &str, images: &str, query: &str| {
            selection(&Listing::parse(query), &written(scope, images)).unwrap_err().detail().to_owned()
        };
        assert!(detail("chosen", "", "").contains("select at least one"));
        assert!(detail("chosen", "cat", "").contains("ids of images"));
        assert!(detail("some", "", "").contains("scope"));
        assert!(!detail("filter", "", "q=(dog").is_empty());
    }
}
