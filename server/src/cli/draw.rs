//! Where `--draw` puts its pictures.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use image::RgbImage;

/// Where the drawn pictures go: one file, or one in a folder or by a pattern for each picture.
#[derive(Debug)]
pub(super) struct DrawTarget {
    path: PathBuf,
    is_folder: bool,
    taken: HashSet<PathBuf>,
}

/// Stands for a picture's name in a pattern.
const PLACEHOLDER: &str = "{name}";

impl DrawTarget {
    /// Checks `--draw` against how many pictures there are, before anything is computed.
    pub(super) fn new(path: PathBuf, pictures: usize) -> anyhow::Result<Self> {
        let text = path.to_string_lossy();
        let is_pattern = text.contains(PLACEHOLDER);
        let is_folder = path.is_dir() || text.ends_with(['/', '\\']) || (path.extension().is_none() && !is_pattern);
        if pictures > 1 && !is_folder && !is_pattern {
            bail!(
                "--draw {} is one file, but there are {pictures} pictures; name a folder (boxes/) or a pattern \
                 (boxes-{PLACEHOLDER}.png)",
                path.display()
            );
        }
        if !is_folder {
            let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
            ensure!(
                matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg" | "webp")),
                "--draw {} must end in .png, .jpg or .webp",
                path.display()
            );
        }
        let folder = if is_folder { Some(path.as_path()) } else { path.parent() };
        if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).with_context(|| format!("--draw: {} can't be made", folder.display()))?;
        }
        Ok(Self { path, is_folder, taken: HashSet::new() })
    }

    /// Writes the drawn picture of the file `picture`, and returns where.
    pub(super) fn write(&mut self, picture: &Path, drawn: &RgbImage) -> anyhow::Result<PathBuf> {
        let target = self.target(picture);
        drawn.save(&target).with_context(|| format!("--draw: {} can't be written", target.display()))?;
        Ok(target)
    }

    /// A file of its own for each picture, also when two of them have the same name in different folders.
    fn target(&mut self, picture: &Path) -> PathBuf {
        let stem = picture.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let for_name = |name: &str| {
            if self.is_folder {
                return self.path.join(format!("{name}.png"));
            }
            PathBuf::from(self.path.to_string_lossy().replace(PLACEHOLDER, name))
        };
        let numbered = (2..).map(|number| for_name(&format!("{stem}-{number}")));
        let mut candidates = std::iter::once(for_name(&stem)).chain(numbered);
        let free = candidates.find(|target| !self.taken.contains(target) || !self.is_many());
        let target = free.expect("there is always one more number. This is a bug.");
        self.taken.insert(target.clone());
        target
    }

    /// Whether different pictures have different targets.
    fn is_many(&self) -> bool {
        self.is_folder || self.path.to_string_lossy().contains(PLACEHOLDER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_pictures_need_a_folder_or_a_pattern() {
        let error = DrawTarget::new("out.png".into(), 2).unwrap_err().to_string();
        assert!(error.contains("name a folder"), "{error}");
        assert!(DrawTarget::new("out.png".into(), 1).is_ok());
        assert!(DrawTarget::new("out.tiff".into(), 1).is_err());
    }

    #[test]
    fn each_picture_gets_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut target = DrawTarget::new(folder.path().join("new/"), 2).unwrap();
        let names = ["x/a.jpg", "y/a.jpg"].map(|picture| target.target(Path::new(picture)));
        assert_eq!(names, [folder.path().join("new/a.png"), folder.path().join("new/a-2.png")]);
        let mut target = DrawTarget::new(folder.path().join("boxes-{name}.jpg"), 2).unwrap();
        assert_eq!(target.target(Path::new("a.png")), folder.path().join("boxes-a.jpg"));
    }
}
