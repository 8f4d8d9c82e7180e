//! A dataset's list as its page has it: orders, numbered pages, counts, and views that are saved.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    gallery::{get, post, sign_in},
    people::Instance,
};

/// A dataset of anna's with pictures of these names.
fn birds(instance: &Instance, anna: &str, names: &[&str]) -> Vec<String> {
    let made = instance.post("/api/v1/datasets", anna, &json!({ "slug": "birds", "name": "Birds" }));
    assert_eq!(made.status, 201, "{}", made.text());
    let file = scene();
    let files: Vec<_> = names.iter().map(|name| (*name, file.as_slice())).collect();
    let added = add(instance, anna, "birds", &files).json();
    let id = |place: usize| added["results"][place]["image"]["id"].as_str().expect("it has an id").to_owned();
    (0..names.len()).map(id).collect()
}

/// The names of the pictures in a part of the list, once the index knows so many in all.
fn names(instance: &Instance, cookie: &str, query: &str, total: u64) -> Vec<String> {
    let began = Instant::now();
    let headers = [("cookie", cookie), ("accept", "application/json")];
    loop {
        let part = instance.server.get_with(&format!("/datasets/birds?{query}"), &headers).json();
        if part["total"] == total {
            let names = part["images"].as_array().expect("there are pictures").iter();
            return names.map(|image| image["file_name"].as_str().unwrap_or_default().to_owned()).collect();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{query} still gives {part}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn lists_are_sorted_paged_and_counted() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let ids = birds(&instance, &anna, &["b.png", "c.png", "a.png"]);
    for (id, text) in ids.iter().zip(["one two three", "one"]) {
        let body = json!({ "text": text }).to_string();
        let written = instance.send("PUT", &format!("/api/v1/images/{id}/captions/mine"), &anna, &body);
        assert_eq!(written.status, 201, "{}", written.text());
    }
    let cookie = sign_in(&instance, "anna");
    let list = |query: &str, total: u64| names(&instance, &cookie, query, total);
    assert_eq!(list("sort=-name", 3), ["c.png", "b.png", "a.png"]);
    assert_eq!(list("sort=-added", 3), ["a.png", "c.png", "b.png"]);
    assert_eq!(list("q=one", 2).len(), 2, "the index knows both captions");
    assert_eq!(list("q=one&sort=-length", 2), ["b.png", "c.png"]);
    assert_eq!(list("sort=added", 3), ["b.png", "c.png", "a.png"]);
    assert_eq!(list("sort=size", 3), ["b.png", "c.png", "a.png"], "what can't be understood counts as absent");
    // Numbered pages, of the index and of the database.
    for sort in ["-name", "name"] {
        let pages: Vec<_> = (1..=4).map(|page| list(&format!("sort={sort}&page_size=2&page={page}"), 3)).collect();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 0, 0], "{sort}");
        let mut whole = pages.concat();
        if sort == "-name" {
            whole.reverse();
        }
        assert_eq!(whole, ["a.png", "b.png", "c.png"], "{sort}");
    }
    let page = get(&instance, "/datasets/birds?q=one&missing=nobody", &cookie).text();
    assert!(page.contains("Remove the filter one") && page.contains("Remove the filter without nobody"), "{page}");
    assert!(page.contains("Words in the caption") && page.contains("words%3A1..4"), "facets are links: {page}");
    let wrong = get(&instance, "/datasets/birds?q=status:good", &cookie);
    assert!(wrong.status == 200 && wrong.text().contains("draft, submitted, approved"), "{}", wrong.text());
    instance.end().await;
}

#[tokio::test]
async fn views_are_saved_shared_and_deleted() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (bert, _, _) = instance.invite("bert");
    let (_, eve, _) = instance.invite("eve");
    birds(&instance, &anna, &["a.png"]);
    let made = instance.send("PUT", &format!("/api/v1/datasets/birds/members/{bert}"), &anna, r#"{"role":"viewer"}"#);
    assert_eq!(made.status, 204, "{}", made.text());
    let (anna_cookie, bert_cookie) = (sign_in(&instance, "anna"), sign_in(&instance, "bert"));
    let save = |cookie: &str, form: &str| post(&instance, "/datasets/birds/views", cookie, form, &[]);

    let shared = save(&anna_cookie, "name=+To+%3Cb%3Echeck+&query=%3Fq%3Ddog%26status%3Ddraft&shared=true");
    assert_eq!((shared.status, shared.header("location")), (303, "/datasets/birds?q=dog&status=draft"));
    assert_eq!(save(&anna_cookie, "name=Mine&query=sort%3Dname").status, 303);
    assert_eq!(save(&anna_cookie, "name=Mine&query=sort%3D-name").status, 303, "a view of the same name is replaced");
    let page = get(&instance, "/datasets/birds", &anna_cookie).text();
    assert!(page.contains("To &lt;b&gt;check") && page.contains("Shared by anna") && page.contains("?sort=-name"));
    let page = get(&instance, "/datasets/birds", &bert_cookie).text();
    assert!(page.contains("To &lt;b&gt;check") && !page.contains("Mine"), "{page}");
    assert_eq!(save(&bert_cookie, "name=Ours&query=&shared=true").status, 403, "to share takes an annotator");
    assert_eq!(save(&bert_cookie, "name=Own&query=").status, 303);

    let list = |token: &str| instance.get("/api/v1/datasets/birds/views", token);
    let views = list(&anna).json();
    assert_eq!(views.as_array().map(Vec::len), Some(2), "{views}");
    let view = |name: &str| -> Value {
        views.as_array().unwrap().iter().find(|view| view["name"] == name).expect("it is there").clone()
    };
    assert_eq!((&view("Mine")["query"], &view("Mine")["shared"]), (&json!("sort=-name"), &json!(false)));
    list(&eve).expect_problem(404, "not-found");
    assert_eq!(instance.post("/api/v1/datasets/birds/views", &eve, &json!({ "name": "x", "query": "" })).status, 404);
    for body in [json!({ "name": " ", "query": "" }), json!({ "name": "x", "query": "q".repeat(4001) })] {
        instance.post("/api/v1/datasets/birds/views", &anna, &body).expect_problem(400, "invalid-field");
    }
    assert_eq!(save("", "name=x&query=").status, 401);
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(post(&instance, "/datasets/birds/views", &anna_cookie, "name=x&query=", &foreign).status, 403);

    let path = |name: &str| format!("/datasets/birds/views/{}/delete", view(name)["id"].as_str().unwrap());
    assert_eq!(post(&instance, &path("To <b>check"), &bert_cookie, "query=", &[]).status, 404, "it is anna's");
    let gone = post(&instance, &path("To <b>check"), &anna_cookie, "query=%3Fsort%3Dname", &[]);
    assert_eq!((gone.status, gone.header("location")), (303, "/datasets/birds?sort=name"));
    assert_eq!(list(&anna).json().as_array().map(Vec::len), Some(1));
    instance.end().await;
}
