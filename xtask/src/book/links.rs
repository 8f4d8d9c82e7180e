//! Where the links of the pages lead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::document::Document;

/// The folder of images in the book.
pub(super) const IMAGES: &str = "images/";
const IMAGE_ENDINGS: [&str; 5] = ["png", "jpg", "gif", "svg", "webp"];

/// Follows links, and remembers what they need beside the pages.
pub(super) struct Links<'a> {
    root: &'a Path,
    /// The file and the places of each page, by its Markdown.
    pages: BTreeMap<&'a str, (&'a str, BTreeSet<&'a str>)>,
    images: BTreeMap<String, String>,
    sources: BTreeMap<String, String>,
    problems: Vec<String>,
}

impl<'a> Links<'a> {
    pub(super) fn new(root: &'a Path, documents: &'a [Document<'a>]) -> Self {
        let pages = documents.iter().map(|document| {
            let places = document.headings.iter().map(|heading| heading.id.as_str()).collect();
            (document.page.source.as_str(), (document.page.file.as_str(), places))
        });
        let (images, sources) = (BTreeMap::new(), BTreeMap::new());
        Self { root, pages: pages.collect(), images, sources, problems: Vec::new() }
    }

    /// The address in the book of what a page links to.
    pub(super) fn follow(&mut self, page: &str, link: &str) -> String {
        match self.target(page, link) {
            Ok(address) => address,
            Err(problem) => {
                self.refuse(page, &format!("`{link}` {problem}"));
                link.to_owned()
            }
        }
    }

    /// Notes what a page may not have.
    pub(super) fn refuse(&mut self, page: &str, problem: &str) {
        self.problems.push(format!("{page}: {problem}"));
    }

    fn target(&mut self, page: &str, link: &str) -> Result<String, &'static str> {
        if ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
            return Ok(link.to_owned());
        }
        let (path, place) = link.split_once('#').map_or((link, None), |(path, place)| (path, Some(place)));
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path =
            if path.is_empty() { page.to_owned() } else { join(folder, path).ok_or("leads out of the repository")? };
        if let Some((file, places)) = self.pages.get(path.as_str()) {
            return match place {
                None => Ok((*file).to_owned()),
                Some(place) if !places.contains(place) => Err("names a heading that isn't there"),
                Some(place) if path == page => Ok(format!("#{place}")),
                Some(place) => Ok(format!("{file}#{place}")),
            };
        }
        if !self.root.join(&path).is_file() {
            return Err("is no file");
        }
        if place.is_some() {
            return Err("names a heading of what is no page");
        }
        let is_image = IMAGE_ENDINGS.iter().any(|ending| ends_in(&path, ending));
        let name = path.replace('/', "-");
        let (name, files) = if is_image {
            (format!("{IMAGES}{name}"), &mut self.images)
        } else {
            (format!("source-{name}.html"), &mut self.sources)
        };
        files.insert(name.clone(), path);
        Ok(name)
    }

    /// Images that pages show: the names in the book, and the files.
    pub(super) fn images(&self) -> &BTreeMap<String, String> {
        &self.images
    }

    /// Files that pages lead to and that are no pages themselves: the names of what shows them, and the files.
    pub(super) fn sources(&self) -> &BTreeMap<String, String> {
        &self.sources
    }

    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }
}

/// Whether a file has this ending.
pub(super) fn ends_in(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

/// The path of a relative link in a folder, from the checkout's root; nothing where it leads out of it.
pub(super) fn join(folder: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            ".." => {
                parts.pop()?;
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_are_joined() {
        assert_eq!(join("docs", "../README.md").as_deref(), Some("README.md"));
        assert_eq!(join("", "docs/./A.md").as_deref(), Some("docs/A.md"));
        assert_eq!(join("docs", "../../A.md"), None);
    }
}
