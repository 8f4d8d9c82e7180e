//! A dataset with one picture, and somebody of each role in it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    datasets::{add, scene},
    people::Instance,
    program::Answer,
};

/// The people of a dataset that is called `birds`, by their access tokens.
pub(crate) struct Cast {
    pub(crate) owner: String,
    pub(crate) reviewer: String,
    pub(crate) annotator: String,
    pub(crate) viewer: String,
    pub(crate) stranger: String,
    /// The picture `a.png`.
    pub(crate) image: Uuid,
}

impl Cast {
    pub(crate) fn gather(instance: &Instance) -> Self {
        let (_, owner, _) = instance.invite("owner");
        let made = instance.post("/api/v1/datasets", &owner, &json!({ "slug": "birds", "name": "Birds" }));
        assert_eq!(made.status, 201, "{}", made.text());
        let member = |name: &str| {
            let (id, token, _) = instance.invite(name);
            let path = format!("/api/v1/datasets/birds/members/{id}");
            let role = json!({ "role": name }).to_string();
            assert_eq!(instance.send("PUT", &path, &owner, &role).status, 204);
            token
        };
        let [reviewer, annotator, viewer] = ["reviewer", "annotator", "viewer"].map(member);
        let (_, stranger, _) = instance.invite("stranger");
        let added = add(instance, &owner, "birds", &[("a.png", &scene())]).json();
        let image = added["results"][0]["image"]["id"].as_str().and_then(|id| id.parse().ok());
        Self { owner, reviewer, annotator, viewer, stranger, image: image.expect("the picture is added") }
    }

    /// Everybody by name, nobody first.
    pub(crate) fn everybody(&self) -> [(&'static str, &str); 6] {
        [
            ("anonymous", ""),
            ("stranger", &self.stranger),
            ("viewer", &self.viewer),
            ("annotator", &self.annotator),
            ("reviewer", &self.reviewer),
            ("owner", &self.owner),
        ]
    }

    /// The status that each of [`Cast::everybody`] gets.
    pub(crate) fn statuses(&self, mut ask: impl FnMut(&str) -> Answer) -> Vec<u16> {
        self.everybody().into_iter().map(|(_, token)| ask(token).status).collect()
    }
}

/// A request in the name of whom the token belongs to, or of nobody.
pub(crate) fn ask(instance: &Instance, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let authorization = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}connection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    instance.server.exchange(request.as_bytes())
}
