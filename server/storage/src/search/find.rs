//! What can be asked of the index.

use std::sync::{Arc, atomic::Ordering};

use tantivy::{
    DocAddress, DocId, Score, Searcher, SegmentReader, Term,
    collector::{Collector, DocSetCollector, SegmentCollector},
    query::{Query, TermQuery, Weight},
    schema::IndexRecordOption,
};
use uuid::Uuid;

use super::{
    Facets, IndexStatus, SearchCursor, SearchError, SearchIndex, SearchQuery, SearchScope, Sort, SortKey,
    compile::compile,
    facets::{FacetCollector, facets},
    order::SortValue,
    page::{FoundPage, PageCollector},
    schema::Fields,
};
use crate::images::Neighbours;

/// What is looked for, and which page of it.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// The query.
    pub query: SearchQuery,
    /// The order; where none is wanted, the best first for words and the order of adding for the rest.
    pub sort: Option<Sort>,
    /// Where the page before ended. Its order is the one that counts.
    pub after: Option<SearchCursor>,
    /// How many pictures at most, 1 to 10,000.
    pub limit: usize,
}

/// A page of what was found.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// Pictures, in order. Some may have been deleted a moment ago.
    pub ids: Vec<Uuid>,
    /// Where the next page begins, if there is one.
    pub next: Option<SearchCursor>,
    /// How many pictures fit in all.
    pub total: u64,
    /// The order.
    pub sort: Sort,
    /// How the index was.
    pub status: IndexStatus,
}

/// The most pictures that are found at once.
const MOST_AT_ONCE: usize = 10_000;

impl SearchQuery {
    /// The order in which its pictures are where nobody wants another.
    pub fn natural_sort(&self) -> Sort {
        if self.has_words() { Sort::RELEVANCE } else { Sort::ADDED }
    }
}

impl SearchIndex {
    /// A page of the pictures that fit.
    pub async fn search(&self, scope: &SearchScope, request: &SearchRequest) -> Result<SearchPage, SearchError> {
        let after = request.after.clone();
        let sort = after.as_ref().map(|cursor| cursor.sort).or(request.sort);
        let sort = sort.unwrap_or_else(|| request.query.natural_sort());
        let limit = request.limit.clamp(1, MOST_AT_ONCE);
        let status = self.status();
        // One more, which tells whether another page follows.
        let collector = PageCollector { sort, after, is_backwards: false, limit: limit + 1 };
        let ask = move |searcher: &Searcher, query: &dyn Query, _: &Fields| searcher.search(query, &collector);
        let FoundPage { mut hits, total } = self.ask(scope, &request.query, ask).await?;
        let has_more = hits.len() > limit;
        hits.truncate(limit);
        let next = hits.last().filter(|_| has_more);
        let next = next.map(|(value, id)| SearchCursor { sort, value: value.clone(), id: *id });
        Ok(SearchPage { ids: hits.into_iter().map(|(_, id)| id).collect(), next, total, sort, status })
    }

    /// How what fits divides.
    pub async fn facets(&self, scope: &SearchScope, query: &SearchQuery) -> Result<Facets, SearchError> {
        let ask = |searcher: &Searcher, query: &dyn Query, _: &Fields| searcher.search(query, &FacetCollector);
        Ok(facets(&self.ask(scope, query, ask).await?, scope))
    }

    /// What stands beside a picture in what fits. A picture that does not fit (any more) has neighbours by its place in the
    /// order; by relevance its place is after all that fit. One that isn't indexed has none.
    pub async fn neighbours(
        &self,
        scope: &SearchScope,
        query: &SearchQuery,
        sort: Option<Sort>,
        image: Uuid,
    ) -> Result<Neighbours, SearchError> {
        let sort = sort.unwrap_or_else(|| query.natural_sort());
        let ask = move |searcher: &Searcher, query: &dyn Query, fields: &Fields| {
            let Some(place) = place_of(searcher, query, fields, sort, image)? else {
                return Ok(Neighbours { previous: None, next: None });
            };
            let beside = |is_backwards| {
                let collector = PageCollector { sort, after: Some(place.clone()), is_backwards, limit: 1 };
                let found = searcher.search(query, &collector)?;
                tantivy::Result::Ok(found.hits.first().map(|(_, id)| *id))
            };
            Ok(Neighbours { previous: beside(true)?, next: beside(false)? })
        };
        self.ask(scope, query, ask).await
    }

    /// At most `limit` (up to 10,000) of all pictures that fit, by id, after this one: for work on all of them, page by
    /// page. What is added meanwhile comes last.
    pub async fn matching_image_ids(
        &self,
        scope: &SearchScope,
        query: &SearchQuery,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Uuid>, SearchError> {
        let sort = Sort::ADDED;
        let after =
            after.map(|id| SearchCursor { sort, value: SortValue::Number(Some((id.as_u128() >> 64) as u64)), id });
        let request = SearchRequest { query: query.clone(), sort: Some(sort), after, limit };
        Ok(self.search(scope, &request).await?.ids)
    }

    /// Asks the index where that keeps nobody waiting.
    async fn ask<T: Send + 'static>(
        &self,
        scope: &SearchScope,
        query: &SearchQuery,
        work: impl FnOnce(&Searcher, &dyn Query, &Fields) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, SearchError> {
        let open = self.inner.served().ok_or(SearchError::Opening)?;
        let query = compile(query, scope, &open.fields)?;
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.expect("the room for searches is never closed. This is a bug.");
        let asked = tokio::task::spawn_blocking(move || {
            let outcome = work(&open.reader.searcher(), &*query, &open.fields);
            drop(room);
            outcome
        });
        let failed = match asked.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        // Perhaps a file is damaged: the follower looks.
        self.inner.is_suspect.store(true, Ordering::Relaxed);
        Err(SearchError::Index(failed))
    }
}

/// Where a picture stands in an order, if it is in the index.
fn place_of(
    searcher: &Searcher,
    query: &dyn Query,
    fields: &Fields,
    sort: Sort,
    image: Uuid,
) -> tantivy::Result<Option<SearchCursor>> {
    let term = Term::from_field_bytes(fields.id, image.as_bytes());
    let itself = TermQuery::new(term, IndexRecordOption::Basic);
    let value = if sort.key == SortKey::Relevance {
        let Some(address) = searcher.search(&itself, &DocSetCollector)?.into_iter().next() else { return Ok(None) };
        let score = searcher.search(query, &ScoreOf(address))?;
        SortValue::Number(Some(u64::from(score.to_bits())))
    } else {
        let collector = PageCollector { sort, after: None, is_backwards: false, limit: 1 };
        let Some((value, _)) = searcher.search(&itself, &collector)?.hits.into_iter().next() else { return Ok(None) };
        value
    };
    Ok(Some(SearchCursor { sort, value, id: image }))
}

/// The score of one document, found as those of a page are: added up in another order it might be another number.
struct ScoreOf(DocAddress);

struct SegmentScore {
    wanted: Option<DocId>,
    score: Score,
}

impl Collector for ScoreOf {
    type Fruit = Score;
    type Child = SegmentScore;

    fn for_segment(&self, ord: u32, _: &SegmentReader) -> tantivy::Result<SegmentScore> {
        Ok(SegmentScore { wanted: (ord == self.0.segment_ord).then_some(self.0.doc_id), score: 0.0 })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn collect_segment(&self, weight: &dyn Weight, ord: u32, reader: &SegmentReader) -> tantivy::Result<Score> {
        let mut segment = self.for_segment(ord, reader)?;
        if segment.wanted.is_some() {
            weight.for_each(reader, &mut |doc, score| segment.collect(doc, score))?;
        }
        Ok(segment.harvest())
    }

    fn merge_fruits(&self, scores: Vec<Score>) -> tantivy::Result<Score> {
        Ok(scores.into_iter().fold(0.0, f32::max))
    }
}

impl SegmentCollector for SegmentScore {
    type Fruit = Score;

    fn collect(&mut self, doc: DocId, score: Score) {
        if self.wanted == Some(doc) {
            self.score = score.max(0.0);
        }
    }

    fn harvest(self) -> Score {
        self.score
    }
}
