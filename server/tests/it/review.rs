//! Review: the queue, decisions, assignments and progress, over HTTP and by plain forms.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    datasets::{add, scene},
    gallery::{get, post, sign_in},
    jobs::{asked, has_ended, wait_for},
    people::{Instance, text_of},
    roles::{Cast, ask},
};

const REVIEW: &str = "/api/v1/datasets/birds/review";

/// Two pictures of which the annotator has submitted a caption each: ids of pictures and of captions.
pub(crate) fn submit(instance: &Instance, cast: &Cast) -> [(String, String); 2] {
    let added = add(instance, &cast.owner, "birds", &[("b.png", &scene())]).json();
    let second = text_of(&added["results"][0]["image"], "id");
    [cast.image.to_string(), second].map(|image| {
        let path = format!("/api/v1/images/{image}/captions/mine");
        let body = json!({ "text": "a bird <b>sings</b>" });
        let written = ask(instance, "PUT", &path, &cast.annotator, &body).json();
        let caption = text_of(&written, "id");
        assert_eq!(set(instance, &cast.annotator, &caption, &json!({ "version": 1, "status": "submitted" })), 200);
        (image, caption)
    })
}

fn set(instance: &Instance, token: &str, caption: &str, body: &Value) -> u16 {
    ask(instance, "PATCH", &format!("/api/v1/captions/{caption}"), token, body).status
}

fn next(instance: &Instance, token: &str) -> Value {
    let answer = instance.post(&format!("{REVIEW}/next"), token, &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn queue_is_for_reviewers_and_gives_a_picture_to_one_of_them() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let [(first, caption), (second, _)] = submit(&instance, &cast);
    let at_next = |token: &str| ask(&instance, "POST", &format!("{REVIEW}/next"), token, &json!({}));
    assert_eq!(cast.statuses(at_next), [401, 404, 403, 403, 200, 200]);
    let (mine, theirs) = (next(&instance, &cast.reviewer), next(&instance, &cast.owner));
    assert_eq!(
        (mine["item"]["image"]["id"].as_str(), theirs["item"]["image"]["id"].as_str()),
        (Some(&*first), Some(&*second))
    );
    assert_eq!(mine["item"]["captions"][0]["status"], "submitted");
    assert_eq!((&mine["item"]["lease"]["assigned"], &mine["skipped"]), (&json!(false), &json!(0)));
    for wrong in
        [json!({ "images": { "query": "(dog" } }), json!({ "image": 1 }), json!({ "images": { "source": "a\u{0}" } })]
    {
        assert_eq!(instance.post(&format!("{REVIEW}/next"), &cast.reviewer, &wrong).status, 400, "{wrong}");
    }
    let none =
        instance.post(&format!("{REVIEW}/next"), &cast.reviewer, &json!({ "images": { "source": "nobody" } })).json();
    assert_eq!(none["item"], Value::Null);

    let again = next(&instance, &cast.reviewer);
    assert_eq!(again["item"]["image"]["id"], json!(first));
    let lease = format!("/api/v1/review-leases/{}", text_of(&again["item"]["lease"], "id"));
    let renew = |token: &str| ask(&instance, "PUT", &lease, token, &Value::Null);
    assert_eq!(cast.statuses(renew), [401, 404, 404, 404, 200, 404], "it is the reviewer's");
    let others = cast.statuses(|token| match token {
        token if token == cast.reviewer => renew(token),
        token => ask(&instance, "DELETE", &lease, token, &Value::Null),
    });
    assert_eq!(others, [401, 404, 404, 404, 200, 404]);
    assert_eq!(ask(&instance, "POST", &format!("{lease}/skip"), &cast.owner, &Value::Null).status, 404);
    assert_eq!(ask(&instance, "POST", &format!("{lease}/skip"), &cast.reviewer, &Value::Null).status, 204);
    assert_eq!(next(&instance, &cast.reviewer), json!({ "item": null, "skipped": 1 }));
    let skips = |token: &str| ask(&instance, "DELETE", &format!("{REVIEW}/skips"), token, &Value::Null);
    assert_eq!(cast.statuses(skips), [401, 404, 403, 403, 204, 204]);
    let back = next(&instance, &cast.reviewer);
    let lease = format!("/api/v1/review-leases/{}", text_of(&back["item"]["lease"], "id"));
    assert_eq!(ask(&instance, "DELETE", &lease, &cast.reviewer, &Value::Null).status, 204);
    renew(&cast.reviewer).expect_problem(404, "not-found");
    for nothing in ["x", &Uuid::now_v7().to_string()] {
        let path = format!("/api/v1/review-leases/{nothing}");
        assert_eq!(ask(&instance, "DELETE", &path, &cast.reviewer, &Value::Null).status, 404);
    }
    // What runs out comes back: nobody has heard of the owner for a while.
    instance.test().execute("UPDATE review_leases SET expires_at = now() - interval '1 second'").await;
    let approve = json!({ "version": 2, "status": "approved" });
    assert_eq!(set(&instance, &cast.reviewer, &caption, &approve), 200);
    assert_eq!(next(&instance, &cast.reviewer)["item"]["image"]["id"], json!(second));
    assert_eq!(next(&instance, &cast.owner)["item"], Value::Null);
    // Who only reads may not take a picture.
    let key = instance.post("/api/v1/keys", &cast.reviewer, &json!({ "name": "eyes", "scopes": ["read"] }));
    let key = text_of(&key.json(), "key");
    instance.post(&format!("{REVIEW}/next"), &key, &json!({})).expect_problem(403, "forbidden");
    assert_eq!(instance.get(&format!("{REVIEW}/progress"), &key).status, 200);
    instance.end().await;
}

#[tokio::test]
async fn rejection_has_a_reason_until_the_caption_changes() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let [(image, caption), (_, other)] = submit(&instance, &cast);
    let path = format!("/api/v1/captions/{caption}/decision");
    let decide = |token: &str, body: Value| ask(&instance, "PUT", &path, token, &body);
    let reject = json!({ "version": 2, "decision": "rejected", "reason": " no bird <b>here</b> " });
    assert_eq!(cast.statuses(|token| decide(token, reject.clone())), [401, 404, 403, 403, 200, 409]);
    let captions = instance.get(&format!("/api/v1/images/{image}/captions"), &cast.annotator).json();
    assert_eq!((&captions[0]["status"], &captions[0]["reason"]), (&json!("rejected"), &json!("no bird <b>here</b>")));
    let told = cast
        .statuses(|token| ask(&instance, "GET", &format!("/api/v1/captions/{caption}/versions"), token, &Value::Null));
    assert_eq!(told, [404, 404, 200, 200, 200, 200]);
    let seen = instance.get(&format!("/api/v1/captions/{caption}/versions"), &cast.viewer).json();
    assert_eq!((&seen[0]["status"], &seen[0]["reason"]), (&json!("rejected"), &Value::Null), "it is for who writes");
    for wrong in [
        json!({ "version": 3, "decision": "draft" }),
        json!({ "version": 3, "decision": "approved", "reason": "good" }),
        json!({ "version": 3, "decision": "rejected", "text": "a twig" }),
        json!({ "version": 3, "decision": "rejected", "reason": "x".repeat(1001) }),
        json!({ "version": 3, "decision": "approved", "text": "x".repeat(20_001) }),
        json!({ "version": 3 }),
    ] {
        assert_eq!(decide(&cast.reviewer, wrong.clone()).status, 400, "{wrong}");
    }
    assert_eq!(set(&instance, &cast.annotator, &caption, &json!({ "version": 3, "status": "submitted" })), 200);
    let versions = instance.get(&format!("/api/v1/captions/{caption}/versions"), &cast.annotator).json();
    let reasons: Vec<_> = versions.as_array().unwrap().iter().map(|version| &version["reason"]).collect();
    assert_eq!(reasons, [&Value::Null, &json!("no bird <b>here</b>"), &Value::Null, &Value::Null]);
    assert_eq!(versions[1]["changed_by_name"], "reviewer");

    // The old way has a reason as well, where it rejects.
    let old = |body: Value| set(&instance, &cast.reviewer, &other, &body);
    assert_eq!(old(json!({ "version": 2, "status": "approved", "reason": "good" })), 400);
    assert_eq!(old(json!({ "version": 2, "text": "a twig", "reason": "good" })), 400);
    assert_eq!(old(json!({ "version": 2, "status": "rejected", "reason": "blurred" })), 200);
    assert_eq!(old(json!({ "version": 3, "status": "rejected" })), 200, "it is no duty");

    // So have many at once.
    let bulk = "/api/v1/datasets/birds/bulk-edits";
    let edit =
        |status: &str| json!({ "edit": { "operation": "set_status", "status": status, "reason": "all of them" } });
    assert_eq!(instance.post(bulk, &cast.reviewer, &edit("approved")).status, 400);
    let job = asked(&instance, &cast.reviewer, bulk, &edit("rejected"));
    wait_for(&instance.server, &job, &cast.reviewer, has_ended);
    let captions = instance.get(&format!("/api/v1/images/{image}/captions"), &cast.annotator).json();
    assert_eq!((&captions[0]["reason"], &captions[0]["version"]), (&json!("all of them"), &json!(5)));
    // What takes it back doesn't have it any more; what takes that back has.
    for reason in [Value::Null, json!("all of them")] {
        let jobs = instance.get("/api/v1/jobs?dataset=birds", &cast.reviewer).json();
        let latest = text_of(&jobs["items"][0], "id");
        let job = asked(&instance, &cast.reviewer, &format!("/api/v1/jobs/{latest}/rollback"), &json!({}));
        wait_for(&instance.server, &job, &cast.reviewer, has_ended);
        let captions = instance.get(&format!("/api/v1/images/{image}/captions"), &cast.annotator).json();
        assert_eq!(captions[0]["reason"], reason, "{captions}");
    }
    instance.end().await;
}

#[tokio::test]
async fn decisions_are_mended_taken_back_and_counted() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let [(_, caption), (_, other)] = submit(&instance, &cast);
    let path = format!("/api/v1/captions/{caption}/decision");
    let mended = json!({ "version": 2, "decision": "approved", "text": "a bird that sings" });
    let mended = ask(&instance, "PUT", &path, &cast.reviewer, &mended).json();
    assert_eq!(
        (&mended["text"], &mended["status"], &mended["version"]),
        (&json!("a bird that sings"), &json!("approved"), &json!(3))
    );
    assert_eq!(set(&instance, &cast.owner, &other, &json!({ "version": 2, "status": "rejected" })), 200);
    let progress = |token: &str| instance.get(&format!("{REVIEW}/progress"), token);
    let told = progress(&cast.reviewer).json();
    assert_eq!(told["captions"], json!({ "draft": 0, "submitted": 0, "approved": 1, "rejected": 1 }));
    assert_eq!(told["share"], json!(1.0));
    let people: Vec<_> = told["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| {
            (
                person["name"].as_str().unwrap(),
                person["approved"].as_i64().unwrap(),
                person["rejected"].as_i64().unwrap(),
                person["today"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(people, [("owner", 0, 1, 1), ("reviewer", 1, 0, 1)]);
    assert_eq!(
        cast.statuses(|token| ask(&instance, "GET", &format!("{REVIEW}/progress"), token, &Value::Null)),
        [401, 404, 403, 403, 200, 200]
    );

    let list = |token: &str| ask(&instance, "GET", &format!("{REVIEW}/decisions?limit=1"), token, &Value::Null);
    assert_eq!(cast.statuses(list), [401, 404, 403, 403, 200, 200]);
    let own = list(&cast.reviewer).json();
    assert_eq!(
        (&own["items"][0]["caption"], &own["items"][0]["stands"], &own["next_cursor"]),
        (&json!(caption), &json!(true), &Value::Null)
    );
    instance.get(&format!("{REVIEW}/decisions?cursor=x"), &cast.reviewer).expect_problem(400, "invalid-field");
    let undo = |token: &str, version: &str| {
        ask(&instance, "DELETE", &format!("{path}?version={version}"), token, &Value::Null)
    };
    assert_eq!(undo(&cast.reviewer, "").status, 400);
    assert_eq!(undo(&cast.reviewer, "2").status, 409, "it is another version by now");
    assert_eq!(cast.statuses(|token| undo(token, "3")), [401, 404, 403, 403, 200, 409]);
    let now = progress(&cast.owner).json();
    assert_eq!(now["captions"], json!({ "draft": 0, "submitted": 1, "approved": 0, "rejected": 1 }));
    assert_eq!(now["people"][1]["approved"], 0);
    let again = next(&instance, &cast.reviewer);
    assert_eq!(again["item"]["captions"][0]["text"], "a bird <b>sings</b>");
    instance.end().await;
}

#[tokio::test]
async fn assignments_are_made_listed_and_taken_back() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let [(first, _), (second, caption)] = submit(&instance, &cast);
    let path = format!("{REVIEW}/assignments");
    let assign = |token: &str, body: Value| ask(&instance, "POST", &path, token, &body);
    let to_reviewer = json!({ "images": { "images": [second] }, "to": ["Reviewer"] });
    assert_eq!(cast.statuses(|token| assign(token, to_reviewer.clone())), [401, 404, 403, 403, 200, 200]);
    for (wrong, status) in [
        (json!({ "to": [] }), 400),
        (json!({}), 400),
        (json!({ "to": ["annotator"] }), 400),
        (json!({ "to": ["reviewer"], "images": { "query": "(dog" } }), 400),
        (json!({ "to": ["reviewer"], "limit": -1 }), 400),
    ] {
        assert_eq!(assign(&cast.owner, wrong.clone()).status, status, "{wrong}");
    }
    let named = assign(&cast.owner, json!({ "to": ["annotator", "reviewer", "eve"] })).text();
    assert!(named.contains("annotator, eve"), "{named}");
    assert_eq!(assign(&cast.reviewer, json!({ "to": ["owner"] })).status, 403);
    assert_eq!(assign(&cast.reviewer, json!({ "to": ["reviewer"], "reassign": true })).status, 403);
    let listed = |token: &str| ask(&instance, "GET", &format!("{path}?of=reviewer"), token, &Value::Null);
    assert_eq!(cast.statuses(listed), [401, 404, 403, 403, 200, 200]);
    let list = listed(&cast.owner).json();
    assert_eq!(
        (&list["items"][0]["image"], &list["items"][0]["reviewer_name"], &list["items"][0]["waits"]),
        (&json!(second), &json!("reviewer"), &json!(true))
    );
    assert_eq!(list["items"][0]["assigned_by_name"], "reviewer", "she took it herself, the owner found it taken");
    let item = next(&instance, &cast.reviewer)["item"].clone();
    assert_eq!((&item["image"]["id"], &item["lease"]["assigned"]), (&json!(second), &json!(true)));
    let decided = ask(
        &instance,
        "PUT",
        &format!("/api/v1/captions/{caption}/decision"),
        &cast.reviewer,
        &json!({ "version": 2, "decision": "approved" }),
    );
    assert_eq!(decided.status, 200);
    assert_eq!(listed(&cast.owner).json()["items"], json!([]), "what is decided is over");
    let both = json!({ "images": { "status": "submitted" }, "to": ["owner", "reviewer"], "limit": 5 });
    let shared = assign(&cast.owner, both).json();
    assert_eq!(
        shared,
        json!({ "assigned": 1, "shares": [{ "reviewer": "owner", "images": 1 }, { "reviewer": "reviewer", "images": 0 }] })
    );
    let end = |token: &str, body: Value| ask(&instance, "POST", &format!("{path}/end"), token, &body);
    assert_eq!(cast.statuses(|token| end(token, json!({ "of": "owner" }))), [401, 404, 403, 403, 403, 200]);
    assert_eq!(end(&cast.reviewer, json!({ "of": "reviewer" })).json(), json!({ "ended": 0 }));
    assert_eq!(
        assign(&cast.owner, json!({ "to": ["reviewer"], "images": { "images": [first] } })).json()["assigned"],
        1
    );
    // Whoever leaves the dataset leaves nothing behind that nobody is given.
    let members = instance.get("/api/v1/datasets/birds/members", &cast.owner).json();
    let reviewer = members.as_array().unwrap().iter().find(|member| member["name"] == "reviewer").unwrap();
    let gone = format!("/api/v1/datasets/birds/members/{}", text_of(reviewer, "user"));
    assert_eq!(ask(&instance, "DELETE", &gone, &cast.owner, &Value::Null).status, 204);
    assert_eq!(next(&instance, &cast.owner)["item"]["image"]["id"], json!(first));
    let log = instance.get("/api/v1/audit-log?action=review.assign", &instance.root).json();
    assert_eq!(
        (&log["items"][0]["detail"]["images"], &log["items"][0]["detail"]["to"]),
        (&json!(1), &json!(["reviewer"]))
    );
    let log = instance.get("/api/v1/audit-log?action=review.unassign", &instance.root).json();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(2));
    instance.end().await;
}

#[tokio::test]
async fn queue_works_by_plain_forms() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let [(first, _), (second, _)] = submit(&instance, &cast);
    let page = "/datasets/birds/review";
    assert_eq!(get(&instance, page, "").status, 303, "to the sign-in");
    for (name, status) in [("annotator", 403), ("stranger", 404)] {
        let cookie = sign_in(&instance, name);
        for part in ["", "/progress", "/assign"] {
            assert_eq!(get(&instance, &format!("{page}{part}"), &cookie).status, status, "{name} {part}");
        }
        assert_eq!(post(&instance, page, &cookie, "step=unskip", &[]).status, status);
    }
    let cookie = sign_in(&instance, "reviewer");
    let shown = get(&instance, page, &cookie).text();
    assert!(shown.contains("a bird &lt;b&gt;sings&lt;/b&gt;") && !shown.contains("<b>sings"), "{shown}");
    let field = |page: &str, name: &str| {
        let value = page.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
        value.unwrap_or_else(|| panic!("there is {name}: {page}")).to_owned()
    };
    let about = |page: &str| {
        format!("caption={}&version={}&lease={}", field(page, "caption"), field(page, "version"), field(page, "lease"))
    };
    let form = about(&shown);
    let filtered = format!("{page}?source=annotator");
    assert_eq!(post(&instance, &filtered, &cookie, &format!("step=shout&{form}"), &[]).status, 400);
    let foreign = ("origin", "https://evil.example");
    assert_eq!(post(&instance, &filtered, &cookie, &format!("step=approve&{form}"), &[foreign]).status, 403);
    let long = post(&instance, &filtered, &cookie, &format!("step=reject&reason={}&{form}", "x".repeat(1001)), &[]);
    assert!(long.status == 400 && long.text().contains(&"x".repeat(1001)), "nothing that was written is lost");
    let rejected = post(&instance, &filtered, &cookie, &format!("step=reject&reason=no+bird&{form}"), &[]);
    assert_eq!(rejected.status, 303, "{}", rejected.text());
    assert!(
        rejected.header("location").starts_with("/datasets/birds/review?source=annotator&last="),
        "the filter stays"
    );
    let after = get(&instance, rejected.header("location"), &cookie).text();
    assert!(
        after.contains("You rejected it: no bird") && after.contains("1 waiting · 1 decided by you today"),
        "{after}"
    );
    let stale = post(&instance, page, &cookie, &format!("step=approve&{form}"), &[]);
    assert!(stale.status == 409 && stale.text().contains("role=\"alert\""), "{}", stale.text());
    let decision = field(&after, "decision");
    let back = get(&instance, &format!("{page}?at={decision}"), &cookie).text();
    assert!(back.contains("You rejected it: no bird") && back.contains("Take it back"), "{back}");
    for wrong in ["x", &format!("{}.1", Uuid::now_v7())] {
        assert_eq!(post(&instance, page, &cookie, &format!("step=undo&decision={wrong}"), &[]).status, 404, "{wrong}");
    }
    let undone = post(&instance, page, &cookie, &format!("step=undo&decision={decision}"), &[]);
    assert_eq!((undone.status, undone.header("location")), (303, page));
    let skipped = post(
        &instance,
        page,
        &cookie,
        &format!("step=skip&lease={}", field(&get(&instance, page, &cookie).text(), "lease")),
        &[],
    );
    assert_eq!(skipped.status, 303);
    assert!(get(&instance, page, &cookie).text().contains(&second));

    // Two are assigned, one of which is taken back.
    let owner = sign_in(&instance, "owner");
    let assign = format!("{page}/assign?status=submitted");
    let form = get(&instance, &assign, &owner).text();
    assert!(form.contains("What the filter finds"), "{form}");
    let nobody = post(&instance, &assign, &owner, "step=assign&scope=filter", &[]);
    assert!(nobody.status == 400 && nobody.text().contains("to: name 1 to 100 people"), "{}", nobody.text());
    let assigned = post(&instance, &assign, &owner, "step=assign&scope=all&to=reviewer&to=owner", &[]);
    assert_eq!(assigned.header("location"), "/datasets/birds/review/progress?assigned=2");
    let progress = get(&instance, assigned.header("location"), &owner).text();
    assert!(
        progress.contains("2 images assigned.") && progress.contains("0 of 2 submitted captions decided: 0 %"),
        "{progress}"
    );
    let taken = post(&instance, &format!("{page}/unassign"), &owner, &format!("of=owner&image={first}"), &[]);
    assert_eq!(taken.header("location"), "/datasets/birds/review/progress?taken_back=1");
    assert_eq!(post(&instance, &format!("{page}/unassign"), &cookie, "of=", &[]).status, 403);
    assert!(
        get(&instance, "/datasets/birds", &cookie).text().contains("/datasets/birds/review"),
        "the menu leads there"
    );
    assert!(
        !get(&instance, "/datasets/birds", &sign_in(&instance, "annotator")).text().contains("/datasets/birds/review")
    );
    instance.end().await;
}
