//! Numbers and dates in a query, and how they are compared.

use std::fmt;

use time::{Date, Month, OffsetDateTime, Time};

/// Which values fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Comparison<T> {
    Equal(T),
    Less(T),
    AtMost(T),
    More(T),
    AtLeast(T),
    /// From the first to the second, both included.
    Between(T, T),
}

/// A number of at most six decimals, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::search) struct Decimal(pub(in crate::search) u64);

/// A year, a month or a day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) struct Period {
    year: u16,
    month: Option<Month>,
    day: Option<u8>,
}

/// A number that every picture has, or may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum NumberField {
    Words,
    Width,
    Height,
    Megapixels,
    Confidence,
    Disagreement,
    BoxDisagreement,
}

/// A moment that every picture has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum DateField {
    Added,
    Updated,
}

/// How many millionths a whole has.
pub(in crate::search) const MILLION: u64 = 1_000_000;

impl<T: Copy> Comparison<T> {
    /// Reads `>3`, `>=3`, `<3`, `<=3`, `=3`, `3` or `3..5`, whose values `read` reads.
    pub(super) fn read(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Self> {
        type Form<T> = fn(T) -> Comparison<T>;
        let forms: [(&str, Form<T>); 5] =
            [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::More), ("<", Self::Less), ("=", Self::Equal)];
        for (sign, form) in forms {
            if let Some(value) = text.strip_prefix(sign) {
                return read(value).map(form);
            }
        }
        match text.split_once("..") {
            Some((from, to)) => Some(Self::Between(read(from)?, read(to)?)),
            None => read(text).map(Self::Equal),
        }
    }

    /// The values that fit, from the first to the one before the last, in a unit in which `start` is a value's first and
    /// `end` the one after its last.
    pub(in crate::search) fn range(self, start: impl Fn(T) -> u64, end: impl Fn(T) -> u64) -> (u64, u64) {
        match self {
            Self::Equal(value) => (start(value), end(value)),
            Self::Less(value) => (0, start(value)),
            Self::AtMost(value) => (0, end(value)),
            Self::More(value) => (end(value), u64::MAX),
            Self::AtLeast(value) => (start(value), u64::MAX),
            Self::Between(from, to) => (start(from), end(to)),
        }
    }
}

impl Decimal {
    /// Reads `12`, `0.5` or `.5`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let has_digits = !whole.is_empty() || !part.is_empty();
        if !has_digits || !is_number(whole) || !is_number(part) || whole.len() > 12 || part.len() > 6 {
            return None;
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
        Some(Self(whole * MILLION + format!("{part:0<6}").parse::<u64>().ok()?))
    }

    /// Whether it is a whole number.
    pub(super) fn is_whole(self) -> bool {
        self.0.is_multiple_of(MILLION)
    }
}

impl Period {
    /// Reads `2026`, `2026-01` or `2026-01-31`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let number = |part: &str, length: usize| {
            let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| is_number)
        };
        let year = number(parts.next()?, 4)?;
        let month = match parts.next() {
            Some(month) => Some(Month::try_from(u8::try_from(number(month, 2)?).ok()?).ok()?),
            None => None,
        };
        let day = match parts.next() {
            Some(day) => Some(u8::try_from(number(day, 2)?).ok()?),
            None => None,
        };
        let period = Self { year, month, day };
        (parts.next().is_none() && period.first_day().is_some()).then_some(period)
    }

    /// The month of a moment.
    pub(in crate::search) fn month(year: u16, month: Month) -> Self {
        Self { year, month: Some(month), day: None }
    }

    /// Its first moment, in microseconds since 1970.
    pub(in crate::search) fn start(self) -> u64 {
        microseconds(self.first_day())
    }

    /// The first moment after it, in microseconds since 1970.
    pub(in crate::search) fn end(self) -> u64 {
        let first = self.first_day();
        let next = match (self.month, self.day) {
            (_, Some(_)) => first.and_then(Date::next_day),
            (Some(Month::December) | None, None) => {
                Date::from_calendar_date(i32::from(self.year) + 1, Month::January, 1).ok()
            }
            (Some(month), None) => Date::from_calendar_date(i32::from(self.year), month.next(), 1).ok(),
        };
        // The last year that there is has no end.
        if next.is_none() { u64::MAX } else { microseconds(next) }
    }

    fn first_day(self) -> Option<Date> {
        let month = self.month.unwrap_or(Month::January);
        Date::from_calendar_date(i32::from(self.year), month, self.day.unwrap_or(1)).ok()
    }
}

/// The first moment of a day. What is before 1970 is 1970: nothing of ours is older.
fn microseconds(day: Option<Date>) -> u64 {
    let seconds = day.map_or(0, |day| OffsetDateTime::new_utc(day, Time::MIDNIGHT).unix_timestamp());
    u64::try_from(seconds).unwrap_or(0) * MILLION
}

impl NumberField {
    pub(super) const ALL: [Self; 7] = [
        Self::Words,
        Self::Width,
        Self::Height,
        Self::Megapixels,
        Self::Confidence,
        Self::Disagreement,
        Self::BoxDisagreement,
    ];

    /// Whether it is counted, and has no decimals.
    pub(in crate::search) fn is_count(self) -> bool {
        matches!(self, Self::Words | Self::Width | Self::Height)
    }
}

impl DateField {
    pub(super) const ALL: [Self; 2] = [Self::Added, Self::Updated];
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(value) => value.fmt(f),
            Self::Less(value) => write!(f, "<{value}"),
            Self::AtMost(value) => write!(f, "<={value}"),
            Self::More(value) => write!(f, ">{value}"),
            Self::AtLeast(value) => write!(f, ">={value}"),
            Self::Between(from, to) => write!(f, "{from}..{to}"),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / MILLION)?;
        let part = format!("{:06}", self.0 % MILLION);
        let part = part.trim_end_matches('0');
        if part.is_empty() { Ok(()) } else { write!(f, ".{part}") }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{:02}", u8::from(month))?;
        }
        self.day.map_or(Ok(()), |day| write!(f, "-{day:02}"))
    }
}

impl fmt::Display for NumberField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "words",
            Self::Width => "width",
            Self::Height => "height",
            Self::Megapixels => "megapixels",
            Self::Confidence => "confidence",
            Self::Disagreement => "disagreement",
            Self::BoxDisagreement => "box_disagreement",
        })
    }
}

impl fmt::Display for DateField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Updated => "updated",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written() {
        for (text, value, written) in [("12", 12_000_000, "12"), ("0.50", 500_000, "0.5"), (".000001", 1, "0.000001")] {
            let number = Decimal::read(text).unwrap();
            assert_eq!((number.0, number.to_string().as_str()), (value, written));
        }
        for wrong in ["", ".", "-1", "1e3", "1.2.3", "0.1234567", "1234567890123", "½"] {
            assert_eq!(Decimal::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn periods_have_a_start_and_an_end() {
        let day = 86_400 * MILLION;
        let range = |text| Period::read(text).map(|period| ((period.start()) / day, period.end() / day)).unwrap();
        assert_eq!(range("1970-01-02"), (1, 2));
        assert_eq!(range("1970-02"), (31, 59));
        assert_eq!(range("1970-12"), (334, 365));
        assert_eq!(range("1971"), (365, 730));
        assert_eq!(Period::read("9999-12-31").unwrap().end(), u64::MAX);
        for wrong in ["", "26", "2026-1", "2026-13", "2026-02-30", "2026-01-01-01", "2026-", "+026"] {
            assert_eq!(Period::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn comparisons_become_ranges() {
        let range = |text| {
            let read = Comparison::read(text, Decimal::read).unwrap();
            assert_eq!(Comparison::read(&read.to_string(), Decimal::read), Some(read), "{text}");
            read.range(|value| value.0 / MILLION, |value| value.0 / MILLION + 1)
        };
        assert_eq!(range(">3"), (4, u64::MAX));
        assert_eq!(range(">=3"), (3, u64::MAX));
        assert_eq!(range("<3"), (0, 3));
        assert_eq!(range("<=3"), (0, 4));
        assert_eq!((range("=3"), range("3")), ((3, 4), (3, 4)));
        assert_eq!(range("3..5"), (3, 6));
        assert_eq!(Comparison::read("3..", Decimal::read), None);
    }
}
