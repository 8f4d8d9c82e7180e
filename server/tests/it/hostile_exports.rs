//! Exports of hostile names and texts, opened again by the programs that they are for, or as those read them.

use std::{
    collections::BTreeSet,
    fs,
    io::{Cursor, Read},
    path::Path,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vasari_storage::formats::{ColumnMapping, Format, read};

use crate::{
    datasets::{add, say, scene, source},
    jobs::{asked, has_ended, wait_for},
    people::Instance,
    transfer::named_picture,
};

/// Names that no file of an archive may have. The API refuses most of them; an older server may have let them in.
const NAMES: [&str; 16] = [
    "../../escape.png",
    "a/../../../escape.png",
    "/absolute.png",
    "..\\..\\escape.png",
    "C:\\windows\\escape.png",
    "\\\\server\\share.png",
    ".hidden.png",
    "CON.png",
    "a.png ",
    "A.png",
    "metadata.jsonl",
    "captions.jsonl",
    "=cmd|' /C calc'!A1.png",
    "<script>alert(1)<script>.png",
    "gnp.\u{202e}exe.png",
    "name,\"with\" 'signs'.png",
];

/// With the one whose bytes they share, which has no caption.
const PICTURES: usize = NAMES.len() + 1;

/// Those that an archive may leave out.
const NOT_PACKED: u64 = 3;

/// Texts that a table, a line or a sidecar could be broken by.
const TEXTS: [&str; 16] = [
    "=1+1",
    "=cmd|' /C calc'!A1",
    "+1",
    "-1+cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "",
    "a,b;c\td",
    "\"quoted\" and \"\"twice\"\"",
    "two\nlines\r\nand three",
    "{\"image\": \"x\"}\n{\"image\": \"y\"}",
    "<script>alert(1)</script>",
    "\u{202e}txet\u{feff}",
];

/// Every picture with its text, and the file of an export of them.
struct Exported {
    instance: Instance,
}

impl Exported {
    async fn make() -> Self {
        let instance = Instance::start(&[]).await;
        let made = instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "Birds" }));
        assert_eq!(made.status, 201, "{}", made.text());
        let scene = scene();
        // The bytes are kept once, whatever the pictures are called.
        assert_eq!(add(&instance, &instance.root, "birds", &[("a.png", &scene)]).status, 200);
        let found = source(&instance, "birds").await;
        for (name, text) in NAMES.iter().zip(TEXTS) {
            let image = named_picture(&instance, "birds", name, Sha256::digest(&scene).to_vec()).await;
            say(&instance, image, found, text).await;
        }
        Self { instance }
    }

    fn file(&self, format: &str) -> Vec<u8> {
        let Self { instance } = self;
        let body = json!({ "format": format, "captions": { "source": "found" } });
        let job = asked(instance, &instance.root, "/api/v1/datasets/birds/exports", &body);
        let ended = wait_for(&instance.server, &job, &instance.root, has_ended);
        // Archives leave out what bears the name of a file of their own, and say so.
        let most = if matches!(format, "imagefolder" | "sidecars" | "webdataset") { NOT_PACKED } else { 0 };
        let failed = ended["result"]["counts"]["failed"].as_u64().expect("it is a number");
        assert!(ended["state"] == "succeeded" && failed <= most, "{format}: {ended}");
        let file = instance.get(&format!("/api/v1/jobs/{job}/file"), &instance.root);
        assert_eq!((file.status, file.header("x-content-type-options")), (200, "nosniff"), "{format}");
        let name = file.header("content-disposition");
        assert!(name.starts_with("attachment; filename=\"birds-"), "a browser shows none of it: {name}");
        file.body
    }
}

/// Checks that whoever unpacks an archive gets files within one folder, each of its own.
fn check_names(format: &str, names: &[String]) {
    assert!(names.len() as u64 + NOT_PACKED >= PICTURES as u64, "{format}: {names:?}");
    let mut taken = BTreeSet::new();
    for name in names {
        let parts: Vec<_> = name.split('/').collect();
        let is_plain = |part: &&str| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with(['.', ' '])
                && !part.contains(['\\', ':', '"', '|', '<'])
        };
        assert!(parts.iter().all(is_plain), "{format}: {name:?}");
        assert!(!name.chars().any(char::is_control), "{format}: {name:?}");
        assert!(taken.insert(name.to_lowercase()), "{format}: {name:?} comes twice");
    }
}

/// A ZIP's files by name. None of them is a link.
fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is a ZIP");
    let mut files = Vec::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).expect("it has this file");
        assert!(!file.is_symlink() && file.enclosed_name().is_some(), "{}", file.name());
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("the file is whole");
        if file.is_file() {
            files.push((file.name().to_owned(), content));
        }
    }
    files
}

fn untar(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(bytes);
    let read = |entry: Result<tar::Entry<&[u8]>, _>| {
        let mut entry = entry.expect("the archive is whole");
        assert_eq!(entry.header().entry_type(), tar::EntryType::Regular);
        let name = entry.path().expect("it has a name").to_str().expect("the name is UTF-8").to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("the file is whole");
        (name, content)
    };
    archive.entries().expect("it is a tar").map(read).collect()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("lines are UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Checks that all texts are there, whatever their order.
fn check_texts<'a>(format: &str, found: impl IntoIterator<Item = &'a str>) {
    let found: BTreeSet<_> = found.into_iter().collect();
    let missing: Vec<_> = TEXTS.iter().filter(|text| !found.contains(**text)).collect();
    assert!(missing.is_empty(), "{format} lacks {missing:?}: {found:?}");
}

fn texts_of<'a>(rows: &'a [Value], member: &'a str) -> impl Iterator<Item = &'a str> {
    rows.iter().filter_map(move |row| row[member].as_str())
}

#[tokio::test]
async fn exports_of_hostile_texts_open_and_do_nothing() {
    let exported = Exported::make().await;
    let rows = lines(&exported.file("jsonl"));
    assert_eq!(rows.len(), PICTURES);
    check_texts("jsonl", texts_of(&rows, "caption"));

    // No spreadsheet takes a cell for a formula.
    let table = exported.file("csv");
    let mut table = csv::ReaderBuilder::new().has_headers(false).from_reader(&*table);
    let cells: Vec<_> = table.records().map(|row| row.expect("it is a table")).collect();
    assert_eq!(cells.len(), PICTURES + 1);
    for cell in cells.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
    }

    let parquet = exported.file("parquet");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("birds.parquet");
    fs::write(&path, &parquet).expect("the folder can be written");
    let read = read(&path, Format::Parquet, &ColumnMapping::default()).expect("it is Parquet");
    let read: Vec<_> = read.map(|row| row.expect("each row can be read")).collect();
    check_texts("parquet", read.iter().filter_map(|row| row.caption.as_deref()));

    let coco: Value = serde_json::from_slice(&exported.file("coco")).expect("it is JSON");
    let annotations = coco["annotations"].as_array().expect("it has annotations");
    check_texts("coco", texts_of(annotations, "caption"));

    let imagefolder = unzip(&exported.file("imagefolder"));
    let of = |name: &str, files: &[(String, Vec<u8>)]| files.iter().find(|(file, _)| file.ends_with(name)).cloned();
    let (_, metadata) = of("metadata.jsonl", &imagefolder).expect("it has metadata");
    let metadata = lines(&metadata);
    let texts: Vec<_> = texts_of(&metadata, "caption").collect();
    assert!(texts.contains(&"<script>alert(1)</script>") && texts.contains(&"=1+1"), "{texts:?}");
    check_names("imagefolder", &imagefolder.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    for file in texts_of(&metadata, "file_name") {
        assert!(imagefolder.iter().any(|(name, bytes)| name.ends_with(file) && *bytes == scene()), "{file}");
    }

    for (format, files) in
        [("sidecars", unzip(&exported.file("sidecars"))), ("webdataset", untar(&exported.file("webdataset")))]
    {
        check_names(format, &files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
        let texts = files.iter().filter(|(name, _)| Path::new(name).extension() == Some("txt".as_ref()));
        let texts: Vec<_> =
            texts.map(|(_, bytes)| std::str::from_utf8(bytes).expect("a text is UTF-8").trim_end()).collect();
        assert!(texts.contains(&"<script>alert(1)</script>") && texts.contains(&"=1+1"), "{format}: {texts:?}");
    }
    exported.instance.end().await;
}
