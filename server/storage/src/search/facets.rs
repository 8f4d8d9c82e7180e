//! Counts what is found by source, task, state, length, size and month.

use std::collections::{BTreeMap, HashSet};

use tantivy::{
    DocId, Score, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{BytesColumn, Column},
    query::Weight,
};
use uuid::Uuid;

use super::{
    collect::{collect_living, numbers},
    facts::{BUCKETS, MONTHS, Shape, month_filter, pixel_filters, words_filter},
    query::{Filter, Is, SourceName, Span},
    schema::{PROFILE, SHAPE},
    scope::SearchScope,
};
use crate::captions::Status;

/// How what is found divides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// How many pictures there are.
    pub total: u64,
    /// Each with its values.
    pub facets: Vec<Facet>,
}

/// What pictures are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// `source`, `task`, `status`, `words`, `megapixels`, `is` or `added`.
    pub name: &'static str,
    /// Its values with at least one picture. By source, task and status a picture can count more than once.
    pub values: Vec<FacetValue>,
}

/// Pictures that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// What: a source's name, `approved`, `2026-01`, `5..9`.
    pub value: String,
    /// The query that finds them, to be added to the one they were counted under.
    pub filter: String,
    /// How many.
    pub count: u64,
}

/// Counts shapes and profiles.
pub(super) struct FacetCollector;

/// Pictures by their shape and by their profile (see [`super::facts`]).
pub(super) struct Counts {
    total: u64,
    months: Vec<u64>,
    words: [u64; BUCKETS],
    pixels: [u64; BUCKETS],
    /// By [`Is::ALL`].
    is: [u64; Is::ALL.len()],
    profiles: BTreeMap<Vec<u8>, u64>,
}

/// Counts in a segment.
pub(super) struct CountedSegment {
    shapes: Column<u64>,
    profiles: Option<BytesColumn>,
    counts: Counts,
    /// By the profiles' places among the segment's.
    by_profile: Vec<u32>,
    values: Vec<Option<u64>>,
}

impl Counts {
    fn new() -> Self {
        let is = [0; Is::ALL.len()];
        let (words, pixels) = ([0; BUCKETS], [0; BUCKETS]);
        Self { total: 0, months: vec![0; MONTHS], words, pixels, is, profiles: BTreeMap::new() }
    }

    fn count(&mut self, shape: Shape) {
        self.months[shape.month] += 1;
        self.words[shape.words] += 1;
        self.pixels[shape.pixels] += 1;
        self.is[shape.orientation as usize] += 1;
        let captioned = if shape.is_captioned { Is::Captioned } else { Is::Empty };
        self.is[captioned as usize] += 1;
        self.is[Is::Disputed as usize] += u64::from(shape.is_disputed);
    }

    fn add(&mut self, other: Self) {
        let add = |into: &mut [u64], from: &[u64]| into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        self.total += other.total;
        add(&mut self.months, &other.months);
        add(&mut self.words, &other.words);
        add(&mut self.pixels, &other.pixels);
        add(&mut self.is, &other.is);
        for (profile, count) in other.profiles {
            *self.profiles.entry(profile).or_default() += count;
        }
    }
}

impl Collector for FacetCollector {
    type Fruit = Counts;
    type Child = CountedSegment;

    fn for_segment(&self, _: u32, reader: &SegmentReader) -> tantivy::Result<CountedSegment> {
        let profiles = reader.fast_fields().bytes(PROFILE)?;
        let by_profile = vec![0; profiles.as_ref().map_or(0, BytesColumn::num_terms)];
        let shapes = numbers(reader, SHAPE)?;
        Ok(CountedSegment { shapes, profiles, counts: Counts::new(), by_profile, values: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<tantivy::Result<Counts>> {
        let mut segment = self.for_segment(ord, reader)?;
        collect_living(&mut segment, weight, reader, false)?;
        Ok(segment.harvest())
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Counts>>) -> tantivy::Result<Counts> {
        let mut all = Counts::new();
        for segment in segments {
            all.add(segment?);
        }
        Ok(all)
    }
}

impl SegmentCollector for CountedSegment {
    type Fruit = tantivy::Result<Counts>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.collect_block(&[doc]);
    }

    fn collect_block(&mut self, docs: &[DocId]) {
        self.counts.total += docs.len() as u64;
        self.values.clear();
        self.values.resize(docs.len(), None);
        self.shapes.first_vals(docs, &mut self.values);
        for shape in self.values.iter().flatten() {
            self.counts.count(Shape::unpacked(*shape));
        }
        if let Some(profiles) = &self.profiles {
            self.values.fill(None);
            profiles.ords().first_vals(docs, &mut self.values);
            for ord in self.values.iter().flatten() {
                self.by_profile[*ord as usize] += 1;
            }
        }
    }

    fn harvest(mut self) -> tantivy::Result<Counts> {
        let Some(profiles) = &self.profiles else { return Ok(self.counts) };
        let counted = self.by_profile.iter().enumerate().filter(|(_, count)| **count > 0);
        let (ords, counts): (Vec<_>, Vec<_>) = counted.map(|(ord, count)| (ord as u64, u64::from(*count))).unzip();
        let mut counts = counts.into_iter();
        profiles.dictionary().sorted_ords_to_term_cb(&ords, |profile| {
            if let Some(count) = counts.next() {
                self.counts.profiles.insert(profile.to_owned(), count);
            }
        })?;
        Ok(self.counts)
    }
}

/// The facets of what was counted.
pub(super) fn facets(counts: &Counts, scope: &SearchScope) -> Facets {
    let months = (0..MONTHS).filter(|month| counts.months[*month] > 0).map(|month| {
        let (period, filter) = month_filter(month);
        FacetValue { value: period.to_string(), filter: filter.to_string(), count: counts.months[month] }
    });
    let words = (0..BUCKETS).map(|bucket| of_number(&[words_filter(bucket)], counts.words[bucket]));
    let pixels = (0..BUCKETS).map(|bucket| of_number(&pixel_filters(bucket), counts.pixels[bucket]));
    let is = Is::ALL.into_iter().map(|is| {
        let filter = Filter::Is(is).to_string();
        FacetValue { value: is.to_string(), filter, count: counts.is[is as usize] }
    });
    let mut all = by_profile(&counts.profiles, scope);
    all.extend([facet("words", words), facet("megapixels", pixels), facet("is", is), facet("added", months)]);
    Facets { total: counts.total, facets: all }
}

fn facet(name: &'static str, values: impl Iterator<Item = FacetValue>) -> Facet {
    Facet { name, values: values.filter(|value| value.count > 0).collect() }
}

/// A bucket of numbers, which is called as its filters are without the field.
fn of_number(filters: &[Filter], count: u64) -> FacetValue {
    let filters: Vec<_> = filters.iter().map(ToString::to_string).collect();
    let values: Vec<_> = filters.iter().filter_map(|filter| filter.split_once(':')).map(|(_, value)| value).collect();
    FacetValue { value: values.join(" "), filter: filters.join(" "), count }
}

/// By source, by task and by status, all of which stand in profiles.
fn by_profile(profiles: &BTreeMap<Vec<u8>, u64>, scope: &SearchScope) -> Vec<Facet> {
    let tasks: Vec<_> = scope.sources.iter().map(super::scope::ScopeSource::plain_task).collect();
    let mut by_source = vec![0; scope.sources.len()];
    let mut by_task = BTreeMap::<&str, u64>::new();
    let mut by_status = [0; Status::ALL.len()];
    for (profile, count) in profiles {
        let (mut states, mut asked) = ([false; Status::ALL.len()], HashSet::new());
        for entry in profile.chunks_exact(17) {
            let id = Uuid::from_slice(&entry[..16]).expect("a source's id has 16 bytes. This is a bug.");
            states[usize::from(entry[16]) % Status::ALL.len()] = true;
            // A source that is newer than the scope is counted the next time.
            let Some(place) = scope.sources.iter().position(|source| source.id == id) else { continue };
            by_source[place] += count;
            asked.extend(tasks[place].as_deref());
        }
        for task in asked {
            *by_task.entry(task).or_default() += count;
        }
        by_status.iter_mut().zip(states).filter(|(_, is_there)| *is_there).for_each(|(sum, _)| *sum += count);
    }
    let sources = scope.sources.iter().zip(by_source).map(|(source, count)| {
        let filter = Filter::Has(SourceName { slug: source.slug.clone(), span: Span::default() }).to_string();
        FacetValue { value: source.slug.clone(), filter, count }
    });
    let tasks = by_task.into_iter().map(|(task, count)| {
        let filter = Filter::Task(task.to_owned()).to_string();
        FacetValue { value: task.to_owned(), filter, count }
    });
    let states = Status::ALL.into_iter().zip(by_status).map(|(status, count)| FacetValue {
        value: status.to_string(),
        filter: Filter::Status(status).to_string(),
        count,
    });
    vec![facet("source", sources), facet("task", tasks), facet("status", states)]
}
