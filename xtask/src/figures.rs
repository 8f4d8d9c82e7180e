//! Figures and their place in `docs/PERFORMANCE.md`.

use std::fs;

use anyhow::{Context, bail};

use crate::workspace::Workspace;

/// The processor's name as the kernel gives it, and its threads.
pub(crate) fn processor() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = name.map_or_else(|| "an unnamed processor".to_owned(), |(_, name)| name.trim().to_owned());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{name} ({threads} threads)")
}

/// Puts `table` between the page's markers of the benchmark `name`.
pub(crate) fn write(workspace: &Workspace, name: &str, table: &str) -> anyhow::Result<()> {
    let path = workspace.root().join("docs/PERFORMANCE.md");
    let page = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let page = replace_between_markers(&page, name, table).with_context(|| path.display().to_string())?;
    fs::write(&path, page).with_context(|| format!("writing {}", path.display()))
}

fn replace_between_markers(page: &str, name: &str, table: &str) -> anyhow::Result<String> {
    let (begin, end) = (format!("<!-- bench {name}: begin -->"), format!("<!-- bench {name}: end -->"));
    let parts = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let Some((before, after)) = parts else { bail!("the page has no lines\n{begin}\n{end}") };
    Ok(format!("{before}{begin}\n\n{table}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let page = "above\n<!-- bench x: begin -->\nold\n<!-- bench x: end -->\nbelow\n";
        let written = replace_between_markers(page, "x", "new").unwrap();
        assert_eq!(written, "above\n<!-- bench x: begin -->\n\nnew\n<!-- bench x: end -->\nbelow\n");
        assert_eq!(replace_between_markers(&written, "x", "new").unwrap(), written);
        assert!(replace_between_markers(page, "y", "new").is_err());
    }
}
