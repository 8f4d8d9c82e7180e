//! Which words of a caption were looked for: as ranges, so that whoever shows them decides how.

use super::{
    query::{Node, SearchQuery, Text},
    words::{Word, words},
};

/// A range of a text in characters (Unicode code points): from the first to before the last.
pub type TextRange = (u32, u32);

/// What a query looks for, in the order that texts are looked at.
#[derive(Debug, Clone, Default)]
pub struct Highlighter {
    /// In all captions.
    everywhere: Vec<Text>,
    /// In one source's.
    by_source: Vec<(String, Text)>,
    in_name: Vec<Text>,
}

/// Where a text is looked for.
#[derive(Clone, Copy)]
enum Place<'a> {
    Everywhere,
    Source(&'a str),
    Name,
}

impl Highlighter {
    /// Marks what this query looks for. What must not be there is not marked where it is.
    pub fn new(query: &SearchQuery) -> Self {
        let mut highlighter = Self::default();
        if let Some(root) = &query.root {
            highlighter.add(root, Place::Everywhere);
        }
        highlighter
    }

    fn add(&mut self, node: &Node, place: Place<'_>) {
        match (node, place) {
            (Node::And(nodes) | Node::Or(nodes), _) => nodes.iter().for_each(|node| self.add(node, place)),
            (Node::Of(source, node), _) => self.add(node, Place::Source(&source.slug)),
            (Node::Name(node), _) => self.add(node, Place::Name),
            (Node::Text(text), Place::Everywhere) => self.everywhere.push(text.clone()),
            (Node::Text(text), Place::Source(slug)) => self.by_source.push((slug.to_owned(), text.clone())),
            (Node::Text(text), Place::Name) => self.in_name.push(text.clone()),
            (Node::Not(_) | Node::Filter(_), _) => {}
        }
    }

    /// What to mark in a caption of this source.
    pub fn in_caption(&self, source: &str, caption: &str) -> Vec<TextRange> {
        let own = self.by_source.iter().filter(|(slug, _)| slug == source).map(|(_, text)| text);
        mark(caption, self.everywhere.iter().chain(own))
    }

    /// What to mark in a file's name.
    pub fn in_name(&self, name: &str) -> Vec<TextRange> {
        mark(name, self.in_name.iter())
    }
}

fn mark<'a>(text: &str, wanted: impl Iterator<Item = &'a Text>) -> Vec<TextRange> {
    let found: Vec<_> = words(text).collect();
    let mut ranges: Vec<(usize, usize)> = wanted.flat_map(|wanted| places(&found, wanted)).collect();
    ranges.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match joined.last_mut() {
            Some((_, end)) if from < *end => *end = to.max(*end),
            _ => joined.push((from, to)),
        }
    }
    in_characters(text, &joined)
}

/// Where the wanted words stand, in bytes.
fn places<'a>(found: &'a [Word], wanted: &'a Text) -> impl Iterator<Item = (usize, usize)> + 'a {
    found.windows(wanted.words.len()).filter_map(|window| {
        let fits = |(word, wanted): (&Word, &String)| word.text == *wanted;
        let is_it = match wanted.words.as_slice() {
            [beginning] if wanted.is_prefix => window[0].text.starts_with(beginning.as_str()),
            words => window.iter().zip(words).all(fits),
        };
        is_it.then(|| (window[0].from, window[window.len() - 1].to))
    })
}

/// Sorted ranges of bytes, in characters.
fn in_characters(text: &str, ranges: &[(usize, usize)]) -> Vec<TextRange> {
    let (mut byte, mut character) = (0, 0);
    let mut count_to = |to: usize| {
        character += text[byte..to].chars().count() as u32;
        byte = to;
        character
    };
    ranges.iter().map(|(from, to)| (count_to(*from), count_to(*to))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(query: &str, source: &str, text: &str) -> Vec<String> {
        let ranges = Highlighter::new(&query.parse().unwrap()).in_caption(source, text);
        let part = |(from, to): TextRange| text.chars().skip(from as usize).take((to - from) as usize).collect();
        ranges.into_iter().map(part).collect()
    }

    #[test]
    fn words_phrases_and_beginnings_are_marked() {
        let text = "Über the red car, a Red bird walks; walking";
        assert_eq!(marked("red", "a", text), ["red", "Red"]);
        assert_eq!(marked("\"red car\"", "a", text), ["red car"]);
        assert_eq!(marked("walk* über", "a", text), ["Über", "walks", "walking"]);
        assert_eq!(marked("\"the red\" OR \"red car\"", "a", text), ["the red car"], "what overlaps is one");
        assert!(marked("\"car red\" none", "a", text).is_empty());
    }

    #[test]
    fn other_sources_and_what_must_not_be_there_are_not() {
        let text = "a dog and a cat";
        assert_eq!(marked("florence:dog human:cat", "florence", text), ["dog"]);
        assert_eq!(marked("cat -dog NOT (human:a)", "human", text), ["cat"]);
        assert!(marked("name:dog is:empty", "florence", text).is_empty());
        let name = Highlighter::new(&"name:img* dog".parse().unwrap()).in_name("dog/IMG_12.jpg");
        assert_eq!(name, [(4, 7)]);
    }
}
