//! Accounts: the first one, sessions, keys, and who may do what.

use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};
use vasari_storage_testing::TestDatabase;

use crate::program::{Answer, Server, sample};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A server with a database of its own and an administrator, who is called root.
pub(crate) struct Instance {
    pub(crate) server: Server,
    test: TestDatabase,
    /// The administrator's access token.
    pub(crate) root: String,
}

impl Instance {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let test = TestDatabase::create().await;
        let server = Server::start(&[&["--database-url", &test.url()], arguments].concat());
        let token = server.welcome.split("/sign-up?token=").nth(1).and_then(|rest| rest.split_whitespace().next());
        let token = token.unwrap_or_else(|| panic!("the welcome has a token: {}", server.welcome));
        let root = post(&server, "/api/v1/sign-up", "", &account("root", Some(token)));
        assert_eq!(root.status, 200, "{}", root.text());
        assert_eq!(root.json()["user"]["is_admin"], true);
        // The link works once.
        let again = post(&server, "/api/v1/sign-up", "", &account("other", Some(token)));
        again.expect_problem(410, "link-unusable");
        Self { root: text_of(&root.json(), "access_token"), server, test }
    }

    /// Somebody who was invited: id, access token, refresh token.
    pub(crate) fn invite(&self, name: &str) -> (String, String, String) {
        let link = self.post("/api/v1/invitations", &self.root, &json!({}));
        assert_eq!(link.status, 201, "{}", link.text());
        let signed_up = self.post("/api/v1/sign-up", "", &account(name, link.json()["token"].as_str()));
        assert_eq!(signed_up.status, 200, "{}", signed_up.text());
        let session = signed_up.json();
        (text_of(&session["user"], "id"), text_of(&session, "access_token"), text_of(&session, "refresh_token"))
    }

    pub(crate) fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        post(&self.server, path, token, body)
    }

    /// The answer's status to a question in the name of whom `token` belongs to.
    fn status(&self, path: &str, token: &str) -> u16 {
        self.get(path, token).status
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        self.server.exchange(request.as_bytes())
    }

    pub(crate) fn send(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.server.exchange(request.as_bytes())
    }

    pub(crate) fn test(&self) -> &TestDatabase {
        &self.test
    }

    pub(crate) fn database(&self) -> &vasari_storage::Database {
        self.test.database()
    }

    /// All rows of all tables, and the database's URL.
    pub(crate) async fn contents(&self) -> (String, String) {
        (self.test.dump().await, self.test.url())
    }

    pub(crate) async fn end(self) {
        assert!(self.server.terminate().0.success());
        self.test.drop_it().await;
    }
}

fn account(name: &str, token: Option<&str>) -> Value {
    json!({ "name": name, "password": PASSWORD, "token": token, "tokens": true })
}

pub(crate) fn post(server: &Server, path: &str, token: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json")];
    if !token.is_empty() {
        headers.push(("authorization", &authorization));
    }
    server.post_with(path, &headers, body.to_string().as_bytes())
}

pub(crate) fn text_of(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap_or_else(|| panic!("{member} is a text: {object}")).to_owned()
}

#[tokio::test]
async fn refresh_token_that_comes_twice_ends_the_session() {
    let instance = Instance::start(&[]).await;
    let (_, access, refresh) = instance.invite("anna");
    let renew = |token: &str| instance.post("/api/v1/auth/refresh", "", &json!({ "refresh_token": token }));
    let renewed = renew(&refresh).json();
    let newer = text_of(&renewed, "access_token");
    assert_eq!([instance.status("/api/v1/me", &access), instance.status("/api/v1/me", &newer)], [200, 200]);
    renew(&refresh).expect_problem(401, "unauthenticated");
    assert_eq!([instance.status("/api/v1/me", &access), instance.status("/api/v1/me", &newer)], [401, 401]);
    renew(&text_of(&renewed, "refresh_token")).expect_problem(401, "unauthenticated");

    let sign_in = || instance.post("/api/v1/auth/sign-in", "", &account_to_sign_in("Anna", PASSWORD)).json();
    let [one, other] = [sign_in(), sign_in()].map(|session| text_of(&session, "access_token"));
    assert_eq!(instance.post("/api/v1/auth/sign-out", &one, &json!({})).status, 400, "a body has a token");
    assert_eq!(instance.send("POST", "/api/v1/auth/sign-out", &one, "").status, 204);
    assert_eq!([instance.status("/api/v1/me", &one), instance.status("/api/v1/me", &other)], [401, 200]);
    assert_eq!(instance.send("POST", "/api/v1/auth/sign-out-everywhere", &other, "").status, 204);
    assert_eq!(instance.status("/api/v1/me", &other), 401);
    instance.end().await;
}

pub(crate) fn account_to_sign_in(name: &str, password: &str) -> Value {
    json!({ "name": name, "password": password, "tokens": true })
}

#[tokio::test]
async fn browser_is_signed_in_by_cookies_that_other_sites_cannot_use() {
    let instance = Instance::start(&[]).await;
    let server = &instance.server;
    let body = json!({ "name": "root", "password": PASSWORD }).to_string();
    let json_type = ("content-type", "application/json");
    let foreign = ("origin", "https://evil.example");
    server.post_with("/api/v1/auth/sign-in", &[json_type, foreign], body.as_bytes()).expect_problem(403, "forbidden");
    let signed_in = server.post_with("/api/v1/auth/sign-in", &[json_type], body.as_bytes());
    assert!(signed_in.json().get("refresh_token").is_none(), "scripts see no token");
    let cookies: Vec<_> = signed_in.all("set-cookie").collect();
    assert!(
        cookies.len() == 2 && cookies.iter().all(|cookie| cookie.contains("; HttpOnly; SameSite=Lax")),
        "{cookies:?}"
    );
    let sent = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let cookie = ("cookie", &*sent);
    let invite =
        |more: &[(&str, &str)]| server.post_with("/api/v1/invitations", &[&[cookie], more].concat(), b"").status;
    assert_eq!(invite(&[]), 201);
    assert_eq!(invite(&[foreign]), 403);
    assert_eq!(invite(&[("sec-fetch-site", "same-site")]), 403);
    server.post_with("/api/v1/auth/refresh", &[cookie, foreign], b"").expect_problem(403, "forbidden");
    assert_eq!(server.post_with("/api/v1/auth/refresh", &[cookie], b"").status, 200);
    let form = ("content-type", "text/plain");
    server.post_with("/api/v1/keys", &[cookie, form], b"{}").expect_problem(415, "unsupported-media-type");
    let signed_out = server.post_with("/api/v1/auth/sign-out", &[cookie], b"");
    assert!(signed_out.all("set-cookie").all(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(invite(&[]), 401);
    instance.end().await;
}

#[tokio::test]
async fn key_can_do_no_more_than_what_made_it_and_is_not_kept() {
    let instance = Instance::start(&["--api-key", "shared"]).await;
    let (_, anna, _) = instance.invite("anna");
    let make = |token: &str, scopes: &[&str]| {
        instance.post("/api/v1/keys", token, &json!({ "name": "script", "scopes": scopes }))
    };
    make(&anna, &["read", "admin"]).expect_problem(403, "forbidden");
    make(&anna, &[]).expect_problem(400, "invalid-field");
    make(&anna, &["root"]).expect_problem(400, "invalid-field");
    let first = make(&anna, &["read", "write"]);
    assert_eq!(first.status, 201, "{}", first.text());
    let key = text_of(&first.json(), "key");
    assert!(key.starts_with("vas_"), "{key}");
    make(&key, &["read", "caption"]).expect_problem(403, "forbidden");
    assert_eq!(make(&key, &["read"]).status, 201);
    instance
        .post("/api/v1/me/password", &key, &json!({ "password": PASSWORD, "new_password": PASSWORD }))
        .expect_problem(403, "forbidden");
    instance.get("/api/v1/users", &key).expect_problem(403, "forbidden");

    // The captioning paths take a key for captions, and none for other things.
    let caption_key = text_of(&make(&anna, &["caption"]).json(), "key");
    instance.get("/tasks", &key).expect_problem(403, "forbidden");
    assert_eq!(instance.status("/tasks", &caption_key), 200);
    assert_eq!(instance.status("/tasks", &anna), 200, "whoever is signed in may ask as well");
    instance.get("/api/v1/keys", &caption_key).expect_problem(403, "forbidden");
    let picture = std::fs::read(
        std::fs::read_dir(sample(""))
            .unwrap()
            .flatten()
            .map(|file| file.path())
            .find(|path| path.extension().is_some_and(|kind| kind == "png" || kind == "jpg"))
            .unwrap(),
    )
    .unwrap();
    let picture = base64::engine::general_purpose::STANDARD.encode(picture);
    let captioned = instance.post("/caption", &caption_key, &json!({ "image": picture, "max_length": 4 }));
    assert_eq!(captioned.status, 200, "{}", captioned.text());

    let listed = instance.get("/api/v1/keys?limit=2", &anna).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    assert!(listed["items"][0].get("key").is_none());
    let rest = instance.get(&format!("/api/v1/keys?cursor={}", text_of(&listed, "next_cursor")), &anna).json();
    assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next_cursor"]), (Some(1), &Value::Null));
    let used = listed["items"].as_array().into_iter().flatten().find(|item| item["last_used_at"].is_string());
    assert!(used.is_some(), "{listed}");

    let revoked = first.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/keys/{revoked}");
    let (_, bert, _) = instance.invite("bert");
    instance.send("DELETE", &path, &bert, "").expect_problem(404, "not-found");
    assert_eq!(instance.send("DELETE", &path, &anna, "").status, 204);
    instance.get("/api/v1/me", &key).expect_problem(401, "invalid-api-key");

    let dump = instance.test.dump().await;
    assert!(dump.contains(&key[..12]), "the dump has the keys' rows");
    for secret in [&key, &caption_key, &anna, &instance.root] {
        assert!(!dump.contains(&secret[12..]), "a secret is kept as it is");
    }
    assert!(!dump.contains(PASSWORD));
    instance.end().await;
}

#[tokio::test]
async fn disabled_person_is_out_at_once() {
    let instance = Instance::start(&[]).await;
    let (id, anna, refresh) = instance.invite("anna");
    let key = instance.post("/api/v1/keys", &anna, &json!({ "name": "script", "scopes": ["caption", "read"] }));
    let key = text_of(&key.json(), "key");
    assert_eq!([instance.status("/api/v1/me", &anna), instance.status("/api/v1/me", &key)], [200, 200]);
    let path = format!("/api/v1/users/{id}");
    instance.send("PATCH", &path, &anna, r#"{"disabled":true}"#).expect_problem(403, "forbidden");
    assert_eq!(instance.send("PATCH", &path, &instance.root, r#"{"disabled":true}"#).status, 200);
    assert_eq!([instance.status("/api/v1/me", &anna), instance.status("/api/v1/me", &key)], [401, 401]);
    assert_eq!(instance.status("/tasks", &key), 401);
    instance
        .post("/api/v1/auth/refresh", "", &json!({ "refresh_token": refresh }))
        .expect_problem(401, "unauthenticated");
    let sign_in =
        |name: &str, password: &str| instance.post("/api/v1/auth/sign-in", "", &account_to_sign_in(name, password));
    let answers = [sign_in("anna", PASSWORD), sign_in("root", "wrong horse battery"), sign_in("nobody", PASSWORD)];
    let details = answers.map(|answer| answer.expect_problem(401, "sign-in-failed"));
    assert!(details.iter().all(|detail| *detail == details[0]), "nobody learns who has an account: {details:?}");

    let me = text_of(&instance.get("/api/v1/me", &instance.root).json()["user"], "id");
    let own = instance.send("PATCH", &format!("/api/v1/users/{me}"), &instance.root, r#"{"disabled":true}"#);
    own.expect_problem(409, "conflict");
    let log = instance.get("/api/v1/audit-log", &instance.root).json();
    let actions: Vec<_> = log["items"].as_array().into_iter().flatten().map(|entry| &entry["action"]).collect();
    let disabled = actions.iter().position(|action| **action == "user.disable");
    assert!(disabled.is_some() && actions.contains(&&json!("key.create")), "{actions:?}");
    instance.end().await;
}

#[tokio::test]
async fn administrators_link_sets_a_password() {
    let instance = Instance::start(&[]).await;
    let (id, anna, _) = instance.invite("anna");
    let link = instance.send("POST", &format!("/api/v1/users/{id}/password-reset"), &instance.root, "");
    let token = text_of(&link.json(), "token");
    let reset = |password: &str| {
        instance.post("/api/v1/auth/reset-password", "", &json!({ "token": token, "password": password }))
    };
    reset("too short").expect_problem(400, "invalid-field");
    assert_eq!(reset("another horse battery").status, 204);
    reset("another horse battery").expect_problem(410, "link-unusable");
    assert_eq!(instance.status("/api/v1/me", &anna), 401, "the sessions end");
    let sign_in = |password: &str| instance.post("/api/v1/auth/sign-in", "", &account_to_sign_in("anna", password));
    sign_in(PASSWORD).expect_problem(401, "sign-in-failed");
    let session = sign_in("another horse battery").json();
    let change = json!({ "password": "another horse battery", "new_password": PASSWORD });
    assert_eq!(instance.post("/api/v1/me/password", &text_of(&session, "access_token"), &change).status, 204);
    assert_eq!(sign_in(PASSWORD).status, 200);
    instance.post("/api/v1/sign-up", "", &account("carl", None)).expect_problem(403, "forbidden");
    instance.end().await;
}

#[tokio::test]
async fn open_server_takes_whoever_comes_and_many_sign_ins_leave_it_awake() {
    let instance = Instance::start(&["--sign-up", "open"]).await;
    let anna = instance.post("/api/v1/sign-up", "", &account("anna", None));
    assert_eq!((anna.status, &anna.json()["user"]["is_admin"]), (200, &json!(false)));
    instance.post("/api/v1/sign-up", "", &account("ANNA", None)).expect_problem(409, "conflict");
    let slowest = std::thread::scope(|scope| {
        let sign_ins: Vec<_> = (0..32)
            .map(|number| {
                // One name alone would take no more than ten.
                let account = account_to_sign_in(&format!("anna{}", number % 4), "wrong horse battery");
                let instance = &instance;
                scope.spawn(move || instance.post("/api/v1/auth/sign-in", "", &account))
            })
            .collect();
        let mut slowest = Duration::ZERO;
        while !sign_ins.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            let began = Instant::now();
            assert_eq!(instance.server.get("/livez").status, 200);
            slowest = slowest.max(began.elapsed());
        }
        for sign_in in sign_ins {
            sign_in.join().expect("the server answers").expect_problem(401, "sign-in-failed");
        }
        slowest
    });
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    instance.end().await;
}

#[tokio::test]
async fn wrong_passwords_count_against_the_name_and_lock_nobody_out() {
    let limits = ["--rate-limit", "off", "--address-rate-limit", "off", "--trusted-proxy", "127.0.0.1"];
    let instance = Instance::start(&limits).await;
    let (_, anna, _) = instance.invite("anna");
    let sign_in = |name: &str, password: &str, address: &str| {
        let body = account_to_sign_in(name, password).to_string();
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        instance.server.post_with("/api/v1/auth/sign-in", &headers, body.as_bytes())
    };
    assert_eq!(sign_in("anna", PASSWORD, "203.0.113.1").status, 200);
    // Whoever has the name only, and names that nobody has: the same.
    for name in ["Anna", "nobody"] {
        for _ in 0..10 {
            sign_in(name, "wrong horse battery", "198.51.100.1").expect_problem(401, "sign-in-failed");
        }
        let refused = sign_in(name, "wrong horse battery", "198.51.100.1");
        assert!(refused.expect_problem(429, "rate-limited").contains("wrong passwords"));
        assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=30).contains(&seconds)));
    }
    let form = format!("name=anna&password={}", PASSWORD.replace(' ', "+"));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("x-forwarded-for", "198.51.100.1")];
    assert_eq!(
        instance.server.post_with("/sign-in", &headers, form.as_bytes()).status,
        429,
        "however it is spelt or sent"
    );
    // From where anna comes, and from elsewhere, the right password is taken; her sessions go on.
    assert_eq!(sign_in("ANNA", PASSWORD, "203.0.113.1").status, 200);
    assert_eq!(sign_in("anna", PASSWORD, "203.0.113.2").status, 200);
    assert_eq!(instance.status("/api/v1/me", &anna), 200);
    instance.end().await;
}

#[test]
fn server_that_keeps_nothing_says_so() {
    let server = Server::start(&[]);
    server.get("/api/v1/me").expect_problem(501, "no-database");
    assert_eq!(server.get("/tasks").status, 200);
}
