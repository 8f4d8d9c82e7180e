//! Files to import that are not what they say: each import ends, and tells in words what was wrong.

use std::io::{Cursor, Write};

use image::ImageFormat;
use serde_json::Value;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::LEAKS;
use crate::{
    form::{Form, picture},
    jobs::{has_ended, wait_for},
    people::Instance,
};

/// How an import ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// As a whole: nothing is taken in.
    Failed,
    /// With so many rows taken in and so many refused.
    Rows(i64, i64),
}

/// Name of the case, the file's name, its bytes, and how it ends.
type Import = (&'static str, &'static str, Vec<u8>, End);

const ROW: &[u8] = b"{\"image\": \"a.png\", \"caption\": \"x\"}\n";

fn zip_of(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        writer.start_file(*name, options).expect("a file can be added");
        writer.write_all(bytes).expect("memory takes all");
    }
    writer.finish().expect("memory takes all").into_inner()
}

/// A tar whose entries are written as they are, whatever their names and kinds.
fn tar_of(entries: &[(&[u8], tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").expect("the name is short");
        }
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, *bytes).expect("memory takes all");
    }
    builder.into_inner().expect("memory takes all")
}

/// Tables and lines.
fn texts() -> Vec<Import> {
    let lines = |line: &[u8]| [ROW, line, b"\n", ROW].concat();
    let deep = [&b"{\"image\": \"a.png\", \"caption\": "[..], &b"[".repeat(5000), &b"]".repeat(5000), b"}"].concat();
    let long = [&b"{\"image\": \"a.png\", \"caption\": \""[..], &b"x".repeat(200_000), b"\"}"].concat();
    vec![
        ("lines that are none", "a.jsonl", b"no json\n".to_vec(), End::Rows(0, 1)),
        ("an empty file of lines", "a.jsonl", Vec::new(), End::Rows(0, 0)),
        ("one line that is cut off", "a.jsonl", lines(b"{\"image\": \"a.p"), End::Rows(2, 1)),
        ("one line that is a list", "a.jsonl", lines(b"[1, 2]"), End::Rows(2, 1)),
        ("one line without a picture", "a.jsonl", lines(b"{\"caption\": \"x\"}"), End::Rows(2, 1)),
        ("one line in broken UTF-8", "a.jsonl", lines(b"{\"image\": \"\xff\", \"caption\": \"x\"}"), End::Rows(2, 1)),
        ("one line with a NUL", "a.jsonl", lines(br#"{"image": "a.png", "caption": "a\u0000b"}"#), End::Rows(2, 1)),
        ("one line of NULs", "a.jsonl", lines(b"\0\0\0"), End::Rows(2, 1)),
        ("one line that is deep", "a.jsonl", lines(&deep), End::Rows(2, 1)),
        ("one line that is long", "a.jsonl", lines(&long), End::Rows(2, 1)),
        ("a caption that is a number", "a.jsonl", lines(br#"{"image": "a.png", "caption": 1}"#), End::Rows(2, 1)),
        (
            "a confidence beyond all",
            "a.jsonl",
            lines(br#"{"image": "a.png", "caption": "x", "confidence": 7}"#),
            End::Rows(2, 1),
        ),
        (
            "a name that leads outside",
            "a.jsonl",
            lines(br#"{"image": "../../etc/passwd", "caption": "x"}"#),
            End::Rows(2, 1),
        ),
        ("a table of one line", "a.csv", b"file_name,caption\n".to_vec(), End::Rows(0, 0)),
        ("an empty table", "a.csv", Vec::new(), End::Failed),
        ("a table of other columns", "a.csv", b"x,y\n1,2\n".to_vec(), End::Rows(0, 1)),
        ("a table with an open quote", "a.csv", b"file_name,caption\na.png,\"x\n".to_vec(), End::Rows(1, 0)),
        ("a table of uneven rows", "a.csv", b"file_name,caption\na.png\na.png,x\n".to_vec(), End::Rows(1, 1)),
        ("a table in broken UTF-8", "a.csv", b"file_name,caption\na.png,\xff\n".to_vec(), End::Rows(0, 1)),
        ("a table of formulas", "a.csv", b"file_name,caption\na.png,=cmd|' /C calc'!A1\n".to_vec(), End::Rows(1, 0)),
        ("COCO that is no JSON", "a.json", b"no json".to_vec(), End::Failed),
        ("COCO that is a list", "a.json", b"[]".to_vec(), End::Failed),
        ("COCO without members", "a.json", b"{}".to_vec(), End::Failed),
        ("COCO of other types", "a.json", br#"{"images": 1, "annotations": "x"}"#.to_vec(), End::Failed),
        ("COCO that is deep", "a.json", b"[".repeat(5000), End::Failed),
    ]
}

/// Parquet files and archives.
fn binaries() -> Vec<Import> {
    let png = picture(8, 8, ImageFormat::Png);
    let file = tar::EntryType::Regular;
    let hostile = tar_of(&[
        (b"../../escape.png", file, &png),
        (b"/etc/escape.png", file, &png),
        (b"link.png", tar::EntryType::Symlink, b""),
        (b"link.txt", tar::EntryType::Link, b""),
        (b"device.png", tar::EntryType::Char, b""),
        (b"pipe.png", tar::EntryType::Fifo, b""),
        (b"a.png", file, &png),
        (b"a.txt", file, b"x"),
    ]);
    let stored = CompressionMethod::Stored;
    let folder =
        zip_of(&[("a.png", &png), ("metadata.jsonl", b"{\"file_name\": \"a.png\", \"text\": \"x\"}\n")], stored);
    let mut turned = folder.clone();
    let middle = turned.len() / 3;
    turned[middle] ^= 0xff;
    let bomb = zip_of(&[("metadata.jsonl", &vec![b' '; 64 << 20])], CompressionMethod::Deflated);
    let slip =
        zip_of(&[("../escape.png", &png), ("metadata.jsonl", b"{\"file_name\": \"x\", \"text\": \"x\"}\n")], stored);
    vec![
        ("Parquet that is none", "a.parquet", b"PAR1 and nothing more".to_vec(), End::Failed),
        ("Parquet of no bytes", "a.parquet", Vec::new(), End::Failed),
        ("Parquet's frame alone", "a.parquet", b"PAR1\0\0\0\0PAR1".to_vec(), End::Failed),
        ("Parquet with a footer beyond it", "a.parquet", b"PAR1\xff\xff\xff\x7fPAR1".to_vec(), End::Failed),
        ("a ZIP of no bytes", "a.zip", Vec::new(), End::Failed),
        ("a ZIP without its end", "a.zip", folder[..folder.len() - 30].to_vec(), End::Failed),
        ("a ZIP with a turned byte", "a.zip", turned, End::Failed),
        ("a ZIP of nothing known", "a.zip", zip_of(&[("readme.md", b"x")], stored), End::Rows(0, 0)),
        ("a ZIP that unpacks to 64 MiB", "a.zip", bomb, End::Failed),
        ("a ZIP that leads outside", "a.zip", slip, End::Failed),
        ("a tar of no bytes", "a.tar", Vec::new(), End::Rows(0, 0)),
        ("a tar that is cut off", "a.tar", hostile[..2000].to_vec(), End::Rows(1, 1)),
        ("a tar of links, devices and ways outside", "a.tar", hostile, End::Rows(3, 0)),
        ("a tar that is a picture", "a.tar", png, End::Rows(0, 1)),
    ]
}

/// Imports that end otherwise than they should, a line each. All are asked for at once.
pub(super) fn faults(instance: &Instance) -> Vec<String> {
    let png = Form::new().file("images", "a.png", None, &picture(8, 8, ImageFormat::Png));
    let authorization = format!("Bearer {}", instance.root);
    let headers = [("content-type", &*Form::content_type()), ("authorization", &authorization)];
    let send = |path: &str, form: Form| instance.server.post_with(path, &headers, &form.finish());
    assert_eq!(send("/api/v1/datasets/birds/images", png).status, 200);
    let imports = [texts(), binaries()].concat();
    assert!(imports.len() > 35, "{}", imports.len());
    let asked: Vec<_> = imports
        .iter()
        .map(|(_, name, bytes, _)| {
            let form = Form::new().file("file", name, None, bytes);
            let answer = send("/api/v1/datasets/birds/imports", form.field("dry_run", "true"));
            assert_eq!(answer.status, 202, "{name}: {}", answer.text());
            answer.json()["id"].as_str().expect("a job has an id").to_owned()
        })
        .collect();
    imports
        .iter()
        .zip(&asked)
        .filter_map(|((name, .., end), job)| {
            let ended = wait_for(&instance.server, job, &instance.root, has_ended);
            let errors = instance.get(&format!("/api/v1/jobs/{job}/errors"), &instance.root).json();
            let fault = fault(&ended, &errors, *end)?;
            Some(format!("{name}: expected {end:?}, got {fault}"))
        })
        .collect()
}

fn fault(ended: &Value, errors: &Value, expected: End) -> Option<String> {
    let said = format!("{} {}", ended["error"], errors["items"]);
    let end = match ended["state"].as_str() {
        Some("failed") => End::Failed,
        _ => End::Rows(ended["done"].as_i64().unwrap_or(-1), ended["failed"].as_i64().unwrap_or(-1)),
    };
    let gives_away = LEAKS.iter().find(|leak| said.contains(**leak));
    // Whoever sees that nothing was taken in is told why.
    let is_told = end != End::Failed || ended["error"].as_str().is_some_and(|error| error.len() > 10);
    let is_right = end == expected && gives_away.is_none() && is_told;
    (!is_right).then(|| format!("{end:?}, {gives_away:?}: {said}"))
}
