//! A query that has been read, as a tree.

use std::fmt;

use super::{
    error::Span,
    values::{Comparison, DateField, Decimal, NumberField, Period},
};
use crate::captions::Status;

/// A part of a query.
#[derive(Debug, Clone)]
pub(in crate::search) enum Node {
    /// All of at least two; none of them is an `And`.
    And(Vec<Node>),
    /// One of at least two; none of them is an `Or`.
    Or(Vec<Node>),
    Not(Box<Node>),
    Text(Text),
    /// What one source says. Within are words and states alone.
    Of(SourceName, Box<Node>),
    /// In the file's name. Within are words alone.
    Name(Box<Node>),
    Filter(Filter),
}

/// Words that follow one another: one or more, in small letters.
#[derive(Debug, Clone)]
pub(in crate::search) struct Text {
    pub(in crate::search) words: Vec<String>,
    /// Whether the only word is the beginning of one.
    pub(in crate::search) is_prefix: bool,
}

/// A source by its name in the dataset, and where it was named.
#[derive(Debug, Clone)]
pub(in crate::search) struct SourceName {
    pub(in crate::search) slug: String,
    pub(in crate::search) span: Span,
}

/// What holds of a picture apart from words.
#[derive(Debug, Clone)]
pub(in crate::search) enum Filter {
    Status(Status),
    Has(SourceName),
    Missing(SourceName),
    Is(Is),
    /// In small letters, without angle brackets.
    Task(String),
    Number(NumberField, Comparison<Decimal>),
    Date(DateField, Comparison<Period>),
}

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Is {
    /// No caption has a word.
    Empty,
    /// Some caption has.
    Captioned,
    /// Its captions are in different states.
    Disputed,
    Landscape,
    Portrait,
    Square,
}

impl Node {
    /// All of these.
    pub(super) fn all(nodes: impl IntoIterator<Item = Self>) -> Self {
        let flat = nodes.into_iter().flat_map(|node| if let Self::And(nodes) = node { nodes } else { vec![node] });
        Self::one_or(flat.collect(), Self::And)
    }

    /// One of these.
    pub(super) fn any(nodes: impl IntoIterator<Item = Self>) -> Self {
        let flat = nodes.into_iter().flat_map(|node| if let Self::Or(nodes) = node { nodes } else { vec![node] });
        Self::one_or(flat.collect(), Self::Or)
    }

    /// All but this. What is excluded twice is there again.
    pub(super) fn not(node: Self) -> Self {
        if let Self::Not(node) = node { *node } else { Self::Not(Box::new(node)) }
    }

    fn one_or(mut nodes: Vec<Self>, many: fn(Vec<Self>) -> Self) -> Self {
        match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            last => {
                nodes.extend(last);
                many(nodes)
            }
        }
    }

    /// Whether it looks for words other than those that must not be there.
    pub(super) fn has_words(&self) -> bool {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().any(Self::has_words),
            Self::Of(_, node) | Self::Name(node) => node.has_words(),
            Self::Text(_) => true,
            Self::Not(_) | Self::Filter(_) => false,
        }
    }

    /// In parentheses where it would fall apart beside others.
    fn fmt_whole(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(_) | Self::Or(_) => write!(f, "({self})"),
            node => write!(f, "{node}"),
        }
    }
}

/// Whether a source's name would be read as something else before a colon.
pub(in crate::search) fn needs_quotes(slug: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let is_word = slug.starts_with(|c: char| c.is_ascii_alphanumeric()) && slug.chars().all(is_plain);
    !is_word || super::FIELDS.iter().any(|(name, _)| *name == slug)
}

/// What is in a field's parentheses, which only a text can do without.
struct Within<'a>(&'a Node);

impl fmt::Display for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Node::Text(text) = self.0 { text.fmt(f) } else { write!(f, "({})", self.0) }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(nodes) => {
                for (number, node) in nodes.iter().enumerate() {
                    f.write_str(if number == 0 { "" } else { " " })?;
                    node.fmt_whole(f)?;
                }
                Ok(())
            }
            Self::Or(nodes) => {
                for (number, node) in nodes.iter().enumerate() {
                    f.write_str(if number == 0 { "" } else { " OR " })?;
                    node.fmt_whole(f)?;
                }
                Ok(())
            }
            Self::Not(node) => {
                f.write_str("-")?;
                node.fmt_whole(f)
            }
            Self::Text(text) => text.fmt(f),
            Self::Of(source, node) => {
                let quote = if needs_quotes(&source.slug) { "\"" } else { "" };
                write!(f, "{quote}{}{quote}:{}", source.slug, Within(node))
            }
            Self::Name(node) => write!(f, "name:{}", Within(node)),
            Self::Filter(filter) => filter.fmt(f),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words.as_slice() {
            [word] => write!(f, "{word}{}", if self.is_prefix { "*" } else { "" }),
            words => write!(f, "\"{}\"", words.join(" ")),
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.slug)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status:{status}"),
            Self::Has(source) => write!(f, "has:{source}"),
            Self::Missing(source) => write!(f, "missing:{source}"),
            Self::Is(is) => write!(f, "is:{is}"),
            Self::Task(task) => write!(f, "task:\"{task}\""),
            Self::Number(field, comparison) => write!(f, "{field}:{comparison}"),
            Self::Date(field, comparison) => write!(f, "{field}:{comparison}"),
        }
    }
}

impl Is {
    pub(in crate::search) const ALL: [Self; 6] =
        [Self::Empty, Self::Captioned, Self::Disputed, Self::Landscape, Self::Portrait, Self::Square];
}

impl fmt::Display for Is {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Captioned => "captioned",
            Self::Disputed => "disputed",
            Self::Landscape => "landscape",
            Self::Portrait => "portrait",
            Self::Square => "square",
        })
    }
}
