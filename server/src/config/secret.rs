//! Text that nobody may read.

use std::{convert::Infallible, fmt, str::FromStr};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A key that callers show. It is never printed: as text, in a log and in a debug output it is `***`.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    /// Whether `shown` is this secret. How long that takes says nothing about either: what is compared are the SHA-256
    /// sums of both, every byte of them.
    pub(crate) fn matches(&self, shown: &str) -> bool {
        let [own, other] = [self.0.as_bytes(), shown.as_bytes()].map(Sha256::digest);
        own.as_slice().ct_eq(other.as_slice()).into()
    }

    /// The secret itself, for who needs it to open something. It belongs in no output.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// What is wrong with it as a key that travels in an HTTP header, in words that give nothing of it away.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.0.is_empty() {
            return Some("is empty; leave it out for none");
        }
        let is_plain = self.0.chars().all(|c| c.is_ascii_graphic());
        (!is_plain).then_some("holds a space or a sign that is not plain ASCII, which no HTTP header can carry")
    }
}

/// Never fails: an error would repeat what was given. [`Secret::fault`] finds what is wrong.
impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        text.parse().unwrap()
    }

    #[test]
    fn secrets_are_never_printed() {
        let shown = format!("{0} {0:?} {0:#?} {1:?}", secret("hunter2"), vec![secret("hunter2")]);
        assert_eq!(shown, "*** *** *** [***]");
    }

    #[test]
    fn secrets_match_themselves_alone() {
        assert!(secret("hunter2").matches("hunter2"));
        for wrong in ["", "hunter", "hunter22", "Hunter2", "***"] {
            assert!(!secret("hunter2").matches(wrong), "{wrong}");
        }
    }

    #[test]
    fn keys_that_no_header_can_carry_are_found_without_repeating_them() {
        assert_eq!(secret(" vas_A-1.b~ ").fault(), None);
        for wrong in ["", "two words", "ключ", "tab\there"] {
            let fault = secret(wrong).fault().unwrap();
            assert!(wrong.is_empty() || !fault.contains(wrong), "{fault}");
        }
    }
}
