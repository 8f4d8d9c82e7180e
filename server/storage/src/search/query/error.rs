//! What is wrong with a query, and where.

use std::fmt;

/// A query that can't be read, or names what is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The first character that is wrong, counted in characters (not bytes) from 0.
    pub position: usize,
    /// How many characters are wrong; at least 1, also where something is missing at the end.
    pub length: usize,
    /// What is wrong and what would be right, as a sentence.
    pub message: String,
}

/// Where something stands in a query, in characters.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::search) struct Span {
    pub(in crate::search) from: usize,
    pub(in crate::search) to: usize,
}

impl Span {
    pub(in crate::search) fn error(self, message: impl Into<String>) -> QueryError {
        let length = self.to.saturating_sub(self.from).max(1);
        QueryError { position: self.from, length, message: message.into() }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (character {})", self.message, self.position + 1)
    }
}

impl std::error::Error for QueryError {}

/// The name that is most like `wanted`, if one is like it.
pub(in crate::search) fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let most = wanted.chars().count() / 3 + 1;
    let near = known.into_iter().map(|name| (distance(&wanted, name), name)).filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// How many letters to add, take away or replace to make one word of the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<_> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_name_is_found_where_one_is_near() {
        assert_eq!((distance("kitten", "sitting"), distance("", "ab")), (3, 2));
        assert_eq!(nearest("ztatus", ["status", "words"]), Some("status"));
        assert_eq!(nearest("Florense", ["human", "florence"]), Some("florence"));
        assert_eq!(nearest("zebra", ["status", "words"]), None);
    }
}
