//! A folder of pictures.

use std::path::{Component, Path, PathBuf};

/// A folder of pictures, and of folders of pictures.
#[derive(Debug, Clone)]
pub struct DatasetFolder {
    /// Canonical, so that what lies outside can be told.
    root: PathBuf,
}

/// Why a dataset can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The system refused a file or a folder.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A dataset is a folder.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
}

impl DatasetFolder {
    /// The folder at `path`.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let root = path.canonicalize().map_err(|source| DatasetError::Unreadable { path: path.to_owned(), source })?;
        if !root.is_dir() {
            return Err(DatasetError::NotAFolder(path.to_owned()));
        }
        Ok(Self { root })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Names of the pictures, sorted, with `/` between folders. What a name starting with a dot holds is left out, and
    /// so is what a link leads to outside the folder.
    pub fn image_names(&self) -> Result<Vec<String>, DatasetError> {
        let mut names = Vec::new();
        self.collect(&self.root, "", &mut names)?;
        names.sort_unstable();
        Ok(names)
    }

    /// Where the picture of this name lies, if the folder has it. A name that leads outside, by `..`, as an absolute
    /// path or through a link, is not there.
    pub fn image_path(&self, name: &str) -> Option<PathBuf> {
        let relative = Path::new(name);
        let is_plain = relative.components().all(|component| matches!(component, Component::Normal(_)));
        // A backslash or a colon means nothing here and something elsewhere.
        if !is_plain || !is_image_name(name) || name.contains(['\\', ':', '\0']) {
            return None;
        }
        let path = self.root.join(relative).canonicalize().ok()?;
        (path.starts_with(&self.root) && path.is_file()).then_some(path)
    }

    fn collect(&self, folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<(), DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { path: folder.to_owned(), source };
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // A name that isn't text can't be asked for over HTTP.
            let Some(file_name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{file_name}");
            // The entry's own type: a linked folder could lead around in a circle.
            if entry.file_type().map_err(unreadable)?.is_dir() {
                self.collect(&entry.path(), &format!("{name}/"), names)?;
            } else if self.image_path(&name).is_some() {
                names.push(name);
            }
        }
        Ok(())
    }
}

/// Whether a file name ends as the formats do that can be captioned.
pub fn is_image_name(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png" | "gif" | "webp"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[&str]) -> (tempfile::TempDir, DatasetFolder) {
        let outer = tempfile::tempdir().unwrap();
        fs::write(outer.path().join("secret.png"), "secret").unwrap();
        for file in files {
            let path = outer.path().join("set").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let dataset = DatasetFolder::open(&outer.path().join("set")).unwrap();
        (outer, dataset)
    }

    #[test]
    fn pictures_are_listed_by_name() {
        let (_guard, dataset) = folder(&["b.PNG", "a.jpg", "sub/c.webp", "captions.jsonl", ".hidden/d.png", ".e.png"]);
        assert_eq!(dataset.image_names().unwrap(), ["a.jpg", "b.PNG", "sub/c.webp"]);
        let path = dataset.image_path("sub/c.webp").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "sub/c.webp");
    }

    #[test]
    fn names_that_lead_outside_are_not_there() {
        let (outer, dataset) = folder(&["a.png"]);
        let absolute = outer.path().join("secret.png");
        for name in
            ["../secret.png", "./a.png", "sub/../../secret.png", "..\\secret.png", "C:a.png", "a.png\0", "", "/"]
        {
            assert_eq!(dataset.image_path(name), None, "{name:?}");
        }
        assert_eq!(dataset.image_path(absolute.to_str().unwrap()), None);
        assert_eq!(dataset.image_path("captions.jsonl"), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_outside_are_not_there() {
        let (outer, dataset) = folder(&["a.png"]);
        std::os::unix::fs::symlink(outer.path().join("secret.png"), outer.path().join("set/link.png")).unwrap();
        std::os::unix::fs::symlink(outer.path(), outer.path().join("set/out")).unwrap();
        assert_eq!(dataset.image_path("link.png"), None);
        assert_eq!(dataset.image_path("out/secret.png"), None);
        assert_eq!(dataset.image_names().unwrap(), ["a.png"]);
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let (outer, _dataset) = folder(&["a.png"]);
        let error = DatasetFolder::open(&outer.path().join("set/a.png")).unwrap_err();
        assert!(error.to_string().ends_with("a.png is not a folder"), "{error}");
        assert!(DatasetFolder::open(&outer.path().join("nowhere")).is_err());
    }
}
