//! Files that somebody imports, in every format that their bytes could be.
#![no_main]

use std::{fs, path::Path};

use libfuzzer_sys::fuzz_target;
use vasari_storage::formats::{
    ArchiveLimits, CaptionRow, ColumnMapping, Format, open_file_or_archive, read, safe_name,
};

const LIMITS: ArchiveLimits = ArchiveLimits { files: 64, bytes: 1 << 20 };

/// Rows that are looked at; a small file can hold many.
const MOST_ROWS: usize = 1000;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("file");
    fs::write(&file, bytes).expect("the folder can be written");
    for (number, (name, format)) in formats(bytes).iter().enumerate() {
        let into = folder.path().join(number.to_string());
        fs::create_dir(&into).expect("the folder can be written");
        let opened = open_file_or_archive(&file, name, *format, (&into, LIMITS));
        let Ok((place, format)) = opened else { continue };
        let Ok(rows) = read(&place, format, &ColumnMapping::default()) else { continue };
        for row in rows.take(MOST_ROWS).flatten() {
            check(&row, &into);
        }
    }
    // Nothing was unpacked beside the folders that are there for it.
    assert!(fs::read_dir(folder.path()).expect("it is there").count() <= 1 + formats(bytes).len());
});

/// What the bytes could be: by their first ones, or else any text.
fn formats(bytes: &[u8]) -> Vec<(&'static str, Option<Format>)> {
    let is_tar = bytes.get(257..262) == Some(b"ustar");
    match bytes {
        [b'P', b'K', ..] => {
            vec![("set.zip", None), ("set.zip", Some(Format::Sidecars)), ("set.zip", Some(Format::Folder))]
        }
        [b'P', b'A', b'R', b'1', ..] => vec![("set.parquet", None)],
        _ if is_tar => vec![("set.tar", None), ("set.tar", Some(Format::ImageFolder))],
        _ => vec![("set.jsonl", None), ("set.csv", None), ("set.json", None)],
    }
}

/// What every row promises: a name that is safe to join to a folder, and a picture within the one that it came in.
fn check(row: &CaptionRow, into: &Path) {
    assert_eq!(safe_name(&row.file_name).as_ref(), Some(&row.file_name));
    assert!(row.confidence.is_none_or(f32::is_finite));
    if let vasari_storage::formats::Picture::File(path) = &row.picture {
        let path = path.canonicalize().expect("a picture that was found is there");
        assert!(path.starts_with(into.parent().unwrap_or(into)), "{}", path.display());
    }
}
