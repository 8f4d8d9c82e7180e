//! Datasets, pictures and captions over HTTP, in the name of several people.

use std::fs;

use serde_json::{Value, json};
use sha2::Digest;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Reader,
    captions::{NewCaption, NewSource, NewSourceKind, Written},
    datasets::Permitted,
    objects::Objects,
    sources::AddedSource,
};

use crate::{
    form::Form,
    people::Instance,
    program::{Answer, sample},
};

/// Adds files, by name and bytes, to a dataset.
pub(crate) fn add(instance: &Instance, token: &str, dataset: &str, files: &[(&str, &[u8])]) -> Answer {
    let form = files.iter().fold(Form::new(), |form, (name, bytes)| form.file("images", name, None, bytes));
    let authorization = format!("Bearer {token}");
    let headers = [("content-type", &*Form::content_type()), ("authorization", &*authorization)];
    instance.server.post_with(&format!("/api/v1/datasets/{dataset}/images"), &headers, &form.finish())
}

pub(crate) fn scene() -> Vec<u8> {
    fs::read(sample("scene-01.png")).expect("the sample is there")
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is a text: {value}"))
}

/// Has a source that is called `found` say something of a picture, the first in its dataset. The caption's id.
pub(crate) async fn caption(instance: &Instance, dataset: &str, image: Uuid, text: &str) -> Uuid {
    let found = source(instance, dataset).await;
    say(instance, image, found, text).await
}

/// Makes a source that is called `found`. Its id.
pub(crate) async fn source(instance: &Instance, dataset: &str) -> Uuid {
    let (database, operator, now) = (instance.database(), Reader::operator(), OffsetDateTime::now_utc());
    let source = NewSource { id: Uuid::now_v7(), slug: "found".into(), kind: NewSourceKind::Import };
    let made = database.create_source(&operator, dataset, &source, now).await.expect("it can be written");
    assert_eq!(made, Permitted::Done(AddedSource::New(source.id)));
    source.id
}

/// Has a source say something of a picture. The caption's id.
pub(crate) async fn say(instance: &Instance, image: Uuid, source: Uuid, text: &str) -> Uuid {
    let (database, operator, now) = (instance.database(), Reader::operator(), OffsetDateTime::now_utc());
    let first = NewCaption { text: text.into(), ..NewCaption::default() };
    match database.add_caption(&operator, image, source, &first, now).await.expect("it can be written") {
        Written::Done(caption) => caption.id,
        refused => panic!("the picture has no caption of this source: {refused:?}"),
    }
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
    assert_eq!((&results[0]["already_there"], &results[2]["already_there"]), (&json!(false), &json!(false)));
    let again = add(&instance, &anna, "birds", &[("a.png", &scene)]).json()["results"][0].clone();
    assert_eq!((&again["image"], &again["already_there"]), (image, &json!(true)), "the same file again is no other");
    let other = fs::read(sample("scene-02.png")).expect("the sample is there");
    let taken = add(&instance, &anna, "birds", &[("a.png", &other)]).json();
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
    let instance = Instance::start(&[]).await;
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "B" })).status, 201);
    let added = add(&instance, &instance.root, "birds", &[("a.png", &scene())]).json();
    let image: Uuid = text(&added["results"][0]["image"], "id").parse().unwrap();
    let caption = caption(&instance, "birds", image, "a bird").await;
    let path = format!("/api/v1/captions/{caption}");
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

#[tokio::test]
async fn thumbnail_that_was_deleted_comes_back() {
    let instance = Instance::start(&[]).await;
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "B" })).status, 201);
    let added = add(&instance, &instance.root, "birds", &[("a.png", &scene())]).json();
    let path = format!("/api/v1/images/{}/thumbnails/256", text(&added["results"][0]["image"], "id"));
    let first = instance.get(&path, &instance.root);
    let thumbnails = instance.server.data().join("objects/thumbnails");
    fs::remove_dir_all(&thumbnails).expect("they can be deleted");
    let again = instance.get(&path, &instance.root);
    assert_eq!((again.status, again.header("etag")), (200, first.header("etag")));
    assert!(again.body == first.body);
    let sum = text(&added["results"][0]["image"], "sha256");
    let file = format!("256/{}/{}/{sum}.webp", &sum[..2], &sum[2..4]);
    assert!(thumbnails.join(file).exists(), "it is kept again");
    instance.end().await;
}

#[tokio::test]
async fn bytes_of_a_deleted_picture_go_when_their_time_has_come() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    assert_eq!(instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "B" })).status, 201);
    let added = add(&instance, &anna, "birds", &[("a.png", &scene())]).json();
    let image = &added["results"][0]["image"];
    let path = format!("/api/v1/images/{}", text(image, "id"));
    let sum = text(image, "sha256");
    let file = instance.server.data().join(format!("objects/images/{}/{}/{sum}", &sum[..2], &sum[2..4]));
    let objects = Objects::in_folder(&instance.server.data().join("objects")).expect("the folder is there");
    let sweep = async |before| instance.database().sweep_images(&objects, before).await.expect("it sweeps");
    let now = OffsetDateTime::now_utc;

    assert_eq!(instance.send("DELETE", &path, &anna, "").status, 204);
    assert_eq!(sweep(now() - time::Duration::HOUR).await, 0, "its time has not come");
    assert!(file.exists());
    assert_eq!(instance.send("POST", &format!("{path}/restore"), &anna, "").status, 204);
    assert_eq!(sweep(now()).await, 0, "it was taken back");
    assert_eq!(instance.get(&format!("{path}/file"), &anna).status, 200);
    assert_eq!(instance.send("DELETE", &path, &anna, "").status, 204);
    assert_eq!(sweep(now()).await, 1);
    assert!(!file.exists());
    instance.send("POST", &format!("{path}/restore"), &anna, "").expect_problem(404, "not-found");
    instance.get(&format!("{path}/file"), &anna).expect_problem(404, "not-found");
    let again = add(&instance, &anna, "birds", &[("a.png", &scene())]).json();
    assert_eq!(again["results"][0]["already_there"], json!(false));
    assert!(file.exists());
    instance.end().await;
}

#[tokio::test]
async fn nobody_learns_that_somebody_else_has_a_picture() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (_, eve, _) = instance.invite("eve");
    for (token, slug) in [(&anna, "secrets"), (&eve, "guesses")] {
        assert_eq!(instance.post("/api/v1/datasets", token, &json!({ "slug": slug, "name": slug })).status, 201);
    }
    let (known, unknown) = (scene(), fs::read(sample("scene-02.png")).expect("the sample is there"));
    add(&instance, &anna, "secrets", &[("a.png", &known)]);
    let object = |bytes: &[u8]| {
        let sum: String =
            sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        instance.server.data().join(format!("objects/images/{}/{}/{sum}", &sum[..2], &sum[2..4]))
    };
    let stored_before = fs::metadata(object(&known)).and_then(|file| file.modified()).expect("the file is there");
    let answers = [("known.png", &known), ("unknown.png", &unknown)].map(|(name, bytes)| {
        let added = add(&instance, &eve, "guesses", &[(name, bytes)]);
        let result = added.json()["results"][0].clone();
        // What differs tells of the picture alone, which Eve has, and of this moment.
        assert!(text(&result["image"], "added_at") > OffsetDateTime::now_utc().date().to_string().as_str());
        let members = result["image"].as_object().expect("it is added").keys().cloned().collect::<Vec<_>>();
        (result["already_there"].clone(), members)
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, json!(false));
    // The work is the same as well: what is known is written once more.
    let stored_now = fs::metadata(object(&known)).and_then(|file| file.modified()).expect("the file is there");
    assert!(stored_now > stored_before);
    // Anna's picture is none the less hers: Eve deletes her own, and it stays.
    let list = instance.get("/api/v1/datasets/guesses/images", &eve).json();
    for image in list["items"].as_array().into_iter().flatten() {
        assert_eq!(instance.send("DELETE", &format!("/api/v1/images/{}", text(image, "id")), &eve, "").status, 204);
    }
    let objects = Objects::in_folder(&instance.server.data().join("objects")).expect("the folder is there");
    let swept = instance.database().sweep_images(&objects, OffsetDateTime::now_utc()).await.expect("it sweeps");
    assert_eq!((swept, object(&known).exists(), object(&unknown).exists()), (1, true, false));
    instance.end().await;
}
