//! Bulk edits: previewed, done as a job, and rolled back without touching what came later.

use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    gallery::{get as page, post as submit, sign_in},
    jobs::{asked, has_ended, wait_for},
    people::Instance,
};

/// How many pictures, of which root says something each.
const PICTURES: usize = 6;

/// A dataset in which root has written a caption of each picture. The captions.
pub(crate) fn set_up(instance: &Instance) -> Vec<Value> {
    let new = json!({ "slug": "birds", "name": "Birds" });
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &new).status, 201);
    let names: Vec<String> = (0..PICTURES).map(|number| format!("{number}.png")).collect();
    let bytes = scene();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), bytes.as_slice())).collect();
    let added = add(instance, &instance.root, "birds", &files).json();
    let mut captions = vec![];
    for number in 0..PICTURES {
        let image = added["results"][number]["image"]["id"].as_str().expect("it is added");
        let path = format!("/api/v1/images/{image}/captions/mine");
        let text = format!("a bird of colour {number}");
        let written = instance.send("PUT", &path, &instance.root, &json!({ "text": text }).to_string());
        assert_eq!(written.status, 201, "{}", written.text());
        captions.push(written.json());
    }
    captions
}

pub(crate) fn change(instance: &Instance, caption: &Value, body: Value) -> Value {
    let path = format!("/api/v1/captions/{}", caption["id"].as_str().expect("it has an id"));
    let mut body = body;
    body["version"] = caption["version"].clone();
    let changed = instance.send("PATCH", &path, &instance.root, &body.to_string());
    assert_eq!(changed.status, 200, "{}", changed.text());
    changed.json()
}

/// What all captions say, and how far their review is, as a filter of one source has them.
pub(crate) fn texts(instance: &Instance) -> Vec<(String, String)> {
    let list = instance.get("/api/v1/datasets/birds/images?captions=root&limit=200", &instance.root).json();
    let items = list["items"].as_array().expect("it is a list").clone();
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    items.iter().map(|item| (text(&item["caption"]["text"]), text(&item["caption"]["status"]))).collect()
}

#[tokio::test]
async fn rollback_restores_what_nobody_has_changed_since() {
    let instance = Instance::start(&[]).await;
    let captions = set_up(&instance);
    let root = instance.root.clone();
    change(&instance, &captions[0], json!({ "status": "approved" }));
    let before = texts(&instance);
    let edit = json!({ "edit": { "operation": "replace", "find": "colour", "replacement": "color" } });
    let preview = instance.post("/api/v1/datasets/birds/bulk-edits/preview", &root, &edit).json();
    assert_eq!(
        (&preview["captions"], &preview["changed"], &preview["is_complete"]),
        (&json!(6), &json!(6), &json!(true))
    );
    assert_eq!(preview["sample"][0]["after"], "a bird of color 0");
    assert_eq!(preview["sample"][0]["diff"][1], json!({ "change": "deleted", "text": "colour" }));
    assert_eq!(texts(&instance), before, "a preview changes nothing");

    let job = asked(&instance, &root, "/api/v1/datasets/birds/bulk-edits", &edit);
    wait_for(&instance.server, &job, &root, has_ended);
    let edited = texts(&instance);
    assert!(edited.iter().all(|(text, status)| text.contains("color ") && status == "draft"), "{edited:?}");
    // Somebody goes on with two of them, one to what it was.
    let now = |number: usize| {
        let image = instance.get("/api/v1/datasets/birds/images?captions=root", &root).json();
        image["items"][number]["caption"].clone()
    };
    change(&instance, &now(1), json!({ "text": "a robin" }));
    change(&instance, &now(2), json!({ "status": "submitted" }));

    let rollback = asked(&instance, &root, &format!("/api/v1/jobs/{job}/rollback"), &json!({}));
    let ended = wait_for(&instance.server, &rollback, &root, has_ended);
    assert_eq!((&ended["state"], &ended["done"], &ended["failed"]), (&json!("succeeded"), &json!(6), &json!(0)));
    let after = texts(&instance);
    for number in [0, 3, 4, 5] {
        assert_eq!(after[number], before[number], "as it was, the review too");
    }
    assert_eq!(after[1].0, "a robin");
    assert_eq!(after[2], ("a bird of color 2".to_owned(), "submitted".to_owned()));

    // A rollback is rolled back likewise: what it restored is edited again, and nothing else is touched.
    let again = asked(&instance, &root, &format!("/api/v1/jobs/{rollback}/rollback"), &json!({}));
    wait_for(&instance.server, &again, &root, has_ended);
    let last = texts(&instance);
    for number in [0, 3, 4, 5] {
        assert_eq!(last[number], edited[number]);
    }
    assert_eq!(last[1].0, "a robin");
    // Twice in a row the same changes nothing: those captions are not what the job made any more.
    let twice = asked(&instance, &root, &format!("/api/v1/jobs/{rollback}/rollback"), &json!({}));
    wait_for(&instance.server, &twice, &root, has_ended);
    assert_eq!(texts(&instance), last);
    instance.end().await;
}

#[tokio::test]
async fn rollbacks_are_for_those_who_may() {
    let instance = Instance::start(&[]).await;
    let captions = set_up(&instance);
    let (id, anna, _) = instance.invite("anna");
    let member = format!("/api/v1/datasets/birds/members/{id}");
    assert_eq!(instance.send("PUT", &member, &instance.root, r#"{"role": "annotator"}"#).status, 204);
    change(&instance, &captions[0], json!({ "status": "approved" }));
    let edit = json!({ "edit": { "operation": "suffix", "text": "." } });
    let job = asked(&instance, &anna, "/api/v1/datasets/birds/bulk-edits", &edit);
    wait_for(&instance.server, &job, &anna, has_ended);
    let path = format!("/api/v1/jobs/{job}/rollback");
    let (_, eve, _) = instance.invite("eve");
    instance.post(&path, &eve, &json!({})).expect_problem(404, "not-found");
    let rollback = asked(&instance, &anna, &path, &json!({}));
    let ended = wait_for(&instance.server, &rollback, &anna, has_ended);
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(5), &json!(1)), "what was approved takes a reviewer");
    let failed = instance.get(&format!("/api/v1/jobs/{rollback}/errors"), &anna).json();
    assert!(failed["items"][0]["error"].as_str().is_some_and(|error| error.contains("reviewer")), "{failed}");
    let by_root = asked(&instance, &instance.root.clone(), &path, &json!({}));
    wait_for(&instance.server, &by_root, &instance.root, has_ended);
    assert_eq!(texts(&instance)[0], ("a bird of colour 0".to_owned(), "approved".to_owned()));
    let reindex = instance.post("/api/v1/search/reindex", &instance.root, &json!({})).json();
    let path = format!("/api/v1/jobs/{}/rollback", reindex["id"].as_str().expect("it is a job"));
    instance.post(&path, &instance.root, &json!({})).expect_problem(409, "conflict");
    instance.end().await;
}

#[tokio::test]
async fn edits_are_made_by_plain_forms() {
    let instance = Instance::start(&[]).await;
    set_up(&instance);
    let cookie = sign_in(&instance, "root");
    let path = "/datasets/birds/edit";
    assert!(page(&instance, path, &cookie).text().contains("Edit captions"));
    assert_eq!(page(&instance, path, "").status, 303, "to the sign-in");
    let form = |step: &str, pattern: &str| {
        format!(
            "step={step}&scope=all&images=&of_source=root&operation=replace_regex&find={pattern}&replacement=%3Cb%3E%241&\
             text=&status=draft"
        )
    };
    let wrong = submit(&instance, path, &cookie, &form("preview", "%28"), &[]);
    assert!(wrong.status == 400 && wrong.text().contains("unclosed group"), "{}", wrong.text());
    let shown = submit(&instance, path, &cookie, &form("preview", "bird+of+%28%5Cw%2B%29"), &[]);
    assert!(shown.text().contains("6 of 6 captions would change."), "{}", shown.text());
    assert!(shown.text().contains("Change 6 captions") && !shown.text().contains("<b>colour"), "it stays text");
    let foreign = ("origin", "https://evil.example");
    let apply = form("apply", "bird+of+%28%5Cw%2B%29");
    assert_eq!(submit(&instance, path, &cookie, &apply, &[foreign]).status, 403);
    let done = submit(&instance, path, &cookie, &apply, &[]);
    assert_eq!(done.status, 303, "{}", done.text());
    let job = done.header("location").trim_start_matches("/jobs/").to_owned();
    wait_for(&instance.server, &job, &instance.root, has_ended);
    assert_eq!(texts(&instance)[3].0, "a <b>colour 3");
    let told = page(&instance, &format!("/jobs/{job}"), &cookie).text();
    assert!(told.contains("6 captions changed") && told.contains("Roll it back"), "{told}");
    let back = submit(&instance, &format!("/jobs/{job}"), &cookie, "action=rollback", &[]);
    let rollback = back.header("location").trim_start_matches("/jobs/").to_owned();
    wait_for(&instance.server, &rollback, &instance.root, has_ended);
    assert_eq!(texts(&instance)[3].0, "a bird of colour 3");
    let told = page(&instance, &format!("/jobs/{rollback}"), &cookie).text();
    assert!(told.contains("6 captions as they were before") && told.contains("Do the edit again"), "{told}");
    instance.end().await;
}
