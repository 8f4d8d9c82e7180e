//! The log of a server: where it goes, and what is in it.

use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
};

use serde_json::Value;

use crate::{
    form::Form,
    program::{Server, sample},
};

/// Asks three things of the server, one of them under a name of its own, and stops it.
fn use_server(server: Server) {
    let picture = fs::read(sample("scene-01.png")).expect("the sample is there");
    let form = Form::new().file("image", "secret-name.png", None, &picture).finish();
    let answer = server.post("/caption", Some(&Form::content_type()), &form);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(server.get("/samples/scene-01.png?token=hidden").status, 200);
    assert_eq!(server.get("/nothing-here").status, 404);
    let (status, _) = server.terminate();
    assert!(status.success(), "{status}");
}

fn lines_of(log: &Path) -> (String, Vec<Value>) {
    let text = fs::read_to_string(log).expect("the log was written");
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines = text.lines().map(parse).collect();
    (text, lines)
}

#[test]
fn json_log_is_all_there_is_on_standard_output() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let log = folder.path().join("out");
    let server = Server::start_with(&["--log-format", "json", "--debug"], |command| {
        command.stdout(File::create(&log).expect("the file can be made")).stderr(Stdio::piped());
    });
    use_server(server);
    let (text, lines) = lines_of(&log);
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()), "{text}");
    assert_eq!(lines.last().expect("there are lines")["message"], "stopped", "{text}");
    for secret in ["secret-name", "hidden", "token=", "scene-01"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").collect();
    let summary: Vec<_> =
        answered.iter().map(|line| format!("{} {} {}", line["method"], line["path"], line["status"])).collect();
    let expected = ["\"POST\" \"/caption\" 200", "\"GET\" \"/samples/{name}\" 200", "\"GET\" \"/nothing-here\" 404"];
    assert_eq!(summary, expected, "{text}");
    for line in answered {
        assert!(line["request_id"].as_str().is_some_and(|id| id.len() == 36) && line["ms"].is_u64(), "{line}");
    }
}

#[test]
fn log_goes_into_a_file_and_welcome_to_standard_output() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let log = folder.path().join("vasari.log");
    fs::write(&log, "what was there\n").expect("the file can be written");
    let path = log.to_str().expect("the path is text");
    let server = Server::start_with(&["--log_file", path], |_| ());
    assert!(server.welcome.contains("Stop:   Ctrl+C"), "{}", server.welcome);
    use_server(server);
    let text = fs::read_to_string(&log).expect("the log is there");
    assert!(text.starts_with("what was there\n"), "{text}");
    let line = text.lines().find(|line| line.contains("path=\"/caption\"")).expect("the request was logged");
    assert!(line.contains("request_id=") && line.contains("answered status=200 ms="), "{line}");
}

#[test]
fn rotated_log_keeps_so_many_files() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let old = ["api.log.2020-01-01-00", "api.log.2020-01-01-01", "api.log.2020-01-01-02"];
    for name in old.into_iter().chain(["api.txt", "other.log"]) {
        fs::write(folder.path().join(name), "{}\n").expect("the file can be written");
    }
    let log = folder.path().join("api.log");
    let path = log.to_str().expect("the path is text");
    let arguments = ["--log-file", path, "--log-rotation", "hourly", "--log-keep", "2", "--log-format", "json"];
    use_server(Server::start_with(&arguments, |_| ()));
    let files = fs::read_dir(folder.path()).expect("the folder is there");
    let names: Vec<_> = files.map(|file| file.expect("it can be read").file_name().into_string().unwrap()).collect();
    assert!(names.contains(&"other.log".to_owned()) && names.contains(&"api.txt".to_owned()), "{names:?}");
    let rotated: Vec<_> = names.iter().filter(|name| name.starts_with("api.log.")).collect();
    assert_eq!(rotated.len(), 2, "{names:?}");
    let new = rotated.iter().find(|name| !name.contains("2020")).expect("a new file was begun");
    let (text, lines) = lines_of(&folder.path().join(new));
    assert!(lines.iter().any(|line| line["path"] == "/caption"), "{text}");
}

#[test]
fn warnings_alone_still_name_their_request() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let log = folder.path().join("vasari.log");
    let path = log.to_str().expect("the path is text");
    use_server(Server::start_with(&["--log-file", path, "--log-level", "vasari[request]=info"], |_| ()));
    let text = fs::read_to_string(&log).expect("the log is there");
    assert_eq!(text.lines().filter(|line| line.contains("answered")).count(), 3, "{text}");
    assert!(text.lines().all(|line| line.contains("request_id=")), "{text}");
}
