//! Jobs over HTTP: asked for, followed, stopped, taken up again, and worked off whatever becomes of the servers.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    people::Instance,
    program::Server,
};

/// How long a test waits for a job, a server that was killed included.
const PATIENCE: Duration = Duration::from_mins(2);

/// A dataset of so many pictures that look alike, and whose it is: an access token.
fn dataset(instance: &Instance, slug: &str, images: usize) -> String {
    let (_, anna, _) = instance.invite("anna");
    instance.post("/api/v1/datasets", &anna, &json!({ "slug": slug, "name": slug }));
    let scene = scene();
    let names: Vec<_> = (0..images).map(|number| format!("{number:03}.png")).collect();
    for names in names.chunks(20) {
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), scene.as_slice())).collect();
        assert_eq!(add(instance, &anna, slug, &files).status, 200);
    }
    anna
}

pub(crate) fn asked(instance: &Instance, token: &str, path: &str, body: &Value) -> String {
    let answer = instance.post(path, token, body);
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().expect("a job has an id").to_owned()
}

pub(crate) fn get(server: &Server, path: &str, token: &str) -> Value {
    server.get_with(path, &[("authorization", &format!("Bearer {token}"))]).json()
}

/// Waits until a job is as it should be.
pub(crate) fn wait_for(server: &Server, job: &str, token: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let state = get(server, &format!("/api/v1/jobs/{job}"), token);
        if is_so(&state) {
            return state;
        }
        assert!(began.elapsed() < PATIENCE, "the job stays as it is: {state}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn has_ended(job: &Value) -> bool {
    !matches!(job["state"].as_str(), Some("waiting" | "running"))
}

/// How many captions each picture of a dataset has, with the sum of their versions.
fn captions(server: &Server, slug: &str, token: &str) -> BTreeMap<String, (usize, i64)> {
    let images = get(server, &format!("/api/v1/datasets/{slug}/images?limit=200"), token);
    let of = |image: &Value| {
        let id = image["id"].as_str().expect("an image has an id");
        let captions = get(server, &format!("/api/v1/images/{id}/captions"), token);
        let captions = captions.as_array().expect("captions are a list").clone();
        let versions = captions.iter().filter_map(|caption| caption["version"].as_i64()).sum();
        (image["file_name"].as_str().unwrap_or_default().to_owned(), (captions.len(), versions))
    };
    images["items"].as_array().expect("images are a list").iter().map(of).collect()
}

#[tokio::test]
async fn dataset_is_captioned_as_a_new_source_and_followed_live() {
    const IMAGES: i64 = 40;
    let instance = Instance::start(&[]).await;
    let anna = dataset(&instance, "scenes", IMAGES as usize);
    let path = "/api/v1/datasets/scenes/caption-jobs";
    let job = asked(&instance, &anna, path, &json!({ "task": "caption", "parameters": { "num_beams": 1 } }));
    let events = instance.get(&format!("/api/v1/jobs/{job}/events"), &anna);
    assert_eq!(events.header("content-type"), "text/event-stream");
    let told: Vec<Value> = events
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data: ").map(|data| serde_json::from_str(data).expect("it is JSON")))
        .collect();
    let between = told.iter().filter(|job| job["state"] == "running" && job["done"].as_i64() > Some(0));
    let between: Vec<_> = between.filter_map(|job| job["done"].as_i64()).filter(|done| *done < IMAGES).collect();
    assert!(!between.is_empty() && between.is_sorted(), "one sees it go on: {told:?}");
    let last = told.last().expect("there are events");
    assert_eq!((&last["state"], &last["done"], &last["failed"]), (&json!("succeeded"), &json!(IMAGES), &json!(0)));
    assert_eq!(last["total"], IMAGES);
    assert!(captions(&instance.server, "scenes", &anna).values().all(|of| *of == (1, 1)));

    // The same again finds nothing to do; another parameter is another source.
    let again = asked(&instance, &anna, path, &json!({ "parameters": { "num_beams": 1 } }));
    assert_eq!(wait_for(&instance.server, &again, &anna, has_ended)["total"], 0);
    let images =
        json!({ "images": [get(&instance.server, "/api/v1/datasets/scenes/images", &anna)["items"][0]["id"]] });
    let other = asked(&instance, &anna, path, &json!({ "images": images, "parameters": { "num_beams": 2 } }));
    assert_eq!(wait_for(&instance.server, &other, &anna, has_ended)["done"], 1);
    assert_eq!(captions(&instance.server, "scenes", &anna)["000.png"], (2, 2));

    let edit = json!({ "edit": { "operation": "suffix", "text": "." } });
    let edit = asked(&instance, &anna, "/api/v1/datasets/scenes/bulk-edits", &edit);
    let ended = wait_for(&instance.server, &edit, &anna, has_ended);
    assert_eq!((&ended["state"], &ended["done"]), (&json!("succeeded"), &json!(IMAGES + 1)));
    let newest = get(&instance.server, "/api/v1/jobs?dataset=scenes&limit=2", &anna);
    assert_eq!(newest["items"][0]["kind"], "bulk_edit", "the newest first");
    assert!(newest["next_cursor"].is_string());
    instance.end().await;
}

#[tokio::test]
async fn jobs_are_for_those_who_may_and_wrong_ones_are_refused() {
    let instance = Instance::start(&[]).await;
    let anna = dataset(&instance, "scenes", 1);
    let (eve_id, eve, _) = instance.invite("eve");
    let path = "/api/v1/datasets/scenes/caption-jobs";
    instance.server.post(path, Some("application/json"), b"{}").expect_problem(401, "unauthenticated");
    instance.post(path, &eve, &json!({})).expect_problem(404, "not-found");
    let member = format!("/api/v1/datasets/scenes/members/{eve_id}");
    assert_eq!(instance.send("PUT", &member, &anna, r#"{"role": "viewer"}"#).status, 204);
    instance.post(path, &eve, &json!({})).expect_problem(403, "forbidden");
    assert_eq!(instance.send("PUT", &member, &anna, r#"{"role": "annotator"}"#).status, 204);
    let edits = "/api/v1/datasets/scenes/bulk-edits";
    let approve = json!({ "edit": { "operation": "set_status", "status": "approved" } });
    instance.post(edits, &eve, &approve).expect_problem(403, "forbidden");

    let refused = |path: &str, body: Value, kind: &str, word: &str| {
        let detail = instance.post(path, &anna, &body).expect_problem(400, kind);
        assert!(detail.contains(word), "{detail}");
    };
    refused(path, json!({ "task": "<VQA>" }), "unknown-task", "<CAPTION>");
    refused(path, json!({ "parameters": { "beams": 3 } }), "invalid-field", "num_beams");
    refused(path, json!({ "parameters": { "num_beams": 99 } }), "invalid-field", "num_beams");
    refused(path, json!({ "images": { "source": "x".repeat(65) } }), "invalid-field", "images.source");
    refused(path, json!({ "pictures": [] }), "bad-json", "like");
    let broken = json!({ "edit": { "operation": "replace_regex", "pattern": "(", "replacement": "" } });
    refused(edits, broken, "invalid-field", "unclosed group");
    refused(edits, json!({ "edit": { "operation": "translate" } }), "bad-json", "like");

    let job = asked(&instance, &anna, path, &json!({}));
    let (_, mallory, _) = instance.invite("mallory");
    for path in ["", "/events", "/errors"] {
        let path = format!("/api/v1/jobs/{job}{path}");
        assert_eq!(instance.get(&path, &anna).status, 200, "{path}");
        instance.get(&path, &mallory).expect_problem(404, "not-found");
        instance.server.get(&path).expect_problem(401, "unauthenticated");
    }
    instance.post(&format!("/api/v1/jobs/{job}/cancel"), &mallory, &json!({})).expect_problem(404, "not-found");
    instance.post(&format!("/api/v1/jobs/{job}/cancel"), &eve, &json!({})).expect_problem(403, "forbidden");
    instance.get("/api/v1/jobs/1", &anna).expect_problem(404, "not-found");
    instance.end().await;
}

#[tokio::test]
async fn job_is_stopped_and_taken_up_again() {
    let instance = Instance::start(&[]).await;
    let anna = dataset(&instance, "scenes", 80);
    let job = asked(&instance, &anna, "/api/v1/datasets/scenes/caption-jobs", &json!({}));
    let some = wait_for(&instance.server, &job, &anna, |job| job["done"].as_i64() > Some(2));
    assert!(some["pace"].as_f64() > Some(0.0) && some["seconds_left"].is_number(), "{some}");
    let stopped = instance.post(&format!("/api/v1/jobs/{job}/cancel"), &anna, &json!({})).json();
    assert_eq!(stopped["state"], "cancelled");
    let done = stopped["done"].as_i64().expect("it is a number");
    assert!(done < 80, "{stopped}");
    let stored = captions(&instance.server, "scenes", &anna).values().map(|(count, _)| *count).sum::<usize>();
    assert_eq!(i64::try_from(stored).ok(), Some(done), "what is counted is stored, and nothing besides");
    let resumed = instance.post(&format!("/api/v1/jobs/{job}/resume"), &anna, &json!({})).json();
    assert!(!has_ended(&resumed), "{resumed}");
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    assert_eq!((&ended["state"], &ended["done"]), (&json!("succeeded"), &json!(80)));
    assert!(captions(&instance.server, "scenes", &anna).values().all(|of| *of == (1, 1)));
    instance.end().await;
}

#[tokio::test]
async fn job_outlives_its_server_and_captions_each_image_once() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = data.path().to_str().expect("the path is text").to_owned();
    let instance = Instance::start(&["--data-dir", &folder]).await;
    let anna = dataset(&instance, "scenes", 60);
    let job = asked(&instance, &anna, "/api/v1/datasets/scenes/caption-jobs", &json!({}));
    let before = wait_for(&instance.server, &job, &anna, |job| job["done"].as_i64() > Some(5));
    instance.server.signal("KILL");
    let (_, url) = instance.contents().await;
    // Two take its place: they share what is left, and each looks after the other.
    let arguments = ["--database-url", &url, "--data-dir", &folder, "--enable-metrics"];
    let (one, other) = (Server::start(&arguments), Server::start(&arguments));
    let began = Instant::now();
    let ended = wait_for(&one, &job, &anna, has_ended);
    assert!(began.elapsed() < Duration::from_mins(1), "orphans are taken up within a minute");
    assert_eq!((&ended["state"], &ended["failed"]), (&json!("succeeded"), &json!(0)), "{ended}");
    assert_eq!(ended["done"], 60);
    assert!(before["done"].as_i64() < Some(60), "the server was killed in the middle: {before}");
    assert_eq!(get(&other, &format!("/api/v1/jobs/{job}"), &anna)["state"], "succeeded");
    let stored = captions(&other, "scenes", &anna);
    assert_eq!(stored.len(), 60);
    assert!(stored.values().all(|of| *of == (1, 1)), "{stored:?}");
    assert!(one.terminate().0.success() && other.terminate().0.success());
}
