//! What stands around a page of the book.

use std::fmt::Write;

use pulldown_cmark::HeadingLevel;

use super::document::{Document, Heading};
use super::render::escaped;
use super::summary::{Page, Summary};

/// A page without its title, the list of pages and its content. The bar on top is that of the gallery's pages.
const FRAME: &str = include_str!("frame.html");

/// A page of the book, with the ways to the one before and the one after.
pub(super) fn page(
    summary: &Summary,
    document: &Document<'_>,
    body: &str,
    before: Option<&Page>,
    after: Option<&Page>,
) -> String {
    let way = |page: Option<&Page>, relation: &str, word: &str| {
        page.map_or_else(String::new, |page| {
            let (file, title) = (&page.file, escaped(&page.title));
            format!("<a class=\"button\" rel=\"{relation}\" href=\"{file}\"><span>{word}</span> {title}</a>")
        })
    };
    let ways = way(before, "prev", "Before:") + &way(after, "next", "Next:");
    let body = format!("{body}<nav class=\"book-ways\" aria-label=\"Pages\">{ways}</nav>");
    whole(document.title(), &contents(summary, Some(document)), &body)
}

/// A file of the repository that is no page, as it is.
pub(super) fn source(summary: &Summary, path: &str, text: &str) -> String {
    let (path, text) = (escaped(path), escaped(text));
    let body = format!("<h1><code>{path}</code></h1>\n<pre tabindex=\"0\"><code>{text}</code></pre>\n");
    whole(&path, &contents(summary, None), &body)
}

/// All pages, and the headings of the one that is shown.
fn contents(summary: &Summary, shown: Option<&Document<'_>>) -> String {
    let mut written = String::new();
    for part in &summary.parts {
        write_to(&mut written, format_args!("<h2>{}</h2>\n<ul>\n", escaped(&part.title)));
        for page in &part.pages {
            let shown = shown.filter(|shown| shown.page.file == page.file);
            let current = if shown.is_some() { " aria-current=\"page\"" } else { "" };
            let (file, title) = (&page.file, escaped(&page.title));
            write_to(&mut written, format_args!("<li><a href=\"{file}\"{current}>{title}</a>"));
            if let Some(shown) = shown {
                written.push_str(&headings(shown));
            }
            written.push_str("</li>\n");
        }
        written.push_str("</ul>\n");
    }
    written
}

fn headings(document: &Document<'_>) -> String {
    let shown = document.headings.iter().filter(|heading| matches!(heading.level, HeadingLevel::H2 | HeadingLevel::H3));
    let mut items = String::new();
    for Heading { level, id, text } in shown {
        let text = escaped(text);
        write_to(&mut items, format_args!("<li class=\"{level}\"><a href=\"#{id}\">{text}</a></li>\n"));
    }
    if items.is_empty() { items } else { format!("\n<ul>\n{items}</ul>\n") }
}

fn whole(title: &str, contents: &str, body: &str) -> String {
    // The body last: it may say anything.
    FRAME.replace("<!--title-->", &escaped(title)).replace("<!--contents-->", contents).replace("<!--body-->", body)
}

fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes all that is written. This is a bug.");
}
