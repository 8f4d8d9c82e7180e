//! One's own account, on its page and over the API: the password, sessions, keys.

use serde_json::json;

use crate::{
    gallery::{cookies, get, post, sign_in},
    people::Instance,
    program::Answer,
};

const FOREIGN: (&str, &str) = ("origin", "https://evil.example");

/// A request of another browser with the same cookies.
fn sign_in_with(instance: &Instance, name: &str, user_agent: &str) -> String {
    let form = format!("name={name}&password=correct+horse+battery&next=/");
    cookies(&post(instance, "/sign-in", "", &form, &[("user-agent", user_agent)]))
}

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("{before} is there: {text}"));
    rest.split(after).next().unwrap_or_default()
}

fn is_back(answer: &Answer, done: &str) {
    let place = format!("/account?done={done}");
    assert_eq!((answer.status, answer.header("location")), (303, &*place), "{}", answer.text());
}

#[tokio::test]
async fn password_is_changed_by_who_knows_it() {
    let instance = Instance::start(&[]).await;
    instance.invite("anna");
    let (anna, other) = (sign_in(&instance, "anna"), sign_in(&instance, "anna"));
    let page = get(&instance, "/account", &anna);
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    assert!(page.text().contains("Change the password"));
    let form =
        |old: &str, new: &str| format!("action=change-password&password={old}&new_password={new}").replace(' ', "+");
    let (right, new) = ("correct horse battery", "another horse battery");
    for (old, new, status, words) in [
        ("wrong horse battery", new, 403, "The present password is another one"),
        (right, "too short", 400, "12 to 256 characters"),
        ("", "", 400, "12 to 256 characters"),
    ] {
        let refused = post(&instance, "/account", &anna, &form(old, new), &[]);
        assert!(refused.status == status && refused.text().contains(words), "{}", refused.text());
        assert!(!refused.text().contains("horse battery"), "no password is sent back");
    }
    assert_eq!(post(&instance, "/account", "", &form(right, new), &[]).status, 401);
    assert_eq!(post(&instance, "/account", &anna, &form(right, new), &[FOREIGN]).status, 403);
    is_back(&post(&instance, "/account", &anna, &form(right, new), &[]), "password");
    assert!(get(&instance, "/account?done=password", &anna).text().contains("The password is changed"));
    assert_eq!(get(&instance, "/account", &other).header("location"), "/sign-in?next=%2Faccount", "others are out");
    let old = post(&instance, "/sign-in", "", "name=anna&password=correct+horse+battery&next=/", &[]);
    assert_eq!(old.status, 401);
    instance.end().await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_whom_they_belong_to() {
    let instance = Instance::start(&[]).await;
    let (_, token, _) = instance.invite("anna");
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let anna = sign_in_with(&instance, "anna", firefox);
    let other = sign_in_with(&instance, "anna", "curl/8 <script>");
    let page = get(&instance, "/account", &anna).text();
    assert!(page.contains("Firefox on Linux") && page.contains("In use") && page.contains("curl"), "{page}");
    assert!(!page.contains("<script>"), "what a browser calls itself is text");

    let listed = instance.get("/api/v1/sessions", &token).json();
    let items = listed["items"].as_array().expect("a list").clone();
    assert_eq!(items.len(), 3);
    let current: Vec<_> = items.iter().map(|item| &item["is_current"]).collect();
    assert_eq!(current, [&json!(false), &json!(false), &json!(true)], "the newest come first");
    let first = instance.get("/api/v1/sessions?limit=2", &token).json();
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let rest = instance.get(&format!("/api/v1/sessions?limit=2&cursor={cursor}"), &token).json();
    assert_eq!((rest["items"][0]["id"].clone(), &rest["next_cursor"]), (items[2]["id"].clone(), &json!(null)));

    let curl = items[0]["id"].as_str().expect("an id").to_owned();
    let (_, eve, _) = instance.invite("eve");
    instance.send("DELETE", &format!("/api/v1/sessions/{curl}"), &eve, "").expect_problem(404, "not-found");
    let key = instance.post("/api/v1/keys", &token, &json!({ "name": "k", "scopes": ["read", "write"] })).json();
    let key = key["key"].as_str().expect("a key").to_owned();
    instance.send("DELETE", &format!("/api/v1/sessions/{curl}"), &key, "").expect_problem(403, "forbidden");
    let seen_by_key = instance.get("/api/v1/sessions", &key).json();
    assert!(seen_by_key["items"].as_array().is_some_and(|all| all.iter().all(|one| one["is_current"] == false)));
    let form = format!("action=end-session&session={curl}");
    assert_eq!(post(&instance, "/account", &sign_in(&instance, "eve"), &form, &[]).status, 404);
    assert_eq!(post(&instance, "/account", "", &form, &[]).status, 401);
    assert_eq!(post(&instance, "/account", &anna, &form, &[FOREIGN]).status, 403);
    is_back(&post(&instance, "/account", &anna, &form, &[]), "session");
    assert_eq!(get(&instance, "/account", &other).status, 303, "that browser is signed out");
    let gone = post(&instance, "/account", &anna, &form, &[]);
    assert!(gone.status == 404 && gone.text().contains("Signed in on"), "{}", gone.text());
    let own = items[1]["id"].as_str().expect("an id").to_owned();
    assert_eq!(instance.send("DELETE", &format!("/api/v1/sessions/{own}"), &token, "").status, 204);
    assert_eq!(get(&instance, "/account", &anna).status, 303);

    let (anna, other) = (sign_in(&instance, "anna"), sign_in(&instance, "anna"));
    let out = post(&instance, "/account", &anna, "action=sign-out-everywhere", &[]);
    assert_eq!((out.status, out.header("location")), (303, "/sign-in?out=everywhere"));
    assert!(out.all("set-cookie").all(|cookie| cookie.contains("Max-Age=0")));
    assert!(get(&instance, "/sign-in?out=everywhere", "").text().contains("You are signed out everywhere"));
    assert_eq!([anna, other].map(|cookie| get(&instance, "/account", &cookie).status), [303, 303]);
    instance.end().await;
}

#[tokio::test]
async fn keys_are_made_shown_once_and_revoked_on_the_page() {
    let instance = Instance::start(&[]).await;
    let (_, token, _) = instance.invite("anna");
    let anna = sign_in(&instance, "anna");
    assert!(get(&instance, "/account", &anna).text().contains("You have no keys"));
    let send = |form: &str| post(&instance, "/account", &anna, &format!("action=make-key&{form}"), &[]);
    let nothing = send("name=%3Cb%3Enightly&days=30");
    assert_eq!(nothing.status, 400);
    let text = nothing.text();
    assert!(text.contains("a key is for something") && text.contains("value=\"&lt;b&gt;nightly\""), "{text}");
    assert!(text.contains("<option value=\"30\" selected"), "the choice is kept: {text}");
    assert_eq!(send("name=&read=true").status, 400);
    let admin = send("name=mine&admin=true");
    assert!(admin.status == 403 && admin.text().contains("the scope admin"), "{}", admin.text());

    let form = "name=nightly+%3Cb%3E&read=true&write=true&days=30";
    assert_eq!(post(&instance, "/account", "", &format!("action=make-key&{form}"), &[]).status, 401);
    assert_eq!(post(&instance, "/account", &anna, &format!("action=make-key&{form}"), &[FOREIGN]).status, 403);
    let made = send(form);
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
    let text = made.text();
    assert!(!text.contains("nightly <b>"), "names are text: {text}");
    let key = format!("vas_{}", between(&text, "value=\"vas_", "\""));
    assert_eq!(instance.get("/api/v1/me", &key).json()["scopes"], json!(["read", "write"]));
    let again = get(&instance, "/account", &anna).text();
    assert!(!again.contains(&key) && again.contains(&key[..12]), "it is shown once: {again}");

    let listed = instance.get("/api/v1/keys?revoked=false", &token).json();
    let id = listed["items"][0]["id"].as_str().expect("it is listed").to_owned();
    assert!(listed["items"][0]["expires_at"].is_string());
    instance.get("/api/v1/keys?revoked=maybe", &token).expect_problem(400, "invalid-field");
    let form = format!("action=revoke-key&key={id}");
    instance.invite("eve");
    assert_eq!(post(&instance, "/account", &sign_in(&instance, "eve"), &form, &[]).status, 404);
    assert_eq!(post(&instance, "/account", &anna, &form, &[FOREIGN]).status, 403);
    is_back(&post(&instance, "/account", &anna, &form, &[]), "key");
    instance.get("/api/v1/me", &key).expect_problem(401, "invalid-api-key");
    assert!(get(&instance, "/account", &anna).text().contains("You have no keys"));
    assert_eq!(instance.get("/api/v1/keys?revoked=false", &token).json()["items"], json!([]));
    assert_eq!(instance.get("/api/v1/keys", &token).json()["items"].as_array().map(Vec::len), Some(1));
    instance.end().await;
}

#[tokio::test]
async fn many_keys_come_in_pages() {
    let instance = Instance::start(&[]).await;
    let (_, token, _) = instance.invite("anna");
    for number in 0..51 {
        let body = json!({ "name": format!("key-{number}."), "scopes": ["read"] });
        assert_eq!(instance.post("/api/v1/keys", &token, &body).status, 201);
    }
    let anna = sign_in(&instance, "anna");
    let first = get(&instance, "/account", &anna).text();
    assert!(first.contains("key-0.") && first.contains("key-49.") && !first.contains("key-50."), "{first}");
    let next = between(&first, "href=\"/account?after=", "\"");
    let second = get(&instance, &format!("/account?after={next}"), &anna).text();
    assert!(second.contains("key-50.") && !second.contains("key-49.") && !second.contains("More keys"), "{second}");
    assert_eq!(get(&instance, "/account?after=nothing", &anna).status, 400);
    instance.end().await;
}
