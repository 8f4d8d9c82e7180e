//! One page of Markdown: what it says, and which places in it can be linked to.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use super::summary::Page;

pub(super) struct Document<'a> {
    pub(super) page: &'a Page,
    pub(super) events: Vec<Event<'a>>,
    pub(super) headings: Vec<Heading>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: HeadingLevel,
    /// What stands behind `#` in an address.
    pub(super) id: String,
    pub(super) text: String,
}

impl<'a> Document<'a> {
    pub(super) fn parse(page: &'a Page, text: &'a str) -> Self {
        let mut events: Vec<Event<'a>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
        let headings = name_headings(&mut events);
        Self { page, events, headings }
    }

    /// What the first heading says.
    pub(super) fn title(&self) -> &str {
        self.headings.first().map_or(&self.page.title, |heading| &heading.text)
    }

    /// What the search looks through: the text below each heading.
    pub(super) fn sections(&self) -> Vec<Value> {
        let mut texts = vec![String::new()];
        for event in &self.events {
            let text = texts.last_mut().expect("there is one from the beginning. This is a bug.");
            match event {
                Event::Start(Tag::Heading { .. }) => texts.push(String::new()),
                Event::Text(words) | Event::Code(words) => text.push_str(words),
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                Event::End(
                    TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::CodeBlock | TagEnd::Heading(_),
                ) => {
                    text.push('\n');
                }
                _ => {}
            }
        }
        let section = |(heading, text): (&Heading, &String)| {
            let body = text.split_once('\n').map_or("", |(_, body)| body);
            let text: Vec<&str> = body.split_whitespace().collect();
            json!({
                "file": self.page.file, "page": self.page.title, "id": heading.id, "heading": heading.text,
                "text": text.join(" "),
            })
        };
        self.headings.iter().zip(&texts[1..]).map(section).collect()
    }
}

/// Gives each heading the id that forges give it, so that a link works there and here.
fn name_headings(events: &mut [Event<'_>]) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for start in 0..events.len() {
        let Event::Start(Tag::Heading { level, .. }) = events[start] else { continue };
        let words = events[start..].iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
        let text: String = words
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        let slug = slug(&text);
        let count = taken.entry(slug.clone()).or_default();
        let id = if *count == 0 { slug } else { format!("{slug}-{count}") };
        *count += 1;
        if let Event::Start(Tag::Heading { id: slot, .. }) = &mut events[start] {
            *slot = Some(CowStr::from(id.clone()));
        }
        headings.push(Heading { level, id, text });
    }
    headings
}

fn slug(text: &str) -> String {
    let letter = |letter: char| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ => letter.is_alphanumeric().then_some(letter),
    };
    text.to_lowercase().chars().filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page { title: "A".to_owned(), source: "docs/A.md".to_owned(), file: "a.html".to_owned() }
    }

    #[test]
    fn headings_have_the_ids_that_forges_give_them() {
        let page = page();
        let document = Document::parse(&page, "# Bins, and `what` there is\n\n## `[server]`\n\n## Again\n\n## Again\n");
        let ids: Vec<&str> = document.headings.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids, ["bins-and-what-there-is", "server", "again", "again-1"]);
        assert_eq!(document.title(), "Bins, and what there is");
    }

    #[test]
    fn sections_hold_what_stands_below_their_headings() {
        let page = page();
        let document = Document::parse(&page, "# A\n\nOne\ntwo.\n\n## B\n\n| x | y |\n|---|---|\n| `c` | d |\n");
        let sections = document.sections();
        let texts: Vec<&str> = sections.iter().filter_map(|section| section["text"].as_str()).collect();
        assert_eq!(texts, ["One two.", "x y c d"]);
        assert_eq!(sections[1]["id"], "b");
    }
}
