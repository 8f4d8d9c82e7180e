//! What people did to captions: listed, undone and done again, act by act.

use serde_json::{Value, json};

use crate::{
    bulk_edits::{change, set_up, texts},
    gallery::{get as page, post as submit, sign_in},
    jobs::{asked, has_ended, wait_for},
    people::Instance,
    program::Answer,
    roles::{Cast, ask},
};

const UNDO: &str = "/api/v1/datasets/birds/undo";
const REDO: &str = "/api/v1/datasets/birds/redo";

fn turn(instance: &Instance, token: &str, path: &str) -> Value {
    let turned = instance.post(path, token, &json!({}));
    assert_eq!(turned.status, 200, "{}", turned.text());
    turned.json()
}

fn list(instance: &Instance, token: &str) -> Vec<Value> {
    let page = instance.get("/api/v1/datasets/birds/actions", token).json();
    page["items"].as_array().expect("it is a list").clone()
}

#[tokio::test]
async fn acts_are_undone_backwards_and_done_again_forwards() {
    let instance = Instance::start(&[]).await;
    let captions = set_up(&instance);
    let root = instance.root.clone();
    assert_eq!(instance.post(UNDO, &root, &json!({})).status, 409, "adding a caption is no change of one");
    let before = texts(&instance);
    let written = change(&instance, &captions[0], json!({ "text": "a robin" }));
    let written = change(&instance, &written, json!({ "text": "a robin on a branch" }));
    change(&instance, &written, json!({ "status": "approved" }));
    let seen: Vec<_> =
        (1..4).map(|at| json!({ "id": captions[at]["id"], "version": captions[at]["version"] })).collect();
    let path = "/api/v1/datasets/birds/captions";
    let body = json!({ "captions": seen, "status": "submitted" });
    let submitted = instance.send("PATCH", path, &root, &body.to_string()).json();
    assert_eq!(submitted["changed"].as_array().map(Vec::len), Some(3), "{submitted}");
    let again = instance.send("PATCH", path, &root, &body.to_string()).json();
    assert_eq!((&again["changed"], &again["unchanged"]), (&json!([]), &json!(3)), "they are at other versions now");

    let acts = list(&instance, &root);
    assert_eq!(acts.len(), 3, "who goes on writing is at one act: {acts:?}");
    assert_eq!((&acts[0]["captions"], &acts[0]["example"]["status_after"]), (&json!(3), &json!("submitted")));
    assert_eq!(acts[1]["example"]["status_after"], "approved");
    let words: String =
        acts[2]["example"]["diff"].as_array().expect("it is a list").iter().map(Value::to_string).collect();
    assert!(words.contains("robin on a branch"), "{words}");

    // On another day, by another session.
    let cookie = sign_in(&instance, "root");
    assert!(page(&instance, "/datasets/birds/changes", &cookie).text().contains("Submitted: 3 captions"));
    let undone = turn(&instance, &root, UNDO);
    assert_eq!(undone["captions"].as_array().map(Vec::len), Some(3), "{undone}");
    assert!(texts(&instance).iter().all(|(_, status)| status != "submitted"));
    turn(&instance, &root, UNDO);
    assert_eq!(texts(&instance)[0], ("a robin on a branch".to_owned(), "draft".to_owned()));
    turn(&instance, &root, UNDO);
    assert_eq!(texts(&instance), before);
    assert_eq!(instance.post(UNDO, &root, &json!({})).status, 409);
    for expected in ["a robin on a branch", "a robin on a branch"] {
        turn(&instance, &root, REDO);
        assert_eq!(texts(&instance)[0].0, expected);
    }
    assert_eq!(texts(&instance)[0].1, "approved");
    turn(&instance, &root, REDO);
    assert_eq!(texts(&instance).iter().filter(|(_, status)| status == "submitted").count(), 3);
    assert_eq!(instance.post(REDO, &root, &json!({})).status, 409);

    // What is undone can't be done again after something else.
    turn(&instance, &root, UNDO);
    change(&instance, &captions[5], json!({ "text": "a wren" }));
    assert_eq!(instance.post(REDO, &root, &json!({})).status, 409);
    let states: Vec<_> = list(&instance, &root).iter().map(|act| act["state"].clone()).collect();
    assert_eq!(states, ["done", "dropped", "done", "done"]);
    instance.end().await;
}

#[tokio::test]
async fn undoing_leaves_alone_what_others_wrote_since() {
    let instance = Instance::start(&[]).await;
    let captions = set_up(&instance);
    let root = instance.root.clone();
    let (id, anna, _) = instance.invite("anna");
    let member = format!("/api/v1/datasets/birds/members/{id}");
    assert_eq!(instance.send("PUT", &member, &root, r#"{"role": "annotator"}"#).status, 204);
    let by = |token: &str, caption: &Value, body: Value| -> Answer {
        let path = format!("/api/v1/captions/{}", caption["id"].as_str().expect("it has an id"));
        instance.send("PATCH", &path, token, &body.to_string())
    };
    change(&instance, &captions[0], json!({ "text": "a robin" }));
    let one = change(&instance, &captions[1], json!({ "text": "a wren" }));
    assert_eq!(by(&anna, &one, json!({ "version": 2, "text": "a small wren" })).status, 200);
    // Root's last act was overtaken; the one before it was not.
    let overtaken = instance.post(UNDO, &root, &json!({})).expect_problem(409, "conflict");
    assert!(overtaken.contains("changed since"), "{overtaken}");
    turn(&instance, &root, UNDO);
    let now = texts(&instance);
    assert_eq!((now[0].0.as_str(), now[1].0.as_str()), ("a bird of colour 0", "a small wren"));
    // Each has acts of their own.
    turn(&instance, &anna, UNDO);
    assert_eq!(texts(&instance)[1].0, "a wren");

    // A change of an approved caption is taken back whole by who made it; approving again takes who may.
    let now = change(&instance, &captions[2], json!({ "status": "approved" }));
    let version = now["version"].as_i64().expect("it has a version");
    assert_eq!(by(&anna, &now, json!({ "version": version, "text": "a tit" })).status, 200);
    let made = json!({ "made": { "caption": now["id"], "version": version + 1 } });
    assert_eq!(instance.post(UNDO, &anna, &made).status, 200);
    assert_eq!(texts(&instance)[2], ("a bird of colour 2".to_owned(), "approved".to_owned()));
    assert_eq!(instance.post(UNDO, &anna, &made).status, 409, "it is undone already");
    instance.end().await;
}

#[tokio::test]
async fn bulk_edits_are_undone_by_jobs() {
    let instance = Instance::start(&[]).await;
    set_up(&instance);
    let root = instance.root.clone();
    let before = texts(&instance);
    let edit = json!({ "edit": { "operation": "suffix", "text": "!" } });
    let job = asked(&instance, &root, "/api/v1/datasets/birds/bulk-edits", &edit);
    wait_for(&instance.server, &job, &root, has_ended);
    let edited = texts(&instance);
    for (path, expected) in [(UNDO, &before), (REDO, &edited), (UNDO, &before)] {
        let turned = turn(&instance, &root, path);
        let job = turned["job"].as_str().expect("a job does it");
        wait_for(&instance.server, job, &root, has_ended);
        assert_eq!(&texts(&instance), expected);
    }
    let acts = list(&instance, &root);
    assert_eq!((acts.len(), &acts[0]["state"], &acts[0]["captions"]), (1, &json!("undone"), &json!(6)), "{acts:?}");
    instance.end().await;
}

#[tokio::test]
async fn several_captions_are_rejected_for_a_reason() {
    let instance = Instance::start(&[]).await;
    let captions = set_up(&instance);
    let seen: Vec<_> =
        captions[..2].iter().map(|seen| json!({ "id": seen["id"], "version": seen["version"] })).collect();
    let body = json!({ "captions": seen, "status": "rejected", "reason": " No bird in sight. " });
    let path = "/api/v1/datasets/birds/captions";
    let rejected = instance.send("PATCH", path, &instance.root, &body.to_string()).json();
    let reasons: Vec<_> =
        rejected["changed"].as_array().expect("it is a list").iter().map(|now| &now["reason"]).collect();
    assert_eq!(reasons, ["No bird in sight."; 2], "{rejected}");
    turn(&instance, &instance.root, UNDO);
    assert!(texts(&instance).iter().all(|(_, status)| status != "rejected"));
}

#[tokio::test]
async fn acts_are_for_those_who_may_see_and_undo_them() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let listed = cast.statuses(|token| ask(&instance, "GET", "/api/v1/datasets/birds/actions", token, &Value::Null));
    assert_eq!(listed, [404, 404, 200, 200, 200, 200]);
    for path in [UNDO, REDO] {
        let turned = cast.statuses(|token| ask(&instance, "POST", path, token, &json!({})));
        assert_eq!(turned, [401, 404, 403, 409, 409, 409], "{path}");
    }
    let body = json!({ "captions": [{ "id": cast.image, "version": 1 }], "status": "approved" });
    let set = cast.statuses(|token| ask(&instance, "PATCH", "/api/v1/datasets/birds/captions", token, &body));
    assert_eq!(set, [401, 404, 403, 403, 200, 200]);
    for wrong in [
        json!({ "captions": [], "status": "draft" }),
        json!({ "captions": [{ "id": 1 }], "status": "draft" }),
        json!({ "captions": [{ "id": cast.image, "version": 1 }], "status": "approved", "reason": "It is good." }),
    ] {
        assert_eq!(ask(&instance, "PATCH", "/api/v1/datasets/birds/captions", &cast.owner, &wrong).status, 400);
    }
    assert_eq!(ask(&instance, "POST", UNDO, &cast.owner, &json!({ "made": 1 })).status, 400);
    let wrong = "/api/v1/datasets/birds/actions?user=me";
    assert_eq!(ask(&instance, "GET", wrong, &cast.owner, &Value::Null).status, 400);
    instance.end().await;
}

#[tokio::test]
async fn page_of_changes_works_by_plain_forms() {
    let instance = Instance::start(&[]).await;
    let captions = set_up(&instance);
    let cookie = sign_in(&instance, "root");
    let path = "/datasets/birds/changes";
    assert!(page(&instance, path, &cookie).text().contains("No changes yet"));
    change(&instance, &captions[0], json!({ "text": "a <b>robin</b>" }));
    let shown = page(&instance, path, &cookie).text();
    assert!(shown.contains("Changed the caption of 0.png") && shown.contains("&lt;b&gt;robin"), "{shown}");
    let foreign = ("origin", "https://evil.example");
    assert_eq!(submit(&instance, path, &cookie, "step=undo", &[foreign]).status, 403);
    assert_eq!(submit(&instance, path, "", "step=undo", &[]).status, 401);
    assert_eq!(submit(&instance, path, &cookie, "step=back", &[]).status, 400);
    let mine = "/datasets/birds/changes?who=me";
    assert_eq!(submit(&instance, mine, &cookie, "step=undo", &[]).header("location"), mine);
    assert_eq!(texts(&instance)[0].0, "a bird of colour 0");
    assert!(page(&instance, mine, &cookie).text().contains("Undone"));
    assert_eq!(submit(&instance, path, &cookie, "step=undo", &[]).status, 409);
    assert_eq!(submit(&instance, path, &cookie, "step=redo", &[]).header("location"), path);
    assert_eq!(texts(&instance)[0].0, "a <b>robin</b>");
    instance.end().await;
}
