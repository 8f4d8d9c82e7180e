//! `vasari review`: here, and on a server.

use serde_json::{Value, json};

use crate::{
    people::{Instance, text_of},
    program::text,
    review::submit,
    roles::Cast,
    transfer_commands::Place,
};

#[tokio::test]
async fn commands_tell_progress_and_assign_here_and_there() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    submit(&instance, &cast);
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let key = instance.post("/api/v1/keys", &cast.owner, &json!({ "name": "commands", "scopes": ["read", "write"] }));
    let (_, url) = instance.contents().await;
    for place in [Place::Here(url), Place::There(instance.server.url(""), text_of(&key.json(), "key"))] {
        let run = |code: i32, arguments: &[&str]| place.json(data.path(), code, &[&["review"], arguments].concat());
        let says = |arguments: &[&str]| {
            let output = place.run(data.path(), &[&["review"], arguments].concat());
            format!("{}{}", text(&output.stdout), text(&output.stderr))
        };
        let progress = run(0, &["progress", "birds"]);
        assert_eq!((&progress[0]["captions"]["submitted"], &progress[0]["share"]), (&json!(2), &json!(0.0)));
        assert!(says(&["progress", "birds"]).contains("2 submitted, 0 approved, 0 rejected, 0 draft, 0 % decided"));
        let assigned = run(0, &["assign", "birds", "--to", "reviewer", "--to", "owner", "--status", "submitted"]);
        assert_eq!(assigned[0]["assigned"], 2);
        assert_eq!(run(0, &["assign", "birds", "--to", "reviewer", "--reassign", "--limit", "1"])[0]["assigned"], 1);
        assert_eq!(
            run(0, &["assign", "birds", "--to", "reviewer", "--query", "\"a.png\" \"b.png\""])[0]["assigned"],
            0
        );
        let list = run(0, &["assignments", "birds", "--of", "Reviewer"]);
        assert_eq!((list.len(), &list[0]["waits"]), (2, &json!(true)), "their own and what was taken from the owner");
        assert!(says(&["assignments", "birds"]).contains("b.png"));
        let wrong = says(&["assign", "birds", "--to", "annotator"]);
        assert!(wrong.contains("no reviewers or owners") && wrong.contains("annotator"), "{wrong}");
        assert_eq!(run(1, &["progress", "boats"]), Vec::<Value>::new());
        assert_eq!(run(0, &["unassign", "birds", "--of", "reviewer"])[0]["ended"], 2);
        assert_eq!(says(&["unassign", "birds"]).lines().next(), Some("0 assignments taken back"));
    }
    let log = instance.get("/api/v1/audit-log?action=review.unassign", &instance.root).json();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(4));
    instance.end().await;
}
