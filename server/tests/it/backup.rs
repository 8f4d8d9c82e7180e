//! What is kept goes into an archive beside a running server, and comes back elsewhere as it was.

use std::{fs, path::Path, process::Output};

use serde_json::{Value, json};
use vasari_storage::{Durability, EmbeddedPostgres};
use vasari_storage_testing::{TestDatabase, dump};

use crate::{
    datasets::{add, caption, scene},
    people::Instance,
    program::{Server, text, vasari},
};

/// A command on the database of the data folder, or on the one of this URL.
fn run(arguments: &[&str], data: &Path, url: Option<&str>) -> Output {
    let mut command = vasari(arguments, data);
    match url {
        Some(url) => command.env("DATABASE_URL", url),
        None => command.env_remove("DATABASE_URL"),
    };
    command.output().expect("the program starts")
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("standard output is JSON")
}

#[track_caller]
fn expect_refusal(output: &Output, hint: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains(hint), "{}", text(&output.stderr));
}

#[tokio::test]
async fn everything_comes_back_elsewhere() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let made = instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "Birds" }));
    assert_eq!(made.status, 201, "{}", made.text());
    let scene = scene();
    let image = add(&instance, &anna, "birds", &[("a.png", &scene)]).json()["results"][0]["image"].clone();
    let id = image["id"].as_str().and_then(|id| id.parse().ok()).expect("the picture has an id");
    let caption = caption(&instance, "birds", id, "a bird").await;
    let path = format!("/api/v1/captions/{caption}");
    assert_eq!(instance.send("PATCH", &path, &anna, r#"{"version": 1, "text": "a duck"}"#).status, 200);
    let (contents, url) = instance.contents().await;

    // The server goes on meanwhile.
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let archive = folder.path().join("vasari.tar");
    let to = archive.to_str().expect("the path is text");
    let written = json_of(&run(&["backup", to, "--json"], instance.server.data(), Some(&url)));
    let counts = json!({ "users": 2, "datasets": 1, "images": 1, "captions": 1, "caption_versions": 2 });
    assert_eq!((&written["counts"], &written["files"]), (&counts, &json!(1)));
    expect_refusal(&run(&["backup", to], instance.server.data(), Some(&url)), "is there already");

    let data = folder.path().join("data");
    let restored = json_of(&run(&["restore", to, "--json"], &data, None));
    assert_eq!(restored["counts"], counts);
    let postgres = EmbeddedPostgres::start(&data.join("postgres"), Durability::Full).await.expect("the cluster starts");
    assert_eq!(dump(&postgres.own_url()).await, contents, "the same rows");
    expect_refusal(&run(&["restore", to], &data, None), "the database is not empty");
    postgres.stop().await.expect("the cluster stops");

    // People sign in as before, and pictures are there.
    let server =
        Server::start_with(&["--log-level", "warn", "--data-dir", data.to_str().expect("it is text")], |command| {
            command.env_remove("DATABASE_URL");
        });
    let authorization = format!("Bearer {anna}");
    let file = format!("/api/v1/images/{id}/file");
    let file = server.get_with(&file, &[("authorization", &authorization)]);
    assert_eq!((file.status, file.body), (200, scene));
    assert!(server.terminate().0.success());

    // Another database, in place of what it holds.
    let other = TestDatabase::create().await;
    expect_refusal(&run(&["restore", to], &data, Some(&other.url())), "the database is not empty");
    other.database().close().await;
    json_of(&run(&["restore", to, "--replace", "--json"], &data, Some(&other.url())));
    assert_eq!(dump(&other.url()).await, contents);
    other.drop_it().await;

    expect_refusal(
        &run(&["restore", to, "--replace"], instance.server.data(), Some(&url)),
        "a server uses the database",
    );
    let mut damaged = fs::read(&archive).expect("the archive is there");
    let place = damaged.windows(5).position(|bytes| bytes == b"PGDMP").expect("the archive holds a dump");
    damaged[place + 1000] ^= 1;
    fs::write(&archive, damaged).expect("the archive can be written");
    expect_refusal(&run(&["restore", to, "--dry-run"], &data, None), "is damaged");
    instance.end().await;
}
