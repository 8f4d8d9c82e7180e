//! The log in words.

use leptos::prelude::*;
use serde_json::Value;

use crate::part::{IntoPart, Part, filled, view};
use crate::types::AuditEntry;
use crate::words::translate;

/// Everything that is noted, and what it is called where one chooses among it.
pub(super) const ACTIONS: [(&str, &str); 31] = [
    ("session.open", message!("signed in")),
    ("session.refuse", message!("a sign-in was refused")),
    ("session.end", message!("ended a session")),
    ("session.end_all", message!("signed out everywhere")),
    ("session.reuse", message!("a session was copied, and ended")),
    ("user.sign_up", message!("signed up")),
    ("user.create", message!("made an account for somebody")),
    ("user.change_password", message!("changed the password")),
    ("user.create_password_reset", message!("made a link for a new password")),
    ("user.reset_password", message!("chose a new password by link")),
    ("user.disable", message!("disabled an account")),
    ("user.enable", message!("let somebody in again")),
    ("user.make_admin", message!("made an administrator")),
    ("user.unmake_admin", message!("made somebody no administrator")),
    ("invitation.create", message!("invited somebody")),
    ("key.create", message!("made a key")),
    ("key.revoke", message!("revoked a key")),
    ("dataset.create", message!("made a dataset")),
    ("dataset.update", message!("changed a dataset's settings")),
    ("dataset.set_member", message!("changed a dataset's members")),
    ("dataset.import", message!("imported on the command line")),
    ("dataset.delete", message!("deleted a dataset")),
    ("source.create", message!("made a source")),
    ("source.rename", message!("renamed a source")),
    ("source.delete", message!("deleted a source")),
    ("caption.delete", message!("deleted a caption")),
    ("review.assign", message!("assigned images to reviewers")),
    ("review.unassign", message!("took assignments back")),
    ("job.create", message!("started a job")),
    ("job.cancel", message!("cancelled a job")),
    ("job.resume", message!("resumed a job")),
];

/// Who did it, as far as is known.
fn doer(entry: &AuditEntry) -> String {
    let unknown = if entry.request_id.is_some() { t!("Somebody") } else { t!("The command line") };
    entry.who.clone().unwrap_or_else(|| unknown.to_owned())
}

/// Who did what, as a message and what stands in it.
pub(super) struct Sentence {
    message: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Sentence {
    /// On a page, where whoever did it stands out.
    pub(super) fn into_part(self) -> Part {
        let value = |(name, value): (&'static str, String)| {
            let part = if name == "who" {
                view! { <b>{value}</b> }
            } else {
                value.into_part()
            };
            (name, part)
        };
        filled(translate(self.message), self.values.into_iter().map(value).collect())
    }
}

/// What is told of an entry.
pub(super) fn sentence(entry: &AuditEntry) -> Sentence {
    let detail = |name: &str| entry.detail[name].as_str().unwrap_or_default().to_owned();
    let known = |name: &str| Some(detail(name)).filter(|name| !name.is_empty());
    let thing = |name: &str| entry.subject.clone().or(known(name)).unwrap_or_else(|| t!("that is gone").into());
    let count = |name: &str| entry.detail[name].as_u64().unwrap_or_default();
    let person = || ("person", entry.subject.clone().unwrap_or_else(|| t!("somebody who is gone").into()));
    let dataset = || ("dataset", detail("dataset"));
    let source = || ("source", detail("slug"));
    let (message, mut values) = match entry.action.as_str() {
        "session.open" => (message!("{who} signed in"), vec![]),
        "session.refuse" => (message!("{who} tried to sign in and was refused"), vec![]),
        "session.reuse" => {
            (message!("{who} showed a refresh token that was used before: the session has ended"), vec![])
        }
        "session.end" => (message!("{who} ended a session"), vec![]),
        "session.end_all" => match entry.detail["sessions"].as_u64() {
            Some(sessions) => {
                let sessions = plural!(sessions, "{n} session", "{n} sessions");
                (message!("{who} signed out everywhere, which ended {sessions}"), vec![("sessions", sessions)])
            }
            None => (message!("{who} signed out everywhere"), vec![]),
        },
        "user.sign_up" if entry.detail["is_admin"] == true => {
            (message!("{who} signed up as the first administrator"), vec![])
        }
        "user.sign_up" => (message!("{who} signed up"), vec![]),
        "user.create" => (message!("{who} made an account for {person}"), vec![person()]),
        "user.change_password" => (message!("{who} changed the password"), vec![]),
        "user.create_password_reset" => (message!("{who} made a link for a new password of {person}"), vec![person()]),
        "user.reset_password" => (message!("{who} chose a new password by link"), vec![]),
        "user.disable" => (message!("{who} disabled the account of {person}"), vec![person()]),
        "user.enable" => (message!("{who} let {person} in again"), vec![person()]),
        "user.make_admin" => (message!("{who} made {person} an administrator"), vec![person()]),
        "user.unmake_admin" => (message!("{who} made {person} no administrator any more"), vec![person()]),
        "invitation.create" => (message!("{who} invited somebody"), vec![]),
        "key.create" => (
            message!("{who} made the key {key} for {scopes}"),
            vec![("key", thing("name")), ("scopes", list(&entry.detail["scopes"]))],
        ),
        "key.revoke" => (message!("{who} revoked the key {key}"), vec![("key", thing("name"))]),
        "dataset.create" => (message!("{who} made the dataset {dataset}"), vec![("dataset", thing("slug"))]),
        "dataset.update" => {
            (message!("{who} changed the settings of the dataset {dataset}"), vec![("dataset", thing("slug"))])
        }
        "dataset.import" => (message!("{who} imported into the dataset {dataset}"), vec![("dataset", thing("slug"))]),
        "dataset.delete" => (message!("{who} deleted the dataset {dataset}"), vec![("dataset", detail("slug"))]),
        "dataset.set_member" => (member(&detail("role")), vec![person(), dataset()]),
        "source.create" => {
            (message!("{who} made the source {source} in the dataset {dataset}"), vec![source(), dataset()])
        }
        "source.rename" => (
            message!("{who} renamed the source {from} to {to} in the dataset {dataset}"),
            vec![("from", detail("from")), ("to", detail("to")), dataset()],
        ),
        "source.delete" => {
            (message!("{who} deleted the source {source} of the dataset {dataset}"), vec![source(), dataset()])
        }
        "caption.delete" => (message!("{who} deleted a caption of their own"), vec![]),
        "review.assign" => {
            let images = plural!(count("images"), "{n} image", "{n} images");
            let values = vec![("images", images), ("dataset", thing("slug")), ("to", list(&entry.detail["to"]))];
            (message!("{who} assigned {images} of the dataset {dataset} to {to}"), values)
        }
        "review.unassign" => {
            let assignments = plural!(count("images"), "{n} assignment", "{n} assignments");
            let mut values = vec![("assignments", assignments), ("dataset", thing("slug"))];
            match known("of") {
                Some(of) => {
                    values.push(("of", of));
                    (message!("{who} took {assignments} of {of} back in the dataset {dataset}"), values)
                }
                None => (message!("{who} took {assignments} back in the dataset {dataset}"), values),
            }
        }
        "job.create" => (job(&entry.detail), vec![]),
        "job.cancel" => (message!("{who} cancelled a job"), vec![]),
        "job.resume" => (message!("{who} resumed a job"), vec![]),
        // Of a newer version.
        other => ("{who} {action}", vec![("action", other.to_owned())]),
    };
    values.push(("who", doer(entry)));
    Sentence { message, values }
}

/// What becomes of somebody who gets a role in a dataset, or none.
fn member(role: &str) -> &'static str {
    match role {
        "viewer" => message!("{who} made {person} a viewer of the dataset {dataset}"),
        "annotator" => message!("{who} made {person} an annotator of the dataset {dataset}"),
        "reviewer" => message!("{who} made {person} a reviewer of the dataset {dataset}"),
        "owner" => message!("{who} made {person} an owner of the dataset {dataset}"),
        _ => message!("{who} took {person} out of the dataset {dataset}"),
    }
}

fn job(detail: &Value) -> &'static str {
    match detail["kind"].as_str() {
        Some("import") if detail["dry_run"] == true => message!("{who} started the dry run of an import"),
        Some("import") => message!("{who} started an import"),
        Some("export") => message!("{who} started an export"),
        Some("bulk_edit") => message!("{who} started a bulk edit"),
        Some("keep_caption") => message!("{who} had one caption kept for several images"),
        Some("caption") => message!("{who} started a captioning job"),
        Some("reindex") => message!("{who} started a new search index"),
        _ => message!("{who} started a job"),
    }
}

fn list(texts: &Value) -> String {
    let texts: Vec<&str> = texts.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(action: &str, subject: Option<&str>, detail: Value) -> AuditEntry {
        let (action, subject) = (action.to_owned(), subject.map(str::to_owned));
        AuditEntry { action, subject, detail, ..AuditEntry::default() }
    }

    fn told(entry: &AuditEntry) -> String {
        let Sentence { message, values } = sentence(entry);
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
        crate::words::fill(message, &values)
    }

    #[test]
    fn entries_read_as_sentences() {
        let sentence = |action: &str, subject: Option<&str>, detail: Value| {
            told(&AuditEntry { who: Some("bert".into()), ..entry(action, subject, detail) })
        };
        assert_eq!(sentence("user.disable", Some("anna"), json!({})), "bert disabled the account of anna");
        let role = json!({ "dataset": "birds", "role": "owner" });
        assert_eq!(sentence("dataset.set_member", Some("anna"), role), "bert made anna an owner of the dataset birds");
        let none = json!({ "dataset": "birds", "role": null });
        assert_eq!(
            sentence("dataset.set_member", None, none),
            "bert took somebody who is gone out of the dataset birds",
            "what is gone has no name"
        );
        let key = json!({ "name": "nightly", "scopes": ["caption", "read"] });
        assert_eq!(sentence("key.create", None, key), "bert made the key nightly for caption, read");
        let assigned = json!({ "to": ["anna", "ben"], "images": 12 });
        assert_eq!(
            sentence("review.assign", Some("Birds"), assigned),
            "bert assigned 12 images of the dataset Birds to anna, ben"
        );
        assert_eq!(
            sentence("review.unassign", Some("Birds"), json!({ "of": "anna", "images": 1 })),
            "bert took 1 assignment of anna back in the dataset Birds"
        );
        assert_eq!(
            sentence("job.create", None, json!({ "kind": "import", "dry_run": true })),
            "bert started the dry run of an import"
        );
        assert_eq!(
            sentence("session.end_all", None, json!({ "sessions": 1 })),
            "bert signed out everywhere, which ended 1 session"
        );
        assert_eq!(sentence("key.revoke", None, json!({ "owner": "1" })), "bert revoked the key that is gone");
        assert_eq!(sentence("moon.land", None, json!({})), "bert moon.land");
    }

    #[test]
    fn all_that_is_noted_has_words() {
        for (action, _) in ACTIONS {
            assert!(!told(&entry(action, Some("x"), json!({}))).ends_with(action), "{action}");
        }
    }

    #[test]
    fn nobody_is_named_who_is_not_known() {
        let refused = entry("session.refuse", None, json!({}));
        assert_eq!(doer(&AuditEntry { request_id: Some("r".into()), ..refused.clone() }), "Somebody");
        assert_eq!(doer(&refused), "The command line");
        assert_eq!(doer(&AuditEntry { who: Some("anna".into()), ..refused }), "anna");
    }
}
