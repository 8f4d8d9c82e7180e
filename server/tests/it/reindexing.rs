//! The search index built anew: as a job over HTTP and on the command line, and what everybody sees meanwhile.

use std::{
    path::Path,
    process::Output,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    gallery::{get, sign_in},
    jobs::{asked, has_ended, wait_for},
    people::Instance,
    program::{Server, text, vasari},
};

const REINDEX: &str = "/api/v1/search/reindex";
const SEARCH: &str = "/api/v1/datasets/birds/search";

/// A server with a dataset of one picture, which the index has.
async fn indexed() -> Instance {
    let instance = Instance::start(&[]).await;
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "B" })).status, 201);
    add(&instance, &instance.root, "birds", &[("a.png", &scene())]);
    until(|| instance.get(SEARCH, &instance.root).json()["total"] == 1);
    instance
}

fn until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "it stays as it is");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Which index of a server counts.
fn current(server: &Server) -> Option<String> {
    std::fs::read_to_string(server.data().join("search/current")).ok()
}

fn index_of(server: &Server) -> Value {
    server.get("/health").json()["search"].clone()
}

#[tokio::test]
async fn job_reaches_every_server_and_they_answer_meanwhile() {
    let instance = indexed().await;
    let (_, anna, _) = instance.invite("anna");
    instance.server.post(REINDEX, None, b"").expect_problem(401, "unauthenticated");
    instance.post(REINDEX, &anna, &json!({})).expect_problem(403, "forbidden");
    let (_, url) = instance.contents().await;
    let other = Server::start(&["--database-url", &url]);
    until(|| index_of(&other)["state"] == "ready");
    let before = [current(&instance.server), current(&other)];

    // Nobody can begin to build while this table is held.
    let held = instance.test().hold("index_changes").await;
    let job = asked(&instance, &instance.root, REINDEX, &json!({}));
    for server in [&instance.server, &other] {
        until(|| index_of(server)["state"] == "degraded");
        assert_eq!(index_of(server)["reason"], "somebody asked for it");
    }
    let found = instance.get(SEARCH, &instance.root).json();
    assert_eq!((&found["total"], &found["index"]["state"]), (&json!(1), &json!("degraded")), "{found}");
    let state = instance.get(&format!("/api/v1/jobs/{job}"), &instance.root).json();
    assert_eq!((&state["kind"], &state["dataset"], &state["done"]), (&json!("reindex"), &Value::Null, &json!(0)));
    assert!(!has_ended(&state), "{state}");
    instance.get(&format!("/api/v1/jobs/{job}"), &anna).expect_problem(404, "not-found");
    let root = sign_in(&instance, "root");
    let page = get(&instance, &format!("/jobs/{job}"), &root).text();
    assert!(page.contains("Build the search index anew"), "{page}");
    held.release().await;

    let ended = wait_for(&instance.server, &job, &instance.root, has_ended);
    assert_eq!((&ended["state"], &ended["done"], &ended["total"]), (&json!("succeeded"), &json!(1), &json!(1)));
    assert_eq!(ended["result"], json!({ "images": 1 }));
    until(|| current(&instance.server) != before[0] && current(&other) != before[1]);
    for server in [&instance.server, &other] {
        until(|| index_of(server) == json!({ "state": "ready", "indexed": 1 }));
    }
    let log = instance.get("/api/v1/audit-log?action=job.create", &instance.root).json();
    assert_eq!((&log["items"][0]["subject"], &log["items"][0]["detail"]), (&json!(job), &json!({ "kind": "reindex" })));
    assert!(other.terminate().0.success());
    instance.end().await;
}

#[tokio::test]
async fn job_that_is_stopped_leaves_the_index_as_it_was() {
    let instance = indexed().await;
    let before = current(&instance.server);
    let held = instance.test().hold("index_changes").await;
    let job = asked(&instance, &instance.root, REINDEX, &json!({}));
    until(|| index_of(&instance.server)["state"] == "degraded");
    let stopped = instance.post(&format!("/api/v1/jobs/{job}/cancel"), &instance.root, &json!({})).json();
    assert_eq!(stopped["state"], "cancelled");
    held.release().await;
    until(|| index_of(&instance.server)["state"] == "ready");
    add(&instance, &instance.root, "birds", &[("b.png", &scene())]);
    until(|| instance.get(SEARCH, &instance.root).json()["total"] == 2);
    assert_eq!(current(&instance.server), before);
    // Taken up again, it is done after all.
    assert_eq!(instance.post(&format!("/api/v1/jobs/{job}/resume"), &instance.root, &json!({})).status, 200);
    let ended = wait_for(&instance.server, &job, &instance.root, has_ended);
    assert_eq!((&ended["state"], &ended["result"]), (&json!("succeeded"), &json!({ "images": 2 })), "{ended}");
    assert_ne!(current(&instance.server), before);
    instance.end().await;
}

#[tokio::test]
async fn command_builds_the_index_or_has_it_built() {
    let instance = indexed().await;
    let (_, anna, _) = instance.invite("anna");
    let (_, url) = instance.contents().await;
    let run = |data: &Path, arguments: &[&str]| -> Output {
        let mut command = vasari(&[&["reindex", "--json"], arguments].concat(), data);
        command.env("DATABASE_URL", &url).output().expect("the program starts")
    };
    let json = |output: &Output| -> Value {
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("it prints JSON")
    };
    // The server has the index of its folder, and does so itself.
    let before = current(&instance.server);
    let told = json(&run(instance.server.data(), &[]));
    assert_eq!(told["indexed"], 1, "{told}");
    let job = told["job"].as_str().expect("it is a job").to_owned();
    let ended = instance.get(&format!("/api/v1/jobs/{job}"), &instance.root).json();
    assert_eq!((&ended["state"], &ended["created_by"]), (&json!("succeeded"), &Value::Null));
    assert_ne!(current(&instance.server), before);
    // Nobody has the index of another folder.
    let other = tempfile::tempdir().expect("a temporary folder can be made");
    assert_eq!(json(&run(other.path(), &[])), json!({ "indexed": 1, "job": null }));
    // From elsewhere.
    let key = |token: &str, scopes: &[&str]| {
        let made = instance.post("/api/v1/keys", token, &json!({ "name": "commands", "scopes": scopes }));
        made.json()["key"].as_str().expect("a key was made").to_owned()
    };
    let before = current(&instance.server);
    let address = instance.server.url("");
    let admin = key(&instance.root, &["read", "write", "admin"]);
    let told = json(&run(other.path(), &["--server", &address, "--key", &admin]));
    assert!(told["indexed"] == 1 && told["job"].is_string(), "{told}");
    assert_ne!(current(&instance.server), before);
    for refused in [key(&instance.root, &["read", "write"]), key(&anna, &["read", "write"])] {
        let output = run(other.path(), &["--server", &address, "--key", &refused]);
        assert!(!output.status.success() && text(&output.stderr).contains("403"), "{}", text(&output.stderr));
    }
    instance.end().await;
}
