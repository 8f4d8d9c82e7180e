//! `vasari convert`.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{run_vasari, sample, text};

/// A folder with two pictures and the captions of three lines.
fn dataset(lines: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, of) in [("a.png", "scene-01.png"), ("b.png", "scene-02.png")] {
        fs::copy(sample(of), folder.path().join(name)).expect("the sample is there");
    }
    fs::write(folder.path().join("captions.jsonl"), lines).expect("the folder can be written");
    folder
}

const GOOD: &str = concat!(
    "{\"image\": \"a.png\", \"caption\": \"=a red car\", \"source\": \"florence-2\", \"confidence\": 0.93}\n",
    "{\"image\": \"a.png\", \"caption\": \"a car,\\n\\\"red\\\"\", \"model\": \"me\"}\n",
    "{\"file_name\": \"b.png\", \"text\": \"größe 🦊\"}\n",
);

/// Runs the command with paths inside the folder: arguments that begin with `/`.
fn convert(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let root = folder.to_str().expect("the path is text");
    let within = |argument: &&str| match argument.strip_prefix('/') {
        Some(name) => format!("{root}/{name}"),
        None => (*argument).to_owned(),
    };
    let arguments: Vec<_> = std::iter::once("convert".to_owned()).chain(arguments.iter().map(within)).collect();
    let output = run_vasari(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the file was written");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[test]
fn captions_come_back_from_every_format_that_holds_them_all() {
    let folder = dataset(GOOD);
    convert(folder.path(), &["/captions.jsonl", "/first.jsonl"]);
    let first = lines(&folder.path().join("first.jsonl"));
    assert_eq!(first.len(), 3);
    for name in ["/t.csv", "/t.parquet", "/t.json", "/t.tar", "/t"] {
        let (code, out, errors) = convert(folder.path(), &["/captions.jsonl", name]);
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{name}: {out}");
        assert!(out.contains("3 rows of 2 pictures") && out.contains("3 rows written to"), "{out}");
        let back = format!("{name}-back.jsonl");
        assert_eq!(convert(folder.path(), &[name, &back]).0, Some(0));
        let mut back = lines(&folder.path().join(&back[1..]));
        // COCO tells the sizes of the pictures, for those who read it.
        for line in &mut back {
            let line = line.as_object_mut().expect("a line is an object");
            line.retain(|field, _| field != "width" && field != "height");
        }
        assert_eq!(back, first, "{name}");
    }
}

#[test]
fn rows_that_fail_are_named_and_counted() {
    let folder = dataset(&format!("{GOOD}broken\n{{\"image\": \"gone.png\", \"caption\": \"x\"}}\n"));
    let (code, out, errors) = convert(folder.path(), &["/captions.jsonl", "/set", "--json"]);
    assert_eq!(code, Some(1));
    let summary: Value = serde_json::from_str(&out).expect("it prints JSON");
    assert_eq!(summary["rows"], 4);
    assert_eq!(summary["written"], 3);
    assert_eq!(summary["failed"], 2);
    assert_eq!(summary["to"]["format"], "imagefolder");
    let errors: Vec<_> = errors.lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("captions.jsonl: line 4: the line is not a JSON object"), "{errors:?}");
    assert!(errors[1].contains("\"gone.png\" is not there"), "{errors:?}");
    assert_eq!(lines(&folder.path().join("set/metadata.jsonl")).len(), 3);
    assert!(folder.path().join("set/b.png").is_file());
    // Two captions of one picture are one too many for a .txt.
    let (code, out, errors) = convert(folder.path(), &["/set", "/texts", "--to", "sidecars"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("2 rows written") && out.contains("1 row failed"), "{out}");
    assert!(errors.contains("a .txt holds one"), "{errors}");
}

#[test]
fn columns_of_other_names_are_mapped() {
    let folder = dataset("");
    fs::write(folder.path().join("prompts.csv"), "img;prompt\na.png;hello\n").expect("the folder can be written");
    let (code, _, errors) = convert(folder.path(), &["/prompts.csv", "--dry-run"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("line 2: the picture's name is missing; it belongs in \"file_name\""), "{errors}");
    assert!(errors.contains("but there is \"img\", \"prompt\""), "{errors}");
    let mapped = ["/prompts.csv", "/out.jsonl", "--map", "img=file_name", "--map=prompt=caption"];
    assert_eq!(convert(folder.path(), &mapped).0, Some(0));
    assert_eq!(lines(&folder.path().join("out.jsonl"))[0]["caption"], "hello");
}

#[test]
fn dry_run_writes_nothing() {
    let folder = dataset(GOOD);
    let before = fs::read_dir(folder.path()).expect("the folder is there").count();
    for arguments in [&["/captions.jsonl", "/out.csv", "--dry-run"][..], &["/captions.jsonl", "--dry-run"]] {
        let (code, out, _) = convert(folder.path(), arguments);
        assert_eq!(code, Some(0));
        assert!(out.contains("3 rows of 2 pictures") && out.contains("dry run"), "{out}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder is there").count(), before);
}

#[test]
fn what_cannot_begin_says_why() {
    let folder = dataset(GOOD);
    fs::write(folder.path().join("there.csv"), "mine").expect("the folder can be written");
    for (arguments, problem) in [
        (&["/captions.jsonl"][..], "required"),
        (&["/captions.jsonl", "/out.xlsx"], "tells no format; say it with --to: jsonl, imagefolder"),
        (&["/captions.jsonl", "/out", "--to", "yaml"], "possible values: jsonl"),
        (&["/captions.jsonl", "/out.csv", "--map", "x"], "write COLUMN=FIELD"),
        (&["/captions.jsonl", "/out.csv", "--map", "x=colour"], "\"colour\" is no field"),
        (&["/nowhere.jsonl", "/out.csv"], "nowhere.jsonl can't be read"),
        (&["/captions.jsonl", "/there.csv"], "there.csv is there already"),
        (&["/captions.jsonl", "/out.csv", "--from", "coco"], "can't be read as COCO captions"),
    ] {
        let (code, _, errors) = convert(folder.path(), arguments);
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains(problem), "{errors}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("there.csv")).expect("it is there"), "mine");
    assert!(!folder.path().join("out.csv").exists());
}
