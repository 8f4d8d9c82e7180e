//! The pictures that a command line names.

use std::path::{Path, PathBuf};

use vasari_storage::{DatasetFolder, dataset_folder::is_image_name};

/// The files that `paths` name, a folder standing for the pictures directly in it and below, sorted by name; or what is
/// wrong with a path, in its place.
pub(super) fn find(paths: &[PathBuf]) -> Vec<(PathBuf, Result<(), String>)> {
    paths.iter().flat_map(|path| if path.is_dir() { in_folder(path) } else { vec![(path.clone(), Ok(()))] }).collect()
}

fn in_folder(path: &Path) -> Vec<(PathBuf, Result<(), String>)> {
    match DatasetFolder::open(path).and_then(|folder| folder.image_names()) {
        Err(error) => vec![(path.to_owned(), Err(error.to_string()))],
        Ok(names) if names.is_empty() => {
            vec![(path.to_owned(), Err("the folder has no JPEG, PNG, GIF or WebP file".into()))]
        }
        Ok(names) => {
            debug_assert!(names.iter().all(|name| is_image_name(name)));
            names.into_iter().map(|name| (path.join(name), Ok(()))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folder_stands_for_its_pictures() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.png", "a.jpg", "notes.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let lone = folder.path().join("notes.txt");
        let found = find(&[folder.path().to_owned(), lone.clone()]);
        let names: Vec<_> = found.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.jpg", "b.png", "notes.txt"]);
    }

    #[test]
    fn folder_without_pictures_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find(&[folder.path().to_owned()])[0].1.is_err());
    }
}
