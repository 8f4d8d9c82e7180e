//! Search over HTTP and on the command line.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    datasets::{add, caption, scene},
    people::Instance,
    program::Answer,
};

/// Asks until the answer is as it should be once the index has seen what was written.
fn until(instance: &Instance, path: &str, token: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let answer = instance.get(path, token);
        if answer.status == 200 && is_right(&answer.json()) {
            return answer.json();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{path} still answers {}", answer.text());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn check_query(answer: &Answer, position: u64, length: u64, hint: &str) {
    answer.expect_problem(400, "invalid-query");
    let problem = answer.json();
    assert_eq!((&problem["position"], &problem["length"]), (&json!(position), &json!(length)), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(hint)), "{problem}");
}

#[tokio::test]
async fn pictures_are_found_marked_counted_and_walked_through() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (_, eve, _) = instance.invite("eve");
    assert_eq!(instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "B" })).status, 201);
    let files = ["a.png", "b.png", "c.png"].map(|name| (name, scene()));
    let files: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let added = add(&instance, &anna, "birds", &files).json();
    let ids: Vec<Uuid> = (0..3)
        .map(|place| added["results"][place]["image"]["id"].as_str().expect("it has an id").parse().unwrap())
        .collect();
    caption(&instance, "birds", ids[1], "Ein <b>großer</b> Vogel").await;
    let search = "/api/v1/datasets/birds/search";
    let found = until(&instance, &format!("{search}?q=found:%22gro%C3%9Fer%20b%20vogel%22%20name:b"), &anna, |found| {
        found["total"] == 1
    });
    let item = &found["items"][0];
    assert_eq!((&item["id"], &item["file_name"], &item["format"]), (&json!(ids[1]), &json!("b.png"), &json!("png")));
    assert_eq!((&item["highlights"], &item["captions"][0]["highlights"]), (&json!([[0, 1]]), &json!([[7, 23]])));
    assert_eq!((&item["captions"][0]["source"], &item["captions"][0]["status"]), (&json!("found"), &json!("draft")));
    assert_eq!((&found["sort"], &found["index"]["state"]), (&json!("relevance"), &json!("ready")));
    let other = instance.get(&format!("{search}?q=vogel&source=nobody"), &anna).json();
    assert_eq!(other["items"][0]["captions"], json!([]), "only the sources that are named are shown");

    let all = until(&instance, &format!("{search}?sort=-name&limit=2"), &anna, |all| all["total"] == 3);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    let cursor = all["next_cursor"].as_str().expect("a page follows");
    let rest = instance.get(&format!("{search}?sort=-name&limit=2&cursor={cursor}"), &anna).json();
    assert_eq!((&rest["items"][0]["file_name"], &rest["next_cursor"]), (&json!("a.png"), &Value::Null));
    instance.get(&format!("{search}?sort=name&cursor={cursor}"), &anna).expect_problem(400, "invalid-field");
    instance.get(&format!("{search}?cursor=x"), &anna).expect_problem(400, "invalid-field");
    instance.get(&format!("{search}?sort=size"), &anna).expect_problem(400, "invalid-field");

    let facets = instance.get("/api/v1/datasets/birds/facets?q=missing:found", &anna).json();
    assert_eq!(facets["total"], 2, "{facets}");
    let is = facets["facets"].as_array().unwrap().iter().find(|facet| facet["name"] == "is").expect("there is one");
    assert!(is["values"].as_array().unwrap().contains(&json!({ "value": "empty", "filter": "is:empty", "count": 2 })));
    let fields = instance.get(&format!("{search}/fields"), &anna).json();
    assert_eq!(fields["sources"][0]["prefix"], "found");
    assert!(fields["fields"].as_array().unwrap().iter().any(|field| field["values"] == json!(["found"])), "{fields}");

    let beside = format!("/api/v1/images/{}/neighbours", ids[0]);
    let among = instance.get(&format!("{beside}?q=missing:found"), &anna).json();
    assert_eq!(among, json!({ "previous": null, "next": ids[2] }));
    let among = instance.get(&format!("{beside}?q=&sort=-name"), &anna).json();
    assert_eq!(among, json!({ "previous": ids[1], "next": null }));

    // What is wrong with a query is said where; what one may not see is not there, whatever is asked of it.
    check_query(&instance.get(&format!("{search}?q=gro%C3%9F%20(vogel"), &anna), 5, 1, "never closed");
    check_query(&instance.get(&format!("{search}?q=vogel%20foundx:x"), &anna), 6, 6, "Did you mean found?");
    check_query(&instance.get("/api/v1/datasets/birds/facets?q=words:many", &anna), 6, 4, "whole number");
    check_query(&instance.get(&format!("{beside}?q=a%20OR"), &anna), 4, 1, "missing");
    for path in [
        format!("{search}?q=vogel"),
        format!("{search}/fields"),
        "/api/v1/datasets/birds/facets".into(),
        format!("{beside}?q=vogel"),
    ] {
        instance.get(&path, &eve).expect_problem(404, "not-found");
        instance.server.get(&path).expect_problem(404, "not-found");
        assert_eq!(instance.get(&path, &instance.root).status, 200, "administrators see all");
    }
    let health = instance.server.get("/health").json();
    assert_eq!(health["search"], json!({ "state": "ready", "indexed": 3 }));
    instance.end().await;
}
