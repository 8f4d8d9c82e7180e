//! What is asked about: a dataset that is called `birds`, people, and whatever a row needs anew for each of them.

use std::{cell::Cell, collections::HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use image::ImageFormat;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Body, IDENTITIES, Row};
use crate::{
    datasets::{add, say, source},
    forged_tokens::Forger,
    form::{Form, picture},
    gallery::BROWSER,
    jobs::{asked, has_ended, wait_for},
    people::{Instance, PASSWORD, account_to_sign_in, text_of},
    program::Answer,
    roles::{Cast, ask},
    transfer::bare_picture,
};

pub(super) struct World {
    pub(super) instance: Instance,
    cast: Cast,
    /// A source of captions.
    found: Uuid,
    /// What each of [`IDENTITIES`] shows.
    shown: [String; 9],
    /// What is there once, by name.
    things: HashMap<&'static str, String>,
    /// How many things were made, for their names.
    made: Cell<usize>,
}

impl World {
    pub(super) async fn make() -> Self {
        let limits = ["--rate-limit", "off", "--address-rate-limit", "off", "--num-beams", "1", "--max-length", "4"];
        let keys = ["--api-key", "shared", "--admin-key", "operator", "--enable-metrics"];
        let instance = Instance::start(&[&keys[..], &limits].concat()).await;
        let cast = Cast::gather(&instance);
        let (guest, ..) = instance.invite("guest");
        let key = instance.post("/api/v1/keys", &cast.owner, &json!({ "name": "gone", "scopes": ["read", "write"] }));
        let revoke = format!("/api/v1/keys/{}", text_of(&key.json(), "id"));
        assert_eq!(instance.send("DELETE", &revoke, &cast.owner, "").status, 204);
        let forger = Forger::of(&instance, &cast.owner).await;
        let expired = forger.with("exp", (OffsetDateTime::now_utc().unix_timestamp() - 6).into());
        let shown = [
            "",
            &cast.viewer,
            &cast.annotator,
            &cast.reviewer,
            &cast.owner,
            &cast.stranger,
            &instance.root,
            &text_of(&key.json(), "key"),
            &expired,
        ]
        .map(str::to_owned);
        let found = source(&instance, "birds").await;
        let mut world = Self { instance, cast, found, shown, things: HashMap::new(), made: Cell::new(0) };
        world.furnish(guest).await;
        world
    }

    /// Puts in what is there once.
    async fn furnish(&mut self, guest: String) {
        let (instance, owner) = (&self.instance, &self.cast.owner);
        let image = self.cast.image;
        let added = add(instance, owner, "birds", &[("second.png", &picture(9, 9, ImageFormat::Png))]).json();
        let second = text_of(&added["results"][0]["image"], "id");
        let found = say(instance, image, self.found, "a bird").await;
        let mine = format!("/api/v1/images/{image}/captions/mine");
        let written = instance.send("PUT", &mine, &self.cast.annotator, r#"{"text": "a blue bird"}"#);
        assert_eq!(written.status, 201, "{}", written.text());
        let compared = instance.post("/api/v1/datasets/birds/arena/next", owner, &json!({})).json();
        let job = asked(instance, owner, "/api/v1/datasets/birds/exports", &json!({ "format": "csv" }));
        assert_eq!(wait_for(&instance.server, &job, owner, has_ended)["state"], "succeeded");
        let import = Form::new().file("file", "rows.jsonl", None, ROWS).field("dry_run", "true").finish();
        let authorization = format!("Bearer {owner}");
        let headers = [("content-type", &*Form::content_type()), ("authorization", &authorization)];
        let import = instance.server.post_with("/api/v1/datasets/birds/imports", &headers, &import);
        let import = text_of(&import.json(), "id");
        assert_eq!(wait_for(&instance.server, &import, owner, has_ended)["state"], "succeeded");
        let members = instance.get("/api/v1/datasets/birds/members", owner).json();
        let member = |name: &str| {
            let is_it = |member: &&Value| member["name"] == name;
            let found = members.as_array().into_iter().flatten().find(is_it);
            text_of(found.unwrap_or_else(|| panic!("{name} is a member: {members}")), "user")
        };
        self.things = HashMap::from([
            ("dataset", "birds".into()),
            ("image", image.to_string()),
            ("second image", second),
            ("caption", found.to_string()),
            ("comparison", text_of(&compared["comparison"], "id")),
            ("job", job),
            ("import", import),
            ("guest", guest),
            ("annotator", member("annotator")),
            ("reviewer", member("reviewer")),
        ]);
    }

    /// Asks what a row says, in the name of the identity at this place.
    pub(super) async fn ask(&self, row: &Row, place: usize) -> Answer {
        let (method, path) = row.route.split_once(' ').expect("a route has a method");
        let mut made = HashMap::new();
        let path = self.fill(if row.address.is_empty() { path } else { row.address }, &mut made).await;
        let png = picture(8, 8, ImageFormat::Png);
        let (kind, body) = match row.body {
            Body::None => (String::new(), Vec::new()),
            Body::Json(text) => ("application/json".into(), self.fill(text, &mut made).await.into_bytes()),
            Body::Form(text) => {
                ("application/x-www-form-urlencoded".into(), self.fill(text, &mut made).await.into_bytes())
            }
            Body::Picture(field) => (Form::content_type(), Form::new().file(field, "a new.png", None, &png).finish()),
            Body::Rows(field) => (Form::content_type(), Form::new().file(field, "rows.jsonl", None, ROWS).finish()),
        };
        let kind = if kind.is_empty() { kind } else { format!("content-type: {kind}\r\n") };
        let shown = if path.contains("sign-out") { self.shown_anew(place) } else { self.shown[place].clone() };
        let shown = if shown.is_empty() { shown } else { format!("authorization: Bearer {shown}\r\n") };
        let accept = if path.starts_with("/api") { "application/json" } else { BROWSER.1 };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{kind}{shown}accept: {accept}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        self.instance.server.exchange(&[head.as_bytes(), &body].concat())
    }

    /// The same person's token of another session, which may end.
    fn shown_anew(&self, place: usize) -> String {
        let name = match IDENTITIES[place] {
            "other user" => "stranger",
            "administrator" => "root",
            name @ ("viewer" | "annotator" | "reviewer" | "owner") => name,
            _ => return self.shown[place].clone(),
        };
        let session = self.instance.post("/api/v1/auth/sign-in", "", &account_to_sign_in(name, PASSWORD));
        text_of(&session.json(), "access_token")
    }

    /// `text` with things in place of their names in braces. What isn't there once is made for this request.
    async fn fill(&self, text: &str, made: &mut HashMap<String, String>) -> String {
        if text == "{chat}" {
            return chat().to_string();
        }
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}').filter(|(name, _)| is_name(name)) else {
                filled.push_str(before);
                filled.push('{');
                rest = after;
                continue;
            };
            if !made.contains_key(name) {
                let thing = match self.things.get(name) {
                    Some(thing) => thing.clone(),
                    // The pages' routes call the dataset by its slug.
                    None if name == "slug" && before.ends_with("/datasets/") => "birds".into(),
                    None => self.make_thing(name).await,
                };
                made.insert(name.to_owned(), thing);
            }
            filled.push_str(before);
            filled.push_str(&made[name]);
            rest = after;
        }
        filled + rest
    }

    /// Something of the owner's that was not there before.
    async fn make_thing(&self, name: &str) -> String {
        let (instance, owner) = (&self.instance, &self.cast.owner);
        self.made.set(self.made.get() + 1);
        let slug = format!("new-{}", self.made.get());
        let created = |path: &str, body: Value| {
            let answer = instance.post(path, owner, &body);
            assert!(answer.status < 300, "{path}: {}", answer.text());
            text_of(&answer.json(), "id")
        };
        let image = async || bare_picture(instance, "birds", &format!("{slug}.png")).await;
        let new_caption = async || say(instance, image().await, self.found, "a bird").await.to_string();
        let changed = |caption: String, body: Value| {
            let answer = ask(instance, "PATCH", &format!("/api/v1/captions/{caption}"), owner, &body);
            assert_eq!(answer.status, 200, "{}", answer.text());
            caption
        };
        let submitted = json!({ "version": 1, "status": "submitted" });
        match name {
            "slug" => slug,
            "invitation" => {
                let link = instance.post("/api/v1/invitations", &instance.root, &json!({}));
                text_of(&link.json(), "token")
            }
            "session" => {
                instance.post("/api/v1/auth/sign-in", "", &account_to_sign_in("owner", PASSWORD));
                let sessions = instance.get("/api/v1/sessions", owner).json();
                let others = sessions["items"].as_array().into_iter().flatten();
                let newest =
                    others.filter(|session| session["is_current"] != true).max_by_key(|one| text_of(one, "id"));
                text_of(newest.expect("there is another session"), "id")
            }
            "key" => created("/api/v1/keys", json!({ "name": slug, "scopes": ["read"] })),
            "view" => created("/api/v1/datasets/birds/views", json!({ "name": slug, "query": "" })),
            "source" => {
                created("/api/v1/datasets/birds/sources", json!({ "slug": slug, "kind": "import" }));
                slug
            }
            "dismissal" => {
                let images = [image().await, bare_picture(instance, "birds", &format!("{slug}-other.png")).await];
                created("/api/v1/datasets/birds/duplicates/dismissals", json!({ "by": "image", "images": images }))
            }
            "shared dataset" => {
                let made = instance.post("/api/v1/datasets", owner, &json!({ "slug": slug, "name": slug }));
                assert_eq!(made.status, 201, "{}", made.text());
                for role in ["viewer", "annotator", "reviewer"] {
                    let body = json!({ "name": role, "role": role });
                    let path = format!("/api/v1/datasets/{slug}/members");
                    assert_eq!(instance.post(&path, owner, &body).status, 201);
                }
                slug
            }
            "new image" => image().await.to_string(),
            "deleted image" => {
                let image: Uuid = image().await;
                assert_eq!(instance.send("DELETE", &format!("/api/v1/images/{image}"), owner, "").status, 204);
                image.to_string()
            }
            "written image" => {
                let image = image().await;
                let mine = format!("/api/v1/images/{image}/captions/mine");
                assert_eq!(instance.send("PUT", &mine, owner, r#"{"text": "mine"}"#).status, 201);
                image.to_string()
            }
            "new caption" => new_caption().await,
            "changed caption" => changed(new_caption().await, json!({ "version": 1, "text": "a large bird" })),
            "submitted caption" => changed(new_caption().await, submitted),
            "decided caption" => {
                let caption = changed(new_caption().await, submitted);
                let body = r#"{"version": 2, "decision": "approved"}"#;
                let decided = instance.send("PUT", &format!("/api/v1/captions/{caption}/decision"), owner, body);
                assert_eq!(decided.status, 200, "{}", decided.text());
                caption
            }
            "lease" => {
                changed(new_caption().await, submitted);
                let next = instance.post("/api/v1/datasets/birds/review/next", owner, &json!({})).json();
                text_of(&next["item"]["lease"], "id")
            }
            name => panic!("nobody knows what {name} is"),
        }
    }
}

const ROWS: &[u8] = br#"{"image": "a.png", "caption": "x"}"#;

/// Braces are also JSON's: what stands between a thing's is a name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == ' ')
}

fn chat() -> Value {
    let url = format!("data:image/png;base64,{}", STANDARD.encode(picture(8, 8, ImageFormat::Png)));
    json!({ "model": "florence-2", "messages": [{ "role": "user", "content": [
        { "type": "text", "text": "A caption, please." }, { "type": "image_url", "image_url": { "url": url } },
    ] }] })
}
