//! Captions over HTTP: one's own, those of programs, what they were before, and where they come from.

use serde_json::{Value, json};

use crate::{
    people::Instance,
    roles::{Cast, ask},
};

#[tokio::test]
async fn person_writes_a_caption_and_sees_both_texts_when_somebody_was_faster() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let path = format!("/api/v1/images/{}/captions/mine", cast.image);
    let put = |token: &str, body: Value| ask(&instance, "PUT", &path, token, &body);
    let statuses = cast.statuses(|token| put(token, json!({ "text": "a bird" })));
    assert_eq!(statuses, [401, 404, 403, 201, 201, 201]);

    let again = put(&cast.annotator, json!({ "text": "a gull" }));
    again.expect_problem(409, "conflict");
    let both = again.json();
    assert_eq!((&both["current"]["text"], &both["sent"]["text"]), (&json!("a bird"), &json!("a gull")));
    let regions = json!([{ "label": "gull", "box": [1.0, 2.0, 3.0, 4.5] }]);
    let changed = put(&cast.annotator, json!({ "text": "a gull", "regions": regions, "version": 1 })).json();
    assert_eq!((&changed["version"], &changed["regions"], &changed["status"]), (&json!(2), &regions, &json!("draft")));
    assert_eq!((&changed["source"], &changed["edited"]), (&json!("annotator"), &json!(false)));
    let kept = put(&cast.annotator, json!({ "text": "two gulls", "version": 2 })).json();
    assert_eq!(kept["regions"], regions, "what is left out stays");
    put(&cast.annotator, json!({ "text": "x", "regions": [{ "label": "x" }], "version": 3 }))
        .expect_problem(400, "invalid-field");
    put(&cast.annotator, json!({ "text": "x".repeat(20_001), "version": 3 })).expect_problem(400, "invalid-field");
    put(&cast.annotator, json!({ "text": "a\0b", "version": 3 })).expect_problem(400, "invalid-field");

    let delete = |token: &str, query: &str| ask(&instance, "DELETE", &format!("{path}{query}"), token, &Value::Null);
    delete(&cast.annotator, "").expect_problem(400, "invalid-field");
    delete(&cast.annotator, "?version=1").expect_problem(409, "conflict");
    assert_eq!(delete(&cast.annotator, "?version=3").status, 204);
    delete(&cast.annotator, "?version=3").expect_problem(404, "not-found");
    let statuses = cast.statuses(|token| delete(token, "?version=1"));
    assert_eq!(statuses, [401, 404, 403, 404, 204, 204]);
    assert_eq!(put(&cast.annotator, json!({ "text": "again" })).json()["source"], "annotator", "the name stays");
    let log = instance.get("/api/v1/audit-log", &instance.root).json();
    assert_eq!(
        (&log["items"][0]["action"], &log["items"][0]["detail"]["versions"]),
        (&json!("caption.delete"), &json!(1))
    );
    instance.end().await;
}

#[tokio::test]
async fn what_a_program_says_is_added_and_any_version_comes_back() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let sources = "/api/v1/datasets/birds/sources";
    let blip = json!({
        "slug": "blip", "kind": "model", "model": "blip-large", "revision": "1", "task": "caption",
        "parameters": { "beams": 3 },
    });
    let mut number = 0;
    let statuses = cast.statuses(|token| {
        number += 1;
        let body = json!({ "slug": format!("import-{number}"), "kind": "import" });
        ask(&instance, "POST", sources, token, &body)
    });
    assert_eq!(statuses, [401, 404, 403, 201, 201, 201]);
    let made = ask(&instance, "POST", sources, &cast.annotator, &blip).json();
    assert_eq!(
        (&made["model"], &made["parameters"], &made["captions"]),
        (&json!("blip-large"), &json!({ "beams": 3 }), &json!(0))
    );
    ask(&instance, "POST", sources, &cast.annotator, &blip).expect_problem(409, "conflict");

    let captions = format!("/api/v1/images/{}/captions", cast.image);
    let say = |token: &str, source: &str, text: &str| {
        let body = json!({ "source": source, "text": text, "confidence": 0.5 });
        ask(&instance, "POST", &captions, token, &body)
    };
    let statuses = cast.statuses(|token| say(token, "blip", "a bird"));
    assert_eq!(statuses, [401, 404, 403, 201, 200, 200], "the same again changes nothing");
    let updated = say(&cast.annotator, "blip", "a gull").json();
    assert_eq!((&updated["version"], &updated["text"]), (&json!(2), &json!("a gull")));
    assert!(say(&cast.annotator, "nobody", "x").expect_problem(400, "invalid-field").starts_with("source: "));
    let too_sure = json!({ "source": "blip", "text": "x", "confidence": 1.5 });
    ask(&instance, "POST", &captions, &cast.annotator, &too_sure).expect_problem(400, "invalid-field");

    let caption = format!("/api/v1/captions/{}", updated["id"].as_str().expect("it has an id"));
    let edit = json!({ "version": 2, "regions": [{ "label": "gull", "box": [0, 0, 1, 1] }] });
    let edited = ask(&instance, "PATCH", &caption, &cast.annotator, &edit).json();
    assert_eq!((&edited["text"], &edited["edited"], &edited["version"]), (&json!("a gull"), &json!(true), &json!(3)));
    let mixed = json!({ "version": 3, "regions": [], "status": "submitted" });
    ask(&instance, "PATCH", &caption, &cast.annotator, &mixed).expect_problem(400, "invalid-field");
    let late = ask(&instance, "PATCH", &caption, &cast.annotator, &json!({ "version": 1, "text": "a duck" }));
    late.expect_problem(409, "conflict");
    assert_eq!((&late.json()["current"]["text"], &late.json()["sent"]["text"]), (&json!("a gull"), &json!("a duck")));
    let kept = say(&cast.owner, "blip", "a duck");
    kept.expect_problem(409, "conflict");
    assert_eq!((&kept.json()["current"]["text"], &kept.json()["sent"]["text"]), (&json!("a gull"), &json!("a duck")));

    let restore = |token: &str, past: &str, version: i32| {
        let path = format!("{caption}/versions/{past}/restore");
        ask(&instance, "POST", &path, token, &json!({ "version": version }))
    };
    assert_eq!(cast.statuses(|token| restore(token, "1", 3)), [401, 404, 403, 200, 409, 409]);
    let restored = restore(&cast.reviewer, "3", 4).json();
    assert_eq!((&restored["version"], &restored["edited"]), (&json!(5), &json!(true)));
    for past in ["9", "x", "-1", "99999999999"] {
        restore(&cast.annotator, past, 5).expect_problem(404, "not-found");
    }
    let versions = instance.get(&format!("{caption}/versions"), &cast.viewer).json();
    let told: Vec<_> = versions.as_array().into_iter().flatten().map(|past| past["edited"] == json!(true)).collect();
    assert_eq!(told, [true, false, true, false, false], "nothing is lost");
    instance.end().await;
}

#[tokio::test]
async fn sources_are_listed_renamed_and_deleted_with_their_captions() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let sources = "/api/v1/datasets/birds/sources";
    let mine = format!("/api/v1/images/{}/captions/mine", cast.image);
    assert_eq!(ask(&instance, "PUT", &mine, &cast.annotator, &json!({ "text": "a bird" })).status, 201);
    let old = json!({ "slug": "old", "kind": "import" });
    assert_eq!(ask(&instance, "POST", sources, &cast.annotator, &old).status, 201);
    assert_eq!(
        cast.statuses(|token| ask(&instance, "GET", sources, token, &Value::Null)),
        [404, 404, 200, 200, 200, 200]
    );
    let page = instance.get(&format!("{sources}?limit=1"), &cast.annotator).json();
    let first = &page["items"][0];
    assert_eq!(
        (&first["slug"], &first["kind"], &first["captions"]),
        (&json!("annotator"), &json!("person"), &json!(1))
    );
    assert_eq!(first["is_own"], json!(true));
    let cursor = page["next_cursor"].as_str().expect("another page follows");
    let rest = instance.get(&format!("{sources}?cursor={cursor}"), &cast.viewer).json();
    assert_eq!((&rest["items"][0]["slug"], &rest["items"][0]["is_own"]), (&json!("old"), &json!(false)));

    let rename = |token: &str, from: &str, to: &str| {
        ask(&instance, "PATCH", &format!("{sources}/{from}"), token, &json!({ "slug": to }))
    };
    assert_eq!(cast.statuses(|token| rename(token, "old", "older")), [401, 404, 403, 403, 403, 200]);
    rename(&cast.owner, "older", "annotator").expect_problem(409, "conflict");
    rename(&cast.owner, "older", "Old One").expect_problem(400, "invalid-field");
    rename(&cast.owner, "old", "x").expect_problem(404, "not-found");

    let delete = |token: &str, query: &str| {
        ask(&instance, "DELETE", &format!("{sources}/annotator{query}"), token, &Value::Null)
    };
    delete(&cast.owner, "").expect_problem(400, "invalid-field");
    delete(&cast.owner, "?confirm=older").expect_problem(400, "invalid-field");
    let statuses = cast.statuses(|token| delete(token, "?confirm=annotator"));
    assert_eq!(statuses, [401, 404, 403, 403, 403, 204]);
    let left = instance.get(&format!("/api/v1/images/{}/captions", cast.image), &cast.viewer).json();
    assert_eq!(left, json!([]));
    let log = instance.get("/api/v1/audit-log", &instance.root).json();
    let actions: Vec<_> = log["items"].as_array().into_iter().flatten().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions[..3], ["source.delete", "source.rename", "source.create"].map(Value::from));
    let model = |slug: &str, beams: i32| {
        let body = json!({ "slug": slug, "kind": "model", "model": "blip", "task": "caption",
            "parameters": { "beams": beams } });
        ask(&instance, "POST", sources, &cast.annotator, &body)
    };
    assert_eq!(model("zz-blip", 3).status, 201);
    let detail = model("zz-other", 3).expect_problem(409, "conflict");
    assert!(detail.contains("the source zz-blip"), "{detail}");
    let detail = model("zz-blip", 1).expect_problem(409, "conflict");
    assert!(detail.contains("of this name"), "{detail}");
    instance.end().await;
}
