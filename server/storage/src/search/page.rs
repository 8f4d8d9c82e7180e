//! Finds a page: of all that fits, the pictures after a place, and how many fit in all.
//!
//! A page is found by looking at everything that fits once, whichever page it is: what comes before it is passed over by
//! comparing one number. So page 10,000 costs what the first one does.

use tantivy::{
    DocId, Score, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn, TermOrdHit},
    query::Weight,
};
use uuid::Uuid;

use super::{
    collect::{collect_living, numbers},
    order::{SearchCursor, Sort, SortKey, SortValue},
    schema::{BOX_DISAGREEMENT, CONFIDENCE, DISAGREEMENT, ID_HIGH, ID_LOW, NAME_KEY, UPDATED, WORDS},
};

/// Collects a page.
pub(super) struct PageCollector {
    pub(super) sort: Sort,
    /// Only what comes after it (before it, backwards).
    pub(super) after: Option<SearchCursor>,
    /// From the last to the first.
    pub(super) is_backwards: bool,
    /// How many pictures, at least 1.
    pub(super) limit: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundPage {
    /// The pictures with the values that they are sorted by, in order.
    pub(super) hits: Vec<(SortValue, Uuid)>,
    /// How many fit in all, also before and after the page.
    pub(super) total: u64,
}

/// A picture's place as numbers, of which smaller ones come earlier.
type Place = (u64, u128);

/// Collects the page of a segment.
pub(super) struct PageSegment {
    direction: Direction,
    keys: Keys,
    id_high: Column<u64>,
    id_low: Column<u64>,
    after: Option<Place>,
    /// Up to twice as many as are wanted; cut down to the first ones when they are.
    kept: Vec<Place>,
    limit: usize,
    /// What comes after it is no part of the page.
    last: Place,
    total: u64,
    values: Vec<Option<u64>>,
}

/// What a segment's pictures are sorted by.
enum Keys {
    Score,
    Column(Column<u64>),
    /// The names' places among the segment's names: doubled and one more, so that a name that is not among them has a
    /// place as well.
    Name(Option<StrColumn>),
}

#[derive(Debug, Clone, Copy)]
struct Direction {
    is_descending: bool,
    is_backwards: bool,
}

impl Direction {
    /// The place of a value, and back: it is its own inverse but for `None`.
    fn place(self, key: Option<u64>, id: u128) -> Place {
        let key = match key {
            None => u64::MAX,
            Some(key) => {
                let key = key.min(u64::MAX - 1);
                if self.is_descending { u64::MAX - 1 - key } else { key }
            }
        };
        let id = if self.is_descending { !id } else { id };
        if self.is_backwards { (!key, !id) } else { (key, id) }
    }

    fn value(self, place: Place) -> (Option<u64>, u128) {
        let (key, id) = if self.is_backwards { (!place.0, !place.1) } else { place };
        let id = if self.is_descending { !id } else { id };
        let key = (key != u64::MAX).then(|| if self.is_descending { u64::MAX - 1 - key } else { key });
        (key, id)
    }
}

impl Collector for PageCollector {
    type Fruit = FoundPage;
    type Child = PageSegment;

    fn for_segment(&self, _: u32, reader: &SegmentReader) -> tantivy::Result<PageSegment> {
        let direction = Direction { is_descending: self.sort.is_descending, is_backwards: self.is_backwards };
        let keys = match self.sort.key {
            SortKey::Relevance => Keys::Score,
            SortKey::Name => Keys::Name(reader.fast_fields().str(NAME_KEY)?),
            // Ids sort by the moment of adding.
            SortKey::Added => Keys::Column(numbers(reader, ID_HIGH)?),
            SortKey::Updated => Keys::Column(numbers(reader, UPDATED)?),
            SortKey::Confidence => Keys::Column(numbers(reader, CONFIDENCE)?),
            SortKey::Length => Keys::Column(numbers(reader, WORDS)?),
            SortKey::Disagreement => Keys::Column(numbers(reader, DISAGREEMENT)?),
            SortKey::BoxDisagreement => Keys::Column(numbers(reader, BOX_DISAGREEMENT)?),
        };
        let after = match &self.after {
            None => None,
            Some(cursor) => {
                let key = match (&cursor.value, &keys) {
                    (SortValue::Number(number), _) => *number,
                    (SortValue::Name(name), Keys::Name(Some(names))) => Some(place_of_name(names, name)?),
                    (SortValue::Name(_), _) => Some(0),
                };
                Some(direction.place(key, cursor.id.as_u128()))
            }
        };
        Ok(PageSegment {
            direction,
            keys,
            id_high: numbers(reader, ID_HIGH)?,
            id_low: numbers(reader, ID_LOW)?,
            after,
            kept: Vec::with_capacity(2 * self.limit),
            limit: self.limit,
            last: (u64::MAX, u128::MAX),
            total: 0,
            values: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort.key == SortKey::Relevance
    }

    fn collect_segment(&self, weight: &dyn Weight, ord: u32, reader: &SegmentReader) -> tantivy::Result<FoundSegment> {
        let mut segment = self.for_segment(ord, reader)?;
        collect_living(&mut segment, weight, reader, self.requires_scoring())?;
        Ok(segment.harvest())
    }

    fn merge_fruits(&self, segments: Vec<FoundSegment>) -> tantivy::Result<FoundPage> {
        let mut page = FoundPage { hits: Vec::new(), total: 0 };
        for segment in segments {
            let segment = segment?;
            page.total += segment.total;
            page.hits.extend(segment.hits);
        }
        page.hits.sort_unstable_by(|left, right| {
            let order = self.sort.compare((&left.0, left.1), (&right.0, right.1));
            if self.is_backwards { order.reverse() } else { order }
        });
        page.hits.truncate(self.limit);
        Ok(page)
    }
}

type FoundSegment = tantivy::Result<FoundPage>;

impl SegmentCollector for PageSegment {
    type Fruit = FoundSegment;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        // Scores are not negative, and such floats sort as their bits do.
        let key = Some(u64::from(score.max(0.0).to_bits()));
        self.offer(doc, key);
    }

    fn collect_block(&mut self, docs: &[DocId]) {
        self.total += docs.len() as u64;
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        values.resize(docs.len(), None);
        match &self.keys {
            Keys::Score | Keys::Name(None) => {}
            Keys::Column(column) => column.first_vals(docs, &mut values),
            Keys::Name(Some(names)) => {
                names.ords().first_vals(docs, &mut values);
                values.iter_mut().flatten().for_each(|ord| *ord = *ord * 2 + 1);
            }
        }
        for (doc, key) in docs.iter().zip(&values) {
            self.offer(*doc, *key);
        }
        self.values = values;
    }

    fn harvest(mut self) -> FoundSegment {
        self.kept.sort_unstable();
        self.kept.truncate(self.limit);
        let places = self.kept.iter().map(|place| self.direction.value(*place));
        let hits = match &self.keys {
            Keys::Name(Some(names)) => with_names(names, places)?,
            _ => places.map(|(key, id)| (SortValue::Number(key), Uuid::from_u128(id))).collect(),
        };
        Ok(FoundPage { hits, total: self.total })
    }
}

impl PageSegment {
    /// Keeps a picture that belongs to the page as far as is known. Its id is only read where its key leaves that open.
    fn offer(&mut self, doc: DocId, key: Option<u64>) {
        let (key_place, _) = self.direction.place(key, 0);
        if key_place > self.last.0 || self.after.is_some_and(|after| key_place < after.0) {
            return;
        }
        let high = self.id_high.first(doc).unwrap_or(0);
        let low = self.id_low.first(doc).unwrap_or(0);
        let place = self.direction.place(key, u128::from(high) << 64 | u128::from(low));
        if place >= self.last || self.after.is_some_and(|after| place <= after) {
            return;
        }
        self.kept.push(place);
        if self.kept.len() == 2 * self.limit {
            let (_, last, _) = self.kept.select_nth_unstable(self.limit - 1);
            self.last = *last;
            self.kept.truncate(self.limit);
        }
    }
}

/// Where a name stands among a segment's names, as [`Keys::Name`] counts them.
fn place_of_name(names: &StrColumn, name: &str) -> tantivy::Result<u64> {
    let dictionary = names.dictionary();
    Ok(match dictionary.term_ord_or_next(name)? {
        TermOrdHit::Exact(ord) => ord * 2 + 1,
        TermOrdHit::Next(ord) => ord.min(dictionary.num_terms() as u64) * 2,
    })
}

/// The names of places, which stand in the order of names or the reverse.
fn with_names(
    names: &StrColumn,
    places: impl Iterator<Item = (Option<u64>, u128)>,
) -> tantivy::Result<Vec<(SortValue, Uuid)>> {
    let mut places: Vec<_> = places.map(|(key, id)| (key.unwrap_or(0) / 2, Uuid::from_u128(id))).collect();
    places.sort_unstable_by_key(|(ord, _)| *ord);
    let ords: Vec<_> = places.iter().map(|(ord, _)| *ord).collect();
    let mut texts = Vec::with_capacity(ords.len());
    names.dictionary().sorted_ords_to_term_cb(&ords, |name| texts.push(String::from_utf8_lossy(name).into_owned()))?;
    Ok(texts.into_iter().zip(places).map(|(name, (_, id))| (SortValue::Name(name), id)).collect())
}
