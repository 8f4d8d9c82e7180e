//! Files that are imported and exported over HTTP, by jobs that outlive their server.

use std::{fmt::Write, fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Reader,
    datasets::Permitted,
    images::{ImageFilter, ImagePage, NewImage},
};

use crate::{
    form::Form,
    jobs::{asked, get, has_ended, wait_for},
    people::Instance,
    program::{Answer, Server, run_vasari, sample, text},
};

/// A folder with two pictures, and captions of them, packed as an imagefolder: `set.zip`.
pub(crate) fn packed() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, of) in [("a.png", "scene-01.png"), ("b.png", "scene-02.png")] {
        fs::copy(sample(of), folder.path().join(name)).expect("the sample is there");
    }
    let lines = [
        json!({ "image": "a.png", "caption": "a red car", "source": "Florence 2", "task": "<CAPTION>", "confidence": 0.5 }),
        json!({ "image": "a.png", "caption": "=1+1" }),
        json!({ "image": "b.png", "caption": "a boat", "source": "Florence 2", "task": "<CAPTION>", "status": "approved" }),
    ];
    let lines = lines.iter().fold(String::new(), |lines, line| format!("{lines}{line}\n"));
    fs::write(folder.path().join("captions.jsonl"), lines).expect("the folder can be written");
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is text").to_owned();
    let converted = run_vasari(&["convert", &path("captions.jsonl"), &path("set.zip"), "--to", "imagefolder"]);
    assert!(converted.status.success(), "{}", text(&converted.stderr));
    folder
}

fn form(name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> Form {
    let form = fields.iter().fold(Form::new(), |form, (name, value)| form.field(name, value));
    form.file("file", name, None, bytes)
}

fn import(instance: &Instance, token: &str, dataset: &str, form: Form) -> Answer {
    let authorization = format!("Bearer {token}");
    let headers = [("content-type", &*Form::content_type()), ("authorization", &*authorization)];
    instance.server.post_with(&format!("/api/v1/datasets/{dataset}/imports"), &headers, &form.finish())
}

/// What a job came to, once it has succeeded.
fn succeeded(server: &Server, token: &str, answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let job = answer.json()["id"].as_str().expect("a job has an id").to_owned();
    let ended = wait_for(server, &job, token, has_ended);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    ended
}

fn dataset(instance: &Instance, slug: &str) -> (String, String) {
    let (id, anna, _) = instance.invite("anna");
    let made = instance.post("/api/v1/datasets", &anna, &json!({ "slug": slug, "name": slug }));
    assert_eq!(made.status, 201, "{}", made.text());
    (id, anna)
}

#[tokio::test]
async fn file_is_tried_taken_in_and_written_again() {
    let instance = Instance::start(&[]).await;
    let (_, anna) = dataset(&instance, "birds");
    let folder = packed();
    let set = fs::read(folder.path().join("set.zip")).expect("it was written");

    // Nothing is changed by a dry run, and what it says comes true.
    let dry = import(&instance, &anna, "birds", form("set.zip", &set, &[("dry_run", "true")]));
    let dry = succeeded(&instance.server, &anna, &dry);
    let counts = json!({ "rows": 3, "failed": 0, "images_added": 2, "sources_added": 2, "captions_added": 3,
        "captions_changed": 0, "captions_unchanged": 0, "captions_kept": 0 });
    assert_eq!(dry["result"], json!({ "dry_run": true, "format": "imagefolder", "counts": counts }));
    let images = "/api/v1/datasets/birds/images?sort=name";
    assert_eq!(get(&instance.server, images, &anna)["items"], json!([]));
    let apply = format!("/api/v1/datasets/birds/imports/{}/apply", dry["id"].as_str().expect("a job has an id"));
    let applied = succeeded(&instance.server, &anna, &instance.post(&apply, &anna, &json!({})));
    assert_eq!((&applied["result"]["counts"], &applied["done"], &applied["total"]), (&counts, &json!(3), &json!(3)));
    let list = get(&instance.server, images, &anna);
    assert_eq!((&list["items"][0]["file_name"], &list["items"][1]["file_name"]), (&json!("a.png"), &json!("b.png")));
    let id = list["items"][0]["id"].as_str().expect("an image has an id");
    assert_eq!(get(&instance.server, &format!("/api/v1/images/{id}/captions"), &anna)[0]["source"], "florence-2");
    let thumbnail = instance.get(&format!("/api/v1/images/{id}/thumbnails/256"), &anna);
    assert_eq!((thumbnail.status, thumbnail.header("content-type")), (200, "image/webp"));

    let again = import(&instance, &anna, "birds", form("set.zip", &set, &[]));
    let again = succeeded(&instance.server, &anna, &again);
    assert_eq!(again["result"]["counts"]["captions_unchanged"], 3, "{again}");
    let again = again["id"].as_str().expect("a job has an id");
    let real = instance.post(&format!("/api/v1/datasets/birds/imports/{again}/apply"), &anna, &json!({}));
    real.expect_problem(409, "conflict");

    // Columns of other names, and rows that can't be taken in.
    let table = b"img,prompt\na.png,a car by the sea\ngone.png,nothing\n";
    let fields = [("mapping", "img=file_name"), ("mapping", "prompt=caption"), ("source", "Bert's prompts")];
    let mapped = succeeded(&instance.server, &anna, &import(&instance, &anna, "birds", form("x.csv", table, &fields)));
    assert_eq!((&mapped["done"], &mapped["failed"]), (&json!(1), &json!(1)));
    let errors = format!("/api/v1/jobs/{}/errors", mapped["id"].as_str().expect("a job has an id"));
    let errors = get(&instance.server, &errors, &anna);
    assert_eq!((&errors["items"][0]["position"], &errors["items"][0]["label"]), (&json!(2), &json!("gone.png")));

    // Exactly what a search finds.
    let found = json!({ "format": "csv", "captions": "all", "images": { "query": "boat" } });
    let found = succeeded(&instance.server, &anna, &instance.post("/api/v1/datasets/birds/exports", &anna, &found));
    assert_eq!(found["result"]["counts"]["images"], 1, "{found}");

    // What was exported comes in elsewhere as it was.
    let export =
        json!({ "format": "imagefolder", "captions": { "source": "florence-2" }, "images": { "status": "approved" } });
    let exported = instance.post("/api/v1/datasets/birds/exports", &anna, &export);
    let exported = succeeded(&instance.server, &anna, &exported);
    let counts = json!({ "images": 1, "captions": 1, "without_caption": 0, "failed": 0 });
    assert_eq!(exported["result"]["counts"], counts, "{exported}");
    let file = format!("/api/v1/jobs/{}/file", exported["id"].as_str().expect("a job has an id"));
    let file = instance.get(&file, &anna);
    instance.post("/api/v1/datasets", &anna, &json!({ "slug": "copy", "name": "Copy" }));
    let copied = import(&instance, &anna, "copy", form("birds.zip", &file.body, &[]));
    let copied = succeeded(&instance.server, &anna, &copied);
    assert_eq!(copied["result"]["counts"]["captions_added"], 1, "{copied}");
    let copy = get(&instance.server, "/api/v1/datasets/copy/images", &anna);
    assert_eq!(copy["items"][0]["sha256"], list["items"][1]["sha256"]);
    instance.end().await;
}

#[tokio::test]
async fn download_goes_on_where_it_broke_off() {
    let instance = Instance::start(&[]).await;
    let (_, anna) = dataset(&instance, "birds");
    let folder = packed();
    let set = fs::read(folder.path().join("set.zip")).expect("it was written");
    let imported = succeeded(&instance.server, &anna, &import(&instance, &anna, "birds", form("set.zip", &set, &[])));
    let job = asked(&instance, &anna, "/api/v1/datasets/birds/exports", &json!({ "format": "jsonl" }));
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    let path = format!("/api/v1/jobs/{job}/file");
    let authorization = format!("Bearer {anna}");
    let ask = |headers: &[(&str, &str)]| {
        instance.server.get_with(&path, &[&[("authorization", &*authorization)], headers].concat())
    };
    let whole = ask(&[]);
    assert_eq!((whole.status, whole.text().lines().count()), (200, 3), "{}", whole.text());
    assert_eq!(json!(whole.body.len()), ended["result"]["size"]);
    let tag = whole.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", ended["result"]["sha256"].as_str().expect("there is a sum")));
    assert_eq!((whole.header("accept-ranges"), whole.header("content-type")), ("bytes", "application/jsonl"));
    let name = whole.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"birds-20") && name.ends_with(".jsonl\""), "{name}");
    let rest = ask(&[("range", "bytes=10-"), ("if-range", &tag)]);
    assert_eq!((rest.status, &rest.body[..]), (206, &whole.body[10..]));
    assert_eq!(rest.header("content-range"), format!("bytes 10-{}/{}", whole.body.len() - 1, whole.body.len()));
    let other = ask(&[("range", "bytes=10-"), ("if-range", "\"another\"")]);
    assert_eq!((other.status, other.body == whole.body), (200, true), "part of another file is of no use");
    assert_eq!(ask(&[("range", "bytes=999999-")]).status, 416);
    assert_eq!(ask(&[("if-none-match", &tag)]).status, 304);

    let (_, eve, _) = instance.invite("eve");
    instance.get(&path, &eve).expect_problem(404, "not-found");
    instance.server.get(&path).expect_problem(401, "unauthenticated");
    let import = format!("/api/v1/jobs/{}/file", imported["id"].as_str().expect("a job has an id"));
    instance.get(&import, &anna).expect_problem(404, "not-found");
    let gone = instance.server.data().join("objects/exports").join(&job);
    fs::remove_file(gone).expect("the file is there");
    let detail = instance.get(&path, &anna).expect_problem(404, "not-found");
    assert!(detail.contains("Export it again"), "{detail}");
    instance.end().await;
}

#[tokio::test]
async fn what_may_not_be_imported_is_refused_with_a_reason() {
    let instance = Instance::start(&["--max-import-size", "20KB"]).await;
    let (_, anna) = dataset(&instance, "birds");
    let (eve_id, eve, _) = instance.invite("eve");
    let row = br#"{"image": "a.png", "caption": "x"}"#;
    let send = |token: &str, form: Form| import(&instance, token, "birds", form);
    send(&eve, form("a.jsonl", row, &[])).expect_problem(404, "not-found");
    let member = format!("/api/v1/datasets/birds/members/{eve_id}");
    assert_eq!(instance.send("PUT", &member, &anna, r#"{"role": "reviewer"}"#).status, 204);
    let detail = send(&eve, form("a.jsonl", row, &[])).expect_problem(403, "forbidden");
    assert!(detail.contains("role owner"), "{detail}");
    let exports = "/api/v1/datasets/birds/exports";
    assert_eq!(instance.post(exports, &eve, &json!({ "format": "csv" })).status, 202, "who looks may take along");
    instance
        .server
        .post(exports, Some("application/json"), br#"{"format": "csv"}"#)
        .expect_problem(401, "unauthenticated");

    let refused = |form: Form, kind: &str, word: &str| {
        let detail = send(&anna, form).expect_problem(400, kind);
        assert!(detail.contains(word), "{detail}");
    };
    refused(Form::new().field("format", "csv"), "bad-request", "field file");
    refused(form("captions", row, &[]), "invalid-field", "one of jsonl, imagefolder");
    refused(form("a.jsonl", row, &[("format", "xlsx")]), "invalid-field", "\"xlsx\" is no format");
    refused(form("a.jsonl", row, &[("mapping", "x")]), "invalid-field", "COLUMN=FIELD");
    refused(form("a.jsonl", row, &[("source", "??")]), "invalid-field", "letters or digits");
    refused(form("a.jsonl", row, &[("dry_run", "maybe")]), "invalid-field", "dry_run");
    refused(form("a.jsonl", row, &[]).file("file", "b.jsonl", None, row), "repeated-field", "file");
    let large = vec![b' '; 21 * 1024];
    send(&anna, form("a.jsonl", &large, &[])).expect_problem(413, "request-too-large");
    send(&anna, form("a.jsonl", &vec![b' '; 2 << 20], &[])).expect_problem(413, "request-too-large");
    let bad_export = |body: Value, kind: &str| instance.post(exports, &anna, &body).expect_problem(400, kind);
    bad_export(json!({ "format": "xlsx" }), "bad-json");
    bad_export(json!({ "format": "csv", "captions": { "source": "x".repeat(65) } }), "invalid-field");
    bad_export(json!({ "format": "csv", "images": { "missing": "x\0" } }), "invalid-field");
    let nothing = "/api/v1/datasets/birds/imports/01890a5d-ac96-774b-bcce-b302099a8057/apply";
    instance.post(nothing, &anna, &json!({})).expect_problem(404, "not-found");

    // What is no archive of a folder fails as a job, in words without a path.
    let broken = send(&anna, form("set.zip", b"PK\x03\x04broken", &[]));
    let job = broken.json()["id"].as_str().expect("a job has an id").to_owned();
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    let error = ended["error"].as_str().unwrap_or_default();
    assert!(
        ended["state"] == "failed" && error.starts_with("set.zip can't be read") && !error.contains("/tmp"),
        "{ended}"
    );
    assert_eq!(fs::read_dir(instance.server.data().join("spool")).expect("it is there").count(), 0, "nothing is left");
    instance.end().await;
}

/// A picture without bytes.
pub(crate) async fn bare_picture(instance: &Instance, dataset: &str, name: &str) -> Uuid {
    named_picture(instance, dataset, name, vec![7; 32]).await
}

/// A picture of this name, which need not be one that the API takes, with the bytes of this sum.
pub(crate) async fn named_picture(instance: &Instance, dataset: &str, name: &str, sha256: Vec<u8>) -> Uuid {
    let new = NewImage {
        id: Uuid::now_v7(),
        file_name: name.to_owned(),
        sha256,
        byte_size: 1,
        format: "png".into(),
        width: 1,
        height: 1,
        thumbhash: vec![7],
        perceptual_hash: 0,
    };
    let added = instance.database().add_image(&Reader::operator(), dataset, &new, OffsetDateTime::now_utc()).await;
    assert!(matches!(added, Ok(Permitted::Done(_))), "{added:?}");
    new.id
}

/// So many of them: `0.png` and so on.
async fn pictures(instance: &Instance, dataset: &str, count: usize) {
    for number in 0..count {
        bare_picture(instance, dataset, &format!("{number}.png")).await;
    }
}

/// How many captions there are, and how many of them were written once.
async fn counts(instance: &Instance, dataset: &str) -> (usize, usize) {
    let (operator, database) = (Reader::operator(), instance.database());
    let (all, first) = (ImageFilter::default(), ImagePage::Added(None));
    let images = database.list_images(&operator, dataset, &all, &first, 1000).await.expect("the database answers");
    let (mut count, mut written_once) = (0, 0);
    for image in images.expect("the dataset is there") {
        let captions = database.list_captions(&operator, image.id).await.expect("the database answers");
        let captions = captions.expect("the picture is there");
        count += captions.len();
        written_once += captions.iter().filter(|caption| caption.version == 1).count();
    }
    (count, written_once)
}

#[tokio::test]
async fn import_and_export_outlive_their_server() {
    const IMAGES: usize = 200;
    const SOURCES: usize = 200;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = data.path().to_str().expect("the path is text").to_owned();
    let instance = Instance::start(&["--data-dir", &folder]).await;
    let (_, anna) = dataset(&instance, "birds");
    let (_, url) = instance.contents().await;
    pictures(&instance, "birds", IMAGES).await;
    let mut lines = String::new();
    for number in 0..IMAGES * SOURCES {
        let (image, source) = (number % IMAGES, number / IMAGES);
        writeln!(lines, r#"{{"image": "{image}.png", "caption": "caption {number}", "source": "s{source}"}}"#)
            .expect("a text takes a line");
    }
    let sent = import(&instance, &anna, "birds", form("many.jsonl", lines.as_bytes(), &[]));
    assert_eq!(sent.status, 202, "{}", sent.text());
    let job = sent.json()["id"].as_str().expect("a job has an id").to_owned();
    let before = wait_for(&instance.server, &job, &anna, |job| job["done"].as_i64() > Some(0));
    instance.server.signal("KILL");
    let rows = (IMAGES * SOURCES) as i64;
    assert!(before["done"].as_i64() < Some(rows), "the server was killed in the middle: {before}");

    let arguments = ["--database-url", &url, "--data-dir", &folder];
    let second = Server::start(&arguments);
    let ended = wait_for(&second, &job, &anna, has_ended);
    assert_eq!((&ended["state"], &ended["done"], &ended["failed"]), (&json!("succeeded"), &json!(rows), &json!(0)));
    let counted = &ended["result"]["counts"];
    assert_eq!((&counted["captions_added"], &counted["captions_unchanged"]), (&json!(rows), &json!(0)), "{ended}");
    assert_eq!(
        counts(&instance, "birds").await,
        (IMAGES * SOURCES, IMAGES * SOURCES),
        "each caption is there once, and was written once"
    );

    let authorization = format!("Bearer {anna}");
    let headers = [("authorization", &*authorization), ("content-type", "application/json")];
    let asked = second.post_with("/api/v1/datasets/birds/exports", &headers, br#"{"format": "csv"}"#);
    assert_eq!(asked.status, 202, "{}", asked.text());
    let job = asked.json()["id"].as_str().expect("a job has an id").to_owned();
    wait_for(&second, &job, &anna, |job| job["state"] != "waiting");
    second.signal("KILL");
    let third = Server::start(&arguments);
    let ended = wait_for(&third, &job, &anna, has_ended);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let file = third.get_with(&format!("/api/v1/jobs/{job}/file"), &headers[..1]);
    assert_eq!((file.status, file.text().lines().count()), (200, IMAGES * SOURCES + 1));
    assert_eq!(json!(file.body.len()), ended["result"]["size"]);
    assert!(third.terminate().0.success());
    let spooled = Path::new(&folder).join("spool");
    assert!(fs::read_dir(spooled).expect("it is there").count() <= 2, "only servers that were killed left something");
}

#[tokio::test]
async fn import_and_export_that_were_stopped_are_taken_up_again() {
    const IMAGES: usize = 100;
    const SOURCES: usize = 200;
    let instance = Instance::start(&[]).await;
    let (_, anna) = dataset(&instance, "birds");
    pictures(&instance, "birds", IMAGES).await;
    let mut lines = String::new();
    for number in 0..IMAGES * SOURCES {
        let (image, source) = (number % IMAGES, number / IMAGES);
        writeln!(lines, r#"{{"image": "{image}.png", "caption": "caption {number}", "source": "s{source}"}}"#)
            .expect("a text takes a line");
    }
    let rows = (IMAGES * SOURCES) as i64;
    let sent = import(&instance, &anna, "birds", form("many.jsonl", lines.as_bytes(), &[]));
    let job = sent.json()["id"].as_str().expect("a job has an id").to_owned();
    wait_for(&instance.server, &job, &anna, |job| job["done"].as_i64() > Some(0));
    let act = |job: &str, verb: &str| instance.post(&format!("/api/v1/jobs/{job}/{verb}"), &anna, &json!({})).json();
    let stopped = act(&job, "cancel");
    let done = stopped["done"].as_i64().expect("it is a number");
    assert!(stopped["state"] == "cancelled" && done > 0 && done < rows, "{stopped}");
    let stored = instance.test().number("SELECT count(*) FROM captions").await;
    assert_eq!(stored, done, "what is counted is stored, and nothing besides");
    assert!(!has_ended(&act(&job, "resume")));
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    assert_eq!((&ended["state"], &ended["done"], &ended["failed"]), (&json!("succeeded"), &json!(rows), &json!(0)));
    let counted = &ended["result"]["counts"];
    assert_eq!((&counted["captions_added"], &counted["captions_unchanged"]), (&json!(rows), &json!(0)), "{ended}");
    assert_eq!(instance.test().number("SELECT count(*) FROM captions WHERE version = 1").await, rows);

    // It can't look at captions while they are held, and so is stopped in the middle.
    let held = instance.test().hold("captions").await;
    let asked = instance.post("/api/v1/datasets/birds/exports", &anna, &json!({ "format": "csv" }));
    let job = asked.json()["id"].as_str().expect("a job has an id").to_owned();
    wait_for(&instance.server, &job, &anna, |job| job["state"] == "running");
    assert_eq!(act(&job, "cancel")["state"], "cancelled");
    held.release().await;
    let file = format!("/api/v1/jobs/{job}/file");
    instance.get(&file, &anna).expect_problem(409, "conflict");
    act(&job, "resume");
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let file = instance.get(&file, &anna);
    assert_eq!((file.status, file.text().lines().count()), (200, IMAGES * SOURCES + 1));
    instance.end().await;
}
