//! The log in words.

use serde_json::Value;

use crate::types::AuditEntry;
use crate::words;

/// Everything that is noted, and what it is called where one chooses among it.
pub(super) const ACTIONS: [(&str, &str); 29] = [
    ("session.open", "signed in"),
    ("session.refuse", "a sign-in was refused"),
    ("session.end", "ended a session"),
    ("session.end_all", "signed out everywhere"),
    ("session.reuse", "a session was copied, and ended"),
    ("user.sign_up", "signed up"),
    ("user.create", "made an account for somebody"),
    ("user.change_password", "changed the password"),
    ("user.create_password_reset", "made a link for a new password"),
    ("user.reset_password", "chose a new password by link"),
    ("user.disable", "disabled an account"),
    ("user.enable", "let somebody in again"),
    ("user.make_admin", "made an administrator"),
    ("user.unmake_admin", "made somebody no administrator"),
    ("invitation.create", "invited somebody"),
    ("key.create", "made a key"),
    ("key.revoke", "revoked a key"),
    ("dataset.create", "made a dataset"),
    ("dataset.update", "changed a dataset's settings"),
    ("dataset.set_member", "changed a dataset's members"),
    ("dataset.import", "imported on the command line"),
    ("dataset.delete", "deleted a dataset"),
    ("source.create", "made a source"),
    ("source.rename", "renamed a source"),
    ("source.delete", "deleted a source"),
    ("caption.delete", "deleted a caption"),
    ("job.create", "started a job"),
    ("job.cancel", "cancelled a job"),
    ("job.resume", "resumed a job"),
];

/// Who did it, as far as is known.
pub(super) fn doer(entry: &AuditEntry) -> String {
    let unknown = if entry.request_id.is_some() { "Somebody" } else { "The command line" };
    entry.who.clone().unwrap_or_else(|| unknown.to_owned())
}

/// What they did, as a sentence goes on after their name.
pub(super) fn sentence(entry: &AuditEntry) -> String {
    let detail = |name: &str| entry.detail[name].as_str().unwrap_or_default().to_owned();
    let person = entry.subject.clone().unwrap_or_else(|| "somebody who is gone".into());
    let known = |name: &str| Some(detail(name)).filter(|name| !name.is_empty());
    let thing = |name: &str| entry.subject.clone().or(known(name)).unwrap_or_else(|| "that is gone".into());
    match entry.action.as_str() {
        "session.open" => "signed in".into(),
        "session.refuse" => "tried to sign in and was refused".into(),
        "session.reuse" => "showed a refresh token that was used before: the session has ended".into(),
        "session.end" => "ended a session".into(),
        "session.end_all" => match entry.detail["sessions"].as_u64() {
            Some(sessions) => format!("signed out everywhere, which ended {}", words::count(sessions, "session")),
            None => "signed out everywhere".into(),
        },
        "user.sign_up" if entry.detail["is_admin"] == true => "signed up as the first administrator".into(),
        "user.sign_up" => "signed up".into(),
        "user.create" => format!("made an account for {person}"),
        "user.change_password" => "changed the password".into(),
        "user.create_password_reset" => format!("made a link for a new password of {person}"),
        "user.reset_password" => "chose a new password by link".into(),
        "user.disable" => format!("disabled the account of {person}"),
        "user.enable" => format!("let {person} in again"),
        "user.make_admin" => format!("made {person} an administrator"),
        "user.unmake_admin" => format!("made {person} no administrator any more"),
        "invitation.create" => "invited somebody".into(),
        "key.create" => format!("made the key {} for {}", thing("name"), list(&entry.detail["scopes"])),
        "key.revoke" => format!("revoked the key {}", thing("name")),
        "dataset.create" => format!("made the dataset {}", thing("slug")),
        "dataset.update" => format!("changed the settings of the dataset {}", thing("slug")),
        "dataset.import" => format!("imported into the dataset {}", thing("slug")),
        "dataset.delete" => format!("deleted the dataset {}", detail("slug")),
        "dataset.set_member" => match detail("role").as_str() {
            "" => format!("took {person} out of the dataset {}", detail("dataset")),
            role => format!("made {person} {} of the dataset {}", words::with_article(role), detail("dataset")),
        },
        "source.create" => format!("made the source {} in the dataset {}", detail("slug"), detail("dataset")),
        "source.rename" => {
            format!("renamed the source {} to {} in the dataset {}", detail("from"), detail("to"), detail("dataset"))
        }
        "source.delete" => format!("deleted the source {} of the dataset {}", detail("slug"), detail("dataset")),
        "caption.delete" => "deleted a caption of their own".into(),
        "job.create" => format!("started {}", job(&entry.detail)),
        "job.cancel" => "cancelled a job".into(),
        "job.resume" => "resumed a job".into(),
        // Of a newer version.
        other => other.to_owned(),
    }
}

fn job(detail: &Value) -> &'static str {
    match detail["kind"].as_str() {
        Some("import") if detail["dry_run"] == true => "the dry run of an import",
        Some("import") => "an import",
        Some("export") => "an export",
        Some("bulk_edit") => "a bulk edit",
        Some("keep_caption") => "one caption kept for several images",
        Some("caption") => "a captioning job",
        Some("reindex") => "a new search index",
        _ => "a job",
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

    #[test]
    fn entries_read_as_sentences() {
        let sentence = |action: &str, subject: Option<&str>, detail: Value| sentence(&entry(action, subject, detail));
        assert_eq!(sentence("user.disable", Some("anna"), json!({})), "disabled the account of anna");
        let role = json!({ "dataset": "birds", "role": "owner" });
        assert_eq!(sentence("dataset.set_member", Some("anna"), role), "made anna an owner of the dataset birds");
        let none = json!({ "dataset": "birds", "role": null });
        assert_eq!(
            sentence("dataset.set_member", None, none),
            "took somebody who is gone out of the dataset birds",
            "what is gone has no name"
        );
        let key = json!({ "name": "nightly", "scopes": ["caption", "read"] });
        assert_eq!(sentence("key.create", None, key), "made the key nightly for caption, read");
        assert_eq!(
            sentence("job.create", None, json!({ "kind": "import", "dry_run": true })),
            "started the dry run of an import"
        );
        assert_eq!(
            sentence("session.end_all", None, json!({ "sessions": 1 })),
            "signed out everywhere, which ended 1 session"
        );
        assert_eq!(sentence("key.revoke", None, json!({ "owner": "1" })), "revoked the key that is gone");
        assert_eq!(sentence("moon.land", None, json!({})), "moon.land");
    }

    #[test]
    fn all_that_is_noted_has_words() {
        for (action, _) in ACTIONS {
            assert_ne!(sentence(&entry(action, Some("x"), json!({}))), action);
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
