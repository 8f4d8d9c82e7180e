//! Random secrets that are given out once: opaque tokens and API keys. Only their SHA-256 sums are kept, which is enough
//! because nobody guesses 256 random bits.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What every key begins with, so that people and secret scanners know one when they see it.
pub(crate) const KEY_PREFIX: &str = "vas_";

/// Letters that a checksum has.
const CHECKSUM_LETTERS: usize = 6;

/// Letters of a key that its owner may see again.
const SHOWN_LETTERS: usize = 12;

/// A token of 256 random bits, as URLs and cookies can carry it.
pub(crate) struct OpaqueToken(pub(crate) String);

/// A key that has just been made.
pub(crate) struct NewKey {
    /// The key itself, which nobody sees again.
    pub(crate) text: String,
    /// Its first letters.
    pub(crate) prefix: String,
    /// Its SHA-256 sum.
    pub(crate) hash: [u8; 32],
}

impl OpaqueToken {
    /// A new one.
    pub(crate) fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random_bytes()))
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

impl NewKey {
    /// A new key: `vas_`, 256 random bits, and a checksum that tells a mistyped key without a database.
    pub(crate) fn generate() -> Self {
        let random = URL_SAFE_NO_PAD.encode(random_bytes());
        let text = format!("{KEY_PREFIX}{random}{}", checksum(&random));
        Self { prefix: text[..SHOWN_LETTERS].to_owned(), hash: sha256(&text), text }
    }
}

/// Whether a text can be one of our keys: it begins like one, and its checksum is right.
pub(crate) fn is_key(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(KEY_PREFIX).filter(|rest| rest.is_ascii() && rest.len() > CHECKSUM_LETTERS)
    else {
        return false;
    };
    let (random, sum) = rest.split_at(rest.len() - CHECKSUM_LETTERS);
    checksum(random) == sum
}

/// The SHA-256 sum of a text.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// 256 bits from the system's source of randomness.
pub(super) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let source = rustls::crypto::ring::default_provider().secure_random;
    source.fill(&mut bytes).expect("the system has randomness, without which nothing is secret. This is a bug.");
    bytes
}

fn checksum(random: &str) -> String {
    let sum = URL_SAFE_NO_PAD.encode(sha256(random));
    sum[..CHECKSUM_LETTERS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_other_texts_and_from_mistyped_ones() {
        let key = NewKey::generate();
        assert!(is_key(&key.text) && key.text.starts_with(&key.prefix), "{}", key.text);
        assert_ne!(key.text, NewKey::generate().text);
        let mut mistyped = key.text.clone().into_bytes();
        mistyped[10] = if mistyped[10] == b'a' { b'b' } else { b'a' };
        for wrong in [&*String::from_utf8(mistyped).unwrap(), "vas_", "vas_A-1.b~", "vas_ключключ", &key.text[1..]]
        {
            assert!(!is_key(wrong), "{wrong}");
        }
    }
}
