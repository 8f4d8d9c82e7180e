//! Several pictures in one request.

use std::process::Command;

use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    form::{Form, picture},
    program::{Answer, Server, sample, text},
};

fn batch(server: &Server, form: Form) -> Answer {
    server.post("/batch_caption", Some(&Form::content_type()), &form.finish())
}

fn scene(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).expect("the sample is there")
}

#[test]
fn batch_has_the_shape_of_the_earlier_servers() {
    let server = Server::start(&["--num-beams", "1"]);
    let names = ["scene-01.png", "scene-02.png", "scene-03.png"];
    let images = names.map(|name| format!("images=@{}", sample(name).display()));
    let curl = Command::new("curl")
        .args(["-sS", "-X", "POST", "-F", &images[0], "-F", &images[1], "-F", &images[2]])
        .arg(server.url("/batch_caption"))
        .output();
    let output = curl.expect("curl is missing; install it with: apt-get install curl");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    assert!(json["total_processing_time"].as_f64().is_some_and(|seconds| seconds > 0.0), "{json}");
    let results = json["results"].as_array().expect("there are results");
    assert_eq!(results.len(), 3);
    for (name, result) in names.iter().zip(results) {
        assert_eq!(result["filename"], *name);
        assert!(result["caption"].as_str().is_some_and(|caption| caption.len() > 5), "{result}");
        assert!(result["confidence"].as_f64().is_some_and(|confidence| (0.0..=1.0).contains(&confidence)), "{result}");
        let alone = server.post("/caption", Some(&Form::content_type()), &Form::with_image(&scene(name)).finish());
        assert_eq!(result["caption"], alone.json()["caption"]);
    }
}

#[test]
fn bad_picture_fails_alone() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "8"]);
    let form = Form::new()
        .file("images", "good.png", None, &scene("scene-01.png"))
        .file("images", "bad.png", None, b"no picture")
        .file("images", "", None, &scene("scene-02.png"));
    let answer = batch(&server, form.field("batch_size", "2"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    assert!(json["results"][0]["caption"].is_string());
    assert_eq!(json["results"][1]["error"]["type"], "/problems/unsupported-image");
    assert_eq!(json["results"][1]["error"]["request_id"], answer.header("x-request-id"));
    assert_eq!(json["results"][2]["filename"], "image-3");
    assert!(json["results"][2]["caption"].is_string());
}

#[test]
fn batch_larger_than_the_queue_enters_piece_by_piece() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "4", "--queue-size", "2"]);
    let small = picture(8, 8, ImageFormat::Png);
    let form = (0..32).fold(Form::new(), |form, number| form.file("images", &format!("{number}.png"), None, &small));
    let json = batch(&server, form.field("batch_size", "32")).json();
    let results = json["results"].as_array().expect("there are results");
    assert_eq!(results.len(), 32);
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result["filename"], format!("{number}.png"));
        assert!(result["caption"].is_string(), "{result}");
    }
}

#[test]
fn results_come_in_lines_when_asked() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "8"]);
    let form = || Form::new().file("images", "a.png", None, &scene("scene-01.png")).file("images", "b", None, b"no");
    let json = json!({"images": [{"image": "", "filename": "c"}, "R0lGODlh"], "stream": true}).to_string();
    let answers = [
        batch(&server, form().field("stream", "true")),
        server.post("/batch_caption", Some("application/json"), json.as_bytes()),
    ];
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/x-ndjson");
        assert_eq!(answer.header("cache-control"), "no-store");
        let lines: Vec<Value> =
            answer.text().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        let mut places: Vec<_> = lines[..2].iter().map(|line| line["index"].as_u64().expect("it has one")).collect();
        places.sort_unstable();
        assert_eq!(places, [0, 1]);
        assert!(lines[2]["total_processing_time"].is_number(), "{lines:?}");
    }
}

#[test]
fn batches_have_limits() {
    let server = Server::start(&["--num-beams", "1"]);
    batch(&server, Form::new()).expect_problem(400, "missing-image");
    let many = (0..33).fold(Form::new(), |form, _| form.file("images", "a", None, b"x"));
    batch(&server, many).expect_problem(413, "request-too-large");
    for size in ["0", "33", "many"] {
        let form = Form::new().file("images", "a", None, b"x").field("batch_size", size);
        assert!(batch(&server, form).expect_problem(400, "invalid-field").contains("between 1 and 32"));
    }
    let form = Form::new().file("images", "a", None, b"x").field("task", "<VQA>");
    batch(&server, form).expect_problem(400, "unknown-task");
}
