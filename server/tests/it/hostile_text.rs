//! Texts that would be markup, scripts or queries if anything took them for that, in every field that keeps one and in every
//! parameter that a page reads. On each page they are text.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::{
    datasets::caption,
    files::jpeg_of_camera,
    form::Form,
    gallery::{cookies, get, post, sign_in},
    html::Html,
    jobs::{has_ended, wait_for},
    people::{Instance, PASSWORD, text_of},
};

/// What the texts look like. `MARK` stands for a word that tells the field.
const TEXTS: [&str; 20] = [
    "<script>MARK()</script>",
    "\"><img src=x onerror=MARK()>",
    "' onmouseover='MARK()",
    "</textarea><MARK>",
    "</title><MARK>",
    "</script><script>MARK()</script>",
    "<!-- MARK --!><MARK>",
    "]]><MARK>",
    "<svg/onload=MARK()>",
    "<MARK",
    "javascript:MARK()",
    "&lt;MARK&gt; &amp;",
    "\\u003cMARK\\u003e",
    "{{MARK}} ${MARK} <%= MARK %> #{MARK}",
    "MARK'; DROP TABLE users; --",
    "=cmd|' /C MARK'!A1",
    "\u{202e}MARK\u{2066}<b>",
    "MARK\u{2028}\u{feff}<b>\u{200d}",
    "{{constructor.constructor('MARK()')()}}",
    "MARK xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// The fields, of which each must be seen on some page. What cameras wrote comes by scripts alone: `end2end/` looks at that.
const FIELDS: [&str; 15] = [
    "name",
    "description",
    "file",
    "found",
    "own",
    "label",
    "reason",
    "view",
    "key",
    "person",
    "browser",
    "upload",
    "row",
    "edit",
    "asked",
];

/// Parameters that pages read, all of them at once.
const PARAMETERS: [&str; 30] = [
    "q",
    "source",
    "missing",
    "status",
    "captions",
    "sort",
    "at",
    "page",
    "against",
    "boxes",
    "sources",
    "reference",
    "of",
    "words_from",
    "order",
    "by",
    "distance",
    "task",
    "text",
    "user",
    "action",
    "actor",
    "next",
    "done",
    "person",
    "after",
    "last",
    "dataset",
    "token",
    "sample",
];

/// Begins every mark, and is in no word of the pages.
const MARK: &str = "zqx";

/// One text in all the fields.
struct Hostile {
    number: usize,
    text: &'static str,
}

impl Hostile {
    /// The text of a field, of at most so many characters.
    fn of(&self, field: &str) -> String {
        let mark = format!("{MARK}{field}{}", self.number);
        self.text.replace("MARK", &mark).chars().take(64).collect()
    }

    fn slug(&self) -> String {
        format!("hostile-{}", self.number)
    }

    /// The name that a picture may have: a slash ends a folder's name, and a backslash is none's.
    fn file_name(&self) -> String {
        self.of("file").replace('/', "\u{2215}").replace('\\', "\u{ff3c}")
    }
}

/// Writes the text wherever one is kept. The addresses of what was made.
async fn plant(instance: &Instance, hostile: &Hostile) -> Vec<String> {
    let (root, slug) = (&instance.root, hostile.slug());
    let created = |method: &str, path: &str, body: Value| {
        let answer = instance.send(method, path, root, &body.to_string());
        assert!(answer.status < 300, "{path} {body}: {}", answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    };
    let dataset = format!("/api/v1/datasets/{slug}");
    let (name, description) = (hostile.of("name"), hostile.of("description"));
    created("POST", "/api/v1/datasets", json!({ "slug": slug, "name": name, "description": description }));
    let jpeg = STANDARD.encode(jpeg_of_camera(&hostile.of("camera")));
    let file = json!({ "images": [{ "image": jpeg, "filename": hostile.file_name() }] });
    let added = created("POST", &format!("{dataset}/images"), file);
    let image = text_of(&added["results"][0]["image"], "id");
    let found = caption(instance, &slug, image.parse().expect("it is an id"), &hostile.of("found")).await;
    let region = json!({ "label": hostile.of("label"), "box": [1, 1, 9, 9] });
    let own = json!({ "text": hostile.of("own"), "regions": [region] });
    created("PUT", &format!("/api/v1/images/{image}/captions/mine"), own);
    let view = json!({ "name": hostile.of("view"), "query": format!("q={}", hostile.of("view")), "shared": true });
    created("POST", &format!("{dataset}/views"), view);
    created("POST", "/api/v1/keys", json!({ "name": hostile.of("key"), "scopes": ["read"] }));
    let person = hostile.of("person");
    let invitation = created("POST", "/api/v1/invitations", json!({}));
    let account = json!({ "name": person, "password": PASSWORD, "token": invitation["token"] });
    created("POST", "/api/v1/sign-up", account);
    created("POST", &format!("{dataset}/members"), json!({ "name": person, "role": "reviewer" }));
    created("POST", &format!("{dataset}/review/assignments"), json!({ "to": [person] }));

    let edit = json!({ "edit": { "operation": "suffix", "text": hostile.of("edit") } });
    let task = json!({ "task": "<CAPTION_TO_PHRASE_GROUNDING>", "text": hostile.of("asked") });
    let jobs = [("bulk-edits", edit), ("caption-jobs", task)];
    let mut jobs: Vec<_> = jobs
        .into_iter()
        .map(|(kind, body)| text_of(&created("POST", &format!("{dataset}/{kind}"), body), "id"))
        .collect();
    let row = json!({ "image": hostile.of("row"), "caption": "x" }).to_string();
    // A quote ends a name in a form; browsers write it so.
    let upload = format!("{}.jsonl", hostile.of("upload").replace('"', "%22"));
    let form = Form::new().file("file", &upload, None, row.as_bytes()).field("source", &hostile.of("upload"));
    let authorization = format!("Bearer {root}");
    let headers = [("content-type", &*Form::content_type()), ("authorization", &authorization)];
    let import = instance.server.post_with(&format!("{dataset}/imports"), &headers, &form.finish());
    assert_eq!(import.status, 202, "{}", import.text());
    jobs.push(text_of(&import.json(), "id"));
    for job in &jobs {
        wait_for(&instance.server, job, root, has_ended);
    }
    // A reason goes with the next change, so that it comes after the edit.
    let rejected = json!({ "version": 2, "status": "rejected", "reason": hostile.of("reason") });
    created("PATCH", &format!("/api/v1/captions/{found}"), rejected);
    let dataset = format!("/datasets/{slug}");
    let pages = [
        "",
        "/settings",
        "/edit",
        "/changes",
        "/compare",
        "/arena",
        "/board",
        "/duplicates",
        "/metrics",
        "/metrics/captions",
        "/review",
        "/review/progress",
        "/review/assign",
        "/export",
        "/caption",
        "/import",
    ];
    let pages = pages.iter().map(|page| format!("{dataset}{page}"));
    let others =
        [format!("{dataset}/images/{image}"), format!("{dataset}?captions=found"), format!("{dataset}?captions=root")];
    pages.chain(others).chain(jobs.iter().map(|job| format!("/jobs/{job}"))).collect()
}

/// An address with the text in every parameter.
fn with_parameters(address: &str, text: &str) -> String {
    let mut query = Serializer::new(String::new());
    for parameter in PARAMETERS {
        query.append_pair(parameter, text);
    }
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{}", query.finish())
}

/// Forms whose page comes back with what was written, which is wrong.
fn refused(slug: &str, text: &str) -> Vec<(String, String)> {
    let form = |pairs: &[(&str, &str)]| {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(pairs);
        form.finish()
    };
    let dataset = format!("/datasets/{slug}");
    vec![
        ("/".into(), form(&[("name", text), ("slug", slug), ("description", text)])),
        ("/sign-in".into(), form(&[("name", text), ("password", text), ("next", text)])),
        ("/sign-up".into(), form(&[("name", text), ("password", text), ("token", text)])),
        ("/account".into(), form(&[("action", "make-key"), ("name", text)])),
        (format!("{dataset}/settings"), form(&[("action", "add-member"), ("name", text), ("role", "viewer")])),
        (format!("{dataset}/settings"), form(&[("action", "delete"), ("confirm", text)])),
        (format!("{dataset}/export"), form(&[("scope", text), ("captions", text), ("source", text), ("format", text)])),
        (format!("{dataset}/caption"), form(&[("scope", "all"), ("task", text), ("text", text), ("num_beams", text)])),
        (
            format!("{dataset}/edit"),
            form(&[("step", "preview"), ("scope", "all"), ("operation", "replace"), ("find", text)]),
        ),
        (format!("{dataset}/edit"), form(&[("step", text), ("scope", text), ("operation", text), ("text", text)])),
        (
            format!("{dataset}/review/assign"),
            form(&[("step", "assign"), ("scope", "all"), ("to", text), ("limit", text)]),
        ),
        (format!("{dataset}/views"), form(&[("name", text), ("query", text)])),
    ]
}

#[tokio::test]
async fn hostile_texts_are_text_on_every_page() {
    let limits = ["--rate-limit", "off", "--address-rate-limit", "off", "--num-beams", "1", "--max-length", "2"];
    let instance = Instance::start(&limits).await;
    let cookie = sign_in(&instance, "root");
    let mut faults = Vec::new();
    let mut unseen: BTreeSet<_> = FIELDS.into();
    for (number, text) in TEXTS.into_iter().enumerate() {
        let hostile = Hostile { number, text };
        let browser = hostile.of("browser");
        if browser.is_ascii() {
            let form = format!("name=root&password={}", PASSWORD.replace(' ', "+"));
            let answer = post(&instance, "/sign-in", "", &form, &[("user-agent", &browser)]);
            assert!(!cookies(&answer).is_empty(), "{}", answer.text());
        }
        let mut pages = plant(&instance, &hostile).await;
        pages.extend(["/", "/jobs", "/account", "/admin", "/admin/audit-log", "/playground"].map(str::to_owned));
        let reflected = hostile.of("query");
        let asked = pages.iter().map(String::as_str).chain(["/sign-in", "/sign-up", "/reset", "/nothing"]);
        let asked: Vec<_> = asked.map(|page| with_parameters(page, &reflected)).collect();
        let shown = pages.iter().chain(&asked).map(|page| (page.clone(), get(&instance, page, &cookie)));
        let refused = refused(&hostile.slug(), &reflected).into_iter().map(|(address, form)| {
            let answer = post(&instance, &address, &cookie, &form, &[]);
            (format!("{address} {form}"), answer)
        });
        for (page, answer) in shown.chain(refused) {
            if answer.status >= 500
                || (answer.body.len() > 2 && !answer.header("content-type").starts_with("text/html"))
            {
                faults.push(format!("{page}: {} {}", answer.status, answer.header("content-type")));
                continue;
            }
            let html = Html::parse(&answer.text());
            faults.extend(html.faults(MARK).into_iter().map(|fault| format!("{text}: {page}: {fault}")));
            unseen.retain(|field| !html.shows(&format!("{MARK}{field}{number}")));
        }
    }
    faults.sort();
    faults.dedup();
    let first: Vec<_> = faults.iter().take(40).map(|fault| fault.chars().take(500).collect::<String>()).collect();
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), first.join("\n"));
    assert!(unseen.is_empty(), "no page shows what is written there: {unseen:?}");
    instance.end().await;
}
