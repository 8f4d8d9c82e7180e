//! Reading the model's markup from left to right.

use std::ops::Range;

use crate::tokenizer::Decoded;

/// Decoded text without the tokens that every parser ignores.
pub(super) struct Source {
    pub(super) text: String,
    /// For each byte of `text` the index of its token.
    pub(super) owners: Vec<u32>,
}

/// A `<loc_123>` in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    /// 0 to 999.
    pub(super) bin: u16,
    /// Where it stands, brackets included.
    pub(super) bytes: Range<usize>,
}

/// A piece of the markup that segmentation answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    Location(Location),
    Separator,
    PolygonStart,
    PolygonEnd,
}

const SEPARATOR: &str = "<sep>";
const POLYGON_START: &str = "<poly>";
const POLYGON_END: &str = "</poly>";

impl Source {
    /// Takes `<s>`, `</s>` and `<pad>` out, one after the other as the reference does.
    pub(super) fn without_padding(decoded: Decoded) -> Self {
        let mut source = Self { text: decoded.text, owners: decoded.owners };
        for token in ["<s>", "</s>", "<pad>"] {
            if source.text.contains(token) {
                source.remove(token);
            }
        }
        source
    }

    fn remove(&mut self, token: &str) {
        let mut text = String::with_capacity(self.text.len());
        let mut owners = Vec::with_capacity(self.owners.len());
        let mut start = 0;
        for (found, _) in self.text.match_indices(token) {
            text.push_str(&self.text[start..found]);
            owners.extend_from_slice(&self.owners[start..found]);
            start = found + token.len();
        }
        text.push_str(&self.text[start..]);
        owners.extend_from_slice(&self.owners[start..]);
        *self = Self { text, owners };
    }
}

/// The location token that `text` has at byte `at`, if any.
///
/// A number beyond 999, which no token has but letters could spell, counts as 999, so that nothing lies outside the
/// picture.
pub(super) fn location_at(text: &str, at: usize) -> Option<Location> {
    let digits = text.get(at..)?.strip_prefix("<loc_")?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || digits.as_bytes().get(length) != Some(&b'>') {
        return None;
    }
    let bin = digits[..length].bytes().fold(0_u16, |bin, digit| (bin * 10 + u16::from(digit - b'0')).min(999));
    Some(Location { bin, bytes: at..at + "<loc_".len() + length + ">".len() })
}

/// The location tokens that follow each other from byte `at`, `most` at the most.
pub(super) fn locations_at(text: &str, mut at: usize, most: usize) -> Vec<Location> {
    let mut locations = Vec::new();
    while locations.len() < most
        && let Some(location) = location_at(text, at)
    {
        at = location.bytes.end;
        locations.push(location);
    }
    locations
}

/// The segmentation marks that follow each other from byte `at`, and where they end.
pub(super) fn marks_at(text: &str, mut at: usize) -> (Vec<Mark>, usize) {
    let mut marks = Vec::new();
    loop {
        let rest = &text[at..];
        let (mark, length) = if let Some(location) = location_at(text, at) {
            let length = location.bytes.len();
            (Mark::Location(location), length)
        } else if rest.starts_with(SEPARATOR) {
            (Mark::Separator, SEPARATOR.len())
        } else if rest.starts_with(POLYGON_START) {
            (Mark::PolygonStart, POLYGON_START.len())
        } else if rest.starts_with(POLYGON_END) {
            (Mark::PolygonEnd, POLYGON_END.len())
        } else {
            return (marks, at);
        };
        marks.push(mark);
        at += length;
    }
}

/// The next stretch of `text` without `<` from byte `from` on, which is not empty.
pub(super) fn next_phrase(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].find(|character| character != '<')?;
    let end = text[start..].find('<').map_or(text.len(), |length| start + length);
    Some(start..end)
}

/// What stands before the markup as a label; none when a line break in it keeps the reference from reading it.
pub(super) fn label(phrase: &str) -> Option<&str> {
    let is_one_line = !phrase.trim_start_matches(is_space).contains('\n');
    is_one_line.then(|| trim(phrase))
}

/// Without the blanks around it, by the reference's notion of a blank.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// What Python takes for a blank: the Unicode ones and the four separators of ASCII.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}
