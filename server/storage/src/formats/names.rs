//! Names of pictures: those from outside made safe, those that go out made unique.

use std::collections::{HashMap, HashSet};

/// Longest part of a name, in bytes. Common file systems take 255; the rest is room for a number and an extension.
const MAX_PART_BYTES: usize = 200;

/// The name made safe to join to a folder: relative, with `/` between folders, without `..`, `NUL` and other characters
/// that have a meaning to some system, and not hidden. `None` where nothing is left.
///
/// A safe name stays as it is.
pub fn safe_name(name: &str) -> Option<String> {
    let parts = name.split(['/', '\\']).filter_map(safe_part).collect::<Vec<_>>();
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn safe_part(part: &str) -> Option<String> {
    let plain = |character: char| match character {
        ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        control if control.is_control() => '_',
        other => other,
    };
    let part: String = part.chars().map(plain).collect();
    // Windows drops dots and spaces at the end, so that `.. ` is `..` there; a dot at the start hides a file.
    let part = part.trim_matches(|character: char| character == '.' || character.is_whitespace());
    let (stem, extension) = split_extension(part);
    let extension = &extension[..extension.floor_char_boundary(20)];
    let stem = &stem[..stem.floor_char_boundary(MAX_PART_BYTES - extension.len())];
    let short = format!("{stem}{extension}");
    let short = short.trim_end_matches(|character: char| character == '.' || character.is_whitespace());
    (!short.is_empty()).then(|| short.to_owned())
}

/// The name without its extension, and the extension with its dot or nothing.
pub(super) fn split_extension(name: &str) -> (&str, &str) {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[file..].rfind('.') {
        Some(dot) if dot > 0 => name.split_at(file + dot),
        _ => (name, ""),
    }
}

/// Gives every picture of an export a name of its own.
///
/// Names differ by more than upper and lower case, as some file systems tell none of it. It holds every name in the
/// memory.
#[derive(Debug, Default)]
pub(super) struct NameBook {
    given: HashMap<String, String>,
    taken: HashSet<String>,
    /// What must differ between two names: all, or what stands before the extension.
    by_stem: bool,
}

impl NameBook {
    /// Names that differ before their extensions, for formats that put the caption beside the picture.
    pub(super) fn by_stem() -> Self {
        Self { by_stem: true, ..Self::default() }
    }

    /// Keeps a name of the format itself.
    pub(super) fn reserve(mut self, name: &str) -> Self {
        self.taken.insert(self.key(name));
        self
    }

    /// The picture's name in the export, the same for all its captions, and whether it is new. `None` for a name that
    /// has nothing safe in it.
    pub(super) fn name(&mut self, original: &str) -> Option<(String, bool)> {
        if let Some(name) = self.given.get(original) {
            return Some((name.clone(), false));
        }
        let safe = safe_name(original)?;
        let (stem, extension) = split_extension(&safe);
        let numbered = (2..).map(|number| format!("{stem}-{number}{extension}"));
        let mut free =
            std::iter::once(safe.clone()).chain(numbered).filter(|name| !self.taken.contains(&self.key(name)));
        let name = free.next().expect("there are more numbers than names. This is a bug.");
        drop(free);
        self.taken.insert(self.key(&name));
        self.given.insert(original.to_owned(), name.clone());
        Some((name, true))
    }

    fn key(&self, name: &str) -> String {
        let name = if self.by_stem { split_extension(name).0 } else { name };
        name.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_inside() {
        for (hostile, safe) in [
            ("../../etc/passwd", Some("etc/passwd")),
            ("/etc/shadow.png", Some("etc/shadow.png")),
            ("C:\\Users\\me\\a.jpg", Some("C_/Users/me/a.jpg")),
            ("..\\..\\a.jpg", Some("a.jpg")),
            ("a/.. /b.jpg", Some("a/b.jpg")),
            ("a\0b.jpg", Some("a_b.jpg")),
            ("./a//b.jpg", Some("a/b.jpg")),
            ("line\nbreak.jpg", Some("line_break.jpg")),
            (".hidden.png", Some("hidden.png")),
            ("...", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(safe_name(hostile).as_deref(), safe, "{hostile:?}");
        }
    }

    #[test]
    fn safe_names_stay_as_they_are() {
        let long = format!("{}.jpeg", "ü".repeat(300));
        let shortened = safe_name(&long).unwrap();
        assert!(shortened.len() <= MAX_PART_BYTES && split_extension(&shortened).1 == ".jpeg", "{shortened}");
        for name in ["a.jpg", "sub/größe 1.png", "日本.webp", "a.b.c.jpg", &shortened] {
            assert_eq!(safe_name(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn names_differ_in_every_file_system() {
        let mut book = NameBook::default().reserve("metadata.jsonl");
        let mut name = |original: &str| book.name(original).unwrap();
        assert_eq!(name("a.jpg"), ("a.jpg".to_owned(), true));
        assert_eq!(name("A.jpg"), ("A-2.jpg".to_owned(), true));
        assert_eq!(name("../a.jpg"), ("a-3.jpg".to_owned(), true));
        assert_eq!(name("a.jpg"), ("a.jpg".to_owned(), false));
        assert_eq!(name("metadata.jsonl"), ("metadata-2.jsonl".to_owned(), true));
        let mut book = NameBook::by_stem();
        assert_eq!(book.name("a.jpg").unwrap().0, "a.jpg");
        assert_eq!(book.name("a.png").unwrap().0, "a-2.png");
    }
}
