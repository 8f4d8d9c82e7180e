//! Bad input over every way that takes files: each case has a name, and the answer that it deserves.

mod imports;
mod pictures;
mod requests;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    form::{Form, picture},
    people::Instance,
    program::Answer,
};

/// What is sent, and what is to come back.
pub(super) struct Case {
    name: String,
    path: String,
    content_type: String,
    body: Vec<u8>,
    /// The status, and for a problem its kind.
    expected: (u16, &'static str),
    part: Part,
}

/// Where the answer to a case stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It is the whole answer.
    Whole,
    /// It is the first of several results.
    Result,
    /// It is a page.
    Page,
}

impl Case {
    fn new(name: &str, path: &str, content_type: &str, body: Vec<u8>, expected: (u16, &'static str)) -> Self {
        let (name, path, content_type) = (format!("{path}: {name}"), path.to_owned(), content_type.to_owned());
        Self { name, path, content_type, body, expected, part: Part::Whole }
    }

    fn form(name: &str, path: &str, form: Form, expected: (u16, &'static str)) -> Self {
        Self::new(name, path, &Form::content_type(), form.finish(), expected)
    }

    fn json(name: &str, path: &str, body: &Value, expected: (u16, &'static str)) -> Self {
        Self::new(name, path, "application/json", body.to_string().into_bytes(), expected)
    }

    fn at(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// What is wrong with the answer to this case, if anything is.
    fn fault(&self, instance: &Instance) -> Option<String> {
        let accept = if self.part == Part::Page { "text/html" } else { "*/*" };
        let authorization = format!("Bearer {}", instance.root);
        let headers = [("authorization", &*authorization), ("accept", accept), ("content-type", &self.content_type)];
        let headers = if self.content_type.is_empty() { &headers[..2] } else { &headers };
        let answer = instance.server.post_with(&self.path, headers, &self.body);
        let fault = match self.part {
            Part::Page => fault_of_page(&answer, self.expected.0),
            Part::Whole if self.expected.1.is_empty() => fault_of_status(&answer, self.expected.0),
            Part::Whole => fault_of_problem(&answer, &answer.json(), self.expected),
            Part::Result => fault_of_status(&answer, 200).or_else(|| {
                let result = &answer.json()["results"][0];
                let is_fine = self.expected.1.is_empty() && result.get("error").is_none();
                if is_fine { None } else { fault_of_problem(&answer, &result["error"], self.expected) }
            }),
        };
        fault.map(|fault| format!("{}: expected {:?}, got {fault}", self.name, self.expected))
    }
}

fn fault_of_status(answer: &Answer, expected: u16) -> Option<String> {
    (answer.status != expected).then(|| format!("{} {}", answer.status, shortened(answer)))
}

fn fault_of_page(answer: &Answer, expected: u16) -> Option<String> {
    let page = answer.text();
    let is_page = answer.header("content-type").starts_with("text/html") || answer.status == 303;
    let gives_away = LEAKS.iter().find(|leak| page.contains(**leak));
    (answer.status != expected || !is_page || gives_away.is_some())
        .then(|| format!("{} {gives_away:?} {}", answer.status, shortened(answer)))
}

/// Words that would tell of this machine, or of what the program is made of.
const LEAKS: [&str; 11] =
    ["/root", "/tmp", "/home", ".rs:", "panicked", "multer", "hyper", "serde", "sqlx", "zune", "unwrap()"];

fn fault_of_problem(answer: &Answer, problem: &Value, (status, kind): (u16, &str)) -> Option<String> {
    let detail = problem["detail"].as_str().unwrap_or_default();
    let is_whole = problem == &answer.json();
    let is_right = problem["status"] == status
        && problem["type"] == format!("/problems/{kind}")
        && problem["request_id"] == answer.header("x-request-id")
        && !answer.header("x-request-id").is_empty()
        && detail.ends_with('.')
        && !LEAKS.iter().any(|leak| detail.contains(leak))
        && (!is_whole || (answer.status == status && answer.header("content-type") == "application/problem+json"));
    (!is_right).then(|| format!("{} {problem}", answer.status))
}

fn shortened(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).chars().take(300).collect()
}

/// Sends all cases. Those that are answered otherwise, a line each.
fn faults(instance: &Instance, cases: &[Case]) -> Vec<String> {
    cases.iter().filter_map(|case| case.fault(instance)).collect()
}

async fn start() -> Instance {
    let limits = ["--rate-limit", "off", "--address-rate-limit", "off", "--num-beams", "1", "--max-length", "2"];
    let sizes = ["--max-request-size", "200KB", "--max-import-size", "300KB"];
    let instance = Instance::start(&[&limits[..], &sizes].concat()).await;
    let made = instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "Birds" }));
    assert_eq!(made.status, 201, "{}", made.text());
    instance
}

/// The ways that take one picture: each gets `bytes` under its own name for it.
fn ways(name: &str, file_name: &str, bytes: &[u8], expected: (u16, &'static str)) -> Vec<Case> {
    let base64 = STANDARD.encode(bytes);
    let chat = json!({ "model": "florence-2", "messages": [{ "role": "user", "content": [
        { "type": "image_url", "image_url": { "url": format!("data:;base64,{base64}") } },
    ] }] });
    let file = |field: &str| Form::new().file(field, file_name, None, bytes);
    let (images, upload) = ("/api/v1/datasets/birds/images", "/datasets/birds/upload");
    let archive = Form::new().file("archive", "a.tar", None, &tar_of(file_name, bytes));
    // The page says of each file what is wrong with it, and of all that not everything was added.
    let of_page = (415, "");
    vec![
        Case::form(name, "/caption", file("image"), expected),
        Case::form(name, "/detailed_caption", file("image"), expected),
        Case::json(name, "/caption", &json!({ "image": base64 }), expected),
        Case::form(name, "/batch_caption", file("images"), expected).at(Part::Result),
        Case::json(name, "/batch_caption", &json!({ "images": [base64] }), expected).at(Part::Result),
        Case::json(name, "/v1/chat/completions", &chat, expected),
        Case::form(name, "/playground", file("image"), expected).at(Part::Page),
        Case::form(name, images, file("images"), expected).at(Part::Result),
        Case::form(&format!("{name} in an archive"), images, archive, expected).at(Part::Result),
        Case::form(name, upload, file("images"), of_page).at(Part::Page),
    ]
}

fn tar_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, name, bytes).expect("memory takes all");
    builder.into_inner().expect("memory takes all")
}

#[tokio::test]
async fn bad_pictures_are_refused_on_every_way() {
    let instance = start().await;
    let bad = pictures::bad();
    let cases: Vec<_> =
        bad.iter().flat_map(|(name, bytes, status, kind)| ways(name, "a.png", bytes, (*status, *kind))).collect();
    assert!(cases.len() > 600, "{}", cases.len());
    let faults = faults(&instance, &cases);
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    instance.end().await;
}

#[tokio::test]
async fn odd_pictures_are_captioned_and_kept() {
    let instance = start().await;
    let good = pictures::good();
    let caption = |(name, bytes): &pictures::Picture| Case::form(name, "/caption", Form::with_image(bytes), (200, ""));
    let keep = |(name, bytes): &pictures::Picture| {
        let form = Form::new().file("images", name, None, bytes);
        Case::form(name, "/api/v1/datasets/birds/images", form, (200, "")).at(Part::Result)
    };
    let mut cases: Vec<_> = good.iter().map(caption).chain(good.iter().map(keep)).collect();
    // One of them on the ways that do the same with its bytes afterwards.
    let ways = ways("a good picture", "good.png", &picture(8, 8, ImageFormat::Png), (200, ""));
    // The form of pages leads on to another page, and the client follows without its token.
    cases.extend(ways.into_iter().filter(|case| !case.path.ends_with("/upload")));
    let mut faults = faults(&instance, &cases);
    // What was kept can be shown: thumbnails are there, and what cameras wrote makes no error.
    let kept = instance.get("/api/v1/datasets/birds/images?limit=200", &instance.root).json();
    let kept = kept["items"].as_array().expect("there are images");
    assert!(kept.len() >= good.len(), "{} of {}", kept.len(), good.len());
    for image in kept {
        for part in ["thumbnails/256", "exif", "file"] {
            let path = format!("/api/v1/images/{}/{part}", image["id"].as_str().expect("it has an id"));
            let status = instance.get(&path, &instance.root).status;
            if status != 200 {
                faults.push(format!("{part} of {}: {status}", image["file_name"]));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    instance.end().await;
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_reason() {
    let instance = start().await;
    let cases = requests::all();
    assert!(cases.len() > 150, "{}", cases.len());
    let mut faults = faults(&instance, &cases);
    faults.extend(requests::oversized(&instance));
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    instance.end().await;
}

#[tokio::test]
async fn bad_imports_fail_in_words() {
    let instance = start().await;
    let faults = imports::faults(&instance);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    instance.end().await;
}
