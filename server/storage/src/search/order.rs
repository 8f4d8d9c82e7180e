//! In which order pictures are found, and where a page begins.

use std::{cmp::Ordering, fmt, str::FromStr};

use uuid::Uuid;

/// What pictures are sorted by. Where two are equal, the one that was added earlier is the smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// How well a picture fits (BM25).
    Relevance,
    /// Its file's name, by its bytes.
    Name,
    /// When it was added.
    Added,
    /// When a caption of it changed last.
    Updated,
    /// The highest confidence of its captions; pictures without one come last in both directions.
    Confidence,
    /// The words of its longest caption.
    Length,
    /// How much its captions differ; pictures with fewer than two come last in both directions.
    Disagreement,
    /// How much its sources differ in where they see things; pictures with fewer than two that do come last in both
    /// directions.
    BoxDisagreement,
}

/// An order of pictures: `name`, and with a dash the other way round, `-name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// The largest first.
    pub is_descending: bool,
}

/// Where a picture stands in an order: the value that it is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SortValue {
    Number(Option<u64>),
    Name(String),
}

/// The place after a picture. Opaque to clients, who get it with a page and send it for the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCursor {
    pub(super) sort: Sort,
    pub(super) value: SortValue,
    pub(super) id: Uuid,
}

impl SortKey {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Relevance,
        Self::Name,
        Self::Added,
        Self::Updated,
        Self::Confidence,
        Self::Length,
        Self::Disagreement,
        Self::BoxDisagreement,
    ];
}

impl Sort {
    /// The best first.
    pub const RELEVANCE: Self = Self { key: SortKey::Relevance, is_descending: true };

    /// As they were added.
    pub const ADDED: Self = Self { key: SortKey::Added, is_descending: false };

    /// How two pictures stand in the order.
    pub(super) fn compare(self, left: (&SortValue, Uuid), right: (&SortValue, Uuid)) -> Ordering {
        let forwards = match (left.0, right.0) {
            // Pictures without the value are last whatever the direction.
            (SortValue::Number(None), SortValue::Number(Some(_))) => return Ordering::Greater,
            (SortValue::Number(Some(_)), SortValue::Number(None)) => return Ordering::Less,
            (SortValue::Number(left), SortValue::Number(right)) => left.cmp(right),
            (SortValue::Name(left), SortValue::Name(right)) => left.cmp(right),
            (SortValue::Number(_), SortValue::Name(_)) => Ordering::Less,
            (SortValue::Name(_), SortValue::Number(_)) => Ordering::Greater,
        };
        let forwards = forwards.then(left.1.cmp(&right.1));
        if self.is_descending { forwards.reverse() } else { forwards }
    }
}

impl FromStr for Sort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, is_descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let key = SortKey::ALL.into_iter().find(|key| key.to_string() == name).ok_or(())?;
        match (key, is_descending) {
            // The worst first is nobody's wish.
            (SortKey::Relevance, true) => Err(()),
            (SortKey::Relevance, false) => Ok(Self::RELEVANCE),
            (key, is_descending) => Ok(Self { key, is_descending }),
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dash = if self.is_descending && self.key != SortKey::Relevance { "-" } else { "" };
        write!(f, "{dash}{}", self.key)
    }
}

impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relevance => "relevance",
            Self::Name => "name",
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Confidence => "confidence",
            Self::Length => "length",
            Self::Disagreement => "disagreement",
            Self::BoxDisagreement => "box_disagreement",
        })
    }
}

impl SearchCursor {
    /// The order that it is a place in.
    pub fn sort(&self) -> Sort {
        self.sort
    }
}

impl FromStr for SearchCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        let (sort, id, value) = (part()?.parse::<Sort>()?, part()?.parse().map_err(|_| ())?, part()?);
        let value = match (sort.key, value) {
            (SortKey::Name, name) => SortValue::Name(name.to_owned()),
            (_, "") => SortValue::Number(None),
            (_, number) => SortValue::Number(Some(number.parse().map_err(|_| ())?)),
        };
        Ok(Self { sort, value, id })
    }
}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.", self.sort, self.id.simple())?;
        match &self.value {
            SortValue::Number(number) => number.map_or(Ok(()), |number| number.fmt(f)),
            SortValue::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_and_written() {
        for text in ["relevance", "name", "-name", "-added", "confidence", "-length", "updated", "-box_disagreement"] {
            assert_eq!(text.parse::<Sort>().unwrap().to_string(), text);
        }
        for wrong in ["", "-", "size", "-relevance", "--name", "Name"] {
            assert_eq!(wrong.parse::<Sort>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn cursors_are_read_and_written() {
        let id = Uuid::from_u128(7);
        let values = [
            ("name", SortValue::Name("a.b/c d.png".into())),
            ("-length", SortValue::Number(Some(12))),
            ("confidence", SortValue::Number(None)),
        ];
        for (sort, value) in values {
            let cursor = SearchCursor { sort: sort.parse().unwrap(), value, id };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in ["", "name", "name.x.a", "length.00000000000000000000000000000007.x", "a.b.c.d"] {
            assert_eq!(wrong.parse::<SearchCursor>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn pictures_without_the_value_are_last() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for text in ["confidence", "-confidence"] {
            let sort: Sort = text.parse().unwrap();
            let order = sort.compare((&SortValue::Number(None), one), (&SortValue::Number(Some(5)), two));
            assert_eq!(order, Ordering::Greater, "{text}");
        }
        let equal = SortValue::Number(Some(5));
        let sort: Sort = "-length".parse().unwrap();
        assert_eq!(sort.compare((&equal, one), (&equal, two)), Ordering::Greater, "the later one first");
    }
}
