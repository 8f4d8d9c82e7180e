//! Spans of time, given in seconds.

use std::time::Duration;

/// Reads a number of seconds between a millisecond and a day.
///
/// # Errors
///
/// A sentence that says what would have been right.
pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim().parse().map_err(|_| format!("{text:?} is no number of seconds"))?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err(format!("it is {text}, but it must be above 0 and at most 86400 (a day)"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_positive() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "1e9", "soon"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
