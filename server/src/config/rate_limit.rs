//! How often somebody may ask.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

/// A number of requests in a span of time, written `600/min`, `10/s` or `5000/hour`; or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RateLimit {
    /// As often as they like.
    Off,
    /// At most `requests` in `window`.
    Limited {
        /// At least one.
        requests: NonZeroU32,
        /// A second, a minute, an hour or a day.
        window: Duration,
    },
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl RateLimit {
    /// So many times as often.
    pub(crate) fn times(self, factor: u32) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Limited { requests, window } => {
                let more = NonZeroU32::new(requests.get().saturating_mul(factor));
                Self::Limited { requests: more.unwrap_or(requests), window }
            }
        }
    }
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is no rate; write it like 600/min, 10/s or 5000/hour, or off for no limit");
        let plain = text.trim().to_ascii_lowercase();
        if plain == "off" {
            return Ok(Self::Off);
        }
        let (requests, window) = plain.split_once('/').ok_or_else(wrong)?;
        let window = match window.trim() {
            "s" | "sec" | "second" => SECOND,
            "m" | "min" | "minute" => MINUTE,
            "h" | "hour" => HOUR,
            "d" | "day" => DAY,
            _ => return Err(wrong()),
        };
        let requests = requests.trim().parse().map_err(|_| wrong())?;
        Ok(Self::Limited { requests, window })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Limited { requests, window } = self else { return f.write_str("off") };
        let unit = match *window {
            SECOND => "s",
            MINUTE => "min",
            HOUR => "hour",
            _ => "day",
        };
        write!(f, "{requests}/{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_shown_as_people_write_them() {
        for (text, shown) in
            [("600/min", "600/min"), ("10 / S", "10/s"), ("5000/h", "5000/hour"), ("1/day", "1/day"), ("OFF", "off")]
        {
            assert_eq!(text.parse::<RateLimit>().unwrap().to_string(), shown, "{text}");
        }
        let window = Duration::from_mins(1);
        let requests = NonZeroU32::new(600).unwrap();
        assert_eq!("600/min".parse(), Ok(RateLimit::Limited { requests, window }));
        for text in ["", "600", "0/min", "-1/s", "6/fortnight", "many/s", "5000000000/s"] {
            assert!(text.parse::<RateLimit>().unwrap_err().contains("600/min"), "{text}");
        }
    }
}
