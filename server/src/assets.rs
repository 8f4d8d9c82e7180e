//! The pages' static files: scripts, style sheet, font.

use std::path::{Path, PathBuf};

use axum::{
    extract::Request,
    http::{HeaderValue, Uri, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

/// What a build makes anew under the same names.
const BUILT: [&str; 3] = ["pkg/vasari.js", "pkg/vasari_bg.wasm", "pkg/vasari.css"];

/// Letters of a version.
const VERSION_LETTERS: usize = 12;

/// For what never changes at its address.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// For what keeps its name from one build to the next: the browser asks whether it has changed.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The built files of one server.
#[derive(Debug, Clone)]
pub(crate) struct Assets {
    /// Where they lie.
    pub(crate) folder: PathBuf,
    /// Tells one build from another; part of the addresses under which pages ask for its files.
    pub(crate) version: String,
}

impl Assets {
    /// The files of a folder, as they are now.
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        let version = version_of(&folder);
        Self { folder, version }
    }
}

fn version_of(folder: &Path) -> String {
    let mut sum = Sha256::new();
    for name in BUILT {
        // What isn't there has no version; whoever runs the server was told.
        sum.update(std::fs::read(folder.join(name)).unwrap_or_default());
    }
    let sum = sum.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    sum[..VERSION_LETTERS].to_owned()
}

/// Says how long a file may be kept.
pub(crate) async fn say_how_long(request: Request, next: Next) -> Response {
    let is_fixed = is_fixed(request.uri());
    let mut response = next.run(request).await;
    let is_there = response.status().is_success() || response.status().is_redirection();
    let value = if is_fixed && is_there { FOREVER } else { ASK_AGAIN };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(value);
    response
}

/// Whether what lies at an address never changes: a version is named, or it is the font, whose name is another when it is.
fn is_fixed(uri: &Uri) -> bool {
    let names_version =
        uri.query().is_some_and(|query| form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "v"));
    uri.path().starts_with("/pkg/")
        && (names_version || Path::new(uri.path()).extension().is_some_and(|ending| ending == "woff2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_where_their_address_tells_them_apart() {
        for fixed in ["/pkg/vasari.js?v=1", "/pkg/figtree.woff2"] {
            assert!(is_fixed(&Uri::from_static(fixed)), "{fixed}");
        }
        for other in ["/pkg/vasari.js", "/pkg/vasari.js?w=1", "/favicon.svg?v=1", "/datasets/a?v=1"] {
            assert!(!is_fixed(&Uri::from_static(other)), "{other}");
        }
    }

    #[test]
    fn version_changes_with_what_was_built() {
        let folder = tempfile::tempdir().unwrap();
        let before = version_of(folder.path());
        std::fs::create_dir(folder.path().join("pkg")).unwrap();
        std::fs::write(folder.path().join("pkg/vasari.css"), "a {}").unwrap();
        assert_ne!(version_of(folder.path()), before);
        assert_eq!(before.len(), VERSION_LETTERS);
    }
}
