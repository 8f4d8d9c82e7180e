//! The cluster of our own and what its connections promise.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};
use vasari_storage::{Durability, EmbeddedPostgres, StorageError};
use vasari_storage_testing::TestDatabase;

async fn start(folder: &Path) -> EmbeddedPostgres {
    start_with(folder, Durability::None).await
}

async fn start_with(folder: &Path, durability: Durability) -> EmbeddedPostgres {
    let postgres = EmbeddedPostgres::start(&folder.join("postgres"), durability).await;
    postgres.unwrap_or_else(|error| panic!("{error}"))
}

/// The first line of the file by which Postgres tells its process.
fn postmaster(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("postgres/data/postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}

#[tokio::test]
async fn migrations_run_once_and_tell_their_version() {
    let test = TestDatabase::create_empty().await;
    let before = test.database().schema_version().await.unwrap();
    assert_eq!(before.applied, 0);
    let (one, other) = tokio::join!(test.database().migrate(), test.database().migrate());
    assert_eq!(one.unwrap().applied, before.known);
    assert_eq!(other.unwrap().applied, before.known);
    test.drop_it().await;
}

#[tokio::test]
async fn last_one_out_stops_the_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).await;
    let process = postmaster(folder.path()).expect("Postgres runs");
    let second = start(folder.path()).await;
    assert_eq!(postmaster(folder.path()).as_ref(), Some(&process), "the second joins the first's");
    first.stop().await.unwrap();
    second.database(1).ping().await.unwrap();
    second.stop().await.unwrap();
    assert_eq!(postmaster(folder.path()), None);
}

#[tokio::test]
async fn cluster_that_was_killed_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start_with(folder.path(), Durability::Full).await;
    let database = postgres.database(1);
    database.migrate().await.unwrap();
    let version = database.schema_version().await.unwrap();
    let process = postmaster(folder.path()).expect("Postgres runs");
    assert!(Command::new("kill").args(["-s", "KILL", &process]).status().unwrap().success());
    // Its children notice by and by; until then the new one could not start.
    drop(postgres);
    let again = start_with(folder.path(), Durability::Full).await;
    assert_eq!(again.database(1).schema_version().await.unwrap(), version);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn cluster_that_was_begun_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let begun = folder.path().join("postgres/data.begun");
    fs::create_dir_all(&begun).unwrap();
    fs::write(begun.join("PG_VERSION"), "15\n").unwrap();
    let postgres = start(folder.path()).await;
    postgres.database(1).ping().await.unwrap();
    assert!(!begun.exists());
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn transaction_happens_whole_or_not_at_all() {
    let test = TestDatabase::create_empty().await;
    let create = test.database().transaction::<_, StorageError>(|transaction| {
        Box::pin(async move { Ok(sqlx::query("CREATE TABLE kept (name text)").execute(&mut **transaction).await?) })
    });
    create.await.unwrap();
    let failed = test.database().transaction::<(), StorageError>(|transaction| {
        Box::pin(async move {
            sqlx::query("INSERT INTO kept VALUES ('lost')").execute(&mut **transaction).await?;
            sqlx::query("SELECT 1 / 0").execute(&mut **transaction).await?;
            Ok(())
        })
    });
    assert!(matches!(failed.await, Err(StorageError::Database(_))));
    let mut connection = PgConnection::connect(&test.url()).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0);
    test.drop_it().await;
}

#[tokio::test]
async fn connections_have_limits() {
    let test = TestDatabase::create().await;
    let database = vasari_storage::Database::at_url(&test.url(), 2).unwrap();
    // What Postgres itself says of a connection of the pool.
    for (setting, value) in [
        ("statement_timeout", "30s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("application_name", "vasari"),
    ] {
        let shown = database.transaction::<String, StorageError>(move |transaction| {
            Box::pin(async move {
                let shown = sqlx::query_scalar("SELECT current_setting($1)").bind(setting);
                Ok(shown.fetch_one(&mut **transaction).await?)
            })
        });
        assert_eq!(shown.await.unwrap(), value, "{setting}");
    }
    // Two connections, and who comes third is told to come back before long.
    let (release, released) = tokio::sync::watch::channel(false);
    let busy = [(); 2].map(|()| {
        let (database, mut released) = (database.clone(), released.clone());
        tokio::spawn(async move {
            let held = database.transaction::<(), StorageError>(move |transaction| {
                Box::pin(async move {
                    sqlx::query("SELECT 1").execute(&mut **transaction).await?;
                    drop(released.wait_for(|is_released| *is_released).await);
                    Ok(())
                })
            });
            held.await
        })
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    assert!(matches!(database.ping().await, Err(StorageError::Unavailable(_))));
    let waited = began.elapsed();
    assert!(waited > Duration::from_secs(2) && waited < Duration::from_secs(5), "{waited:?}");
    let open =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'vasari'
                AND state LIKE 'idle in transaction%'";
    assert_eq!(test.number(open).await, 2);
    release.send(true).unwrap();
    for held in busy {
        held.await.unwrap().unwrap();
    }
    database.ping().await.unwrap();
    // A lock that somebody else has is not waited for longer than the setting says.
    let held = test.hold("users").await;
    let began = Instant::now();
    assert!(matches!(database.has_users().await, Err(StorageError::Unavailable(_))));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    held.release().await;
    assert!(!database.has_users().await.unwrap());
    database.close().await;
    test.drop_it().await;
}

#[tokio::test]
async fn each_migration_is_told_as_it_is_applied() {
    let test = TestDatabase::create_empty().await;
    let known = test.database().schema_version().await.unwrap().known;
    let mut told = Vec::new();
    test.database().migrate_telling(|step| told.push(step)).await.unwrap();
    assert_eq!(told.last().map(|step| step.version), Some(known));
    assert!(told.iter().all(|step| step.of == told.len()) && told.is_sorted_by_key(|step| step.version), "{told:?}");
    assert_eq!((told[0].version, told[0].name.as_str()), (1, "people"));
    told.clear();
    test.database().migrate_telling(|step| told.push(step)).await.unwrap();
    assert_eq!(told, []);
    test.drop_it().await;
}

#[tokio::test]
async fn database_that_is_away_is_told_from_one_that_fails() {
    let database = vasari_storage::Database::at_url("postgres://nobody@127.0.0.1:1/nothing", 1).unwrap();
    assert!(matches!(database.ping().await, Err(StorageError::Unavailable(_))));
}
