//! Captions asked for in JSON, once or again.

use std::{io::ErrorKind, net::TcpListener};

use base64::{Engine, engine::general_purpose::STANDARD};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    form::{Form, picture},
    program::{Answer, Server, sample},
};

const JSON: Option<&str> = Some("application/json");

fn post(server: &Server, path: &str, body: &Value) -> Answer {
    server.post(path, JSON, body.to_string().as_bytes())
}

fn scene(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).expect("the sample is there")
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[test]
fn json_is_answered_as_the_form_is() {
    let server = Server::start(&["--num-beams", "1"]);
    let bytes = scene("scene-01.png");
    let form = Form::with_image(&bytes).field("task", "<OD>").field("max_length", "60");
    let of_form = server.post("/caption", Some(&Form::content_type()), &form.finish()).json();
    for image in [base64(&bytes), format!("data:image/png;base64,{}", base64(&bytes))] {
        let answer = post(&server, "/caption", &json!({"image": image, "task": "<OD>", "max_length": 60}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        assert_eq!((&json["caption"], &json["regions"]), (&of_form["caption"], &of_form["regions"]));
        assert!(json.get("timings").is_none());
    }
    let detailed = post(&server, "/detailed_caption", &json!({"image": base64(&bytes), "timings": true})).json();
    assert_eq!(detailed["task"], "<DETAILED_CAPTION>");
    assert!(detailed["timings"]["steps"].as_u64().is_some_and(|steps| steps > 0), "{detailed}");
}

#[test]
fn region_is_a_box_in_pixels_or_tokens() {
    let server = Server::start(&["--num-beams", "1"]);
    let image = base64(&scene("scene-01.png"));
    let found = post(&server, "/caption", &json!({"image": image, "task": "<OD>"})).json();
    let corners = &found["regions"][0]["box"];
    let ask = json!({"image": image, "task": "<REGION_TO_CATEGORY>", "region": corners});
    let answer = post(&server, "/caption", &ask);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["caption"].as_str().is_some_and(|caption| !caption.is_empty()));
    let ask = json!({"image": image, "task": "region_to_category", "text": "<loc_100><loc_100><loc_500><loc_500>"});
    assert_eq!(post(&server, "/caption", &ask).status, 200);
    let both = json!({"image": image, "task": "<REGION_TO_OCR>", "text": "1,2,3,4", "region": [1, 2, 3, 4]});
    assert!(post(&server, "/caption", &both).expect_problem(400, "invalid-field").starts_with("region: "));
}

#[test]
fn json_that_is_wrong_is_named() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "4"]);
    let image = base64(&picture(8, 8, ImageFormat::Png));
    for (field, value) in [
        ("max_length", json!("10")),
        ("num_beams", json!(99)),
        ("temperature", json!(0)),
        ("top_p", json!({})),
        ("seed", json!(-1)),
        ("do_sample", json!("true")),
        ("stream", json!(1)),
        ("task", json!(["<OD>"])),
        ("region", json!([1, 2, 3])),
    ] {
        let detail =
            post(&server, "/caption", &json!({"image": image, field: value})).expect_problem(400, "invalid-field");
        assert!(detail.starts_with(&format!("{field}: it is ")) && detail.contains("must be"), "{detail}");
    }
    let bad = |body: &[u8], kind: &str| server.post("/caption", JSON, body).expect_problem(400, kind);
    bad(b"", "bad-json");
    bad(b"{\"image\"", "bad-json");
    bad(b"[1]", "bad-json");
    bad(b"{\"image\": \"\xff\"}", "bad-json");
    bad(format!("{{\"x\": {}{}}}", "[".repeat(500), "]".repeat(500)).as_bytes(), "bad-json");
    bad(b"{}", "missing-image");
    bad(b"{\"image\": \"???\"}", "invalid-field");
    bad(b"{\"image\": \"\", \"text\": \"a\\u0000b\"}", "invalid-field");
    bad(b"{\"seed\": 1, \"seed\": 2}", "repeated-field");
    let declared = json!({"image": format!("data:image/gif;base64,{image}")});
    post(&server, "/caption", &declared).expect_problem(415, "unsupported-image");
    post(&server, "/caption", &json!({"image": ""})).expect_problem(422, "damaged-image");
}

#[test]
fn pictures_by_url_are_refused_unless_allowed_and_never_from_inside() {
    let canary = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    canary.set_nonblocking(true).expect("a listener can be asked without waiting");
    let port = canary.local_addr().expect("the listener has an address").port();
    let closed = Server::start(&[]);
    let ask = |url: &str| json!({"image_url": url});
    post(&closed, "/caption", &ask("https://example.org/a.png")).expect_problem(422, "forbidden-url");
    post(&closed, "/caption", &ask("no address")).expect_problem(422, "forbidden-url");
    let open = Server::start(&["--allow-image-host", "127.0.0.1,localhost,*.example.org"]);
    for url in [
        "http://127.0.0.1/".to_owned(),
        "http://localhost/".to_owned(),
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "https://user@images.example.org/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let detail = post(&open, "/caption", &ask(&url)).expect_problem(422, "forbidden-url");
        assert!(detail.starts_with("image_url: "), "{detail}");
    }
    let detail = post(&open, "/caption", &ask("no address")).expect_problem(400, "invalid-field");
    assert!(detail.starts_with("image_url: "), "{detail}");
    let form = Form::new().field("image_url", "http://127.0.0.1/");
    server_form(&open, form).expect_problem(422, "forbidden-url");
    assert_eq!(canary.accept().map(|_| ()).expect_err("nobody calls").kind(), ErrorKind::WouldBlock);
}

fn server_form(server: &Server, form: Form) -> Answer {
    server.post("/caption", Some(&Form::content_type()), &form.finish())
}

#[test]
fn request_with_a_key_is_answered_once() {
    let server = Server::start(&["--num-beams", "1"]);
    let image = base64(&scene("scene-02.png"));
    let body = json!({"image": image, "temperature": 5, "max_length": 20}).to_string();
    let ask = |path: &str, key: &str, body: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        server.exchange([head.as_bytes(), body.as_bytes()].concat().as_slice())
    };
    let first = ask("/caption", "order-1", &body);
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, ""), "{}", first.text());
    let again = ask("/caption", "order-1", &body);
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.body, first.body);
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    ask("/caption", "order-1", "{}").expect_problem(422, "idempotency-key-reused");
    ask("/detailed_caption", "order-1", &body).expect_problem(422, "idempotency-key-reused");
    ask("/caption", "order-2", "{}").expect_problem(400, "missing-image");
    let failed_again = ask("/caption", "order-2", "{}");
    failed_again.expect_problem(400, "missing-image");
    assert_eq!(failed_again.header("idempotency-replayed"), "", "a failure is found out anew");
    let stream = json!({"image": image, "stream": true}).to_string();
    assert!(ask("/caption", "order-3", &stream).expect_problem(400, "invalid-field").contains("Idempotency-Key"));
    ask("/caption", &"x".repeat(256), &body).expect_problem(400, "invalid-field");
}
