//! Jobs whose servers are killed, and servers that share one: each caption is made or changed once.

use std::time::{Duration, Instant};

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{Reader, datasets::Permitted, images::NewImage};
use vasari_storage_testing::generated::{DATASET, generate};

use crate::{
    datasets::{add, scene},
    jobs::{asked, get, has_ended, wait_for},
    people::Instance,
    program::Server,
};

/// A dataset of so many pictures, all of the same bytes, and whose it is: an access token.
async fn dataset(instance: &Instance, slug: &str, images: usize) -> String {
    let (_, anna, _) = instance.invite("anna");
    instance.post("/api/v1/datasets", &anna, &json!({ "slug": slug, "name": slug }));
    let added = add(instance, &anna, slug, &[("000.png", &scene())]).json();
    let image = &added["results"][0]["image"];
    let number = |member: &str| image[member].as_i64().expect("it is a number");
    let sum = image["sha256"].as_str().expect("it has a sum");
    let sha256: Vec<_> =
        (0..32).map(|at| u8::from_str_radix(&sum[at * 2..at * 2 + 2], 16).expect("it is hex")).collect();
    for position in 1..images {
        let new = NewImage {
            id: Uuid::now_v7(),
            file_name: format!("{position:03}.png"),
            sha256: sha256.clone(),
            byte_size: scene().len() as i64,
            format: "png".into(),
            width: number("width") as i32,
            height: number("height") as i32,
            thumbhash: vec![1],
            perceptual_hash: 0,
        };
        let added = instance.database().add_image(&Reader::operator(), slug, &new, OffsetDateTime::now_utc()).await;
        assert!(matches!(added, Ok(Permitted::Done(_))), "{added:?}");
    }
    anna
}

/// How many captions a server's model has made.
fn captioned(server: &Server) -> u64 {
    let metrics = server.get("/metrics").text();
    let line = metrics.lines().find(|line| line.starts_with("vasari_captions_total"));
    line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).expect("it is counted") as u64
}

#[tokio::test]
async fn servers_share_a_job() {
    const IMAGES: usize = 500;
    let instance = Instance::start(&["--enable-metrics"]).await;
    let anna = dataset(&instance, "scenes", IMAGES).await;
    let (_, url) = instance.contents().await;
    let other = Server::start(&["--database-url", &url, "--enable-metrics"]);
    // It needs the pictures' bytes as well.
    let objects = [instance.server.data().join("objects"), other.data().join("objects")];
    copy(&objects[0], &objects[1]);
    // A model that was just loaded has said something already, to see whether it can.
    let before = [captioned(&instance.server), captioned(&other)];
    let body = json!({ "parameters": { "num_beams": 1, "max_length": 4 } });
    let job = asked(&instance, &anna, "/api/v1/datasets/scenes/caption-jobs", &body);
    let ended = wait_for(&instance.server, &job, &anna, has_ended);
    assert_eq!((&ended["state"], &ended["done"], &ended["failed"]), (&json!("succeeded"), &json!(IMAGES), &json!(0)));
    let shares = [captioned(&instance.server) - before[0], captioned(&other) - before[1]];
    assert!(shares[0] >= 64 && shares[1] >= 64, "each did some of it: {shares:?}");
    assert_eq!(shares[0] + shares[1], IMAGES as u64, "and none did what the other had done");
    assert_eq!(instance.test().number("SELECT count(*) FROM captions WHERE version = 1").await, IMAGES as i64);
    assert!(other.terminate().0.success());
    instance.end().await;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-r").arg(from.join(".")).arg(to).status();
    assert!(copied.expect("cp is there").success());
}

#[tokio::test]
async fn captioning_is_planned_once_though_its_server_is_killed_at_it() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = data.path().to_str().expect("the path is text").to_owned();
    let instance = Instance::start(&["--data-dir", &folder]).await;
    let anna = dataset(&instance, "scenes", 30).await;
    let (_, url) = instance.contents().await;
    let arguments = ["--database-url", &url, "--data-dir", &folder];
    // Planning can't go on while this table is held.
    let held = instance.test().hold("captions").await;
    let body = json!({ "parameters": { "num_beams": 1, "max_length": 4 } });
    let job = asked(&instance, &anna, "/api/v1/datasets/scenes/caption-jobs", &body);
    let began = format!("SELECT count(*) FROM jobs WHERE id = '{job}' AND planned_by IS NOT NULL AND total IS NULL");
    wait_until(&instance, &began).await;
    instance.server.signal("KILL");
    held.release().await;
    let server = Server::start(&arguments);
    let began = Instant::now();
    let ended = wait_for(&server, &job, &anna, has_ended);
    assert!(began.elapsed() < Duration::from_mins(1), "it is taken up within a minute");
    assert_eq!((&ended["state"], &ended["done"], &ended["total"]), (&json!("succeeded"), &json!(30), &json!(30)));
    let captions = "SELECT count(*) FROM captions WHERE version = 1";
    assert_eq!(instance.test().number(captions).await, 30);
    assert_eq!(instance.test().number("SELECT count(*) FROM caption_versions").await, 30);
    assert!(server.terminate().0.success());
}

#[tokio::test]
async fn bulk_edit_changes_each_caption_once_though_its_servers_are_killed() {
    const IMAGES: u32 = 12_000;
    const CAPTIONS: i64 = 3 * IMAGES as i64;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = data.path().to_str().expect("the path is text").to_owned();
    let instance = Instance::start(&["--data-dir", &folder]).await;
    let (_, url) = instance.contents().await;
    generate(&url, IMAGES, |_| ()).await;
    let arguments = ["--database-url", &url, "--data-dir", &folder];
    let body = json!({ "edit": { "operation": "suffix", "text": "!" } });
    let job = asked(&instance, &instance.root, &format!("/api/v1/datasets/{DATASET}/bulk-edits"), &body);
    // Once while it is planned, with some of its items written.
    let planning = format!(
        "SELECT count(*) FROM jobs WHERE id = '{job}' AND total IS NULL
         AND EXISTS (SELECT FROM job_items WHERE job_id = jobs.id)"
    );
    wait_until(&instance, &planning).await;
    instance.server.signal("KILL");
    assert_eq!(instance.test().number(&planning).await, 1, "it was killed in the middle of planning");
    // And once while captions are changed.
    let second = Server::start(&arguments);
    let some = wait_for(&second, &job, &instance.root, |job| job["done"].as_i64() > Some(0));
    second.signal("KILL");
    assert!(some["done"].as_i64() < Some(CAPTIONS), "it was killed in the middle of the work: {some}");
    let third = Server::start(&arguments);
    let ended = wait_for(&third, &job, &instance.root, has_ended);
    assert_eq!(
        (&ended["state"], &ended["done"], &ended["total"]),
        (&json!("succeeded"), &json!(CAPTIONS), &json!(CAPTIONS))
    );
    let changed = "SELECT count(*) FROM captions WHERE version = 2 AND text LIKE '%!' AND text NOT LIKE '%!!'";
    assert_eq!(instance.test().number(changed).await, CAPTIONS, "each was changed exactly once");
    assert_eq!(instance.test().number("SELECT count(*) FROM caption_versions").await, 2 * CAPTIONS);
    assert_eq!(get(&third, &format!("/api/v1/jobs/{job}"), &instance.root)["failed"], 0);
    assert!(third.terminate().0.success());
}

/// Waits until a statement counts one.
async fn wait_until(instance: &Instance, statement: &str) {
    let began = Instant::now();
    while instance.test().number(statement).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "{statement}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
