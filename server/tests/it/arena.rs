//! Comparing sources: blind and with names, over HTTP and by plain forms.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    datasets::{add, caption, scene},
    form::Form,
    gallery::{get, post, sign_in},
    people::Instance,
};

/// A public dataset of one picture, of which two imports and root say something. The picture's id, and the captions'.
async fn set_up(instance: &Instance) -> (String, Vec<Value>) {
    let new = json!({ "slug": "birds", "name": "Birds", "visibility": "public" });
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &new).status, 201);
    let added = add(instance, &instance.root, "birds", &[("a.png", &scene())]);
    let image = added.json()["results"][0]["image"]["id"].as_str().expect("it is added").to_owned();
    let id: Uuid = image.parse().expect("it is an id");
    caption(instance, "birds", id, "a red bird <b>sings</b>").await;
    let own = format!("/api/v1/images/{image}/captions/mine");
    let written = instance.send("PUT", &own, &instance.root, r#"{"text": "a blue bird sings"}"#);
    assert_eq!(written.status, 201, "{}", written.text());
    let captions = instance.get(&format!("/api/v1/images/{image}/captions"), &instance.root).json();
    (image, captions.as_array().expect("they are a list").clone())
}

#[tokio::test]
async fn votes_are_blind_until_they_are_given_and_make_a_board() {
    let instance = Instance::start(&[]).await;
    let (_, captions) = set_up(&instance).await;
    let root = instance.root.clone();
    let ask = |token: &str, body: Value| instance.post("/api/v1/datasets/birds/arena/next", token, &body);
    let (_, anna, _) = instance.invite("anna");
    assert_eq!(ask("", json!({})).status, 401);
    assert_eq!(ask(&anna, json!({})).status, 403, "whoever only looks does not vote");
    for (wrong, name) in [
        (json!({ "sources": ["one"] }), "sources"),
        (json!({ "images": { "query": "(dog" } }), "parenthesis"),
        (json!({ "sides": 2 }), "JSON object like"),
    ] {
        let refused = ask(&root, wrong);
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(refused.text().contains(name), "{}", refused.text());
    }
    let shown = ask(&root, json!({ "images": { "status": "draft" } })).json();
    let comparison = &shown["comparison"];
    assert_eq!((&shown["votes"], &comparison["outcome"]), (&json!(0), &Value::Null));
    let sides = ["left", "right"].map(|side| comparison[side].clone());
    let texts: BTreeSet<_> = sides.iter().map(|side| side["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts, BTreeSet::from(["a red bird <b>sings</b>", "a blue bird sings"]));
    assert!(sides.iter().all(|side| side["source"].is_null()), "nobody knows whose they are: {comparison}");
    let vote = format!("/api/v1/comparisons/{}/vote", comparison["id"].as_str().expect("it has an id"));
    assert_eq!(instance.send("PUT", &vote, &anna, r#"{"outcome": "left"}"#).status, 404, "it was not shown to her");
    assert_eq!(instance.send("PUT", &vote, &root, r#"{"outcome": "best"}"#).status, 400);
    let voted = instance.send("PUT", &vote, &root, r#"{"outcome": "left"}"#).json();
    let named: BTreeSet<_> = ["left", "right"].iter().map(|side| voted[side]["source"].as_str()).collect();
    assert_eq!(named, captions.iter().map(|caption| caption["source"].as_str()).collect());
    assert_eq!(ask(&root, json!({})).json(), json!({ "comparison": null, "votes": 1 }));
    let board = instance.get("/api/v1/datasets/birds/board", "").json();
    assert_eq!((&board["votes"], &board["voters"], &board["agreement"]), (&json!(1), &json!(1), &Value::Null));
    assert_eq!(board["sources"][0]["source"], voted["left"]["source"]);
    let none = instance.get("/api/v1/datasets/birds/board?q=boat", "").json();
    assert_eq!((&none["votes"], &none["sources"]), (&json!(0), &json!([])));
    let list = instance.get("/api/v1/datasets/birds/votes", "").json();
    assert_eq!((list["items"][0]["outcome"].as_str(), &list["items"][0]["voter_name"]), (Some("left"), &Value::Null));
    let file = get(&instance, "/datasets/birds/votes.jsonl", "");
    assert_eq!(file.header("content-type"), "application/x-ndjson");
    assert_eq!(file.text().lines().filter(|line| line.contains("\"outcome\":\"left\"")).count(), 1);
    let taken = instance.send("DELETE", &vote, &root, "").json();
    assert_eq!((&taken["outcome"], &taken["left"]["source"]), (&Value::Null, &Value::Null));
    assert_eq!(ask(&root, json!({})).json()["comparison"]["id"], comparison["id"]);
    instance.end().await;
}

#[tokio::test]
async fn arena_works_by_plain_forms() {
    let instance = Instance::start(&[]).await;
    set_up(&instance).await;
    assert_eq!(get(&instance, "/datasets/birds/arena", "").status, 303, "to the sign-in");
    let cookie = sign_in(&instance, "root");
    let page = get(&instance, "/datasets/birds/arena?status=draft", &cookie).text();
    assert!(page.contains("a red bird &lt;b&gt;sings&lt;/b&gt;"), "{page}");
    let id = page.split("name=\"comparison\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = format!("comparison={}&outcome=", id.expect("the form names the comparison"));
    let arena = "/datasets/birds/arena?status=draft";
    assert_eq!(post(&instance, arena, &cookie, &format!("{form}best"), &[]).status, 400);
    let foreign = ("origin", "https://evil.example");
    assert_eq!(post(&instance, arena, &cookie, &format!("{form}left"), &[foreign]).status, 403);
    let voted = post(&instance, arena, &cookie, &format!("{form}left"), &[]);
    assert_eq!(voted.status, 303, "{}", voted.text());
    assert!(voted.header("location").starts_with("/datasets/birds/arena?status=draft&last="), "the filter stays");
    let after = get(&instance, voted.header("location"), &cookie).text();
    assert!(after.contains("You preferred") && after.contains("You have compared them all"), "{after}");
    assert!(get(&instance, "/datasets/birds/board", "").text().contains("1 vote from 1 person."));
    let undone = post(&instance, arena, &cookie, &format!("{form}undo"), &[]);
    assert_eq!(undone.header("location"), "/datasets/birds/arena?status=draft");
    assert!(get(&instance, "/datasets/birds/board", "").text().contains("No votes yet"));
    instance.end().await;
}

#[tokio::test]
async fn sources_stand_side_by_side_and_one_is_picked() {
    let instance = Instance::start(&[]).await;
    let (image, captions) = set_up(&instance).await;
    let (source, other) = (captions[0]["source"].as_str().unwrap(), captions[1]["source"].as_str().unwrap());
    let address = format!("/datasets/birds/compare?reference={source}");
    let page = get(&instance, &address, "").text();
    assert!(page.contains("<del>") && page.contains("<ins>"), "{page}");
    assert!(!page.contains("<b>sings"), "captions stay text");
    assert!(!page.contains("data-pick"), "who only looks picks nothing");
    let sides = get(&instance, &format!("{address}&marks=sides"), "").text();
    assert!(!sides.contains("<del>") && sides.contains("<ins>"), "{sides}");
    let alone = get(&instance, &format!("/datasets/birds/compare?sources={other}&marks=off"), "").text();
    assert!(alone.contains(&format!("aria-label=\"Pin {other} as the reference\"")), "{alone}");
    assert!(!alone.contains(&format!("aria-label=\"Pin {source} as the reference\"")));
    let wrong = get(&instance, "/datasets/birds/compare?q=(dog", "");
    assert!(wrong.status == 200 && wrong.text().contains("role=\"alert\""), "{}", wrong.text());
    let cookie = sign_in(&instance, "root");
    let pick = |caption: &Value| {
        let form = format!("caption={}&version={}", caption["id"].as_str().unwrap(), caption["version"]);
        post(&instance, &address, &cookie, &form, &[])
    };
    assert_eq!(pick(&captions[0]).header("location"), address);
    assert_eq!(pick(&captions[0]).status, 409, "it has changed since");
    assert_eq!(pick(&captions[1]).status, 303);
    let now =
        instance.get(&format!("/api/v1/images/{image}/captions?against={}", captions[0]["id"].as_str().unwrap()), "");
    let now = now.json();
    let states: Vec<_> = now.as_array().unwrap().iter().map(|caption| caption["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["draft", "approved"], "one is approved");
    assert!(now[0].get("diff").is_none());
    let diff: Vec<_> =
        now[1]["diff"].as_array().unwrap().iter().map(|piece| piece["change"].as_str().unwrap()).collect();
    assert!(diff.contains(&"deleted") && diff.contains(&"inserted") && diff.contains(&"same"), "{now}");
    let versions =
        instance.get(&format!("/api/v1/captions/{}/versions", now[1]["id"].as_str().unwrap()), &instance.root);
    let versions = versions.json();
    assert_eq!((&versions[0]["changed_by_name"], &versions[1]["diff"]), (&json!("root"), &Value::Null));
    assert_eq!(versions[0]["diff"].as_array().map(Vec::len), Some(1), "only its state has changed");
    let refused = instance.get(&format!("/api/v1/images/{image}/captions?against={image}"), "");
    refused.expect_problem(400, "invalid-field");
    instance.end().await;
}

#[tokio::test]
async fn pictures_are_added_without_scripts() {
    let instance = Instance::start(&[]).await;
    set_up(&instance).await;
    let cookie = sign_in(&instance, "root");
    let send = |cookie: &str, form: Vec<u8>| {
        let kind = Form::content_type();
        let headers = [("content-type", kind.as_str()), ("cookie", cookie), ("accept", "text/html")];
        instance.server.post_with("/datasets/birds/upload", &headers, &form)
    };
    let picture = |name: &str| Form::new().file("images", name, Some("image/png"), &scene());
    assert_eq!(send("", picture("b.png").finish()).status, 401);
    let added = send(&cookie, picture("b.png").finish());
    assert!(added.text().contains("2 images"), "it leads back to the dataset: {}", added.text());
    let some = send(&cookie, picture("c.png").file("images", "d.png", None, b"no picture").finish());
    assert_eq!(some.status, 415, "{}", some.text());
    assert!(some.text().contains("1 of 2 files were added. d.png:"), "{}", some.text());
    assert_eq!(instance.get("/api/v1/datasets/birds/images", "").json()["items"].as_array().map(Vec::len), Some(3));
    instance.end().await;
}
