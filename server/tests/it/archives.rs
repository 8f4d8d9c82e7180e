//! Archives of pictures, friendly and hostile.

use std::io::{Cursor, Write};

use image::ImageFormat;
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    datasets::scene,
    form::{Form, bomb_png, picture},
    people::Instance,
    program::Answer,
    roles::Cast,
};

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in members {
        writer.start_file(*name, options).expect("a file can be added");
        writer.write_all(bytes).expect("memory takes all");
    }
    writer.add_symlink("link.png", "/etc/passwd", options).expect("a link can be added");
    writer.finish().expect("memory takes all").into_inner()
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("memory takes all");
    }
    builder.into_inner().expect("memory takes all")
}

fn upload(instance: &Instance, token: &str, archive: &[u8], accept: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    let kind = Form::content_type();
    let headers = [("content-type", &*kind), ("authorization", &authorization), ("accept", accept)];
    let form = Form::new().file("archive", "pictures.bin", None, archive).finish();
    instance.server.post_with("/api/v1/datasets/birds/images", &headers, &form)
}

/// What came of each file, in words.
fn words(results: &Value) -> Vec<String> {
    let word = |result: &Value| {
        let name = result["filename"].as_str().unwrap_or_default();
        match (&result["error"]["type"], &result["already_there"]) {
            (Value::String(kind), _) => format!("{name} {}", kind.trim_start_matches("/problems/")),
            (_, Value::Bool(true)) => format!("{name} there"),
            (..) => format!("{name} added"),
        }
    };
    results.as_array().into_iter().flatten().map(word).collect()
}

#[tokio::test]
async fn pictures_of_an_archive_are_added_and_the_rest_is_refused_one_by_one() {
    let instance = Instance::start(&["--max-request-size", "100KB"]).await;
    let cast = Cast::gather(&instance);
    let (scene, bomb, green) = (scene(), bomb_png(), picture(8, 8, ImageFormat::Jpeg));
    let large = vec![0x89; 110_000];
    let nested = tar_of(&[("a.png", &scene)]);
    let archive = zip_of(&[
        ("a.png", &scene),
        ("birds/green.jpg", &green),
        ("../../escape.png", &green),
        ("/absolute.png", &green),
        ("back\\slash.png", &green),
        ("a.png.txt", b"no picture"),
        ("bomb.png", &bomb),
        ("large.png", &large),
        ("nested.tar", &nested),
        ("broken.png", &scene[..900]),
    ]);
    let added = upload(&instance, &cast.owner, &archive, "application/json");
    assert_eq!(added.status, 200, "{}", added.text());
    let expected = [
        "a.png there",
        "birds/green.jpg added",
        "../../escape.png invalid-field",
        "/absolute.png invalid-field",
        "back\\slash.png invalid-field",
        "a.png.txt unsupported-image",
        "bomb.png image-too-large",
        "large.png request-too-large",
        "nested.tar unsupported-image",
        "broken.png damaged-image",
        "link.png unsupported-image",
    ];
    assert_eq!(words(&added.json()["results"]), expected);

    // Again, as a tar and in lines.
    let archive = tar_of(&[("birds/green.jpg", &green), ("b.png", &scene), ("a.png", &green)]);
    let lines = upload(&instance, &cast.owner, &archive, "application/x-ndjson");
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let lines: Value =
        lines.text().lines().map(|line| serde_json::from_str::<Value>(line).expect("it is JSON")).collect();
    assert_eq!(words(&lines), ["birds/green.jpg there", "b.png added", "a.png conflict"]);
    let list = instance.get("/api/v1/datasets/birds/images?sort=name", &cast.viewer).json();
    let names: Vec<_> =
        list["items"].as_array().into_iter().flatten().map(|image| image["file_name"].clone()).collect();
    assert_eq!(names, ["a.png", "b.png", "birds/green.jpg"].map(Value::from));
    instance.end().await;
}

#[tokio::test]
async fn archive_as_a_whole_is_refused_for_what_it_is_and_from_whom_it_comes() {
    let instance = Instance::start(&["--max-request-size", "100KB", "--max-import-size", "300KB"]).await;
    let cast = Cast::gather(&instance);
    let green = picture(8, 8, ImageFormat::Png);
    let archive = tar_of(&[("b.png", &green)]);
    let statuses = cast.statuses(|token| match token {
        "" => {
            let form = Form::new().file("archive", "a.tar", None, &archive).finish();
            instance.server.post("/api/v1/datasets/birds/images", Some(&Form::content_type()), &form)
        }
        token => upload(&instance, token, &archive, "application/json"),
    });
    assert_eq!(statuses, [401, 404, 403, 403, 403, 200]);
    let refused = |archive: &[u8], status: u16, kind: &str| {
        upload(&instance, &cast.owner, archive, "application/json").expect_problem(status, kind)
    };
    refused(b"\x1f\x8b\x08\0\0\0\0\0", 415, "unsupported-image");
    refused(&archive[..0], 415, "unsupported-image");
    let zip = zip_of(&[("b.png", &green)]);
    refused(&zip[..zip.len() - 30], 422, "damaged-image");
    let names: Vec<_> = (0..10_001).map(|number| format!("{number}")).collect();
    let mut many = tar::Builder::new(Vec::new());
    for name in &names {
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        many.append_data(&mut header, name, &[][..]).expect("memory takes all");
    }
    let many = many.into_inner().expect("memory takes all");
    assert!(many.len() > 300_000);
    // By its length, unread.
    assert!(refused(&many, 413, "request-too-large").contains("300KB"));

    // Loose files take no more memory than any other request.
    let kind = Form::content_type();
    let authorization = format!("Bearer {}", cast.owner);
    let post = |form: Form| {
        let headers = [("content-type", &*kind), ("authorization", &authorization)];
        instance.server.post_with("/api/v1/datasets/birds/images", &headers, &form.finish())
    };
    let large = vec![0; 60_000];
    let two = Form::new().file("images", "c.png", None, &large).file("images", "d.png", None, &large);
    assert!(post(two).expect_problem(413, "request-too-large").contains("100KB"));
    post(Form::new().field("other", "x")).expect_problem(400, "missing-image");
    let twice = Form::new().file("archive", "a", None, &archive).file("archive", "b", None, &archive);
    post(twice).expect_problem(400, "repeated-field");
    let both = Form::new().file("images", "c.png", None, &green).file("archive", "a.tar", None, &archive);
    assert_eq!(words(&post(both).json()["results"]), ["c.png added", "b.png there"]);
    assert_eq!(post(Form::new().file("archive", "a.tar", None, &zip)).status, 200);
    let uploads = std::fs::read_dir(instance.server.data().join("spool")).expect("the folder is there");
    assert_eq!(uploads.count(), 0, "nothing stays on the disk");
    instance.end().await;
}

#[tokio::test]
async fn archive_of_too_many_files_is_refused_before_any_is_added() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let green = picture(8, 8, ImageFormat::Png);
    let names: Vec<_> = (0..10_001).map(|number| format!("{number}.png")).collect();
    let members: Vec<_> = names.iter().map(|name| (name.as_str(), green.as_slice())).collect();
    for archive in [tar_of(&members), zip_of(&members)] {
        let detail =
            upload(&instance, &cast.owner, &archive, "application/json").expect_problem(413, "request-too-large");
        assert!(detail.contains("10000"), "{detail}");
    }
    let list = instance.get("/api/v1/datasets/birds/images", &cast.owner).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["next_cursor"], json!(null));
    instance.end().await;
}
