//! The server and its commands with a database, without one, and with one that is away.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use vasari_storage::{Durability, EmbeddedPostgres};
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
    let told = text(&run(&["migrate"], data.path()).stdout);
    assert!(told.lines().count() > 10 && told.contains("   1  people") && told.contains("reindex"), "{told}");
    let migrated = json(&run(&["migrate", "--json"], data.path()));
    assert_eq!((&migrated["applied"], &migrated["migrations"]), (&before["known"], &serde_json::json!([])));
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

/// Waits until the server answers from its database again. How long that took.
fn wait_for_database(server: &Server) -> Duration {
    let began = Instant::now();
    loop {
        let answer = server.get("/api/v1/datasets");
        if answer.status == 200 {
            return began.elapsed();
        }
        answer.expect_problem(503, "database-away");
        assert!(began.elapsed() < Duration::from_secs(30), "the database is back, and nobody notices");
        sleep(Duration::from_millis(50));
    }
}

/// Checks what a server does while its database is away: everything but what needs it.
fn check_without_database(server: &Server) {
    let began = Instant::now();
    let away = server.get("/api/v1/datasets");
    away.expect_problem(503, "database-away");
    assert!(away.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    assert!(began.elapsed() < Duration::from_secs(5), "nobody waits long for what isn't there");
    let began = Instant::now();
    for path in ["/livez", "/readyz", "/health", "/tasks"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert!(began.elapsed() < Duration::from_secs(1), "the probes wait for nothing: {:?}", began.elapsed());
    let picture = fs::read(crate::program::sample("scene-01.png")).expect("the sample is there");
    let form = crate::form::Form::with_image(&picture).field("num_beams", "1").field("max_length", "4");
    let captioned = server.post("/caption", Some(&crate::form::Form::content_type()), &form.finish());
    assert_eq!(captioned.status, 200, "{}", captioned.text());
}

#[tokio::test]
async fn database_elsewhere_that_restarts_is_back_within_five_seconds() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let cluster = folder.path().join("postgres");
    let start = async || EmbeddedPostgres::start(&cluster, Durability::None).await.expect("the cluster starts");
    let postgres = start().await;
    let server = Server::start(&["--database-url", &postgres.own_url()]);
    assert_eq!(server.get("/api/v1/datasets").status, 200);
    postgres.stop().await.expect("the cluster stops");
    check_without_database(&server);
    let postgres = start().await;
    let time = wait_for_database(&server);
    assert!(time < Duration::from_secs(5), "{time:?}");

    // Killed, with all its connections.
    let pid_file = fs::read_to_string(cluster.join("data/postmaster.pid")).expect("Postgres runs");
    let process = pid_file.lines().next().expect("the file names its process").to_owned();
    assert!(Command::new("kill").args(["-s", "KILL", &process]).status().expect("kill is there").success());
    // Its children answer until they have noticed.
    let began = Instant::now();
    while server.get("/api/v1/datasets").status == 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "the database is gone, and nobody notices");
        sleep(Duration::from_millis(50));
    }
    check_without_database(&server);
    let again = start().await;
    let time = wait_for_database(&server);
    assert!(time < Duration::from_secs(5), "{time:?}");
    assert!(server.terminate().0.success());
    drop(postgres);
    again.stop().await.expect("the cluster stops");
}

#[test]
fn postgres_of_our_own_that_was_killed_is_started_again() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = data.path().to_str().expect("the path is text").to_owned();
    let server = Server::start_with(&["--log-level", "off", "--data-dir", &folder], |command| {
        command.env_remove("DATABASE_URL");
    });
    assert_eq!(server.get("/api/v1/datasets").status, 200);
    let pid_file = data.path().join("postgres/data/postmaster.pid");
    let text = fs::read_to_string(&pid_file).expect("Postgres runs");
    let process = text.lines().next().expect("the file names its process").to_owned();
    assert!(Command::new("kill").args(["-s", "KILL", &process]).status().expect("kill is there").success());
    assert_eq!(server.get("/livez").status, 200);
    // Until its last child has noticed, another can't start.
    let (began, is_another) = (Instant::now(), |text: String| text.lines().next() != Some(&process));
    while !fs::read_to_string(&pid_file).is_ok_and(is_another) {
        assert!(began.elapsed() < Duration::from_secs(30), "nobody starts it again");
        sleep(Duration::from_millis(50));
    }
    wait_for_database(&server);
    assert!(server.terminate().0.success());
    assert!(!pid_file.exists(), "it is stopped with its server as ever");
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
fn postgres_is_found_without_a_path() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let mut command = vasari(&["migrate", "--json"], data.path());
    let output = command.env_remove("DATABASE_URL").env_remove("PATH").output().expect("the program starts");
    let migrated = json(&output);
    assert_eq!(migrated["applied"], migrated["known"]);
}

#[tokio::test]
async fn first_administrator_is_invited_as_soon_as_the_database_is_there() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let cluster = folder.path().join("postgres");
    let start = async || EmbeddedPostgres::start(&cluster, Durability::None).await.expect("the cluster starts");
    let postgres = start().await;
    let url = postgres.own_url();
    postgres.stop().await.expect("the cluster stops");
    let mut server = Server::start_with(&["--log-level", "off", "--database-url", &url], |_| ());
    assert!(server.welcome.contains("can't be used yet"), "{}", server.welcome);
    assert!(!server.welcome.contains("/sign-up?token="), "{}", server.welcome);
    let postgres = start().await;
    let said = server.read_until("/sign-up?token=");
    let token = said.split("/sign-up?token=").nth(1).expect("it is there").trim().to_owned();
    let account =
        serde_json::json!({ "name": "root", "password": "correct horse battery", "token": token, "tokens": true });
    let made = server.post("/api/v1/sign-up", Some("application/json"), account.to_string().as_bytes());
    assert_eq!((made.status, &made.json()["user"]["is_admin"]), (200, &Value::from(true)), "{}", made.text());
    assert!(server.terminate().0.success());
    postgres.stop().await.expect("the cluster stops");
}

#[test]
fn url_of_another_kind_is_a_usage_error() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let output =
        vasari(&["serve", "--database-url", "mysql://db/x"], data.path()).output().expect("the program starts");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("postgres://user:password@host"), "{}", text(&output.stderr));
}
