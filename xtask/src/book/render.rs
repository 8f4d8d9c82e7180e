//! The HTML of a page's Markdown.

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, Tag, TagEnd, html};

use super::document::Document;
use super::links::Links;

/// Writes a page's content. The policy of the pages allows no styles in attributes, and what scrolls must be reachable by
/// keyboard, so tables and code are written here and not by the parser's crate.
pub(super) fn body(document: &Document<'_>, links: &mut Links<'_>) -> String {
    let page = document.page.source.as_str();
    let mut table = Table::default();
    let events = document.events.iter().enumerate().filter_map(|(place, event)| match event.clone() {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = CowStr::from(links.follow(page, &dest_url));
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let dest_url = CowStr::from(links.follow(page, &dest_url));
            Some(Event::Start(Tag::Image { link_type, dest_url, title, id }))
        }
        // A comment is for whoever reads the Markdown.
        Event::Html(text) | Event::InlineHtml(text) => {
            if !is_comment(&text) {
                links.refuse(page, &format!("`{}` is HTML, which the pages' policy may not allow", text.trim()));
            }
            None
        }
        Event::Start(Tag::CodeBlock(kind)) => {
            let language = match &kind {
                CodeBlockKind::Fenced(language) if !language.is_empty() => language.as_ref(),
                _ => "text",
            };
            Some(markup(format!("<pre tabindex=\"0\"><code class=\"language-{}\">", escaped(language))))
        }
        Event::End(TagEnd::CodeBlock) => Some(markup("</code></pre>\n")),
        other => {
            let is_empty = matches!(document.events.get(place + 1), Some(Event::End(TagEnd::TableCell)));
            Some(table.markup(&other, is_empty).map_or(other, markup))
        }
    });
    let events: Vec<Event<'_>> = events.collect();
    let mut written = String::new();
    html::push_html(&mut written, events.into_iter());
    written
}

fn markup<'a>(text: impl Into<String>) -> Event<'a> {
    Event::Html(CowStr::from(text.into()))
}

fn is_comment(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with("<!--") || text.ends_with("-->")
}

/// Text between tags, or in an attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Where in a table we are.
#[derive(Debug, Default)]
struct Table {
    alignments: Vec<Alignment>,
    is_head: bool,
    column: usize,
}

impl Table {
    /// The tags of a table's event; nothing for any other.
    fn markup(&mut self, event: &Event<'_>, is_empty: bool) -> Option<String> {
        let tags = match event {
            Event::Start(Tag::Table(alignments)) => {
                self.alignments.clone_from(alignments);
                "<div class=\"table\" tabindex=\"0\"><table>"
            }
            Event::Start(Tag::TableHead) => {
                (self.is_head, self.column) = (true, 0);
                "<thead><tr>"
            }
            Event::End(TagEnd::TableHead) => {
                self.is_head = false;
                "</tr></thead><tbody>\n"
            }
            Event::Start(Tag::TableRow) => {
                self.column = 0;
                "<tr>"
            }
            Event::Start(Tag::TableCell) => return Some(self.cell(is_empty)),
            Event::End(TagEnd::TableCell) => {
                self.column += 1;
                // A browser ends a cell by itself where the next one begins.
                ""
            }
            Event::End(TagEnd::TableRow) => "</tr>\n",
            Event::End(TagEnd::Table) => "</tbody></table></div>\n",
            _ => return None,
        };
        Some(tags.to_owned())
    }

    /// A heading without words heads nothing.
    fn cell(&self, is_empty: bool) -> String {
        let name = if self.is_head && !is_empty { "th scope=\"col\"" } else { "td" };
        match self.alignments.get(self.column) {
            Some(Alignment::Right) => format!("<{name} class=\"right\">"),
            Some(Alignment::Center) => format!("<{name} class=\"middle\">"),
            _ => format!("<{name}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::summary::Page;

    #[test]
    fn tables_and_code_keep_to_the_policy() {
        let page = Page { title: "A".to_owned(), source: "docs/A.md".to_owned(), file: "a.html".to_owned() };
        let text = "# A\n\n<!-- for\n\nwriters -->\n\n| | n |\n|---|---:|\n| a | 1 |\n\n```sh\na < b\n```\n";
        let document = Document::parse(&page, text);
        let documents = [document];
        let mut links = Links::new(std::path::Path::new("/"), &documents);
        let html = body(&documents[0], &mut links);
        assert_eq!(links.into_problems(), Vec::<String>::new());
        assert!(!html.contains("style=") && !html.contains("writers"), "{html}");
        assert!(html.contains("<td><th scope=\"col\" class=\"right\">n"), "{html}");
        assert!(html.contains("<td class=\"right\">1"), "{html}");
        assert!(html.contains("<pre tabindex=\"0\"><code class=\"language-sh\">a &lt; b\n</code></pre>"), "{html}");
    }
}
