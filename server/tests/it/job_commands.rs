//! `vasari caption-dataset` and `vasari jobs`: here, and on a server.

use std::path::Path;

use serde_json::{Value, json};
use vasari_storage_testing::TestDatabase;

use crate::{
    datasets::{add, scene},
    jobs::{asked, has_ended, wait_for},
    people::Instance,
    program::text,
    transfer_commands::Place,
};

/// A server with a dataset of Anna's, of two pictures one of which has lost its bytes; her token, and where commands work.
async fn set_up() -> (Instance, String, [Place; 2]) {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "Birds" }));
    add(&instance, &anna, "birds", &[("a.png", &scene()), ("b.png", &scene())]);
    let scopes = ["read", "write", "caption"];
    let key = instance.post("/api/v1/keys", &anna, &json!({ "name": "commands", "scopes": scopes }));
    let key = key.json()["key"].as_str().expect("a key was made").to_owned();
    let (_, url) = instance.contents().await;
    let places = [Place::Here(url), Place::There(instance.server.url(""), key)];
    (instance, anna, places)
}

#[tokio::test]
async fn jobs_are_listed_followed_stopped_and_taken_up_again() {
    let (instance, anna, places) = set_up().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let lost = vasari_storage::images::NewImage {
        id: uuid::Uuid::now_v7(),
        file_name: "lost.png".into(),
        sha256: vec![7; 32],
        byte_size: 1,
        format: "png".into(),
        width: 1,
        height: 1,
        thumbhash: vec![7],
        perceptual_hash: 0,
    };
    let (operator, now) = (vasari_storage::Reader::operator(), time::OffsetDateTime::now_utc());
    instance.database().add_image(&operator, "birds", &lost, now).await.expect("it can be added");
    let body = json!({ "parameters": { "num_beams": 1 } });
    let job = asked(&instance, &anna, "/api/v1/datasets/birds/caption-jobs", &body);
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(2), &json!(1)), "{ended}");
    for place in &places {
        let run = |code: i32, arguments: &[&str]| place.json(data.path(), code, arguments);
        let says = |code: i32, arguments: &[&str]| {
            let output = place.run(data.path(), arguments);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
            (text(&output.stdout), text(&output.stderr))
        };
        let listed = run(0, &["jobs", "list", "--dataset", "birds"]);
        assert_eq!((listed[0]["kind"].as_str(), listed[0]["failed"].as_i64()), (Some("caption"), Some(1)));
        assert_eq!(run(0, &["jobs", "list", "--dataset", "boats"]), Vec::<Value>::new());
        let (line, _) = says(0, &["jobs", "list"]);
        assert!(line.contains("succeeded") && line.contains("birds") && line.contains("2 of 3, 1 failed"), "{line}");
        assert_eq!(run(0, &["jobs", "show", &job])[0]["id"], json!(job));
        // Not all of it succeeded, and watching says so.
        assert_eq!(run(1, &["jobs", "watch", &job])[0]["state"], "succeeded");
        let errors = run(0, &["jobs", "errors", &job]);
        assert_eq!((errors.len(), &errors[0]["label"]), (1, &json!("lost.png")));
        let (line, _) = says(0, &["jobs", "errors", &job]);
        assert!(line.starts_with("lost.png: ") && line.contains("lost"), "{line}");
        // What has ended is not stopped; what failed is tried again.
        assert_eq!(run(0, &["jobs", "cancel", &job])[0]["state"], "succeeded");
        let resumed = run(0, &["jobs", "resume", &job]);
        assert!(resumed[0]["failed"] == 0 && !has_ended(&resumed[0]), "{resumed:?}");
        assert_eq!(run(1, &["jobs", "watch", &job])[0]["failed"], 1);

        let nothing = uuid::Uuid::now_v7().to_string();
        for verb in ["show", "watch", "cancel", "resume", "errors"] {
            let (_, error) = says(1, &["jobs", verb, &nothing]);
            assert!(error.starts_with("vasari: "), "{verb}: {error}");
        }
        let (_, usage) = says(2, &["jobs", "show", "no-id"]);
        assert!(usage.contains("no-id"), "{usage}");
    }
    instance.end().await;
}

#[tokio::test]
async fn job_that_runs_is_stopped_by_a_command_and_goes_on_by_another() {
    let (instance, anna, places) = set_up().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    for (number, place) in places.iter().enumerate() {
        // It can't be planned while this table is held.
        let held = instance.test().hold("captions").await;
        let body = json!({ "parameters": { "num_beams": 1 + number } });
        let job = asked(&instance, &anna, "/api/v1/datasets/birds/caption-jobs", &body);
        assert_eq!(place.json(data.path(), 0, &["jobs", "cancel", &job])[0]["state"], "cancelled");
        held.release().await;
        assert_eq!(place.json(data.path(), 1, &["jobs", "watch", &job])[0]["state"], "cancelled");
        assert!(!has_ended(&place.json(data.path(), 0, &["jobs", "resume", &job])[0]));
        let ended = place.json(data.path(), 0, &["jobs", "watch", &job]);
        assert_eq!((&ended[0]["state"], &ended[0]["done"]), (&json!("succeeded"), &json!(2)));
    }
    instance.end().await;
}

/// Checks what both ways to caption have in common, on a dataset of two pictures.
fn check_captioning(place: &Place, data: &Path) {
    let beams = |count: &'static str| ["caption-dataset", "birds", "--num-beams", count, "--max-length", "4"];
    let made = place.json(data, 0, &beams("1"));
    assert_eq!((&made[0]["state"], &made[0]["done"], &made[0]["failed"]), (&json!("succeeded"), &json!(2), &json!(0)));
    // Again, there is nothing left to do.
    let again = place.run(data, &beams("1"));
    assert!(again.status.success() && text(&again.stdout).starts_with("0 captioned, 0 failed"), "{again:?}");
    let some = place.json(data, 0, &[&beams("2")[..], &["--query", "name:a"]].concat());
    assert_eq!((&some[0]["total"], &some[0]["done"]), (&json!(1), &json!(1)), "{some:?}");
    let none = place.json(data, 0, &[&beams("3")[..], &["--missing", "anna", "--with", "nobody"]].concat());
    assert_eq!(none[0]["total"], 0);
    let listed = place.json(data, 0, &["jobs", "list"]);
    assert_eq!(listed.len(), 4, "{listed:?}");
    let fails = |arguments: &[&str], words: &str| {
        let output = place.run(data, arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    };
    fails(&["caption-dataset", "boats"], if matches!(place, Place::Here(_)) { "no dataset is called" } else { "404" });
    fails(&["caption-dataset", "birds", "--task", "vqa"], "<CAPTION>");
    fails(&["caption-dataset", "birds", "--query", "(dog"], "never closed");
}

#[tokio::test]
async fn dataset_is_captioned_by_a_server() {
    let (instance, _, [_, there]) = set_up().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    check_captioning(&there, data.path());
    instance.end().await;
}

#[tokio::test]
async fn dataset_is_captioned_without_a_server() {
    let test = TestDatabase::create_empty().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let here = Place::Here(test.url());
    here.json(data.path(), 0, &["dataset", "create", "birds"]);
    for name in ["a.png", "b.png"] {
        let file = data.path().join(name);
        std::fs::write(&file, scene()).expect("the folder can be written");
        here.json(data.path(), 0, &["dataset", "add-images", "birds", file.to_str().expect("the path is text")]);
    }
    check_captioning(&here, data.path());
    // Pictures whose bytes are lost have no caption, and the status says so.
    std::fs::remove_dir_all(data.path().join("objects/images")).expect("they are there");
    let lost = here.json(data.path(), 1, &["caption-dataset", "birds", "--num-beams", "4"]);
    assert_eq!((&lost[0]["done"], &lost[0]["failed"]), (&json!(0), &json!(2)), "{lost:?}");
    let id = lost[0]["id"].as_str().expect("a job has an id");
    assert_eq!(here.json(data.path(), 0, &["jobs", "errors", id]).len(), 2);
    test.drop_it().await;
}
