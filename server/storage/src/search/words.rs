//! How texts become words: one rule for what is indexed, what is asked for and what is marked in a caption.
//!
//! A word is a run of letters and digits, in small letters. Chinese characters and Japanese kana are a word each, because
//! no space tells where their words end; a phrase of them finds what is written without spaces.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use uuid::Uuid;

/// Words are cut after this many bytes.
const LONGEST: usize = 255;

/// How many bytes a [`scope_key`] has.
const SCOPE_LENGTH: usize = 22;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In small letters.
    pub(super) text: String,
    /// Its first byte in the text.
    pub(super) from: usize,
    /// The byte after its last one.
    pub(super) to: usize,
}

/// The words of a text, one after the other.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (from, to) = next_word(text, at)?;
        at = to;
        let mut word = Word { text: String::with_capacity(to - from), from, to };
        push_small(&mut word.text, &text[from..to]);
        Some(word)
    })
}

/// What stands before each word in the index, so that it is found in one dataset or one source alone: the id in 22
/// letters.
pub(super) fn scope_key(id: Uuid) -> String {
    const DIGITS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    let mut rest = id.as_u128();
    let mut key = [0; SCOPE_LENGTH];
    for digit in key.iter_mut().rev() {
        *digit = DIGITS[(rest % 64) as usize];
        rest /= 64;
    }
    key.iter().map(|byte| char::from(*byte)).collect()
}

/// Splits texts that begin with a [`scope_key`], and puts it before each word.
#[derive(Debug, Clone, Default)]
pub(super) struct ScopedTokenizer {
    token: Token,
}

/// The words of a text on their way into the index.
pub(super) struct ScopedTokens<'a> {
    scope: &'a str,
    text: &'a str,
    at: usize,
    token: &'a mut Token,
}

impl Tokenizer for ScopedTokenizer {
    type TokenStream<'a> = ScopedTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> ScopedTokens<'a> {
        self.token.reset();
        let (scope, text) = text.split_at_checked(SCOPE_LENGTH).unwrap_or((text, ""));
        ScopedTokens { scope, text, at: 0, token: &mut self.token }
    }
}

impl TokenStream for ScopedTokens<'_> {
    fn advance(&mut self) -> bool {
        let Some((from, to)) = next_word(self.text, self.at) else { return false };
        self.at = to;
        self.token.position = self.token.position.wrapping_add(1);
        (self.token.offset_from, self.token.offset_to) = (from, to);
        self.token.text.clear();
        self.token.text.push_str(self.scope);
        push_small(&mut self.token.text, &self.text[from..to]);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// The first word that begins at `at` or later: its first byte and the one after its last.
fn next_word(text: &str, at: usize) -> Option<(usize, usize)> {
    let (start, first) = text[at..].char_indices().find(|(_, c)| c.is_alphanumeric())?;
    let from = at + start;
    if stands_alone(first) {
        return Some((from, from + first.len_utf8()));
    }
    let end = text[from..].char_indices().find(|(_, c)| !c.is_alphanumeric() || stands_alone(*c));
    Some((from, end.map_or(text.len(), |(end, _)| from + end)))
}

fn push_small(into: &mut String, word: &str) {
    let end = into.len() + LONGEST;
    for c in word.chars() {
        if into.len() + c.len_utf8() > end {
            return;
        }
        if c.is_ascii() { into.push(c.to_ascii_lowercase()) } else { into.extend(c.to_lowercase()) }
    }
}

/// Whether a character is a word of its own: kana and Chinese characters.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).map(|word| word.text).collect()
    }

    #[test]
    fn texts_fall_into_words_in_small_letters() {
        assert_eq!(texts("A red-and-WHITE Bird, no. 7!"), ["a", "red", "and", "white", "bird", "no", "7"]);
        assert_eq!(texts("Größe ÉTÉ Ωmega"), ["größe", "été", "ωmega"]);
        assert_eq!(texts("一只猫 cat猫"), ["一", "只", "猫", "cat", "猫"]);
        assert_eq!(texts(" …—!? "), Vec::<String>::new());
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "— Über uns";
        let found: Vec<_> = words(text).map(|word| &text[word.from..word.to]).collect();
        assert_eq!(found, ["Über", "uns"]);
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        let word = words(&"ß".repeat(300)).next().unwrap();
        assert_eq!((word.text.len(), word.to), (254, 600));
    }

    #[test]
    fn tokens_begin_with_their_scope() {
        let id = Uuid::from_u128(u128::MAX);
        let key = scope_key(id);
        assert_eq!((key.len(), scope_key(Uuid::nil()).as_str()), (SCOPE_LENGTH, "----------------------"));
        let text = format!("{key}A Bird");
        let mut tokenizer = ScopedTokenizer::default();
        let mut stream = tokenizer.token_stream(&text);
        assert!(stream.advance());
        assert_eq!((stream.token().text.clone(), stream.token().position), (format!("{key}a"), 0));
        assert!(stream.advance());
        assert_eq!((stream.token().text.clone(), stream.token().position), (format!("{key}bird"), 1));
        assert!(!stream.advance());
    }
}
