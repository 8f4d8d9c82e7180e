//! The query language: what people type to find pictures.
//!
//! ```text
//! dog cat                      both words, each in any caption of the picture
//! dog OR cat    dog -cat       one of them; the first without the second (NOT cat is the same)
//! "a red car"   walk*          words in this order; words that begin so
//! florence:dog  human:"a dog"  what one source says; florence:(dog OR cat) for more
//! name:holiday                 in the file's name
//! has:human  missing:human     with, without a caption of a source
//! status:approved  human:(status:approved)   the state of any caption, or of one source's
//! is:empty  is:captioned  is:disputed  is:landscape  is:portrait  is:square
//! task:detailed_caption  words:>10  width:>=1024  height:100..200  megapixels:<1  confidence:<0.5
//! added:2026-01  added:>2026-01-31  updated:2026-01-01..2026-06-30
//! ```
//!
//! `NOT` binds strongest, then words side by side, then `OR`. What the words mean is decided picture by picture: of
//! `florence:dog NOT human:dog`, the two captions are different ones of the same picture. A source that is called as a
//! field is (`status`, say) is written in quotes: `"status":dog`.

mod ast;
mod error;
mod lexer;
mod parser;
mod values;

pub(super) use ast::{Filter, Is, Node, SourceName, Text, needs_quotes};
pub use error::QueryError;
pub(super) use error::{Span, nearest};
pub(super) use values::{Comparison, DateField, Decimal, MILLION, NumberField, Period};

use std::{fmt, str::FromStr};

/// A query that can be read; an empty one finds everything.
///
/// Read with [`str::parse`], which fails with a [`QueryError`] that says where, and written with [`fmt::Display`] in a form
/// that reads as the same query.
#[derive(Debug, Clone, Default)]
pub struct SearchQuery {
    pub(super) root: Option<Node>,
}

/// Names with a meaning before a colon, and what may follow, for whoever completes what is typed.
pub const FIELDS: [(&str, &str); 15] = [
    ("name", "a word of the file's name"),
    ("status", "draft, submitted, approved or rejected"),
    ("has", "a source that has said something"),
    ("missing", "a source that has said nothing"),
    ("is", "empty, captioned, disputed, landscape, portrait or square"),
    ("task", "what a model was asked, such as detailed_caption"),
    ("words", "a number of words, which the longest caption has"),
    ("width", "a number of pixels"),
    ("height", "a number of pixels"),
    ("megapixels", "a number of millions of pixels"),
    ("confidence", "a number from 0 to 1, the highest of the captions'"),
    ("disagreement", "a number from 0 to 1, how much the captions differ"),
    ("box_disagreement", "a number from 0 to 1, how much the boxes differ"),
    ("added", "a day, month or year"),
    ("updated", "a day, month or year, in which a caption changed last"),
];

/// What may follow `is:`.
pub fn is_values() -> Vec<String> {
    Is::ALL.iter().map(ToString::to_string).collect()
}

impl SearchQuery {
    /// Whether it looks for words, so that one picture can fit better than another.
    pub fn has_words(&self) -> bool {
        self.root.as_ref().is_some_and(Node::has_words)
    }

    /// Both at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let root = match (self.root, other.root) {
            (Some(left), Some(right)) => Some(Node::all([left, right])),
            (left, right) => left.or(right),
        };
        Self { root }
    }
}

impl FromStr for SearchQuery {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        Ok(Self { root: parser::parse(text)? })
    }
}

impl fmt::Display for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| root.fmt(f))
    }
}

#[cfg(test)]
mod tests;
