//! The gallery's pages, as they come from the server: what they show to whom, and their plain forms.

use serde_json::json;

use crate::{
    datasets::{add, caption, scene},
    people::Instance,
    program::Answer,
};

const PASSWORD: &str = "correct horse battery";

/// What a browser sends with every page that it asks for.
pub(crate) const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

pub(crate) fn get(instance: &Instance, path: &str, cookie: &str) -> Answer {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\n{}: {}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n",
        BROWSER.0, BROWSER.1
    );
    instance.server.exchange(request.as_bytes())
}

pub(crate) fn post(instance: &Instance, path: &str, cookie: &str, form: &str, more: &[(&str, &str)]) -> Answer {
    let own = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie), BROWSER];
    let headers =
        own.iter().chain(more).fold(String::new(), |text, (name, value)| format!("{text}{name}: {value}\r\n"));
    let length = form.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{form}"
    );
    instance.server.exchange(request.as_bytes())
}

/// What a browser sends from now on.
pub(crate) fn cookies(answer: &Answer) -> String {
    let pairs = answer.all("set-cookie").map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

pub(crate) fn sign_in(instance: &Instance, name: &str) -> String {
    let form = format!("name={name}&password={}&next=/", PASSWORD.replace(' ', "+"));
    let answer = post(instance, "/sign-in", "", &form, &[]);
    assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.text());
    cookies(&answer)
}

#[tokio::test]
async fn forms_sign_people_in_and_out_and_lead_nowhere_else() {
    let instance = Instance::start(&[]).await;
    assert!(get(&instance, "/", "").text().contains("Sign in"));
    let wrong = post(&instance, "/sign-in", "", "name=%3Cb%3E&password=wrong+horse+battery&next=/", &[]);
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("The name or the password is wrong") && !wrong.text().contains("<b>"));
    let form = format!("name=root&password={}&next=", PASSWORD.replace(' ', "+"));
    for (next, place) in [("/datasets/a", "/datasets/a"), ("//evil.example", "/"), ("/%5Cevil.example", "/")] {
        assert_eq!(post(&instance, "/sign-in", "", &format!("{form}{next}"), &[]).header("location"), place);
    }
    let foreign = ("origin", "https://evil.example");
    assert_eq!(post(&instance, "/sign-in", "", &format!("{form}/"), &[foreign]).status, 403);
    let root = sign_in(&instance, "root");
    assert!(get(&instance, "/", &root).text().contains("root, your menu"));
    assert_eq!(get(&instance, "/sign-in?next=/playground", &root).header("location"), "/playground");
    assert_eq!(post(&instance, "/sign-out", &root, "", &[foreign]).status, 403);
    let out = post(&instance, "/sign-out", &root, "", &[]);
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert!(out.all("set-cookie").all(|cookie| cookie.contains("Max-Age=0")));
    assert!(!get(&instance, "/", &root).text().contains("your menu"), "the session has ended, not only its cookies");
    instance.end().await;
}

#[tokio::test]
async fn links_make_accounts_and_set_passwords() {
    let instance = Instance::start(&[]).await;
    let link = |path: &str| {
        let answer = instance.post(path, &instance.root, &json!({}));
        answer.json()["token"].as_str().unwrap_or_default().to_owned()
    };
    let token = link("/api/v1/invitations");
    assert!(get(&instance, &format!("/sign-up?token={token}"), "").text().contains("Make an account"));
    let form = format!("token={token}&password=correct+horse+battery&name=");
    let refused = post(&instance, "/sign-up", "", &format!("{form}root"), &[]);
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains(&token), "the link can be used again");
    let made = post(&instance, "/sign-up", "", &format!("{form}anna"), &[]);
    assert_eq!((made.status, made.header("location")), (303, "/"));
    assert!(get(&instance, "/", &cookies(&made)).text().contains("anna, your menu"));
    for used in [get(&instance, &format!("/sign-up?token={token}"), ""), post(&instance, "/sign-up", "", &form, &[])] {
        assert_eq!(used.status, 410);
        assert!(used.text().contains("This link does nothing any more"), "{}", used.text());
    }
    assert_eq!(get(&instance, "/sign-up", "").status, 403);
    let me = instance.get("/api/v1/users", &instance.root).json();
    let anna = me["items"].as_array().into_iter().flatten().find(|user| user["name"] == "anna").expect("she is there");
    let reset = link(&format!("/api/v1/users/{}/password-reset", anna["id"].as_str().unwrap_or_default()));
    assert_eq!(get(&instance, "/reset?token=nothing", "").status, 410);
    assert_eq!(get(&instance, &format!("/reset?token={reset}"), "").status, 200);
    let short = post(&instance, "/reset", "", &format!("token={reset}&password=short"), &[]);
    assert_eq!(short.status, 400);
    let changed = post(&instance, "/reset", "", &format!("token={reset}&password=correct+horse+battery"), &[]);
    assert_eq!(changed.header("location"), "/sign-in?changed=yes");
    sign_in(&instance, "anna");
    instance.end().await;
}

#[tokio::test]
async fn short_token_is_renewed_on_the_way() {
    let instance = Instance::start(&[]).await;
    let root = sign_in(&instance, "root");
    let refresh = root.split("; ").find(|cookie| cookie.starts_with("vasari_refresh=")).expect("there is one");
    for path in ["/", "/api/v1/me"] {
        let answer = get(&instance, path, refresh);
        assert_eq!(answer.status, 200, "{path}");
        let set: Vec<_> = answer.all("set-cookie").collect();
        assert!(set.len() == 1 && set[0].starts_with("vasari_access="), "a young token isn't exchanged: {set:?}");
        assert_eq!(get(&instance, "/api/v1/me", &cookies(&answer)).status, 200);
    }
    let foreign = [("origin", "https://evil.example")];
    let headers = [&[("cookie", refresh), ("content-type", "application/json")][..], &foreign[..]].concat();
    let body = json!({ "slug": "mine", "name": "Mine" }).to_string();
    let made = instance.server.post_with("/api/v1/datasets", &headers, body.as_bytes());
    made.expect_problem(403, "forbidden");
    assert_eq!(instance.server.post_with("/api/v1/auth/sign-out", &[("cookie", refresh)], b"").status, 204);
    assert_eq!(get(&instance, "/api/v1/me", refresh).status, 401);
    instance.end().await;
}

#[tokio::test]
async fn what_one_may_not_see_is_a_page_that_says_so() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let body = json!({ "slug": "birds", "name": "Birds <b>" });
    assert_eq!(instance.post("/api/v1/datasets", &anna, &body).status, 201);
    let added = add(&instance, &anna, "birds", &[("a.png", &scene()), ("b.png", &scene())]).json();
    let image = added["results"][0]["image"]["id"].as_str().expect("it is added").to_owned();
    caption(&instance, "birds", image.parse().unwrap(), "a duck <script></textarea><script>").await;
    let (own, picture) = ("/datasets/birds".to_owned(), format!("/datasets/birds/images/{image}"));
    for path in [&*own, &*picture, "/datasets/nothing", "/nothing"] {
        let missing = get(&instance, path, "");
        assert_eq!((missing.status, missing.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
        assert!(missing.text().contains("There is nothing here"));
        assert!(missing.text().contains(missing.header("x-request-id")));
        assert!(!missing.text().contains("Birds"), "{path}");
        // Programs get a document.
        instance.server.get(path).expect_problem(404, "not-found");
    }
    let cookie = sign_in(&instance, "anna");
    let list = get(&instance, "/", &cookie).text();
    assert!(list.contains("Birds &lt;b&gt;") && list.contains("2 images") && list.contains("1 caption"), "{list}");
    let grid = get(&instance, "/datasets/birds?captions=found&sort=name", &cookie).text();
    assert!(grid.contains("a duck &lt;script&gt;") && !grid.contains("duck <script"), "{grid}");
    let shown = get(&instance, &picture, &cookie).text();
    assert!(shown.contains("a duck &lt;script&gt;") && shown.contains("rel=\"next\""), "{shown}");
    assert!(!shown.contains("duck <script") && !shown.contains("</textarea><script"), "not in a field either: {shown}");
    assert!(shown.contains("\\u003cscript"), "what scripts read can't end its element");
    let other = get(&instance, &picture.replace("birds", "other"), &cookie);
    assert_eq!(other.status, 404, "a picture is there in its own dataset alone");
    instance.end().await;
}

#[tokio::test]
async fn forms_make_datasets_and_change_captions() {
    let instance = Instance::start(&[]).await;
    let (_, _, _) = instance.invite("anna");
    let cookie = sign_in(&instance, "anna");
    let refused = post(&instance, "/", "", "name=Birds", &[]);
    assert_eq!(refused.status, 401);
    let made = post(&instance, "/", &cookie, "name=Birds+of+2026&public=true", &[]);
    assert_eq!(made.header("location"), "/datasets/birds-of-2026", "{}", made.text());
    let hostile = "name=Birds+of+2026&description=mine%3C/textarea%3E%3Cb%3E";
    let again = post(&instance, "/", &cookie, hostile, &[]);
    assert!(again.status == 409 && again.text().contains("Another dataset has this slug"), "{}", again.text());
    assert!(again.text().contains("mine&lt;/textarea>&lt;b>"), "{}", again.text());
    let added = add(&instance, &instance.root, "birds-of-2026", &[("a.png", &scene())]).json();
    let image = added["results"][0]["image"]["id"].as_str().expect("it is added").to_owned();
    let told = caption(&instance, "birds-of-2026", image.parse().unwrap(), "a duck").await;
    let path = format!("/datasets/birds-of-2026/images/{image}");
    let change = |form: &str| post(&instance, &path, &cookie, &format!("caption={told}&{form}"), &[]);
    assert_eq!(change("version=1&text=a+goose%0D%0Aflies").header("location"), path);
    let late = change("version=1&text=a+swan");
    assert_eq!(late.status, 409);
    let text = late.text();
    assert!(text.contains("a goose\nflies") && text.contains("a swan"), "neither text is lost: {text}");
    assert_eq!(change("version=2&status=approved").status, 303);
    let own = post(&instance, &path, &cookie, "text=what+I+see", &[]);
    assert_eq!(own.status, 303, "{}", own.text());
    let page = get(&instance, &path, &cookie).text();
    assert!(page.contains("what I see") && page.contains("Approved") && !page.contains("Save your caption"), "{page}");
    // Everybody may look at it, and do no more.
    let looked = get(&instance, &path, "").text();
    assert!(looked.contains("what I see") && !looked.contains("<textarea"), "{looked}");
    assert_eq!(post(&instance, &path, "", &format!("caption={told}&version=3&text=x"), &[]).status, 401);
    instance.end().await;
}

#[tokio::test]
async fn pages_of_a_list_meet_without_gap_or_overlap() {
    let instance = Instance::start(&[]).await;
    let body = json!({ "slug": "open", "name": "Open", "visibility": "public" });
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &body).status, 201);
    let (scene, names) = (scene(), (0..7).map(|number| format!("{number}.png")).collect::<Vec<_>>());
    let files: Vec<_> = names.iter().map(|name| (&**name, &*scene)).collect();
    let added = add(&instance, &instance.root, "open", &files).json();
    let id = |number: usize| added["results"][number]["image"]["id"].as_str().expect("it is added").to_owned();
    let part = |query: &str| {
        let request = format!(
            "GET /datasets/open?{query} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\nconnection: close\r\n\r\n"
        );
        instance.server.exchange(request.as_bytes()).json()
    };
    let files_of = |part: &serde_json::Value| {
        let images = part["images"].as_array().expect("there are pictures");
        images.iter().map(|image| image["file_name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    for sort in ["added", "name"] {
        let first = part(&format!("sort={sort}&limit=3"));
        assert_eq!((files_of(&first), &first["total"]), (names[..3].to_vec(), &json!(7)));
        let cursor = first["next_cursor"].as_str().expect("there are more");
        let second = part(&format!("sort={sort}&limit=3&cursor={cursor}"));
        assert_eq!(files_of(&second), names[3..6]);
        let from = part(&format!("sort={sort}&limit=2&at={}", id(4)));
        assert_eq!(files_of(&from), names[4..7]);
        let before = from["previous_cursor"].as_str().expect("there are some before");
        let earlier = part(&format!("sort={sort}&limit=3&before={before}"));
        assert_eq!(files_of(&earlier), names[1..4]);
        let last = earlier["previous_cursor"].as_str().expect("there is one before");
        let first = part(&format!("sort={sort}&limit=3&before={last}"));
        assert_eq!((files_of(&first), &first["previous_cursor"]), (names[..1].to_vec(), &json!(null)));
        assert_eq!(files_of(&part(&format!("sort={sort}&page_size=3&page=3"))), names[6..]);
        assert_eq!(files_of(&part(&format!("sort={sort}&page_size=3&page=4"))), Vec::<String>::new());
    }
    let wrong = part("q=(duck");
    assert!(wrong["problem"]["detail"].is_string() && wrong["wrong"].is_array(), "{wrong}");
    instance.end().await;
}
