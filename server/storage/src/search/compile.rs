//! From a query to what tantivy looks up.

use std::ops::Bound;

use tantivy::{
    Term,
    query::{
        BooleanQuery, ConstScoreQuery, EmptyQuery, InvertedIndexRangeQuery, Occur, PhraseQuery, Query, RangeQuery,
        TermQuery,
    },
    schema::{Field, IndexRecordOption},
};
use uuid::Uuid;

use super::{
    query::{DateField, Filter, MILLION, Node, NumberField, Period, QueryError, SearchQuery, Text},
    schema::{Fields, Mark},
    scope::SearchScope,
    words::scope_key,
};

/// What tantivy looks up for a query in a dataset.
pub(super) fn compile(query: &SearchQuery, scope: &SearchScope, fields: &Fields) -> Result<Box<dyn Query>, QueryError> {
    let compiler = Compiler { fields, scope };
    let Some(root) = &query.root else { return Ok(compiler.mark(Mark::Of(scope.dataset.id)).query) };
    let everywhere = Place { field: fields.text, scope: scope.dataset.id };
    Ok(compiler.bounded(compiler.node(root, everywhere)?))
}

struct Compiler<'a> {
    fields: &'a Fields,
    scope: &'a SearchScope,
}

/// In which field, and of which dataset or source, words are looked for.
#[derive(Clone, Copy)]
struct Place {
    field: Field,
    scope: Uuid,
}

/// A part that is looked up.
struct Part {
    query: Box<dyn Query>,
    /// Whether it finds nothing outside the dataset.
    is_bounded: bool,
}

impl Compiler<'_> {
    fn node(&self, node: &Node, place: Place) -> Result<Part, QueryError> {
        Ok(match node {
            Node::And(nodes) => self.all(nodes, place)?,
            Node::Or(nodes) => {
                let parts = nodes.iter().map(|node| self.node(node, place)).collect::<Result<Vec<_>, _>>()?;
                let is_bounded = parts.iter().all(|part| part.is_bounded);
                union(parts, is_bounded)
            }
            Node::Not(_) => self.all(std::slice::from_ref(node), place)?,
            Node::Text(text) => bounded(text_query(text, place)),
            Node::Of(source, node) => {
                let source = self.scope.required_source(source)?.id;
                self.node(node, Place { field: self.fields.text, scope: source })?
            }
            Node::Name(node) => self.node(node, Place { field: self.fields.name, ..place })?,
            Node::Filter(filter) => self.filter(filter, place),
        })
    }

    /// What fits all of the nodes, and none of those that are negated.
    fn all(&self, nodes: &[Node], place: Place) -> Result<Part, QueryError> {
        let (mut clauses, mut is_bounded) = (Vec::with_capacity(nodes.len() + 1), false);
        for node in nodes {
            if let Node::Not(node) = node {
                clauses.push((Occur::MustNot, self.node(node, place)?.query));
            } else {
                let part = self.node(node, place)?;
                is_bounded |= part.is_bounded;
                clauses.push((Occur::Must, part.query));
            }
        }
        // Something must be there to take away from.
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            clauses.push((Occur::Must, self.mark(Mark::Of(self.scope.dataset.id)).query));
            is_bounded = true;
        }
        Ok(Part { query: Box::new(BooleanQuery::new(clauses)), is_bounded })
    }

    /// The part within the dataset.
    fn bounded(&self, part: Part) -> Box<dyn Query> {
        if part.is_bounded {
            return part.query;
        }
        let dataset = self.mark(Mark::Of(self.scope.dataset.id)).query;
        Box::new(BooleanQuery::new(vec![(Occur::Must, dataset), (Occur::Must, part.query)]))
    }

    fn filter(&self, filter: &Filter, place: Place) -> Part {
        let dataset = self.scope.dataset.id;
        match filter {
            // Of the source in whose parentheses it stands.
            Filter::Status(status) => self.mark(Mark::Status(place.scope, *status)),
            Filter::Is(is) => self.mark(Mark::Is(dataset, *is)),
            // What is no source has said nothing.
            Filter::Has(source) => match self.scope.source(&source.slug) {
                Some(source) => self.mark(Mark::Of(source.id)),
                None => bounded(Box::new(EmptyQuery)),
            },
            Filter::Missing(source) => {
                let all = self.mark(Mark::Of(dataset));
                match self.scope.source(&source.slug) {
                    None => all,
                    Some(source) => {
                        let has = self.mark(Mark::Of(source.id)).query;
                        let clauses = vec![(Occur::Must, all.query), (Occur::MustNot, has)];
                        bounded(Box::new(BooleanQuery::new(clauses)))
                    }
                }
            }
            Filter::Task(task) => {
                let sources = self.scope.sources_of_task(task);
                union(sources.map(|source| self.mark(Mark::Of(source.id))).collect(), true)
            }
            Filter::Number(field, comparison) => {
                let unit = if field.is_count() { MILLION } else { 1 };
                let (from, to) = comparison.range(|value| value.0 / unit, |value| value.0 / unit + 1);
                range(self.number_field(*field), from, to)
            }
            Filter::Date(field, comparison) => {
                let (from, to) = comparison.range(Period::start, Period::end);
                let field = match field {
                    DateField::Added => self.fields.added,
                    DateField::Updated => self.fields.updated,
                };
                range(field, from, to)
            }
        }
    }

    fn number_field(&self, field: NumberField) -> Field {
        match field {
            NumberField::Words => self.fields.words,
            NumberField::Width => self.fields.width,
            NumberField::Height => self.fields.height,
            // A millionth of a megapixel is a pixel.
            NumberField::Megapixels => self.fields.pixels,
            NumberField::Confidence => self.fields.confidence,
            NumberField::Disagreement => self.fields.disagreement,
            NumberField::BoxDisagreement => self.fields.box_disagreement,
        }
    }

    /// What has a mark, all equally good.
    fn mark(&self, mark: Mark) -> Part {
        let term = Term::from_field_text(self.fields.marks, &mark.term());
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        bounded(Box::new(ConstScoreQuery::new(Box::new(query), 0.0)))
    }
}

fn bounded(query: Box<dyn Query>) -> Part {
    Part { query, is_bounded: true }
}

fn union(mut parts: Vec<Part>, is_bounded: bool) -> Part {
    let query: Box<dyn Query> = match parts.len() {
        0 => Box::new(EmptyQuery),
        1 => parts.remove(0).query,
        _ => Box::new(BooleanQuery::union(parts.into_iter().map(|part| part.query).collect())),
    };
    Part { query, is_bounded }
}

/// What has a value from `from` to before `to` in a column.
fn range(field: Field, from: u64, to: u64) -> Part {
    if from >= to {
        return bounded(Box::new(EmptyQuery));
    }
    let term = |value| Term::from_field_u64(field, value);
    let end = if to == u64::MAX { Bound::Unbounded } else { Bound::Excluded(term(to)) };
    let query = RangeQuery::new(Bound::Included(term(from)), end);
    Part { query: Box::new(ConstScoreQuery::new(Box::new(query), 0.0)), is_bounded: false }
}

fn text_query(text: &Text, place: Place) -> Box<dyn Query> {
    let key = scope_key(place.scope);
    let term = |word: &str| Term::from_field_text(place.field, &format!("{key}{word}"));
    match text.words.as_slice() {
        [beginning] if text.is_prefix => {
            // No word has a character after the last one that there is.
            let end = format!("{beginning}{}", char::MAX);
            Box::new(InvertedIndexRangeQuery::new(Bound::Included(term(beginning)), Bound::Excluded(term(&end))))
        }
        [word] => Box::new(TermQuery::new(term(word), IndexRecordOption::WithFreqs)),
        words => Box::new(PhraseQuery::new(words.iter().map(|word| term(word)).collect())),
    }
}
