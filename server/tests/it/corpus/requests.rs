//! Requests that are wrong whatever picture they bring.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::ImageFormat;
use serde_json::{Value, json};

use super::{Case, Part, fault_of_page, fault_of_problem};
use crate::{
    form::{Form, picture},
    people::Instance,
    program::Answer,
};

const IMAGES: &str = "/api/v1/datasets/birds/images";
const IMPORTS: &str = "/api/v1/datasets/birds/imports";
const CHAT: &str = "/v1/chat/completions";

/// Names that somebody gave a file to do harm with it, and whether a dataset takes it under that name.
const FILE_NAMES: [(&str, bool); 24] = [
    ("../../etc/passwd", false),
    ("/etc/passwd", false),
    ("..\\..\\windows\\win.ini", false),
    ("C:\\windows\\win.ini", false),
    ("a/../b.png", false),
    ("a/./b.png", false),
    ("a//b.png", false),
    (".", false),
    ("..", false),
    ("dir/", false),
    ("tab\there.png", false),
    ("<script>alert(1)<.png", true),
    ("' OR 1=1 --.png", true),
    ("$(reboot).png", true),
    ("`reboot`.png", true),
    ("| reboot.png", true),
    ("%00.png", true),
    ("%2e%2e%2fetc.png", true),
    ("=cmd|calc!A1.png", true),
    ("名前.png", true),
    ("gnp.\u{202e}exe.png", true),
    ("e\u{301}.png", true),
    ("CON.png", true),
    ("a;b&c.png", true),
];

fn png() -> Vec<u8> {
    picture(8, 8, ImageFormat::Png)
}

pub(super) fn all() -> Vec<Case> {
    [forms(), fields(), names(), declared_types(), json_bodies(), chats(), datasets()].into_iter().flatten().collect()
}

/// Multipart forms that are none, on every way that takes one.
fn forms() -> Vec<Case> {
    let ways = [
        ("/caption", "image"),
        ("/detailed_caption", "image"),
        ("/batch_caption", "images"),
        ("/playground", "image"),
        (IMAGES, "images"),
        ("/datasets/birds/upload", "images"),
        (IMPORTS, "file"),
        ("/datasets/birds/import", "file"),
    ];
    ways.iter().flat_map(|(path, field)| forms_of(path, field)).collect()
}

fn forms_of(path: &str, field: &str) -> Vec<Case> {
    const NO_BOUNDARY: &str = "multipart/form-data";
    let file_name = if field == "file" { "a.jsonl" } else { "a.png" };
    let form = || Form::new().file(field, file_name, None, &png());
    let other = |boundary: &str| format!("multipart/form-data; boundary={boundary}");
    let bad = (400, "bad-multipart");
    let whole = form().finish();
    let raw = |name: &str, kind: &str, body: &[u8], expected| Case::new(name, path, kind, body.to_vec(), expected);
    let headless = b"--the-boundary-7d9f\r\n\r\nx\r\n--the-boundary-7d9f--\r\n";
    let many = (0..80).fold(form(), |form, number| form.field(&format!("x{number}"), "y"));
    let cases = vec![
        raw("no type", "", &whole, bad),
        raw("no boundary", NO_BOUNDARY, &whole, bad),
        raw("an empty boundary", &other(""), &whole, bad),
        raw("another boundary", &other("another"), &whole, bad),
        raw("a boundary of 2,000 letters", &other(&"b".repeat(2000)), &whole, bad),
        raw("cut off", &Form::content_type(), &form().unfinished(), bad),
        raw("cut off within a header", &Form::content_type(), &whole[..60], bad),
        raw("nothing at all", &Form::content_type(), b"", bad),
        raw("a part without a head", &Form::content_type(), headless, bad),
        raw("words", &Form::content_type(), b"no form at all", bad),
        raw("another type", "text/plain", &whole, (415, "unsupported-media-type")),
        Case::form("too many parts", path, many, (413, "request-too-large")),
    ];
    if path.ends_with("/playground") || path.starts_with("/datasets") {
        return cases.into_iter().map(|case| case.at(Part::Page)).collect();
    }
    cases
}

/// Fields of the captioning forms.
fn fields() -> Vec<Case> {
    let invalid = (400, "invalid-field");
    let values = [
        ("max_length", "0"),
        ("max_length", "-3"),
        ("max_length", "many"),
        ("max_length", "99999999999999999999"),
        ("max_length", "1e2"),
        ("num_beams", "0"),
        ("num_beams", "1000"),
        ("num_beams", "２"),
        ("temperature", "0"),
        ("temperature", "NaN"),
        ("temperature", "inf"),
        ("temperature", "1e999"),
        ("top_p", "0"),
        ("top_p", "1.5"),
        ("top_p", "-0.1"),
        ("do_sample", "perhaps"),
        ("seed", "-1"),
        ("seed", "99999999999999999999999"),
        ("stream", "2"),
        ("timings", "x"),
        ("region", "1,2,3"),
        ("text", "not for this task"),
    ];
    let mut cases = Vec::new();
    for path in ["/caption", "/detailed_caption"] {
        let form = || Form::with_image(&png());
        for (field, value) in values {
            cases.push(Case::form(&format!("{field} {value:?}"), path, form().field(field, value), invalid));
        }
        let with = |name: &str, form: Form, expected| Case::form(name, path, form, expected);
        cases.extend([
            with("an unknown task", form().field("task", "<VQA>"), (400, "unknown-task")),
            with("a task that is markup", form().field("task", "<script>"), (400, "unknown-task")),
            with("a task of 100,000 letters", form().field("task", &"x".repeat(100_000)), invalid),
            with("broken UTF-8", form().bytes("task", b"<CAPTION\xff>"), invalid),
            with("a NUL", form().bytes("text", b"a\0b"), invalid),
            with("no picture", Form::new(), (400, "missing-image")),
            with("a picture without a file name", Form::new().field("images", "x"), (400, "missing-image")),
            with("two pictures", form().file("image", "b", None, &png()), (400, "repeated-field")),
            with("a field twice", form().field("seed", "1").field("seed", "1"), (400, "repeated-field")),
            with(
                "too long a text",
                form().field("task", "<CAPTION_TO_PHRASE_GROUNDING>").field("text", &"apple ".repeat(5000)),
                (422, "request-refused"),
            ),
            with("beams and sampling", form().field("do_sample", "true").field("num_beams", "3"), invalid),
            with("an address and a picture", form().field("image_url", "http://example.org/"), invalid),
            with("an image's id that is none", Form::new().field("image_id", "x"), invalid),
        ]);
    }
    cases
}

/// Files of hostile names: captioned, and kept only under names that are plain.
fn names() -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, (name, is_kept)) in FILE_NAMES.iter().enumerate() {
        let file = |field: &str| Form::new().file(field, name, None, &png());
        let kept = if *is_kept { (200, "") } else { (400, "invalid-field") };
        cases.push(Case::form(&format!("{number}, {name:?}"), "/caption", file("image"), (200, "")));
        cases.push(Case::form(&format!("{number}, {name:?}"), IMAGES, file("images"), kept).at(Part::Result));
    }
    let long = Form::new().file("images", &"x".repeat(501), None, &png());
    cases.push(Case::form("a name of 501 letters", IMAGES, long, (400, "invalid-field")).at(Part::Result));
    cases
}

/// Types that contradict the bytes.
fn declared_types() -> Vec<Case> {
    let types = ["image/jpeg", "image/gif", "image/webp", "image/svg+xml", "text/html", "application/pdf", "video/mp4"];
    let wrong = (415, "unsupported-image");
    let mut cases = Vec::new();
    for kind in types {
        let file = |field: &str| Form::new().file(field, "a.png", Some(kind), &png());
        let url = format!("data:{kind};base64,{}", STANDARD.encode(png()));
        cases.extend([
            Case::form(kind, "/caption", file("image"), wrong),
            Case::form(kind, "/detailed_caption", file("image"), wrong),
            Case::form(kind, "/batch_caption", file("images"), wrong).at(Part::Result),
            Case::form(kind, "/playground", file("image"), (415, "")).at(Part::Page),
            Case::form(kind, IMAGES, file("images"), wrong).at(Part::Result),
            Case::json(kind, "/caption", &json!({ "image": url }), wrong),
            Case::json(kind, CHAT, &chat(&url), wrong),
        ]);
    }
    cases
}

fn chat(url: &str) -> Value {
    let parts = json!([{ "type": "image_url", "image_url": { "url": url } }]);
    json!({ "model": "florence-2", "messages": [{ "role": "user", "content": parts }] })
}

fn json_bodies() -> Vec<Case> {
    let deep = |depth: usize| format!("{{\"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let bad = (400, "bad-json");
    let mut cases = Vec::new();
    for path in ["/caption", "/detailed_caption", "/batch_caption", CHAT] {
        // A chat's members are read one by one as they are needed, and the model is the first.
        let of_shape = if path == CHAT { (400, "invalid-field") } else { bad };
        let raw =
            |name: &str, body: &[u8], expected| Case::new(name, path, "application/json", body.to_vec(), expected);
        cases.extend([
            raw("nothing", b"", bad),
            raw("cut off", b"{\"image\"", bad),
            raw("a list", b"[1]", of_shape),
            raw("a number", b"1", bad),
            raw("broken UTF-8", b"{\"image\": \"\xff\"}", bad),
            raw("half a surrogate pair", br#"{"image": "\ud800"}"#, of_shape),
            raw("two bodies", b"{} {}", bad),
            raw("a trailing comma", b"{\"seed\": 1,}", bad),
            raw("a number beyond all", b"{\"seed\": 1e999}", bad),
            raw("200 deep", &deep(200), of_shape),
            raw("50,000 deep", &deep(50_000), of_shape),
        ]);
    }
    let image = STANDARD.encode(png());
    for path in ["/caption", "/detailed_caption"] {
        let with = |name: &str, body: Value, expected| Case::json(name, path, &body, expected);
        let invalid = (400, "invalid-field");
        cases.extend([
            with("no picture", json!({}), (400, "missing-image")),
            with("a picture that is null", json!({ "image": null }), (400, "missing-image")),
            with("no base64", json!({ "image": "???" }), invalid),
            with("half a base64 letter", json!({ "image": "A" }), invalid),
            with("base64 with line breaks in it", json!({ "image": "iVBO\u{0}" }), invalid),
            with("a data address without data", json!({ "image": "data:image/png" }), invalid),
            with("an empty picture", json!({ "image": "" }), (422, "damaged-image")),
            with("a NUL", json!({ "image": image, "text": "a\u{0}b" }), invalid),
            with("a picture that is a number", json!({ "image": 1 }), invalid),
            with("a task that is a list", json!({ "image": image, "task": ["<OD>"] }), invalid),
            with("an unknown task", json!({ "image": image, "task": "<VQA>" }), (400, "unknown-task")),
            with("a box of three", json!({ "image": image, "region": [1, 2, 3] }), invalid),
            with(
                "a box of nothing",
                json!({ "image": image, "task": "<REGION_TO_OCR>", "region": [null, 1, 2, 3] }),
                invalid,
            ),
        ]);
    }
    let batch = |name: &str, body: Value, expected| Case::json(name, "/batch_caption", &body, expected);
    cases.extend([
        batch("no pictures", json!({ "images": [] }), (400, "missing-image")),
        batch("33 pictures", json!({ "images": vec![&*image; 33] }), (413, "request-too-large")),
        batch("pictures that are none", json!({ "images": "x" }), (400, "invalid-field")),
        batch("no base64", json!({ "images": ["???"] }), (400, "invalid-field")),
        batch("a batch of 0", json!({ "images": [image], "batch_size": 0 }), (400, "invalid-field")),
    ]);
    let many = (0..33).fold(Form::new(), |form, _| form.file("images", "a", None, b"x"));
    cases.push(Case::form("33 files", "/batch_caption", many, (413, "request-too-large")));
    cases
}

fn chats() -> Vec<Case> {
    let url = format!("data:image/png;base64,{}", STANDARD.encode(png()));
    let with = |name: &str, member: &str, value: Value, expected| {
        let mut body = chat(&url);
        body[member] = value;
        Case::json(name, CHAT, &body, expected)
    };
    let invalid = (400, "invalid-field");
    vec![
        with("no messages", "messages", json!([]), invalid),
        with("messages that are a text", "messages", json!("x"), invalid),
        with("no picture", "messages", json!([{ "role": "user", "content": "hello" }]), (400, "missing-image")),
        with("a part of no kind", "messages", json!([{ "role": "user", "content": [{ "type": "video" }] }]), invalid),
        with("two answers", "n", json!(2), invalid),
        with("tokens in words", "max_tokens", json!("x"), invalid),
        with("no tokens", "max_tokens", json!(0), invalid),
        with("too hot", "temperature", json!(11), invalid),
        with("another model", "model", json!("gpt-4o"), (404, "unknown-model")),
        with("a model that is a path", "model", json!("../../etc/passwd"), (404, "unknown-model")),
        with("no model", "model", json!(null), invalid),
        Case::json("an address that is none", CHAT, &chat("x"), (422, "forbidden-url")),
        Case::json("an address of the inside", CHAT, &chat("http://127.0.0.1/"), (422, "forbidden-url")),
        Case::json("data that is no base64", CHAT, &chat("data:image/png;base64,???"), invalid),
        Case::json("data without base64", CHAT, &chat("data:image/png,abc"), invalid),
    ]
}

/// Forms of a dataset.
fn datasets() -> Vec<Case> {
    let file = || Form::new().file("file", "a.jsonl", None, br#"{"image": "a.png", "caption": "x"}"#);
    let import = |name: &str, form: Form, expected| Case::form(name, IMPORTS, form, expected);
    let archive = |name: &str, bytes: &[u8], expected| {
        Case::form(name, IMAGES, Form::new().file("archive", "a.zip", None, bytes), expected)
    };
    let invalid = (400, "invalid-field");
    vec![
        import("no file", Form::new().field("format", "csv"), (400, "bad-request")),
        import("a file of no known name", Form::new().file("file", "captions", None, b"x"), invalid),
        import("an unknown format", file().field("format", "xlsx"), invalid),
        import("a mapping that is none", file().field("mapping", "x"), invalid),
        import("a source that is signs", file().field("source", "??"), invalid),
        import("a NUL in a source", file().bytes("source", b"a\0b"), invalid),
        import("broken UTF-8 in a source", file().bytes("source", b"a\xff"), invalid),
        import("neither yes nor no", file().field("dry_run", "maybe"), invalid),
        import("two files", file().file("file", "b.jsonl", None, b"x"), (400, "repeated-field")),
        archive("an archive that is a picture", &png(), (415, "unsupported-image")),
        archive("an empty archive", b"", (415, "unsupported-image")),
        archive("a ZIP without its end", b"PK\x03\x04\x14\0\0\0", (422, "damaged-image")),
        archive("a compressed archive", b"\x1f\x8b\x08\0\0\0\0\0", (415, "unsupported-image")),
        Case::form("nothing to add", IMAGES, Form::new().field("other", "x"), (400, "missing-image")),
    ]
}

/// Requests over the limit: by the length that they announce, of which nothing is read, and cut where the limit is.
pub(super) fn oversized(instance: &Instance) -> Vec<String> {
    let form = Form::content_type();
    let json = "application/json".to_owned();
    let ways = [
        ("/caption", &form),
        ("/caption", &json),
        ("/detailed_caption", &form),
        ("/batch_caption", &form),
        ("/batch_caption", &json),
        (CHAT, &json),
        ("/playground", &form),
        (IMAGES, &form),
        ("/datasets/birds/upload", &form),
        (IMPORTS, &form),
        ("/datasets/birds/import", &form),
    ];
    let mut faults = Vec::new();
    for (path, kind) in ways {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
             content-type: {kind}\r\n",
            instance.root
        );
        let mut announced = instance.server.connect();
        let text = format!("{head}content-length: 99999999\r\nexpect: 100-continue\r\n\r\n");
        announced.write_all(text.as_bytes()).expect("the server reads headers");
        let announced = Answer::read(&mut announced);

        let mut chunked = instance.server.connect();
        let field = if path.contains("import") { "file" } else { "image" };
        let large = vec![b' '; 2 << 20];
        let body = if kind == &json { large } else { Form::new().file(field, "a.jsonl", None, &large).unfinished() };
        let text = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len());
        chunked.write_all(text.as_bytes()).expect("the server reads headers");
        // The server may hang up before it has read what it doesn't want.
        drop(chunked.write_all(&body));
        let chunked = Answer::read(&mut chunked);
        for (name, answer) in [("announced", announced), ("in chunks", chunked)] {
            // What is found out while a form is read is told on its page.
            let is_page = answer.header("content-type").starts_with("text/html");
            let fault = if is_page {
                fault_of_page(&answer, 413)
            } else {
                fault_of_problem(&answer, &answer.json(), (413, "request-too-large"))
            };
            faults.extend(fault.map(|fault| format!("{path} as {kind}, too much, {name}: {fault}")));
        }
    }
    faults
}
