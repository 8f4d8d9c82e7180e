//! From tokens to a tree.

use super::{
    FIELDS,
    ast::{Filter, Is, Node, SourceName, Text},
    error::{QueryError, Span, nearest},
    lexer::{Token, tokens},
    values::{Comparison, DateField, Decimal, NumberField, Period},
};
use crate::{captions::Status, search::words::words};

/// The most characters that are read.
const MOST_CHARACTERS: usize = 1000;

/// The most words, phrases and filters.
const MOST_PARTS: usize = 100;

/// How deep parentheses and NOTs may stand in one another.
const MOST_DEPTH: usize = 20;

/// Letters before a star, so that it does not stand for half of all words.
const LEAST_PREFIX: usize = 2;

/// Reads a query. None finds everything.
///
/// Jobs and views keep a query as it is written out, with a parenthesis more here and there. So one that would then be
/// too long or too deep is refused while somebody is there to be told.
pub(super) fn parse(text: &str) -> Result<Option<Node>, QueryError> {
    let Some(node) = read(text)? else { return Ok(None) };
    if let Err(QueryError { message, .. }) = read(&node.to_string()) {
        let message = format!("Written out in full, this is too much. {message} Leave something out.");
        return Err(Span { from: 0, to: text.chars().count() }.error(message));
    }
    Ok(Some(node))
}

fn read(text: &str) -> Result<Option<Node>, QueryError> {
    let characters = text.chars().count();
    if characters > MOST_CHARACTERS {
        let message = format!("A query has at most {MOST_CHARACTERS} characters; this one has {characters}.");
        return Err(Span { from: MOST_CHARACTERS, to: characters }.error(message));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: characters, parts: 0, depth: 0 };
    if parser.tokens.is_empty() {
        return Ok(None);
    }
    let node = parser.any(Place::Everywhere)?;
    match parser.peek() {
        None => Ok(Some(node)),
        Some((_, span)) => Err(span.error("This parenthesis closes none. Take it out, or open one before it.")),
    }
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    /// The place after the last character.
    end: usize,
    parts: usize,
    depth: usize,
}

/// In whose parentheses a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Everywhere,
    Source,
    Name,
}

impl Parser {
    fn peek(&self) -> Option<(&Token, Span)> {
        self.tokens.get(self.at).map(|(token, span)| (token, *span))
    }

    fn next(&mut self) -> Option<(Token, Span)> {
        let next = self.tokens.get(self.at).cloned();
        self.at += 1;
        next
    }

    /// Where the query ends, for what is missing there.
    fn end(&self) -> Span {
        Span { from: self.end, to: self.end }
    }

    /// `a OR b`
    fn any(&mut self, place: Place) -> Result<Node, QueryError> {
        let mut nodes = vec![self.all(place)?];
        while let Some((Token::Or, _)) = self.peek() {
            self.at += 1;
            nodes.push(self.all(place)?);
        }
        Ok(Node::any(nodes))
    }

    /// `a b`, or `a AND b`
    fn all(&mut self, place: Place) -> Result<Node, QueryError> {
        let mut nodes = vec![self.one(place)?];
        loop {
            match self.peek() {
                None | Some((Token::Or | Token::Close, _)) => return Ok(Node::all(nodes)),
                Some((Token::And, _)) => self.at += 1,
                Some(_) => {}
            }
            nodes.push(self.one(place)?);
        }
    }

    fn one(&mut self, place: Place) -> Result<Node, QueryError> {
        let Some((token, span)) = self.next() else {
            let message = "Something to look for is missing here. Write a word, or take out what comes before.";
            return Err(self.end().error(message));
        };
        match token {
            Token::Not | Token::Minus => {
                let node = self.deeper(span, |parser| parser.one(place))?;
                Ok(Node::not(node))
            }
            Token::Open => self.group(span, place),
            Token::Word(word) => self.word(&word, span).map(Node::Text),
            Token::Phrase(phrase) => self.phrase(&phrase, span).map(Node::Text),
            Token::Field(name) => self.field(&name, span, place),
            Token::QuotedField(slug) if place == Place::Everywhere => self.of_source(slug, span),
            Token::QuotedField(_) => Err(stands_inside(span)),
            Token::Close => {
                Err(span.error("There is nothing to look for before this parenthesis. Write a word there."))
            }
            Token::Or | Token::And => {
                let message = "OR and AND stand between two words. Write one before it, or put it in quotes to look for \
                               the word.";
                Err(span.error(message))
            }
        }
    }

    /// What stands after an opened parenthesis, up to the one that closes it.
    fn group(&mut self, open: Span, place: Place) -> Result<Node, QueryError> {
        let node = self.deeper(open, |parser| parser.any(place))?;
        match self.next() {
            Some((Token::Close, _)) => Ok(node),
            _ => Err(open.error("This parenthesis is never closed. Write ) where it ends.")),
        }
    }

    fn deeper<T>(
        &mut self,
        span: Span,
        read: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(
                span.error(format!("Parentheses and NOTs may stand {MOST_DEPTH} deep in one another, no more."))
            );
        }
        let outcome = read(self);
        self.depth -= 1;
        outcome
    }

    fn count(&mut self, span: Span) -> Result<(), QueryError> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(span.error(format!("A query has at most {MOST_PARTS} words, phrases and filters.")));
        }
        Ok(())
    }

    fn word(&mut self, word: &str, span: Span) -> Result<Text, QueryError> {
        let Some(beginning) = word.strip_suffix('*') else {
            if let Some(star) = word.chars().position(|c| c == '*') {
                let star = Span { from: span.from + star, to: span.from + star + 1 };
                return Err(star.error("A star stands at the end of a word alone, for words that begin so: walk*."));
            }
            return self.phrase(word, span);
        };
        self.count(span)?;
        let words: Vec<_> = words(beginning).map(|word| word.text).collect();
        match words.as_slice() {
            [word] if word.chars().count() >= LEAST_PREFIX => Ok(Text { words, is_prefix: true }),
            _ => {
                let message = format!("Before a star stands one word of at least {LEAST_PREFIX} letters: walk*.");
                Err(span.error(message))
            }
        }
    }

    fn phrase(&mut self, phrase: &str, span: Span) -> Result<Text, QueryError> {
        self.count(span)?;
        let words: Vec<_> = words(phrase).map(|word| word.text).collect();
        if words.is_empty() {
            return Err(span.error("There is no letter and no digit in this. Write a word, or take it out."));
        }
        Ok(Text { words, is_prefix: false })
    }

    /// What stands after `source:`
    fn of_source(&mut self, slug: String, span: Span) -> Result<Node, QueryError> {
        let node = self.value_in(Place::Source, span)?;
        let span = Span { from: span.from, to: span.to - 1 };
        Ok(Node::Of(SourceName { slug, span }, Box::new(node)))
    }

    /// A word, a phrase, or more in parentheses, after a field that looks in one place.
    fn value_in(&mut self, place: Place, field: Span) -> Result<Node, QueryError> {
        match self.next() {
            Some((Token::Word(word), span)) => self.word(&word, span).map(Node::Text),
            Some((Token::Phrase(phrase), span)) => self.phrase(&phrase, span).map(Node::Text),
            Some((Token::Open, span)) => self.group(span, place),
            Some((Token::Minus | Token::Not, span)) => {
                Err(span.error("What is excluded is written before the field: -name:holiday."))
            }
            _ => Err(field.error("After this colon stands a word, a phrase in quotes, or several in parentheses.")),
        }
    }

    /// What stands after `name:` and the like.
    fn field(&mut self, name: &str, span: Span, place: Place) -> Result<Node, QueryError> {
        if place != Place::Everywhere && !(place == Place::Source && name == "status") {
            return Err(stands_inside(span));
        }
        if name == "name" {
            return Ok(Node::Name(Box::new(self.value_in(Place::Name, span)?)));
        }
        if !FIELDS.iter().any(|(field, _)| *field == name) {
            return self.of_source(name.to_owned(), span);
        }
        let Some((Token::Word(value) | Token::Phrase(value), place)) = self.next() else {
            return Err(span.error(format!("After {name}: stands {}.", meaning(name))));
        };
        self.count(place)?;
        let filter = match name {
            "status" => Filter::Status(one_of(&value, &Status::ALL, place)?),
            "is" => Filter::Is(one_of(&value, &Is::ALL, place)?),
            "has" => Filter::Has(SourceName { slug: value, span: place }),
            "missing" => Filter::Missing(SourceName { slug: value, span: place }),
            "task" => Filter::Task(task(&value, place)?),
            name => comparison(name, &value, place)?,
        };
        Ok(Node::Filter(filter))
    }
}

fn meaning(name: &str) -> &'static str {
    FIELDS.iter().find(|(field, _)| *field == name).map_or("a value", |(_, meaning)| meaning)
}

fn stands_inside(span: Span) -> QueryError {
    span.error(
        "Another field's parentheses hold words alone, and status: where it is a source's. Write this after them.",
    )
}

/// The value that is called so.
fn one_of<T: Copy + ToString>(value: &str, all: &[T], span: Span) -> Result<T, QueryError> {
    let names: Vec<_> = all.iter().map(ToString::to_string).collect();
    if let Some(place) = names.iter().position(|name| name.eq_ignore_ascii_case(value)) {
        return Ok(all[place]);
    }
    let hint = nearest(value, names.iter().map(String::as_str)).map(|name| format!(" Did you mean {name}?"));
    let last = names.last().map_or("", String::as_str);
    let others = names[..names.len() - 1].join(", ");
    Err(span.error(format!("It is {others} or {last}, and not {value:?}.{}", hint.unwrap_or_default())))
}

/// A task as models call it or people write it: `<MORE_DETAILED_CAPTION>`, `more-detailed-caption`.
fn task(value: &str, span: Span) -> Result<String, QueryError> {
    let task = value.trim_matches(['<', '>']).to_lowercase().replace('-', "_");
    if task.is_empty() || !task.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(span.error("A task is written in letters, such as detailed_caption."));
    }
    Ok(task)
}

fn comparison(name: &str, value: &str, span: Span) -> Result<Filter, QueryError> {
    if let Some(field) = DateField::ALL.into_iter().find(|field| field.to_string() == name) {
        let read = Comparison::read(value, Period::read);
        let message = "It is a day, a month or a year in UTC, such as 2026-01-31, 2026-01 or 2026, with >, >=, < or <= \
                       before it, or two of them with .. between.";
        return read.map(|comparison| Filter::Date(field, comparison)).ok_or_else(|| span.error(message));
    }
    let field = NumberField::ALL.into_iter().find(|field| field.to_string() == name);
    let field = field.expect("every other field is a number. This is a bug.");
    let read =
        Comparison::read(value, |text| Decimal::read(text).filter(|number| !field.is_count() || number.is_whole()));
    let kind = if field.is_count() { "a whole number, such as 10" } else { "a number, such as 0.5" };
    let message = format!("It is {kind}, with >, >=, < or <= before it, or two of them with .. between.");
    read.map(|comparison| Filter::Number(field, comparison)).ok_or_else(|| span.error(message))
}
