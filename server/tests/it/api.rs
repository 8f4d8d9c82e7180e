//! The API, answered rightly.

use std::{
    process::Command,
    sync::{Arc, Barrier},
};

use image::ImageFormat;
use serde_json::Value;

use crate::{
    form::{Form, deep_grey_png, picture},
    program::{Answer, Server, sample, text},
};

fn caption(server: &Server, form: Form) -> Answer {
    server.post("/caption", Some(&Form::content_type()), &form.finish())
}

fn read_sample(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).expect("the sample is there")
}

/// The plain captions of the samples, by name.
fn sample_captions() -> Vec<(String, String)> {
    let lines = std::fs::read_to_string(sample("captions.jsonl")).expect("the samples have captions");
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        let plain = line["task"].as_str().is_none_or(|task| task == "<CAPTION>");
        let field = |name: &str| line[name].as_str().expect("the field is text").to_owned();
        plain.then(|| (field("image"), field("caption")))
    };
    lines.lines().filter_map(read).collect()
}

#[test]
fn caption_has_the_fields_that_clients_rely_on_and_ours() {
    let server = Server::start(&[]);
    let answer = caption(&server, Form::with_image(&read_sample("scene-01.png")).field("unheard_of", "x"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    assert!(json["caption"].as_str().is_some_and(|caption| caption.len() > 5), "{json}");
    assert!(json["confidence"].as_f64().is_some_and(|confidence| (0.0..=1.0).contains(&confidence)), "{json}");
    assert!(json["processing_time"].as_f64().is_some_and(|seconds| seconds > 0.0), "{json}");
    assert_eq!(json["model_info"]["model_type"], "florence-2");
    assert!(json["model_info"]["version"].is_string());
    assert!(json["model_info"]["notice"].as_str().is_some_and(|notice| notice.contains("--model-path")), "{json}");
    assert_eq!(json["task"], "<CAPTION>");
    assert!(json["image"]["width"].as_u64().is_some_and(|width| width > 0), "{json}");
    assert_eq!(json["regions"], serde_json::json!([]));
    assert_eq!(json["answer"], json["caption"]);
}

#[test]
fn demo_model_tells_what_the_samples_show() {
    let server = Server::start(&["--num-beams", "1"]);
    let samples: Vec<_> = sample_captions().into_iter().take(8).collect();
    assert_eq!(samples.len(), 8);
    let told = samples.iter().filter(|(name, expected)| {
        let json = caption(&server, Form::with_image(&read_sample(name))).json();
        json["caption"] == expected.as_str()
    });
    let told = told.count();
    assert!(told >= 6, "{told} of 8 captions are right");
}

#[test]
fn objects_come_with_boxes_in_pixels() {
    let server = Server::start(&[]);
    let json = caption(&server, Form::with_image(&read_sample("scene-01.png")).field("task", "od")).json();
    assert_eq!(json["task"], "<OD>");
    let (width, height) = (json["image"]["width"].as_f64().unwrap(), json["image"]["height"].as_f64().unwrap());
    let regions = json["regions"].as_array().unwrap();
    assert!(!regions.is_empty(), "{json}");
    for region in regions {
        assert!(region["label"].as_str().is_some_and(|label| !label.is_empty()), "{region}");
        let corners: Vec<f64> = region["box"].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
        assert!(corners[0] < corners[2] && corners[2] <= width, "{region}");
        assert!(corners[1] < corners[3] && corners[3] <= height, "{region}");
    }
    assert_eq!(json["answer"]["bboxes"].as_array().unwrap().len(), regions.len());
}

#[test]
fn parameters_are_taken_from_the_request() {
    let server = Server::start(&[]);
    let bytes = read_sample("scene-02.png");
    let long = caption(&server, Form::with_image(&bytes).field("num_beams", "1")).json();
    let short = caption(&server, Form::with_image(&bytes).field("num_beams", "1").field("max_length", "5")).json();
    assert!(short["caption"].as_str().unwrap().len() < long["caption"].as_str().unwrap().len(), "{short} {long}");
    let sampled = |seed: &str| {
        let form = Form::with_image(&bytes).field("do_sample", "true").field("temperature", "3").field("seed", seed);
        caption(&server, form.field("max_length", "12")).json()["caption"].clone()
    };
    assert_eq!(sampled("7"), sampled("7"));
    let answers: std::collections::HashSet<_> = (0..6).map(|seed| sampled(&seed.to_string()).to_string()).collect();
    assert!(answers.len() > 1, "{answers:?}");
}

#[test]
fn unusual_pictures_are_captioned() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "8"]);
    let jpeg = picture(40, 30, ImageFormat::Jpeg);
    let trailing = [jpeg.as_slice(), b"trailing bytes"].concat();
    // An EXIF segment that promises more than it holds.
    let corrupt_exif = [&jpeg[..2], b"\xff\xe1\x00\x0cExif\x00\x00MM\xff\xff", &jpeg[2..]].concat();
    let pictures = [
        ("1×1", picture(1, 1, ImageFormat::Png)),
        ("1×16384", picture(1, 16384, ImageFormat::Png)),
        ("16-bit grey", deep_grey_png()),
        ("GIF", picture(20, 20, ImageFormat::Gif)),
        ("WebP", picture(20, 20, ImageFormat::WebP)),
        ("JPEG with trailing bytes", trailing),
        ("corrupt EXIF", corrupt_exif),
    ];
    for (name, bytes) in pictures {
        let answer = caption(&server, Form::with_image(&bytes));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
    for name in ["../../etc/passwd", "a;b.png", "<script>.png", "名前.png", "..\\x.png", "%00.png"] {
        let form = Form::new().file("image", name, Some("image/jpeg"), &jpeg);
        assert_eq!(caption(&server, form).status, 200, "{name}");
    }
}

#[test]
fn curl_works_as_the_clients_write_it() {
    let server = Server::start(&["--num-beams", "1"]);
    let image = format!("image=@{}", sample("scene-01.png").display());
    let url = server.url("/caption");
    let more = ["-F", "max_length=128", "-F", "do_sample=true", "-F", "temperature=0.7"];
    for fields in [&[][..], &more] {
        let curl = Command::new("curl").args(["-sS", "-X", "POST", "-F", &image]).args(fields).arg(&url).output();
        let output = curl.expect("curl is missing; install it with: apt-get install curl");
        let json: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
        assert!(json["caption"].is_string(), "{json} {}", text(&output.stderr));
    }
}

#[test]
fn pages_of_other_origins_may_ask_on_loopback() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "4"]);
    let preflight = Command::new("curl")
        .args(["-sS", "-i", "-X", "OPTIONS", "-H", "Origin: http://example.org"])
        .args(["-H", "Access-Control-Request-Method: POST", "-H", "Access-Control-Request-Headers: x-request-id"])
        .arg(server.url("/caption"))
        .output();
    let preflight = text(&preflight.expect("curl is missing; install it with: apt-get install curl").stdout);
    assert!(preflight.starts_with("HTTP/1.1 200"), "{preflight}");
    assert!(preflight.to_lowercase().contains("access-control-allow-origin: *"), "{preflight}");
    let answer = caption(&server, Form::with_image(&picture(8, 8, ImageFormat::Png)));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(server.get("/health").header("access-control-allow-origin"), "");
}

#[test]
fn health_has_the_shape_of_the_earlier_servers() {
    let server = Server::start(&[]);
    let json = server.get("/health").json();
    assert_eq!(json["status"], "healthy");
    assert_eq!(json["model_loaded"], true);
    assert_eq!(json["gpu_available"], false);
    for field in ["gpu_memory_used", "gpu_memory_total"] {
        assert!(json["memory_usage"][field].as_str().is_some_and(|text| text.ends_with("GB")), "{json}");
    }
    assert!(json["uptime"].as_str().is_some_and(|uptime| uptime.ends_with('s')), "{json}");
    assert_eq!(server.get("/livez").status, 200);
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn captions_do_not_depend_on_who_else_asks() {
    let server = Server::start(&["--batch-size", "4"]);
    let names = ["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png"];
    let ask = |name: &str| caption(&server, Form::with_image(&read_sample(name))).json();
    let alone = names.map(ask);
    let start = Barrier::new(names.len());
    let together = std::thread::scope(|scope| {
        let (ask, start) = (&ask, &start);
        let threads = names.map(|name| {
            scope.spawn(move || {
                start.wait();
                ask(name)
            })
        });
        threads.map(|thread| thread.join().expect("the request is answered"))
    });
    for (alone, together) in alone.iter().zip(&together) {
        assert_eq!(alone["caption"], together["caption"]);
    }
}

#[test]
fn overload_is_refused_with_a_time_to_come_back() {
    let server = Arc::new(Server::start(&["--queue-size", "1"]));
    let start = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (server, start) = (Arc::clone(&server), Arc::clone(&start));
            std::thread::spawn(move || {
                let form = Form::with_image(&read_sample("scene-01.png")).field("num_beams", "8");
                start.wait();
                caption(&server, form)
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("the request is answered")).collect();
    let (answered, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(!answered.is_empty());
    assert!(!refused.is_empty());
    for answer in refused {
        answer.expect_problem(503, "overloaded");
        assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    }
}

#[cfg(unix)]
#[test]
fn server_stops_in_good_order_when_told_to() {
    let server = Server::start(&[]);
    assert!(server.welcome.contains("--model-path microsoft/Florence-2-base"), "{}", server.welcome);
    let (status, time) = server.terminate();
    assert!(status.success(), "{status}");
    assert!(time.as_secs() < 5, "{time:?}");
}

#[test]
fn taken_port_is_reported_with_the_way_out() {
    let server = Server::start(&[]);
    let output = crate::program::run_vasari(&["serve", "--host", "127.0.0.1", "--port", &server.port.to_string()]);
    assert!(!output.status.success());
    let error = text(&output.stderr);
    assert!(error.contains("is taken") && error.contains("--port"), "{error}");
}
