//! Sizes as people write them.

use std::{fmt, str::FromStr};

/// A number of bytes, written `10MB`, `512 KiB`, `1.5G` or plainly `1048576`. K, M and G count in 1024s, as the earlier
/// servers did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

impl ByteSize {
    /// Reads a size that may be nothing at all.
    pub(super) fn parse_or_zero(text: &str) -> Result<Self, String> {
        if text.trim() == "0" { Ok(Self(0)) } else { text.parse() }
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is no size; write it like 10MB, 512KB or 1048576");
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let factor = match unit.trim().to_ascii_uppercase().as_str() {
            "" | "B" => 1.0,
            "K" | "KB" | "KIB" => 1024.0,
            "M" | "MB" | "MIB" => 1024.0 * 1024.0,
            "G" | "GB" | "GIB" => 1024.0 * 1024.0 * 1024.0,
            _ => return Err(wrong()),
        };
        let bytes = number * factor;
        if !(1.0..=1e15).contains(&bytes) {
            return Err(format!("{text:?} is out of range; at least one byte is needed"));
        }
        Ok(Self(bytes as u64))
    }
}

/// In the largest unit that leaves a number of at least one.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        let (number, unit) = match self.0 {
            0..1024 => return write!(f, "{}B", self.0),
            1024..1_048_576 => (bytes / 1024.0, "KB"),
            1_048_576..1_073_741_824 => (bytes / 1_048_576.0, "MB"),
            _ => (bytes / 1_073_741_824.0, "GB"),
        };
        let rounded = (number * 10.0).round() / 10.0;
        write!(f, "{rounded}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [("10MB", 10 << 20), ("512 kb", 512 << 10), ("1.5GiB", 3 << 29), ("77", 77), ("5B", 5)] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for text in ["", "MB", "10 apples", "-1", "0", "1e3"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cache_may_be_nothing() {
        assert_eq!(ByteSize::parse_or_zero("0"), Ok(ByteSize(0)));
        assert_eq!(ByteSize::parse_or_zero("1KB"), Ok(ByteSize(1024)));
        assert!(ByteSize::parse_or_zero("-1").is_err());
    }

    #[test]
    fn sizes_are_shown_in_a_fitting_unit() {
        let shown: Vec<_> = [77, 10 << 20, 2_254_857_830].map(|bytes| ByteSize(bytes).to_string()).into();
        assert_eq!(shown, ["77B", "10MB", "2.1GB"]);
    }
}
