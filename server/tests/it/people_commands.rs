//! `vasari user` and `vasari key`: here, and on a server.

use std::{
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use serde_json::{Value, json};
use vasari_storage_testing::TestDatabase;

use crate::{
    people::{Instance, PASSWORD, account_to_sign_in, post, text_of},
    program::{Server, text, vasari},
};

/// Commands that work on a server, with a key.
struct There<'a> {
    server: String,
    key: String,
    data: &'a Path,
}

impl There<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = vasari(arguments, self.data);
        command.env("VASARI_SERVER", &self.server).env("VASARI_KEY", &self.key);
        command.output().expect("the program starts")
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    fn fails(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    }
}

fn key(instance: &Instance, token: &str, scopes: &[&str]) -> String {
    let made = instance.post("/api/v1/keys", token, &json!({ "name": "commands", "scopes": scopes }));
    made.json()["key"].as_str().unwrap_or_else(|| panic!("a key was made: {}", made.text())).to_owned()
}

#[tokio::test]
async fn people_are_administered_on_a_server() {
    let instance = Instance::start(&[]).await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let (server, admin) = (instance.server.url(""), key(&instance, &instance.root, &["read", "write", "admin"]));
    let there = There { server, key: admin, data: data.path() };
    let (_, anna, _) = instance.invite("anna");

    let names = || there.json(&["user", "list"]).iter().map(|user| user["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(), ["anna", "root"]);
    let listed = text(&there.run(&["user", "list"]).stdout);
    assert!(listed.lines().count() == 2 && listed.contains("administrator"), "{listed}");
    assert!(there.json(&["user", "disable", "ANNA"])[0]["disabled_at"].is_string());
    assert_eq!(instance.get("/api/v1/me", &anna).status, 401);
    assert_eq!(there.json(&["user", "enable", "anna"])[0]["disabled_at"], Value::Null);
    let reset = there.json(&["user", "reset-password", "anna"]);
    let password = "another horse battery";
    let body = json!({ "token": reset[0]["token"], "password": password });
    assert_eq!(instance.post("/api/v1/auth/reset-password", "", &body).status, 204);
    let link = text(&there.run(&["user", "reset-password", "anna"]).stdout);
    assert!(link.contains(&format!("{}/reset?token=", instance.server.url(""))), "{link}");
    let invited = there.json(&["user", "invite"]);
    let account = json!({ "name": "bert", "password": password, "token": invited[0]["token"], "tokens": true });
    assert_eq!(instance.post("/api/v1/sign-up", "", &account).status, 200);
    assert_eq!(names(), ["anna", "bert", "root"]);

    // Administrators come and go, but for the last.
    there.fails(&["user", "unmake-administrator", "root"], "last administrator");
    there.fails(&["user", "disable", "root"], "last administrator");
    assert_eq!(there.json(&["user", "make-administrator", "anna"])[0]["is_admin"], true);
    let said = text(&there.run(&["user", "make-administrator", "bert"]).stdout);
    assert_eq!(said, "bert is an administrator.\n");
    assert_eq!(there.json(&["user", "unmake-administrator", "bert"])[0]["is_admin"], false);
    there.fails(&["user", "disable", "nobody"], "nobody is called");
    there.fails(&["user", "add", "carl"], "vasari user invite");
    let log = instance.get("/api/v1/audit-log?action=user.make_admin", &instance.root).json();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(2), "{log}");

    // Who is no administrator, or whose key is not for it, learns nothing and changes nothing.
    let session = json!({ "name": "bert", "password": password, "tokens": true });
    let bert = instance.post("/api/v1/auth/sign-in", "", &session).json();
    let bert = bert["access_token"].as_str().expect("bert signs in").to_owned();
    for weak in [key(&instance, &bert, &["read", "write"]), key(&instance, &instance.root, &["read", "write"])] {
        let weak = There { server: there.server.clone(), key: weak, data: data.path() };
        for command in [&["user", "list"][..], &["user", "disable", "anna"], &["user", "invite"]] {
            weak.fails(command, "403");
        }
    }
    instance.end().await;
}

#[tokio::test]
async fn keys_are_made_listed_and_ended_on_a_server() {
    let instance = Instance::start(&[]).await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let (_, anna, _) = instance.invite("anna");
    let own =
        There { server: instance.server.url(""), key: key(&instance, &anna, &["read", "write"]), data: data.path() };
    let made = own.json(&["key", "create", "anna", "nightly", "--scope", "read", "--days", "2"]);
    let (nightly, id) = (made[0]["key"].as_str().expect("it is told"), made[0]["id"].as_str().expect("it has an id"));
    assert!(made[0]["expires_at"].is_string());
    assert_eq!(instance.get("/api/v1/me", nightly).status, 200);
    let names: Vec<_> = own.json(&["key", "list"]).iter().map(|key| key["name"].clone()).collect();
    assert_eq!(names, ["commands", "nightly"]);
    assert_eq!(own.json(&["key", "list", "Anna"]).len(), 2);
    own.fails(&["key", "list", "root"], "anna's");
    own.fails(&["key", "create", "root", "x", "--scope", "read"], "anna's");
    own.fails(&["key", "create", "anna", "x", "--scope", "admin"], "403");
    // An administrator ends anybody's.
    let admin = There {
        server: own.server.clone(),
        key: key(&instance, &instance.root, &["read", "write", "admin"]),
        data: data.path(),
    };
    admin.json(&["key", "revoke", id]);
    assert_eq!(instance.get("/api/v1/me", nightly).status, 401);
    admin.fails(&["key", "revoke", id], "404");
    let listed = text(&own.run(&["key", "list"]).stdout);
    assert!(listed.contains("nightly") && listed.contains("revoked"), "{listed}");
    instance.end().await;
}

#[tokio::test]
async fn key_ends_no_later_than_the_one_that_made_it() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let at = |days: i64| {
        let time = time::OffsetDateTime::now_utc() + time::Duration::days(days);
        time.replace_nanosecond(0).expect("zero is a fraction").format(&time::format_description::well_known::Rfc3339)
    };
    let at = |days: i64| at(days).expect("it can be written");
    let make = |token: &str, expires_at: Option<String>| {
        let body = json!({ "name": "script", "scopes": ["read", "write"], "expires_at": expires_at });
        instance.post("/api/v1/keys", token, &body)
    };
    let end = at(3);
    let maker = make(&anna, Some(end.clone())).json()["key"].as_str().expect("a key was made").to_owned();
    let detail = make(&maker, Some(at(4))).expect_problem(403, "forbidden");
    assert!(detail.contains("outlives"), "{detail}");
    assert_eq!(make(&maker, Some(at(2))).status, 201);
    // Where nothing is said, it ends with its maker; and so do those that it makes.
    let inherited = make(&maker, None).json();
    assert_eq!(inherited["expires_at"], json!(end));
    let second = inherited["key"].as_str().expect("a key was made").to_owned();
    assert_eq!(make(&second, None).json()["expires_at"], json!(end));
    make(&second, Some(at(4))).expect_problem(403, "forbidden");
    // A session is for as long as its person likes.
    assert_eq!(make(&anna, None).json()["expires_at"], Value::Null);
    assert_eq!(make(&anna, Some(at(400))).status, 201);
    instance.end().await;
}

#[tokio::test]
async fn accounts_and_keys_are_made_without_a_server() {
    let test = TestDatabase::create_empty().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let (url, folder) = (test.url(), data.path().to_owned());
    let run = |arguments: &[&str], input: &str| {
        let mut command = vasari(arguments, &folder);
        command.env("DATABASE_URL", &url).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // Fails where the program has ended without reading.
        drop(child.stdin.take().expect("it is piped").write_all(input.as_bytes()));
        child.wait_with_output().expect("the program ends")
    };
    let json = |arguments: &[&str], input: &str| -> Value {
        let output = run(&[arguments, &["--json"]].concat(), input);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("standard output is JSON")
    };
    let fails = |arguments: &[&str], input: &str, reason: &str| {
        let output = run(arguments, input);
        assert!(!output.status.success() && text(&output.stderr).contains(reason), "{}", text(&output.stderr));
    };
    fails(&["user", "add", "root", "--password-stdin"], "short\n", "12 to 256 characters");
    let root = json(&["user", "add", "root", "--admin", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert_eq!((&root["is_admin"], &root["token"]), (&json!(true), &Value::Null));
    let anna = json(&["user", "add", "anna"], "");
    fails(&["user", "add", "ANNA"], "", "has this name already");
    fails(&["user", "disable", "root"], "", "last administrator");
    fails(&["user", "disable", "nobody"], "", "nobody is called");
    let listed = text(&run(&["user", "list"], "").stdout);
    assert!(listed.lines().count() == 2 && listed.contains("administrator"), "{listed}");
    let made = json(&["key", "create", "anna", "script", "--scope", "caption,read", "--days", "1"], "");
    fails(&["key", "create", "anna", "script", "--scope", "root"], "", "caption, read, write and admin");
    let key = text_of(&made, "key");

    let server = Server::start(&["--database-url", &test.url()]);
    assert!(!server.welcome.contains("token"), "{}", server.welcome);
    let me = |key: &str| server.post_with("/api/v1/auth/sign-out-everywhere", &[("x-api-key", key)], b"");
    me(&key).expect_problem(403, "forbidden");
    let reset = json!({ "token": anna["token"], "password": PASSWORD });
    assert_eq!(post(&server, "/api/v1/auth/reset-password", "", &reset).status, 204);
    let sign_in = || post(&server, "/api/v1/auth/sign-in", "", &account_to_sign_in("anna", PASSWORD));
    assert_eq!(sign_in().status, 200);
    json(&["key", "revoke", &text_of(&made, "id")], "");
    me(&key).expect_problem(401, "invalid-api-key");
    fails(&["key", "revoke", &text_of(&made, "id")], "", "no key that goes on");
    json(&["user", "disable", "anna"], "");
    sign_in().expect_problem(401, "sign-in-failed");
    json(&["user", "enable", "anna"], "");
    assert_eq!(sign_in().status, 200);
    assert!(text(&run(&["key", "list", "anna"], "").stdout).contains("revoked"));
    drop(server);
    test.drop_it().await;
}
