//! Names of sources as people write them, made into slugs.

use sha2::{Digest, Sha256};

/// The longest slug, in bytes.
pub(super) const LONGEST: usize = 64;

/// The slug of a source's name: `Florence 2 (large)` is `florence-2-large`. A slug stays as it is. What a slug has no letters
/// for is told apart by a sum at its end, so that two names never become one. None for a name without anything in it.
pub fn source_slug(name: &str) -> Option<String> {
    let name = name.trim();
    if is_slug(name) {
        return Some(name.to_owned());
    }
    let mut slug = String::new();
    let mut is_lossy = false;
    for character in name.chars() {
        match character.to_ascii_lowercase() {
            letter @ ('a'..='z' | '0'..='9') => slug.push(letter),
            mark @ ('.' | '_') if !slug.is_empty() => slug.push(mark),
            other => {
                is_lossy |= !other.is_ascii();
                if !slug.is_empty() && !slug.ends_with('-') {
                    slug.push('-');
                }
            }
        }
    }
    let slug = slug.trim_end_matches(['-', '.', '_']);
    if slug.is_empty() && !is_lossy {
        return None;
    }
    if !is_lossy && slug.len() <= LONGEST {
        return Some(slug.to_owned());
    }
    let sum = Sha256::digest(name.as_bytes());
    let sum = format!("{:02x}{:02x}{:02x}{:02x}", sum[0], sum[1], sum[2], sum[3]);
    Some(if slug.is_empty() { format!("source-{sum}") } else { with_suffix(slug, &sum) })
}

/// The slug with `-suffix` behind it, both shortened where they would be too long.
pub(super) fn with_suffix(slug: &str, suffix: &str) -> String {
    let suffix = suffix.get(..LONGEST / 2).unwrap_or(suffix).trim_end_matches(['-', '.', '_']);
    let room = LONGEST - suffix.len() - 1;
    let start = slug.get(..room).unwrap_or(slug).trim_end_matches(['-', '.', '_']);
    format!("{start}-{suffix}")
}

fn is_slug(name: &str) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_other = |byte: u8| is_first(&byte) || matches!(byte, b'.' | b'_' | b'-');
    name.len() <= LONGEST && name.as_bytes().first().is_some_and(is_first) && name.bytes().all(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Florence 2 (large)", "florence-2-large"),
            ("microsoft/Florence-2-base", "microsoft-florence-2-base"),
            (" gpt_4.1 ", "gpt_4.1"),
            ("--x--", "x"),
            ("a  b", "a-b"),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(source_slug(name).unwrap_or_default(), slug, "{name:?}");
        }
    }

    #[test]
    fn slugs_stay_as_they_are() {
        for slug in ["x", "florence-2-large", "a--b", "a-", "7.b_c", &"x".repeat(64)] {
            assert_eq!(source_slug(slug).as_deref(), Some(slug));
        }
    }

    #[test]
    fn names_that_a_slug_has_no_letters_for_differ() {
        let names = ["größe", "gräße", "模型", "模型2", &"x".repeat(65), &"x".repeat(66)];
        let slugs: Vec<_> = names.iter().filter_map(|name| source_slug(name)).collect();
        for (index, slug) in slugs.iter().enumerate() {
            assert!(is_slug(slug), "{slug}");
            assert!(!slugs[..index].contains(slug), "{slug}");
        }
        assert_eq!(slugs.len(), names.len());
        let long = with_suffix(&"x".repeat(64), "12");
        assert!(long.len() == LONGEST && long.ends_with("x-12"), "{long}");
        assert_eq!(with_suffix(&"x".repeat(64), &"y".repeat(64)).len(), LONGEST);
    }
}
