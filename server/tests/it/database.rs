//! The server and its commands with a database, without one, and with one that is away.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use vasari_storage_testing::TestDatabase;

use crate::program::{Server, text, vasari};

/// A command with the database of the data folder, unless it names another.
fn run(arguments: &[&str], data: &Path) -> Output {
    vasari(arguments, data).env_remove("DATABASE_URL").output().expect("the program starts")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("standard output is JSON")
}

#[test]
fn tables_are_made_once_in_the_data_folder() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let before = json(&run(&["migrate", "--dry-run", "--json"], data.path()));
    assert_eq!((&before["was"], &before["applied"]), (&0.into(), &0.into()));
    let migrated = json(&run(&["migrate", "--json"], data.path()));
    assert_eq!(migrated["applied"], before["known"]);
    let again = run(&["migrate"], data.path());
    assert!(text(&again.stdout).contains("up to date"), "{}", text(&again.stdout));
    assert!(!data.path().join("postgres/data/postmaster.pid").exists(), "the command stops what it started");
}

#[test]
fn database_is_stopped_with_its_server_and_outlives_a_kill() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = data.path().to_str().expect("the path is text").to_owned();
    let start = || {
        Server::start_with(&["--log-level", "warn", "--data-dir", &folder], |command| {
            command.env_remove("DATABASE_URL");
        })
    };
    let pid_file = data.path().join("postgres/data/postmaster.pid");
    let server = start();
    assert!(!server.welcome.contains("Nothing is kept"), "{}", server.welcome);
    assert!(pid_file.exists());
    server.signal("KILL");
    drop(server);
    assert!(pid_file.exists(), "nobody was there to stop it");
    let server = start();
    assert!(!server.welcome.contains("Nothing is kept"), "{}", server.welcome);
    let (status, _) = server.terminate();
    assert!(status.success());
    assert!(!pid_file.exists());
}

#[test]
fn server_without_a_database_says_so() {
    let server = Server::start(&[]);
    assert!(server.welcome.contains("Nothing is kept, as --database-url none says."), "{}", server.welcome);
}

#[test]
fn command_without_a_database_says_what_to_name() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let output = vasari(&["migrate"], data.path()).output().expect("the program starts");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("--database-url none names no database"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn database_elsewhere_is_used_and_its_url_hidden() {
    let test = TestDatabase::create_empty().await;
    let server = Server::start(&["--database-url", &test.url()]);
    assert!(!server.welcome.contains("database"), "{}", server.welcome);
    let version = test.database().schema_version().await.expect("the database answers");
    assert_eq!(version.applied, version.known);
    let processes = Command::new("ps").args(["-o", "args=", "-p", &server.id().to_string()]).output();
    let listed = text(&processes.expect("ps is there").stdout);
    assert!(listed.contains("serve") && !listed.contains("postgres://"), "{listed}");
    assert!(server.terminate().0.success());
    test.drop_it().await;
}

#[test]
fn url_of_another_kind_is_a_usage_error() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let output =
        vasari(&["serve", "--database-url", "mysql://db/x"], data.path()).output().expect("the program starts");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("postgres://user:password@host"), "{}", text(&output.stderr));
}
