//! `docs/SUMMARY.md`: which pages there are, in order.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use super::links::{ends_in, join};

const DOCS: &str = "docs";
const SUMMARY: &str = "SUMMARY.md";

/// The book's pages, in parts.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) title: String,
    pub(super) pages: Vec<Page>,
}

#[derive(Debug)]
pub(super) struct Page {
    /// As the navigation names it.
    pub(super) title: String,
    /// The Markdown, from the checkout's root.
    pub(super) source: String,
    /// The HTML, in the book's folder.
    pub(super) file: String,
}

impl Summary {
    /// Reads the summary. Every page in `docs/` must be in it: what nobody finds isn't documentation.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let path = format!("{DOCS}/{SUMMARY}");
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("{path} can't be read"))?;
        let summary = Self::parse(&text)?;
        let listed: BTreeSet<&str> = summary.pages().map(|page| page.source.as_str()).collect();
        for entry in fs::read_dir(root.join(DOCS))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let source = format!("{DOCS}/{name}");
            if ends_in(&name, "md") && name != SUMMARY && !listed.contains(source.as_str()) {
                bail!("{source} is in no part of {path}");
            }
        }
        Ok(summary)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut parts: Vec<Part> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(title) = line.strip_prefix("# ") {
                // The file's own title.
                if title != "Summary" {
                    parts.push(Part { title: title.to_owned(), pages: Vec::new() });
                }
                continue;
            }
            let item = line.strip_prefix("- [").and_then(|item| item.strip_suffix(')')?.split_once("]("));
            let (Some((title, link)), Some(part)) = (item, parts.last_mut()) else {
                bail!("`{line}` is neither a part nor a page of {DOCS}/{SUMMARY}");
            };
            let source = join(DOCS, link).with_context(|| format!("{link} leads out of the repository"))?;
            part.pages.push(Page { title: title.to_owned(), file: file_of(&source), source });
        }
        Ok(Self { parts })
    }

    pub(super) fn pages(&self) -> impl Iterator<Item = &Page> {
        self.parts.iter().flat_map(|part| &part.pages)
    }
}

/// A page's file: its name in small letters, and for a README that of its folder.
fn file_of(source: &str) -> String {
    let path = source.strip_suffix(".md").unwrap_or(source);
    let path = path.strip_prefix("docs/").unwrap_or(path);
    let name = match path.strip_suffix("README") {
        Some("") => "index",
        Some(folder) => folder.trim_end_matches('/'),
        None => path,
    };
    format!("{}.html", name.replace('/', "-").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_named_after_their_files() {
        let names = ["README.md", "docs/SEARCH.md", "CONTRIBUTING.md", "model/demo/README.md"].map(file_of);
        assert_eq!(names, ["index.html", "search.html", "contributing.html", "model-demo.html"]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for text in ["- [A](A.md)", "# Part\n\n* [A](A.md)", "# Part\n\nWords", "# Part\n- [A](../../A.md)"] {
            assert!(Summary::parse(text).is_err(), "{text}");
        }
    }
}
