//! `POST /caption` with a dataset: the answer is kept there, and nothing is where none is named.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    form::Form,
    people::Instance,
    program::{Answer, sample},
    roles::{Cast, ask},
};

fn caption(instance: &Instance, token: &str, body: &Value) -> Answer {
    ask(instance, "POST", "/caption", token, body)
}

#[tokio::test]
async fn caption_is_kept_for_who_may_write_in_the_dataset() {
    let instance = Instance::start(&["--num-beams", "1"]).await;
    let cast = Cast::gather(&instance);
    let by_id = json!({ "dataset": "birds", "image_id": cast.image, "max_length": 20 });
    let statuses = cast.statuses(|token| caption(&instance, token, &by_id));
    assert_eq!(statuses, [401, 404, 403, 200, 200, 200]);
    let captions = format!("/api/v1/images/{}/captions", cast.image);
    let list = || instance.get(&captions, &cast.viewer).json();
    let kept = list();
    assert_eq!(kept.as_array().map(Vec::len), Some(1), "one source speaks, whoever asks: {kept}");
    let first = caption(&instance, &cast.annotator, &by_id).json();
    assert_eq!((&kept[0]["text"], &kept[0]["version"]), (&first["caption"], &json!(1)));
    let stored = &first["stored"];
    assert_eq!((&stored["outcome"], &stored["source"]), (&json!("unchanged"), &json!("vasari-demo.caption")));
    assert_eq!((&stored["caption"], &stored["image"]), (&kept[0]["id"], &json!(cast.image)));

    // Asked otherwise it is another source; so is another task, whose regions are kept as well.
    let otherwise = json!({ "dataset": "birds", "image_name": "a.png", "max_length": 10 });
    let second = caption(&instance, &cast.annotator, &otherwise).json();
    assert_eq!(
        (&second["stored"]["outcome"], &second["stored"]["source"]),
        (&json!("created"), &json!("vasari-demo.caption-2"))
    );
    let objects = json!({ "dataset": "birds", "image_id": cast.image, "task": "od" });
    let objects = caption(&instance, &cast.annotator, &objects).json();
    assert_eq!(objects["stored"]["source"], "vasari-demo.od");
    let kept = list();
    let regions = &kept.as_array().and_then(|all| all.iter().find(|caption| caption["source"] == "vasari-demo.od"));
    assert_eq!(regions.expect("it is kept")["regions"], objects["regions"]);
    let sources = instance.get("/api/v1/datasets/birds/sources", &cast.viewer).json();
    let parameters: Vec<_> =
        sources["items"].as_array().into_iter().flatten().map(|source| source["parameters"].clone()).collect();
    let asked = |length: u32| json!({ "max_length": length, "num_beams": 1 });
    assert_eq!(parameters, [asked(20), asked(10), asked(256)]);

    // A person's words stay, and the answer tells so.
    let path = format!("/api/v1/captions/{}", stored["caption"].as_str().expect("it has an id"));
    let edited = ask(&instance, "PATCH", &path, &cast.annotator, &json!({ "version": 1, "text": "mine" }));
    assert_eq!(edited.status, 200);
    let third = caption(&instance, &cast.annotator, &by_id).json();
    assert_eq!((&third["stored"]["outcome"], &third["stored"]["version"]), (&json!("kept"), &json!(2)));
    assert_eq!(third["caption"], first["caption"]);
    let texts = list();
    assert!(texts.as_array().into_iter().flatten().any(|caption| caption["text"] == "mine"), "{texts}");
    instance.end().await;
}

#[tokio::test]
async fn picture_that_comes_along_is_added_once() {
    let instance = Instance::start(&["--num-beams", "1", "--max-length", "8"]).await;
    let cast = Cast::gather(&instance);
    let other = fs::read(sample("scene-02.png")).expect("the sample is there");
    let form = |token: &str, name: &str, bytes: &[u8], named: &str| {
        let form = Form::new().file("image", name, None, bytes).field("dataset", "birds").field("image_name", named);
        let authorization = format!("Bearer {token}");
        let headers = [("content-type", &*Form::content_type()), ("authorization", &authorization)];
        instance.server.post_with("/detailed_caption", &headers, &form.finish())
    };
    form(&cast.annotator, "b.png", &other, "").expect_problem(403, "forbidden");
    let added = form(&cast.owner, "b.png", &other, "").json();
    assert_eq!((&added["stored"]["outcome"], &added["task"]), (&json!("created"), &json!("<DETAILED_CAPTION>")));
    let again = form(&cast.annotator, "c.png", &other, "b.png").json();
    assert_eq!(again["stored"]["image"], added["stored"]["image"], "the dataset has it under this name");
    form(&cast.owner, "a.png", &other, "").expect_problem(409, "conflict");
    form(&cast.owner, "../b.png", &other, "").expect_problem(400, "invalid-field");

    // Without a dataset nothing is kept, by whomever.
    let picture = STANDARD.encode(scene());
    let plain = caption(&instance, &cast.owner, &json!({ "image": picture })).json();
    assert!(plain.get("stored").is_none());
    assert_eq!(caption(&instance, "", &json!({ "image": picture })).status, 200);
    let list = instance.get("/api/v1/datasets/birds/images", &cast.owner).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    instance.end().await;
}

#[tokio::test]
async fn requests_that_name_no_picture_or_two_are_refused() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let picture = STANDARD.encode(scene());
    for (body, field) in [
        (json!({ "dataset": "birds" }), "dataset: "),
        (json!({ "image_id": cast.image }), "image_id: "),
        (json!({ "image_name": "a.png", "image": picture }), "image_name: "),
        (json!({ "dataset": "birds", "image_id": cast.image, "image_name": "a.png" }), "image_name: "),
        (json!({ "dataset": "birds", "image_id": cast.image, "image": picture }), "image_id: "),
        (json!({ "dataset": "birds", "image_id": "first" }), "image_id: "),
        (json!({ "dataset": "birds", "image": picture }), "image_name: "),
    ] {
        let detail = caption(&instance, &cast.owner, &body).expect_problem(400, "invalid-field");
        assert!(detail.starts_with(field), "{detail}");
    }
    let elsewhere = json!({ "slug": "fish", "name": "Fish" });
    assert_eq!(instance.post("/api/v1/datasets", &cast.owner, &elsewhere).status, 201);
    for body in [
        json!({ "dataset": "fish", "image_id": cast.image }),
        json!({ "dataset": "birds", "image_name": "b.png" }),
        json!({ "dataset": "none", "image_id": cast.image }),
    ] {
        caption(&instance, &cast.owner, &body).expect_problem(404, "not-found");
    }
    // A key needs both scopes; a key of the server is nobody's.
    let key = |scopes: &[&str]| {
        let made = instance.post("/api/v1/keys", &cast.annotator, &json!({ "name": "k", "scopes": scopes }));
        made.json()["key"].as_str().expect("it is a key").to_owned()
    };
    let by_name = json!({ "dataset": "birds", "image_name": "a.png", "max_length": 4 });
    caption(&instance, &key(&["caption", "read"]), &by_name).expect_problem(403, "forbidden");
    caption(&instance, &key(&["write", "read"]), &by_name).expect_problem(403, "forbidden");
    assert_eq!(caption(&instance, &key(&["caption", "write"]), &by_name).status, 200);

    // A page of another site gets what anybody gets: no place in a dataset.
    let body = json!({ "name": "annotator", "password": "correct horse battery" }).to_string();
    let kind = ("content-type", "application/json");
    let signed_in = instance.server.post_with("/api/v1/auth/sign-in", &[kind], body.as_bytes());
    let cookies: Vec<_> = signed_in.all("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    let cookies = cookies.join("; ");
    let post = |more: &[(&str, &str)]| {
        let headers = [&[kind, ("cookie", &*cookies)], more].concat();
        instance.server.post_with("/caption", &headers, by_name.to_string().as_bytes())
    };
    assert_eq!(post(&[]).status, 200);
    post(&[("origin", "https://evil.example")]).expect_problem(401, "unauthenticated");
    instance.end().await;

    let locked = Instance::start(&["--api-key", "shared"]).await;
    caption(&locked, "shared", &json!({ "dataset": "birds", "image_name": "a" }))
        .expect_problem(401, "unauthenticated");
    locked.end().await;
}

#[tokio::test]
async fn streamed_answer_is_kept_before_its_end_is_told() {
    let instance = Instance::start(&["--num-beams", "1", "--max-length", "8"]).await;
    let cast = Cast::gather(&instance);
    let body = json!({ "dataset": "birds", "image_id": cast.image, "stream": true });
    let answer = caption(&instance, &cast.annotator, &body);
    let text = answer.text();
    assert!(text.contains("event: caption") && text.contains("\"outcome\":\"created\""), "{text}");
    let kept = instance.get(&format!("/api/v1/images/{}/captions", cast.image), &cast.viewer).json();
    assert_eq!(kept.as_array().map(Vec::len), Some(1));
    // The same request under one key is answered, and kept, once.
    let added = add(&instance, &cast.owner, "birds", &[("b.png", &scene())]).json();
    let image = &added["results"][0]["image"]["id"];
    let body = json!({ "dataset": "birds", "image_id": image }).to_string();
    let authorization = format!("Bearer {}", cast.annotator);
    let headers =
        [("content-type", "application/json"), ("authorization", &*authorization), ("idempotency-key", "once")];
    let [first, second] = [(); 2].map(|()| instance.server.post_with("/caption", &headers, body.as_bytes()));
    assert_eq!((first.status, second.header("idempotency-replayed")), (200, "true"));
    assert_eq!(first.json()["stored"], second.json()["stored"]);
    assert_eq!(first.json()["stored"]["outcome"], "created");
    instance.end().await;
}
