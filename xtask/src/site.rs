//! Builds the pages' static files: the browser's half as WebAssembly, its JavaScript, and the style sheet.

use std::path::PathBuf;

use crate::workspace::Workspace;

/// Builds what is out of date and returns the site folder (`<target>/site`).
pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    anyhow::bail!("the pages are not built yet: {}", workspace.target().join("site").display())
}
