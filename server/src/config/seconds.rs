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

/// Reads a number of seconds of at most an hour, or 0 for none.
///
/// # Errors
///
/// A sentence that says what would have been right.
pub(super) fn parse_delay(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim().parse().map_err(|_| format!("{text:?} is no number of seconds"))?;
    if !(0.0..=3600.0).contains(&seconds) {
        return Err(format!("it is {text}, but it must be at least 0 and at most 3600 (an hour)"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_may_be_none() {
        assert_eq!(parse_delay("0"), Ok(Duration::ZERO));
        assert_eq!(parse_delay("12.5"), Ok(Duration::from_millis(12_500)));
        for text in ["-1", "NaN", "3601", "soon"] {
            assert!(parse_delay(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_are_positive() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "1e9", "soon"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
