//! Datasets, pictures and captions over HTTP, in the name of several people.

use std::fs;

use serde_json::{Value, json};

use crate::{
    form::Form,
    people::Instance,
    program::{Answer, sample},
};

/// Adds files, by name and bytes, to a dataset.
fn add(instance: &Instance, token: &str, dataset: &str, files: &[(&str, &[u8])]) -> Answer {
    let form = files.iter().fold(Form::new(), |form, (name, bytes)| form.file("images", name, None, bytes));
    let authorization = format!("Bearer {token}");
    let headers = [("content-type", &*Form::content_type()), ("authorization", &*authorization)];
    instance.server.post_with(&format!("/api/v1/datasets/{dataset}/images"), &headers, &form.finish())
}

fn scene() -> Vec<u8> {
    fs::read(sample("scene-01.png")).expect("the sample is there")
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is a text: {value}"))
}

#[tokio::test]
async fn pictures_are_added_listed_read_and_taken_back() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (_, eve, _) = instance.invite("eve");
    let made = instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": " Birds " }));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!((text(&made.json(), "name"), text(&made.json(), "role")), ("Birds", "owner"));
    let again = instance.post("/api/v1/datasets", &eve, &json!({ "slug": "birds", "name": "Mine" }));
    again.expect_problem(409, "conflict");
    let wrong = instance.post("/api/v1/datasets", &eve, &json!({ "slug": "My Birds", "name": "Mine" }));
    wrong.expect_problem(400, "invalid-field");

    let scene = scene();
    let added = add(&instance, &anna, "birds", &[("a.png", &scene), ("broken.png", &scene[..900]), ("b.png", &scene)]);
    assert_eq!(added.status, 200, "{}", added.text());
    let results = added.json()["results"].clone();
    let image = &results[0]["image"];
    assert_eq!(text(&results[1]["error"], "type"), "/problems/damaged-image", "one bad file fails alone");
    assert_eq!(results[2]["image"]["sha256"], image["sha256"], "the same bytes are kept once");
    let taken = add(&instance, &anna, "birds", &[("a.png", &scene)]).json();
    assert_eq!(text(&taken["results"][0]["error"], "type"), "/problems/conflict");
    add(&instance, &eve, "birds", &[("c.png", &scene)]).expect_problem(404, "not-found");

    let list = instance.get("/api/v1/datasets/birds/images?sort=name&limit=1", &anna).json();
    assert_eq!((list["items"].as_array().map(Vec::len), text(&list["items"][0], "file_name")), (Some(1), "a.png"));
    let cursor = text(&list, "next_cursor");
    let rest = instance.get(&format!("/api/v1/datasets/birds/images?sort=name&cursor={cursor}"), &anna).json();
    assert_eq!((text(&rest["items"][0], "file_name"), &rest["next_cursor"]), ("b.png", &Value::Null));
    instance.get("/api/v1/datasets/birds/images?sort=size", &anna).expect_problem(400, "invalid-field");

    let path = format!("/api/v1/images/{}", text(image, "id"));
    let beside = instance.get(&format!("{path}/neighbours?sort=name"), &anna).json();
    assert_eq!(beside, json!({ "previous": null, "next": results[2]["image"]["id"] }));
    instance.get(&format!("{path}/neighbours"), &eve).expect_problem(404, "not-found");
    let file = instance.get(&format!("{path}/file"), &anna);
    assert!(file.body == scene && file.header("content-type") == "image/png");
    assert_eq!(file.header("cache-control"), "private, max-age=31536000, immutable");
    let small = instance.get(&format!("{path}/thumbnails/256"), &anna);
    assert!(small.body.starts_with(b"RIFF") && small.header("content-type") == "image/webp");
    instance.get(&format!("{path}/thumbnails/300"), &anna).expect_problem(404, "not-found");
    for own in [path.clone(), format!("{path}/file"), format!("{path}/thumbnails/256"), format!("{path}/captions")] {
        instance.get(&own, &eve).expect_problem(404, "not-found");
        instance.server.get(&own).expect_problem(404, "not-found");
        assert_eq!(instance.get(&own, &instance.root).status, 200, "administrators see all");
    }

    assert_eq!(instance.send("DELETE", &path, &anna, "").status, 204);
    instance.get(&path, &anna).expect_problem(404, "not-found");
    assert_eq!(instance.send("POST", &format!("{path}/restore"), &anna, "").status, 204);
    assert_eq!(instance.get(&path, &anna).status, 200);
    assert_eq!(instance.send("DELETE", "/api/v1/datasets/birds", &anna, "").status, 204);
    instance.get("/api/v1/datasets/birds", &anna).expect_problem(404, "not-found");
    instance.end().await;
}

#[tokio::test]
async fn file_is_sent_in_parts_and_not_twice() {
    let instance = Instance::start(&[]).await;
    let body = json!({ "slug": "open", "name": "Open", "visibility": "public" });
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &body).status, 201);
    let scene = scene();
    let added = add(&instance, &instance.root, "open", &[("a.png", &scene)]).json();
    let path = format!("/api/v1/images/{}/file", text(&added["results"][0]["image"], "id"));
    let ask = |header: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{header}\r\n\r\n");
        instance.server.exchange(request.as_bytes())
    };
    let whole = ask("x-nothing: 1");
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    let known = ask(&format!("if-none-match: {}", whole.header("etag")));
    assert!(known.status == 304 && known.body.is_empty());
    let part = ask("range: bytes=4-7");
    assert_eq!((part.status, part.body.as_slice()), (206, &scene[4..8]));
    assert_eq!(part.header("content-range"), format!("bytes 4-7/{}", scene.len()));
    let beyond = ask("range: bytes=99999999-");
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{}", scene.len())));
    instance.end().await;
}

#[tokio::test]
async fn members_do_what_their_role_says() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (ben_id, ben, _) = instance.invite("ben");
    let dataset = "/api/v1/datasets/birds";
    assert_eq!(instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "Birds" })).status, 201);
    let member = format!("{dataset}/members/{ben_id}");
    assert_eq!(instance.send("PUT", &member, &ben, r#"{"role": "owner"}"#).status, 404, "nobody lets themselves in");
    assert_eq!(instance.send("PUT", &member, &anna, r#"{"role": "viewer"}"#).status, 204);
    assert_eq!(text(&instance.get(dataset, &ben).json(), "role"), "viewer");
    let members = instance.get(&format!("{dataset}/members"), &ben).json();
    let names: Vec<_> = members.as_array().expect("it is a list").iter().map(|member| text(member, "name")).collect();
    assert_eq!(names, ["anna", "ben"]);
    instance.send("PATCH", dataset, &ben, r#"{"name": "Mine"}"#).expect_problem(403, "forbidden");
    instance.send("DELETE", dataset, &ben, "").expect_problem(403, "forbidden");
    instance.send("PUT", &member, &anna, r#"{"role": "king"}"#).expect_problem(400, "bad-json");
    assert_eq!(instance.send("DELETE", &member, &anna, "").status, 204);
    instance.get(dataset, &ben).expect_problem(404, "not-found");
    let me = instance.get("/api/v1/me", &anna).json();
    let own = format!("{dataset}/members/{}", me["id"].as_str().or(me["user"]["id"].as_str()).expect("it has an id"));
    instance.send("DELETE", &own, &anna, "").expect_problem(409, "conflict");
    instance.end().await;
}

#[tokio::test]
async fn caption_that_somebody_else_changed_is_shown_and_not_overwritten() {
    use time::OffsetDateTime;
    use uuid::Uuid;
    use vasari_storage::{
        Reader,
        captions::{NewCaption, NewSource, NewSourceKind, Written},
        datasets::Permitted,
    };

    let instance = Instance::start(&[]).await;
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "B" })).status, 201);
    let added = add(&instance, &instance.root, "birds", &[("a.png", &scene())]).json();
    let image: Uuid = text(&added["results"][0]["image"], "id").parse().unwrap();
    let (database, operator, now) = (instance.database(), Reader::operator(), OffsetDateTime::now_utc());
    let source = NewSource { id: Uuid::now_v7(), slug: "found".into(), kind: NewSourceKind::Import };
    let made = database.create_source(&operator, "birds", &source, now).await.unwrap();
    assert_eq!(made, Permitted::Done(source.id));
    let first = NewCaption { text: "a bird".into(), ..NewCaption::default() };
    let Written::Done(caption) = database.add_caption(&operator, image, source.id, &first, now).await.unwrap() else {
        panic!("the picture has no caption of this source")
    };
    let path = format!("/api/v1/captions/{}", caption.id);
    let change = |body: &Value| instance.send("PATCH", &path, &instance.root, &body.to_string());
    let changed = change(&json!({ "version": 1, "text": "<b>a duck</b>" })).json();
    assert_eq!((text(&changed, "text"), &changed["version"]), ("<b>a duck</b>", &json!(2)));
    let late = change(&json!({ "version": 1, "text": "a goose" }));
    late.expect_problem(409, "conflict");
    assert_eq!(text(&late.json()["current"], "text"), "<b>a duck</b>");
    assert_eq!(text(&change(&json!({ "version": 2, "status": "approved" })).json(), "status"), "approved");
    change(&json!({ "version": 3 })).expect_problem(400, "invalid-field");
    change(&json!({ "version": 3, "text": "a\0b" })).expect_problem(400, "invalid-field");
    let versions = instance.get(&format!("{path}/versions"), &instance.root).json();
    let told: Vec<_> = versions.as_array().expect("it is a list").iter().map(|past| text(past, "text")).collect();
    assert_eq!(told, ["<b>a duck</b>", "<b>a duck</b>", "a bird"]);
    let approved = instance.get("/api/v1/datasets/birds/images?status=approved&source=found", &instance.root).json();
    assert_eq!(approved["items"].as_array().map(Vec::len), Some(1));
    let missing = instance.get("/api/v1/datasets/birds/images?missing=found", &instance.root).json();
    assert_eq!(missing["items"], json!([]));
    instance.end().await;
}
