//! The model is read again while the server answers.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    form::Form,
    program::{Server, sample},
};

fn caption(server: &Server) -> crate::program::Answer {
    let form = Form::with_image(&std::fs::read(sample("scene-01.png")).expect("the sample is there"));
    server.post("/caption", Some(&Form::content_type()), &form.finish())
}

/// A copy of the demo checkpoint in a folder of its own.
fn copy_checkpoint(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/demo/checkpoint");
    for entry in std::fs::read_dir(from).expect("the checkpoint is there") {
        let entry = entry.expect("the folder can be read");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("files can be copied");
    }
}

#[test]
fn changed_checkpoint_is_taken_up_and_no_request_is_dropped() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy_checkpoint(folder.path());
    let path = folder.path().to_str().expect("the folder's name is text");
    let server = Server::start(&["--num-beams", "1", "--model-path", path, "--batch-size", "4"]);
    let before = caption(&server).json()["model_info"]["revision"].clone();
    // Any change of the settings makes another revision.
    let config = folder.path().join("config.json");
    let text = std::fs::read_to_string(&config).expect("the settings can be read");
    std::fs::write(&config, text.replacen('{', "{\"changed\": true,", 1)).expect("the settings can be written");

    let over = AtomicBool::new(false);
    let statuses = std::thread::scope(|scope| {
        let ask = || {
            let mut statuses = Vec::new();
            while !over.load(Ordering::Relaxed) {
                statuses.push(caption(&server).status);
            }
            statuses
        };
        let clients: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
        for _ in 0..2 {
            let answer = server.post("/api/v1/model/reload", None, b"");
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_ne!(answer.json()["model_info"]["revision"], before);
        }
        over.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("a client ends")).collect::<Vec<_>>()
    });
    assert!(statuses.len() >= 3 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_ne!(caption(&server).json()["model_info"]["revision"], before);
}

#[test]
fn checkpoint_that_can_not_be_loaded_leaves_the_one_that_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy_checkpoint(folder.path());
    let server = Server::start(&["--num-beams", "1", "--model-path", folder.path().to_str().expect("text")]);
    std::fs::write(folder.path().join("config.json"), "{").expect("the settings can be written");
    server.post("/api/v1/model/reload", None, b"").expect_problem(500, "reload-failed");
    assert_eq!(caption(&server).status, 200);
}

#[test]
fn model_is_not_reloaded_for_just_anybody() {
    let server = Server::start(&["--api-key", "user", "--admin-key", "root"]);
    let (missing, wrong) = (server.post("/api/v1/model/reload", None, b""), "Bearer user");
    missing.expect_problem(401, "missing-api-key");
    let refused = server.post_with("/api/v1/model/reload", &[("authorization", wrong)], b"");
    assert_eq!(refused.status, 403, "{}", refused.text());
    let allowed = server.post_with("/api/v1/model/reload", &[("authorization", "Bearer root")], b"");
    assert_eq!(allowed.status, 200, "{}", allowed.text());
}
