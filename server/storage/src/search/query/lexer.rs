//! A query's characters as tokens, each with its place.

use super::error::{QueryError, Span};

/// A token of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// What stands between spaces, as typed.
    Word(String),
    /// What stands between quotes.
    Phrase(String),
    /// A word with a colon directly after it.
    Field(String),
    /// What stands between quotes with a colon directly after them: a source, whatever it is called.
    QuotedField(String),
    Open,
    Close,
    Or,
    And,
    Not,
    /// A dash directly before what it excludes.
    Minus,
}

/// Splits a query into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, QueryError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&first) = characters.get(at) {
        let from = at;
        let token = match first {
            c if is_space(c) => {
                at += 1;
                continue;
            }
            '(' => {
                at += 1;
                Token::Open
            }
            ')' => {
                at += 1;
                Token::Close
            }
            c if is_quote(c) => {
                let inside = &characters[at + 1..];
                let Some(length) = inside.iter().position(|c| is_quote(*c)) else {
                    let message = "This quote is never closed. Write another one where the phrase ends.";
                    return Err(Span { from, to: from + 1 }.error(message));
                };
                at += length + 2;
                let phrase = inside[..length].iter().collect();
                if characters.get(at) == Some(&':') {
                    at += 1;
                    Token::QuotedField(phrase)
                } else {
                    Token::Phrase(phrase)
                }
            }
            '-' if characters.get(at + 1).is_some_and(|c| !is_space(*c) && *c != ')') => {
                at += 1;
                Token::Minus
            }
            _ => {
                let end = characters[at..].iter().position(|c| ends_word(*c));
                at = end.map_or(characters.len(), |end| at + end);
                let word: String = characters[from..at].iter().collect();
                if characters.get(at) == Some(&':') {
                    at += 1;
                    if word.is_empty() {
                        let message = "Nothing stands before this colon. Write a field, such as name:holiday, or leave \
                                       the colon out.";
                        return Err(Span { from, to: at }.error(message));
                    }
                    Token::Field(word)
                } else {
                    match &*word {
                        "OR" => Token::Or,
                        "AND" => Token::And,
                        "NOT" => Token::Not,
                        _ => Token::Word(word),
                    }
                }
            }
        };
        tokens.push((token, Span { from, to: at }));
    }
    Ok(tokens)
}

/// Quotes as keyboards make them, and as phones and word processors do.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn ends_word(c: char) -> bool {
    is_space(c) || is_quote(c) || matches!(c, '(' | ')' | ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Token> {
        tokens(text).unwrap().into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn tokens_are_told_apart() {
        let word = |text: &str| Token::Word(text.into());
        assert_eq!(kinds("a-b -c"), [word("a-b"), Token::Minus, word("c")]);
        assert_eq!(kinds("or OR (x)"), [word("or"), Token::Or, Token::Open, word("x"), Token::Close]);
        assert_eq!(
            kinds("words:>3 “two words”\"status\":x"),
            [
                Token::Field("words".into()),
                word(">3"),
                Token::Phrase("two words".into()),
                Token::QuotedField("status".into()),
                word("x")
            ]
        );
    }

    #[test]
    fn places_count_characters() {
        let spans: Vec<_> = tokens("größe ägäis").unwrap().iter().map(|(_, span)| (span.from, span.to)).collect();
        assert_eq!(spans, [(0, 5), (6, 11)]);
        assert_eq!(tokens("é \"open").unwrap_err().position, 2);
        assert_eq!(tokens("a :b").unwrap_err().position, 2);
    }
}
