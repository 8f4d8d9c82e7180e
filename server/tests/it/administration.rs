//! The pages of administrators, and what they do over the API.

use serde_json::json;

use crate::{
    gallery::{get, post, sign_in},
    people::Instance,
};

const FOREIGN: (&str, &str) = ("origin", "https://evil.example");

/// The token of the link that a page shows this once.
fn link(text: &str, page: &str) -> String {
    let start = format!("value=\"http://localhost/{page}?token=");
    let rest = text.split(&start).nth(1).unwrap_or_else(|| panic!("there is a link to {page}: {text}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn administration_is_not_there_for_others() {
    let instance = Instance::start(&[]).await;
    let (id, _, _) = instance.invite("anna");
    let anna = sign_in(&instance, "anna");
    for path in ["/admin", "/admin/audit-log"] {
        assert_eq!(get(&instance, path, &anna).status, 404, "{path}");
        let nobody = get(&instance, path, "");
        assert!(nobody.status == 303 && nobody.header("location").starts_with("/sign-in?next=%2Fadmin"), "{path}");
    }
    let actions = ["reset-password", "make-administrator", "unmake-administrator", "disable", "enable"];
    let forms = actions.map(|action| format!("action={action}&person={id}"));
    for form in forms.iter().map(String::as_str).chain(["action=invite"]) {
        assert_eq!(post(&instance, "/admin", &anna, form, &[]).status, 404, "{form}");
        assert_eq!(post(&instance, "/admin", "", form, &[]).status, 401, "{form}");
    }
    assert!(!get(&instance, "/", &anna).text().contains("Administration"));
    let root = sign_in(&instance, "root");
    assert!(get(&instance, "/", &root).text().contains("Administration"));
    for form in forms {
        assert_eq!(post(&instance, "/admin", &root, &form, &[FOREIGN]).status, 403, "{form}");
    }
    assert!(get(&instance, "/admin", &root).text().contains("anna"));
    instance.end().await;
}

#[tokio::test]
async fn links_invite_people_and_set_their_passwords() {
    let instance = Instance::start(&[]).await;
    let root = sign_in(&instance, "root");
    let invited = post(&instance, "/admin", &root, "action=invite", &[]);
    assert_eq!((invited.status, invited.header("cache-control")), (201, "no-store"));
    let token = link(&invited.text(), "sign-up");
    let form = format!("token={token}&name=anna&password=correct+horse+battery");
    assert_eq!(post(&instance, "/sign-up", "", &form, &[]).status, 303);
    let origin = ("origin", "http://localhost");
    let from_browser = post(&instance, "/admin", &root, "action=invite", &[origin]);
    link(&from_browser.text(), "sign-up");

    let people = instance.get("/api/v1/users", &instance.root).json();
    let anna = people["items"][0]["id"].as_str().expect("she is first").to_owned();
    let reset = post(&instance, "/admin", &root, &format!("action=reset-password&person={anna}"), &[]);
    let text = reset.text();
    assert!(reset.status == 201 && text.contains("A new password for anna"), "{text}");
    let form = format!("token={}&password=another+horse+battery", link(&text, "reset"));
    assert_eq!(post(&instance, "/reset", "", &form, &[]).status, 303);
    for person in ["nobody", "018f0000-0000-7000-8000-000000000000"] {
        let missing = post(&instance, "/admin", &root, &format!("action=reset-password&person={person}"), &[]);
        assert!(missing.status == 404 && missing.text().contains("People"), "{}", missing.text());
    }
    instance.end().await;
}

#[tokio::test]
async fn administrators_are_made_and_people_let_in_and_out() {
    let instance = Instance::start(&[]).await;
    let (id, token, _) = instance.invite("anna<b>");
    let root = sign_in(&instance, "root");
    let act = |action: &str, person: &str| {
        let answer = post(&instance, "/admin", &root, &format!("action={action}&person={person}"), &[]);
        let place = answer.header("location").to_owned();
        if answer.status == 303 { get(&instance, &place, &root).text() } else { answer.text() }
    };
    assert!(act("make-administrator", &id).contains("anna&lt;b&gt; is an administrator now"));
    assert_eq!(instance.get("/api/v1/users", &token).status, 200);
    assert!(act("unmake-administrator", &id).contains("is no administrator any more"));
    instance.get("/api/v1/users", &token).expect_problem(403, "forbidden");
    assert!(act("disable", &id).contains("is signed out and can"));
    assert_eq!(instance.get("/api/v1/me", &token).status, 401);
    assert!(get(&instance, "/admin", &root).text().contains("Disabled"));
    assert!(act("enable", &id).contains("may sign in again"));

    let me = instance.get("/api/v1/me", &instance.root).json();
    let own = me["user"]["id"].as_str().expect("an id").to_owned();
    for action in ["disable", "unmake-administrator"] {
        let text = act(action, &own);
        assert!(text.contains("This is the last administrator"), "{text}");
    }
    let page = get(&instance, "/admin", &root).text();
    assert!(!page.contains("Change root"), "nobody shuts themselves out by the way: {page}");

    // Over the API: both at once, and nothing.
    let path = format!("/api/v1/users/{id}");
    let both = instance.send("PATCH", &path, &instance.root, r#"{"disabled":true,"is_admin":true}"#).json();
    assert_eq!((&both["is_admin"], both["disabled_at"].is_string()), (&json!(true), true));
    let same = instance.send("PATCH", &path, &instance.root, "{}").json();
    assert_eq!(same, both);
    instance.send("PATCH", &path, &instance.root, r#"{"admin":true}"#).expect_problem(400, "bad-json");
    instance.end().await;
}

#[tokio::test]
async fn people_come_in_pages_by_name() {
    let instance = Instance::start(&["--sign-up", "open"]).await;
    for number in 10..61 {
        let name = format!("user-{number}.");
        let user = vasari_storage::users::NewUser { id: uuid::Uuid::now_v7(), name, password_hash: None };
        instance.database().create_user(&user, false, time::OffsetDateTime::now_utc()).await.expect("it is free");
    }
    let root = sign_in(&instance, "root");
    let first = get(&instance, "/admin", &root).text();
    assert!(first.contains("user-10.") && first.contains("user-58.") && !first.contains("user-59."), "{first}");
    assert!(first.contains("Whoever reaches this server may make an account"), "{first}");
    assert!(first.contains("href=\"/admin?after=user-58.\""), "{first}");
    let second = get(&instance, "/admin?after=user-58.", &root).text();
    assert!(
        second.contains("user-60.") && !second.contains("user-58.<") && !second.contains("More people"),
        "{second}"
    );
    assert!(second.contains("action=\"/admin?after=user-58.\""), "forms lead back to the same page: {second}");
    instance.end().await;
}

#[tokio::test]
async fn audit_log_is_read_and_filtered() {
    let instance = Instance::start(&[]).await;
    let (id, token, _) = instance.invite("anna");
    let root = sign_in(&instance, "root");
    let made = instance.post("/api/v1/datasets", &token, &json!({ "slug": "birds", "name": "Birds <b>" }));
    assert_eq!(made.status, 201);
    post(&instance, "/admin", &root, &format!("action=disable&person={id}"), &[]);
    let all = get(&instance, "/admin/audit-log", &root);
    let text = all.words();
    assert_eq!(all.status, 200);
    for words in ["disabled the account of anna", "made the dataset Birds &lt;b&gt;", "signed up", "request <code>"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let page = |query: &str| get(&instance, &format!("/admin/audit-log?{query}"), &root);
    let annas = page("who=ANNA").words();
    assert!(annas.contains("made the dataset") && annas.contains("signed up"), "{annas}");
    assert!(!annas.contains("disabled the account of"), "what was done to her is not what she did: {annas}");
    let disabled = page("who=root&action=user.disable").words();
    assert!(disabled.contains("disabled the account of anna") && !disabled.contains("<b>root</b> signed in"));
    assert!(page("who=anna&action=user.disable").text().contains("Nothing of the kind was done"));
    for (wrong, words) in [("who=nobody<i>", "nobody with an account"), ("action=<i>", "such as user.disable")] {
        let refused = page(&wrong.replace('<', "%3C").replace('>', "%3E"));
        let text = refused.text();
        assert!(refused.status == 400 && text.contains(words) && !text.contains("<i>"), "{text}");
        assert!(text.contains("&lt;i&gt;"), "what was written is kept: {text}");
    }

    let entries = |query: &str| instance.get(&format!("/api/v1/audit-log?{query}"), &instance.root).json();
    let by_action = entries("action=user.disable");
    let entry = &by_action["items"][0];
    assert_eq!((&entry["actor_name"], &entry["subject_name"]), (&json!("root"), &json!("anna")));
    assert_eq!(by_action["items"].as_array().map(Vec::len), Some(1));
    let by_anna = entries(&format!("actor={id}"));
    let actions: Vec<_> = by_anna["items"].as_array().into_iter().flatten().map(|item| &item["action"]).collect();
    assert_eq!(actions, ["dataset.create", "user.sign_up"]);
    for wrong in ["actor=anna", "action=disable", "action=user.disable'"] {
        let answer = instance.get(&format!("/api/v1/audit-log?{wrong}"), &instance.root);
        answer.expect_problem(400, "invalid-field");
    }
    instance.end().await;
}

#[tokio::test]
async fn audit_log_goes_back_page_by_page() {
    let instance = Instance::start(&[]).await;
    for _ in 0..51 {
        assert_eq!(instance.post("/api/v1/invitations", &instance.root, &json!({})).status, 201);
    }
    let root = sign_in(&instance, "root");
    let first = get(&instance, "/admin/audit-log?action=invitation.create", &root).words();
    assert_eq!(first.matches("invited somebody</p>").count(), 50, "{first}");
    let next = first.split("href=\"/admin/audit-log?action=invitation.create&amp;before=").nth(1);
    let next = next.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("there is more: {first}"));
    let path = format!("/admin/audit-log?action=invitation.create&before={next}");
    let second = get(&instance, &path, &root).words();
    assert_eq!(second.matches("invited somebody</p>").count(), 1, "{second}");
    assert!(second.contains("From the newest") && !second.contains("Earlier entries"));
    assert_eq!(get(&instance, "/admin/audit-log?before=x", &root).status, 400);
    instance.end().await;
}
