//! `cargo xtask docs`: the documentation as a book, which the server offers at `/docs/book/`.
//!
//! `docs/SUMMARY.md` lists the pages in order, as mdBook's does. Every link is followed while the pages are written: one
//! to a page leads to it, one to another file of the repository to a page that shows it, and a dead one fails the build.
//! Parsing takes a few milliseconds, so nothing here asks what is out of date; files that are the same are left alone.

mod document;
mod frame;
mod links;
mod render;
mod summary;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;

use self::document::Document;
use self::links::Links;
use self::summary::Summary;
use crate::folders::files_below;
use crate::site;
use crate::tools;
use crate::workspace::Workspace;

/// Where the book lies in the site folder, which is also its address.
const FOLDER: &str = "docs/book";
/// The style sheet, here and in `style/`.
const STYLES: &str = "book.css";
const SCRIPT: &str = "search.js";
const INDEX: &str = "search.json";

/// Build the documentation as a book, and fail on a dead link.
///
/// The server offers it at /docs/book/. `serve` and `dist` do this as well.
#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// Write nothing; only follow the links
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &DocsArgs) -> anyhow::Result<()> {
    if args.check {
        let files = make(workspace.root())?;
        println!("{} pages, and no link that leads nowhere.", pages(&files));
        return Ok(());
    }
    tools::ensure_npm_packages(workspace)?;
    let site = workspace.target().join("site");
    build(workspace, &site)?;
    println!("book: {}", site.join(FOLDER).join("index.html").display());
    Ok(())
}

/// Brings the book in the site folder up to date.
pub(crate) fn build(workspace: &Workspace, site: &Path) -> anyhow::Result<()> {
    let folder = site.join(FOLDER);
    let mut files = make(workspace.root())?;
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let styles = workspace.target().join(STYLES);
    site::bundle_styles(workspace, STYLES, &styles)?;
    files.insert(STYLES.to_owned(), fs::read(&styles).with_context(|| format!("reading {}", styles.display()))?);
    let changed = write(&folder, &files)?;
    if changed > 0 {
        println!("  the documentation: {} pages, {changed} files written", pages(&files));
    }
    Ok(())
}

fn pages(files: &BTreeMap<String, Vec<u8>>) -> usize {
    files.keys().filter(|name| links::ends_in(name, "html")).count()
}

/// All files of the book but its styles, by name.
fn make(root: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let summary = Summary::read(root)?;
    let texts: Vec<String> = summary.pages().map(|page| read_text(root, &page.source)).collect::<Result<_, _>>()?;
    let documents: Vec<Document<'_>> =
        summary.pages().zip(&texts).map(|(page, text)| Document::parse(page, text)).collect();
    let mut links = Links::new(root, &documents);
    let mut files = BTreeMap::new();
    for (place, document) in documents.iter().enumerate() {
        let body = render::body(document, &mut links);
        let before = place.checked_sub(1).map(|before| documents[before].page);
        let after = documents.get(place + 1).map(|after| after.page);
        let html = frame::page(&summary, document, &body, before, after);
        files.insert(document.page.file.clone(), html.into_bytes());
    }
    // Images that pages show, and files that they lead to.
    for (name, path) in links.images() {
        files.insert(name.clone(), fs::read(root.join(path)).with_context(|| format!("reading {path}"))?);
    }
    for (name, path) in links.sources() {
        files.insert(name.clone(), frame::source(&summary, path, &read_text(root, path)?).into_bytes());
    }
    let problems = links.into_problems();
    if !problems.is_empty() {
        bail!("the documentation has links that lead nowhere:\n{}", problems.join("\n"));
    }
    files.insert(SCRIPT.to_owned(), include_bytes!("search.js").to_vec());
    let index: Vec<_> = documents.iter().flat_map(Document::sections).collect();
    files.insert(INDEX.to_owned(), serde_json::to_vec(&index)?);
    Ok(files)
}

fn read_text(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("{path} can't be read as text"))
}

/// Writes what differs, with compressed twins, and removes what no longer belongs; returns how many files were written.
fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<usize> {
    let mut changed = 0;
    for (name, bytes) in files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|written| written == *bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
        }
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        if is_text(name) {
            let twin = folder.join(twin(name));
            fs::write(&twin, site::compressed(bytes)?).with_context(|| format!("writing {}", twin.display()))?;
        }
        changed += 1;
    }
    let belongs = |name: &str| files.contains_key(name) || files.keys().any(|file| is_text(file) && twin(file) == name);
    for path in files_below(folder)? {
        let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        if !belongs(&name) {
            fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(changed)
}

fn is_text(name: &str) -> bool {
    !name.starts_with(links::IMAGES) || links::ends_in(name, "svg")
}

fn twin(name: &str) -> String {
    format!("{name}.{}", site::BROTLI)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A checkout of these files, in a folder of its own.
    fn checkout(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("vasari-book-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("it is in the folder")).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const SUMMARY: (&str, &str) =
        ("docs/SUMMARY.md", "# Summary\n\n# First\n\n- [What it is](../README.md)\n- [More](MORE.md)\n");

    #[test]
    fn links_between_pages_lead_to_pages() {
        let root = checkout(
            "links",
            &[
                SUMMARY,
                ("README.md", "# A\n\n[more](docs/MORE.md#the-end), ![it](docs/a.png), [licence](LICENSE)\n"),
                ("docs/MORE.md", "# B\n\n## The end\n\n[back](../README.md), [here](#the-end)\n"),
                ("docs/a.png", "png"),
                ("LICENSE", "You <may>."),
            ],
        );
        let files = make(&root).unwrap();
        let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        assert!(text("index.html").contains(r#"<a href="more.html#the-end">more</a>"#));
        assert!(text("index.html").contains(r#"src="images/docs-a.png""#));
        assert!(text("index.html").contains(r#"<a href="source-LICENSE.html">licence</a>"#));
        assert!(text("more.html").contains(r#"<a href="index.html">back</a>"#));
        assert!(text("source-LICENSE.html").contains("You &lt;may&gt;."));
        let folder = root.join("book");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("old.html"), "gone").unwrap();
        assert_eq!(write(&folder, &files).unwrap(), files.len());
        assert_eq!(write(&folder, &files).unwrap(), 0, "the same is left alone");
        assert!(folder.join("more.html.br").exists() && !folder.join("old.html").exists());
        assert!(!folder.join("images/docs-a.png.br").exists());
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn dead_links_are_told() {
        let readme = "# A\n\n[a](docs/NO.md) [b](docs/MORE.md#no) [c](#no) [d](../outside.md) [e](docs) <b>raw</b>\n";
        let root = checkout("dead", &[SUMMARY, ("README.md", readme), ("docs/MORE.md", "# B\n")]);
        let error = make(&root).unwrap_err().to_string();
        for dead in ["docs/NO.md", "docs/MORE.md#no", "#no", "../outside.md", "docs`", "<b>"] {
            assert!(error.contains(dead), "{dead}: {error}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn every_page_of_the_folder_is_in_the_book() {
        let root = checkout(
            "listed",
            &[SUMMARY, ("README.md", "# A\n"), ("docs/MORE.md", "# B\n"), ("docs/LOST.md", "# C\n")],
        );
        let error = make(&root).unwrap_err().to_string();
        assert!(error.contains("docs/LOST.md"), "{error}");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn the_book_of_this_repository_has_no_dead_links() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the checkout");
        let files = make(root).unwrap();
        assert!(files.contains_key("index.html") && files.contains_key("operations.html"));
    }
}
