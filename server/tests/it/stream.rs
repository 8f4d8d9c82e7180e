//! Answers that come while they are made.

use serde_json::Value;

use crate::{
    form::Form,
    program::{Answer, Server, sample},
};

/// The events of an answer: their names and data.
fn events(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-store");
    let read = |event: &str| {
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim().to_owned();
        (field("event:"), field("data:"))
    };
    let text = answer.text();
    text.split("\n\n").filter(|event| event.contains("data:")).map(read).collect()
}

fn ask(server: &Server, fields: &[(&str, &str)]) -> Answer {
    let bytes = std::fs::read(sample("scene-01.png")).expect("the sample is there");
    let form = fields.iter().fold(Form::with_image(&bytes), |form, (name, value)| form.field(name, value));
    server.post("/caption", Some(&Form::content_type()), &form.finish())
}

#[test]
fn caption_is_streamed_and_ends_with_the_plain_answer() {
    let server = Server::start(&[]);
    for beams in ["1", "3"] {
        let plain = ask(&server, &[("num_beams", beams)]).json();
        let events = events(&ask(&server, &[("num_beams", beams), ("stream", "true"), ("timings", "true")]));
        let (last, texts) = events.split_last().expect("there are events");
        assert_eq!(last.0, "caption");
        let answer: Value = serde_json::from_str(&last.1).expect("the data is JSON");
        assert_eq!(answer["caption"], plain["caption"]);
        assert_eq!(answer["regions"], plain["regions"]);
        assert!(answer["timings"]["steps"].is_number(), "{answer}");
        let text: String = texts
            .iter()
            .map(|(name, data)| {
                assert_eq!(name, "text");
                let data: Value = serde_json::from_str(data).expect("the data is JSON");
                data["text"].as_str().expect("there is text").to_owned()
            })
            .collect();
        let caption = plain["caption"].as_str().expect("there is a caption");
        assert!(caption.starts_with(text.trim()), "{text:?} of {caption:?}");
        assert!(beams != "1" || texts.len() > 2, "{texts:?}");
    }
}

#[test]
fn what_is_refused_before_the_stream_is_a_problem() {
    let server = Server::start(&[]);
    ask(&server, &[("stream", "true"), ("task", "<VQA>")]).expect_problem(400, "unknown-task");
    ask(&server, &[("stream", "perhaps")]).expect_problem(400, "invalid-field");
    let form = Form::with_image(b"no picture").field("stream", "true");
    let answer = server.post("/caption", Some(&Form::content_type()), &form.finish());
    answer.expect_problem(415, "unsupported-image");
}

#[test]
fn failure_within_the_stream_is_its_last_event() {
    let server = Server::start(&["--timeout", "0.2", "--num-beams", "16"]);
    let answer = ask(&server, &[("stream", "true"), ("task", "<MORE_DETAILED_CAPTION>")]);
    // A fast machine may be done in time; nothing else may come.
    if answer.status == 200 {
        let events = events(&answer);
        let (name, data) = events.last().expect("there are events");
        let data: Value = serde_json::from_str(data).expect("the data is JSON");
        match name.as_str() {
            "error" => assert_eq!(data["type"], "/problems/caption-timeout"),
            name => assert_eq!(name, "caption"),
        }
    } else {
        assert!([503, 504].contains(&answer.status), "{}", answer.text());
    }
}
