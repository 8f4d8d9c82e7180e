//! Bad input, answered with the status and the words that it deserves.

use std::io::Write;

use image::ImageFormat;

use crate::{
    form::{Form, bomb_png, picture},
    program::{Answer, Server},
};

/// One server for many bad requests; what is refused costs it nothing.
fn start() -> Server {
    Server::start(&["--max-request-size", "200KB", "--num-beams", "1", "--max-length", "4"])
}

fn caption(server: &Server, form: Form) -> Answer {
    server.post("/caption", Some(&Form::content_type()), &form.finish())
}

fn png() -> Vec<u8> {
    picture(8, 8, ImageFormat::Png)
}

#[test]
fn forms_that_are_none_are_400_or_415() {
    let server = start();
    let body = Form::with_image(&png()).finish();
    let post = |kind: Option<&str>, body: &[u8]| server.post("/caption", kind, body);
    post(None, &body).expect_problem(400, "bad-multipart");
    post(Some("multipart/form-data"), &body).expect_problem(400, "bad-multipart");
    post(Some("multipart/form-data; boundary=another"), &body).expect_problem(400, "bad-multipart");
    post(Some(&Form::content_type()), &Form::with_image(&png()).unfinished()).expect_problem(400, "bad-multipart");
    post(Some("application/x-www-form-urlencoded"), b"a=b").expect_problem(415, "unsupported-media-type");
    caption(&server, Form::new()).expect_problem(400, "missing-image");
    caption(&server, Form::new().field("images", "x")).expect_problem(400, "missing-image");
    let detail = caption(&server, Form::with_image(&png()).file("image", "b", None, &png()));
    assert!(detail.expect_problem(400, "repeated-field").contains("image"));
    let parts = (0..80).fold(Form::with_image(&png()), |form, number| form.field(&format!("x{number}"), "y"));
    caption(&server, parts).expect_problem(413, "request-too-large");
}

#[test]
fn fields_out_of_range_are_named_with_their_range() {
    let server = start();
    let cases = [
        ("max_length", "1"),
        ("max_length", "-3"),
        ("max_length", "many"),
        ("num_beams", "0"),
        ("num_beams", "1000"),
        ("temperature", "0"),
        ("temperature", "NaN"),
        ("temperature", "1e9"),
        ("top_p", "1.5"),
        ("do_sample", "perhaps"),
        ("seed", "-1"),
    ];
    for (field, value) in cases {
        let answer = caption(&server, Form::with_image(&png()).field(field, value));
        let detail = answer.expect_problem(400, "invalid-field");
        assert!(detail.starts_with(&format!("{field}: ")) && detail.contains("must be"), "{detail}");
    }
    let answer = caption(&server, Form::with_image(&png()).field("do_sample", "true").field("num_beams", "3"));
    assert!(answer.expect_problem(400, "invalid-field").contains("num_beams is 3"));
    let answer = caption(&server, Form::with_image(&png()).field("temperature", "2").field("temperature", "2"));
    assert!(answer.expect_problem(400, "repeated-field").contains("temperature"));
    let answer = caption(&server, Form::with_image(&png()).bytes("task", b"<CAPTION\xff>"));
    assert!(answer.expect_problem(400, "invalid-field").contains("UTF-8"));
    let answer = caption(&server, Form::with_image(&png()).bytes("text", b"a\0b"));
    assert!(answer.expect_problem(400, "invalid-field").contains("NUL"));
}

#[test]
fn tasks_and_their_texts_are_checked() {
    let server = start();
    let answer = caption(&server, Form::with_image(&png()).field("task", "<VQA>"));
    let detail = answer.expect_problem(400, "unknown-task");
    assert_eq!(detail.matches('<').count(), 16, "all tasks and the unknown one: {detail}");
    let od = caption(&server, Form::with_image(&png()).field("task", "<OD>").field("text", "a dog"));
    assert!(od.expect_problem(400, "invalid-field").contains("takes none"));
    let task = || Form::with_image(&png()).field("task", "<CAPTION_TO_PHRASE_GROUNDING>");
    assert!(caption(&server, task()).expect_problem(400, "invalid-field").contains("needs words"));
    caption(&server, task().field("text", &"apple ".repeat(5000))).expect_problem(422, "request-refused");
    let region = Form::with_image(&png()).field("task", "<REGION_TO_CATEGORY>").field("text", "over there");
    caption(&server, region).expect_problem(422, "request-refused");
}

#[test]
fn files_that_are_no_known_picture_are_415() {
    let server = start();
    let files: [(&str, &[u8]); 7] = [
        ("SVG", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("HTML", b"<!doctype html><title>x</title>"),
        ("PDF", b"%PDF-1.7\n%abc"),
        ("ZIP", b"PK\x03\x04\x14\x00\x00\x00"),
        ("TIFF", b"II*\x00\x08\x00\x00\x00"),
        ("HEIC", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"),
        ("text", b"just words"),
    ];
    for (name, bytes) in files {
        let detail = caption(&server, Form::with_image(bytes)).expect_problem(415, "unsupported-image");
        assert!(detail.contains("JPEG, PNG, GIF or WebP"), "{name}: {detail}");
    }
    for declared in ["image/jpeg", "text/html", "image/svg+xml"] {
        let form = Form::new().file("image", "a.png", Some(declared), &png());
        let detail = caption(&server, form).expect_problem(415, "unsupported-image");
        assert!(detail.contains("image/png"), "{detail}");
    }
}

#[test]
fn damaged_and_oversized_pictures_are_422() {
    let server = start();
    caption(&server, Form::with_image(b"")).expect_problem(422, "damaged-image");
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = picture(64, 64, format);
        let half = &whole[..whole.len() / 2];
        caption(&server, Form::with_image(half)).expect_problem(422, "damaged-image");
    }
    let mut bad_crc = picture(64, 64, ImageFormat::Png);
    let end = bad_crc.len();
    bad_crc[end - 17] ^= 0xff;
    caption(&server, Form::with_image(&bad_crc)).expect_problem(422, "damaged-image");
    caption(&server, Form::with_image(&bomb_png())).expect_problem(422, "image-too-large");
}

#[test]
fn large_requests_are_413_however_they_come() {
    let server = start();
    let large = vec![0; 300 * 1024];
    caption(&server, Form::with_image(&large)).expect_problem(413, "request-too-large");

    // By its length alone: nothing of the body is ever sent.
    let mut stream = server.connect();
    let head = format!(
        "POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: 99999999\r\n\
         Expect: 100-continue\r\n\r\n",
        Form::content_type()
    );
    stream.write_all(head.as_bytes()).expect("the server reads headers");
    Answer::read(&mut stream).expect_problem(413, "request-too-large");

    // In chunks: cut off where the limit is.
    let mut stream = server.connect();
    let head = format!(
        "POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        Form::content_type()
    );
    stream.write_all(head.as_bytes()).expect("the server reads headers");
    let body = Form::with_image(&large[..201 * 1024]).unfinished();
    stream.write_all(format!("{:x}\r\n", body.len()).as_bytes()).expect("the server reads a chunk");
    stream.write_all(&body).expect("the server reads a chunk");
    Answer::read(&mut stream).expect_problem(413, "request-too-large");
}

#[test]
fn body_that_never_arrives_is_408() {
    let server = Server::start(&["--timeout", "1"]);
    let mut stream = server.connect();
    let head = format!(
        "POST /caption HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {}\r\n\
         Content-Length: 1000\r\n\r\n--the",
        Form::content_type()
    );
    stream.write_all(head.as_bytes()).expect("the server reads headers");
    Answer::read(&mut stream).expect_problem(408, "request-timeout");
}

#[test]
fn addresses_and_methods_that_are_not_there_are_problems_too() {
    let server = start();
    server.get("/nowhere").expect_problem(404, "not-found");
    server.get("/samples/..%2fcaptions.jsonl").expect_problem(404, "not-found");
    server.get("/samples/captions.jsonl").expect_problem(404, "not-found");
    server.get("/..%2f..%2fetc/passwd").expect_problem(404, "not-found");
    let answer = server.get("/caption");
    answer.expect_problem(405, "method-not-allowed");
    assert!(answer.header("allow").contains("POST"));
}
