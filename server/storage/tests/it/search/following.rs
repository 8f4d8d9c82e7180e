//! The index follows the tables, and comes back whatever becomes of its folder.

use std::{fs, io::Write};

use sqlx::{Connection, PgConnection};
use vasari_storage::{
    jobs::JobState,
    search::{IndexStatus, SearchIndexBuild},
};

use super::*;

/// How often it is measured how soon something is found.
const ROUNDS: usize = 9;

#[tokio::test]
async fn what_is_written_is_found_within_a_second() {
    let searched = Searched::start().await;
    let database = searched.database();
    let human = source(database, "human").await;
    let picture = image(database, "a.png").await;
    searched.wait_for("", &["a.png"]).await;
    let mut version = caption(database, &picture, human, "word0", None).await.version;
    let id = database.list_captions(&OPERATOR, picture.id).await.unwrap().unwrap()[0].id;
    // On a busy machine some may be late.
    let mut times = Vec::new();
    for round in 1..=ROUNDS {
        let now = OffsetDateTime::now_utc();
        let text = format!("word{round}");
        let Written::Done(caption) = database.change_caption(&OPERATOR, id, version, text.as_str(), now).await.unwrap()
        else {
            panic!("nobody else changes it")
        };
        version = caption.version;
        times.push(searched.wait_for(&text, &["a.png"]).await);
        assert!(searched.names(&format!("word{}", round - 1)).await.is_empty(), "what it was is found no more");
    }
    times.sort_unstable();
    assert!(times[ROUNDS / 2] < Duration::from_secs(1), "it takes {times:?}");
    let now = OffsetDateTime::now_utc();
    database.set_image_deleted(&OPERATOR, picture.id, Some(now)).await.unwrap();
    searched.wait_for("", &[]).await;
    database.set_image_deleted(&OPERATOR, picture.id, None).await.unwrap();
    searched.wait_for(&format!("word{ROUNDS}"), &["a.png"]).await;
    database.delete_dataset(&OPERATOR, "birds").await.unwrap();
    let began = Instant::now();
    while searched.index.status().indexed > 0 {
        assert!(began.elapsed() < PATIENCE, "what is gone with its dataset stays in the index");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    searched.end().await;
}

#[tokio::test]
async fn transaction_that_commits_late_is_not_missed() {
    let mut searched = Searched::start().await;
    let (early, late) = (image(searched.database(), "early.png").await, image(searched.database(), "late.png").await);
    let human = source(searched.database(), "human").await;
    searched.wait_for("", &["early.png", "late.png"]).await;
    // It changes first and commits last: its rows have the lower ids.
    let mut slow = PgConnection::connect(&searched.test.url()).await.unwrap();
    sqlx::query("BEGIN").execute(&mut slow).await.unwrap();
    sqlx::query("UPDATE dataset_images SET file_name = 'renamed.png' WHERE id = $1")
        .bind(late.id)
        .execute(&mut slow)
        .await
        .unwrap();
    caption(searched.database(), &early, human, "a bird", None).await;
    searched.wait_for("bird", &["early.png"]).await;
    // Also not by an index that was closed and opened between.
    searched.stop_following().await;
    searched.follow_again();
    searched.wait_for("bird", &["early.png"]).await;
    assert!(searched.names("name:renamed").await.is_empty());
    sqlx::query("COMMIT").execute(&mut slow).await.unwrap();
    searched.wait_for("name:renamed", &["renamed.png"]).await;
    searched.end().await;
}

#[tokio::test]
async fn servers_with_indexes_of_their_own_see_the_same() {
    let searched = Searched::start().await;
    let other = tempfile::tempdir().unwrap();
    let (second, following) = follow(other.path().join("search"), searched.database());
    image(searched.database(), "a.png").await;
    searched.wait_for("", &["a.png"]).await;
    let began = Instant::now();
    while second
        .matching_image_ids(&searched.scope().await, &query("name:a"), None, 9)
        .await
        .is_ok_and(|ids| ids.is_empty())
    {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Another program on the same folder leaves it alone.
    let third = SearchIndex::in_folder(searched.search_folder()).unwrap();
    assert_eq!(third.rebuild(searched.database()).await.unwrap(), SearchIndexBuild::Taken);
    // A job reaches them all.
    let folder = other.path().join("search");
    let before = [current(&searched.search_folder()), current(&folder)];
    let job = searched.database().create_reindex_job(&OPERATOR, OffsetDateTime::now_utc()).await.unwrap().unwrap();
    let began = Instant::now();
    while [searched.index.built_for(), second.built_for()] != [Some(job.id); 2] {
        assert!(began.elapsed() < PATIENCE);
        assert_eq!(searched.names("name:a").await, ["a.png"], "the old one answers meanwhile");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let built = [current(&searched.search_folder()), current(&folder)];
    assert!(built[0] != before[0] && built[1] != before[1]);
    following.abort();
    // An index is open for writing once.
    drop((following.await, second));
    // One that was away is built when it is back, and then not again.
    let (second, following) = follow(folder.clone(), searched.database());
    image(searched.database(), "b.png").await;
    searched.wait_for("", &["a.png", "b.png"]).await;
    let began = Instant::now();
    while second.status().indexed < 2 {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!([current(&searched.search_folder()), current(&folder)], built, "once is enough");
    following.abort();
    drop((following.await, second));
    let job = searched.database().create_reindex_job(&OPERATOR, OffsetDateTime::now_utc()).await.unwrap().unwrap();
    let (second, following) = follow(folder.clone(), searched.database());
    let began = Instant::now();
    while second.built_for() != Some(job.id) {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_ne!(current(&folder), built[1]);
    following.abort();
    drop(following.await);
    searched.end().await;
}

/// Which index of a folder counts.
fn current(folder: &std::path::Path) -> String {
    fs::read_to_string(folder.join("current")).expect("an index counts")
}

#[tokio::test]
async fn nobody_but_administrators_has_indexes_built_and_a_cancelled_job_asks_for_none() {
    let mut searched = Searched::start().await;
    image(searched.database(), "a.png").await;
    searched.wait_for("", &["a.png"]).await;
    searched.stop_following().await;
    let now = OffsetDateTime::now_utc();
    for reader in [Reader::anonymous(), Reader::user(Uuid::now_v7())] {
        assert!(searched.database().create_reindex_job(&reader, now).await.unwrap().is_none(), "{reader:?}");
    }
    let before = searched.index_folder();
    let job = searched.database().create_reindex_job(&OPERATOR, now).await.unwrap().unwrap();
    assert_eq!((job.dataset_id, job.state), (None, JobState::Waiting));
    assert!(searched.database().find_job(&Reader::anonymous(), job.id).await.unwrap().is_none());
    searched.database().cancel_job(&OPERATOR, job.id, now).await.unwrap();
    searched.follow_again();
    image(searched.database(), "b.png").await;
    searched.wait_for("", &["a.png", "b.png"]).await;
    assert_eq!(searched.index_folder(), before, "nobody asks for another");
    searched.database().resume_job(&OPERATOR, job.id).await.unwrap();
    let began = Instant::now();
    while searched.index.built_for() != Some(job.id) {
        assert!(began.elapsed() < PATIENCE, "a job that is taken up again asks again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_ne!(searched.index_folder(), before);
    // Who asked as an administrator and is none any more sees what became of it, and changes nothing.
    let owner = dataset(searched.database(), "boats").await;
    let asked =
        searched.database().create_reindex_job(&Reader { is_admin: true, ..owner }, now).await.unwrap().unwrap();
    assert!(searched.database().find_job(&owner, asked.id).await.unwrap().is_some());
    assert_eq!(searched.database().cancel_job(&owner, asked.id, now).await.unwrap(), Permitted::Unknown);
    assert_eq!(searched.database().resume_job(&owner, asked.id).await.unwrap(), Permitted::Unknown);
    searched.end().await;
}

#[tokio::test]
async fn index_comes_back_when_its_folder_is_deleted() {
    let searched = Searched::start().await;
    image(searched.database(), "a.png").await;
    searched.wait_for("", &["a.png"]).await;
    fs::remove_dir_all(searched.search_folder()).unwrap();
    searched.wait_for_state(IndexState::Degraded).await;
    assert_eq!(searched.names("").await, ["a.png"], "what was deleted is still held");
    image(searched.database(), "b.png").await;
    searched.wait_for("", &["a.png", "b.png"]).await;
    assert!(searched.index_folder().join("meta.json").exists());
    searched.end().await;
}

#[tokio::test]
async fn index_that_can_not_be_used_is_built_anew() {
    type Spoil = fn(&std::path::Path);
    let spoils: [(&str, Spoil); 5] = [
        ("damaged", |index| {
            let store = fs::read_dir(index).unwrap().map(|entry| entry.unwrap().path());
            let largest = store.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
            let mut bytes = fs::read(&largest).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            fs::write(largest, bytes).unwrap();
        }),
        ("cut off", |index| {
            for entry in fs::read_dir(index).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "idx" || extension == "term") {
                    fs::write(path, "").unwrap();
                }
            }
        }),
        ("without a beginning", |index| fs::write(index.join("meta.json"), "{").unwrap()),
        ("of another version", |index| {
            let meta = fs::read_to_string(index.join("meta.json")).unwrap();
            assert!(meta.contains(r#"\"version\":3"#), "{meta}");
            fs::write(index.join("meta.json"), meta.replace(r#"\"version\":3"#, r#"\"version\":2"#)).unwrap();
        }),
        ("with other fields", |index| {
            let meta = fs::read_to_string(index.join("meta.json")).unwrap();
            assert!(meta.contains(r#""name": "marks""#), "{meta}");
            fs::write(index.join("meta.json"), meta.replace(r#""name": "marks""#, r#""name": "remarks""#)).unwrap();
        }),
    ];
    let mut searched = Searched::start().await;
    image(searched.database(), "a.png").await;
    for (name, spoil) in spoils {
        searched.wait_for("", &["a.png"]).await;
        searched.stop_following().await;
        let before = searched.index_folder();
        spoil(&before);
        searched.follow_again();
        searched.wait_for("", &["a.png"]).await;
        assert_ne!(searched.index_folder(), before, "{name}");
        assert!(!before.exists(), "{name}");
    }
    // And one with which all is well is opened again, also by who has just built it.
    searched.stop_following().await;
    searched.index = SearchIndex::in_folder(searched.search_folder()).unwrap();
    assert_eq!(searched.index.rebuild(searched.database()).await.unwrap(), SearchIndexBuild::Done { images: 1 });
    let (index, database) = (searched.index.clone(), searched.database().clone());
    let following = tokio::spawn(async move { index.follow(&database).await });
    image(searched.database(), "b.png").await;
    searched.wait_for("", &["a.png", "b.png"]).await;
    following.abort();
    drop(following.await);
    searched.follow_again();
    searched.wait_for("", &["a.png", "b.png"]).await;
    searched.stop_following().await;
    let before = searched.index_folder();
    searched.follow_again();
    searched.wait_for("", &["a.png", "b.png"]).await;
    assert_eq!(searched.index_folder(), before);
    searched.end().await;
}

#[tokio::test]
async fn index_of_another_database_is_built_anew() {
    let mut searched = Searched::start().await;
    image(searched.database(), "a.png").await;
    searched.wait_for("", &["a.png"]).await;
    searched.stop_following().await;
    let before = searched.index_folder();
    // As `vasari restore` does: the same rows in the same database, but other tables. The old ones' transactions mean
    // nothing to whoever numbers transactions now.
    let mut connection = PgConnection::connect(&searched.test.url()).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE restored (LIKE index_changes INCLUDING ALL);
         INSERT INTO restored (dataset_id, image_id, written_by)
         SELECT dataset_id, image_id, 4000000000 FROM index_changes;
         DROP TABLE index_changes;
         ALTER TABLE restored RENAME TO index_changes;
         UPDATE swept_index_changes SET below = 4000000000;",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    searched.follow_again();
    searched.wait_for("", &["a.png"]).await;
    let built = searched.index_folder();
    assert_ne!(built, before);
    image(searched.database(), "b.png").await;
    searched.wait_for("", &["a.png", "b.png"]).await;
    assert_eq!(searched.index_folder(), built, "once is enough");
    searched.end().await;
}

#[tokio::test]
async fn index_that_missed_changes_is_built_anew() {
    let mut searched = Searched::start().await;
    image(searched.database(), "a.png").await;
    searched.wait_for("", &["a.png"]).await;
    let hour = time::Duration::hours(1);
    let past = OffsetDateTime::now_utc() - hour;
    assert_eq!(searched.database().sweep_index_changes(past).await.unwrap(), 0);
    // What was seen can be swept away.
    sweep_one(searched.database()).await;
    image(searched.database(), "b.png").await;
    searched.wait_for("", &["a.png", "b.png"]).await;
    sweep_one(searched.database()).await;
    searched.stop_following().await;
    let before = searched.index_folder();
    image(searched.database(), "c.png").await;
    sweep_one(searched.database()).await;
    searched.follow_again();
    searched.wait_for("", &["a.png", "b.png", "c.png"]).await;
    assert_ne!(searched.index_folder(), before);
    searched.wait_until_ready().await;
    assert_eq!(
        searched.index.status(),
        IndexStatus { state: IndexState::Ready, reason: None, indexed: 3, total: None }
    );
    searched.end().await;
}

/// Sweeps the one change that there is away, once the transactions of other tests allow it: Postgres numbers them all in
/// one row.
async fn sweep_one(database: &Database) {
    let began = Instant::now();
    let future = OffsetDateTime::now_utc() + time::Duration::hours(1);
    while database.sweep_index_changes(future).await.unwrap() == 0 {
        assert!(began.elapsed() < PATIENCE, "it is swept");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn index_that_is_damaged_while_it_answers_is_found_out_and_built_anew() {
    let searched = Searched::start().await;
    let human = source(searched.database(), "human").await;
    for name in ["a.png", "b.png"] {
        let picture = image(searched.database(), name).await;
        caption(searched.database(), &picture, human, "a bird", None).await;
    }
    searched.wait_for("bird", &["a.png", "b.png"]).await;
    let before = searched.index_folder();
    // The columns that orders are read from: in place, as a disk does it, because the files are mapped into memory.
    for entry in fs::read_dir(&before).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "fast") {
            let length = fs::metadata(&path).unwrap().len() as usize;
            let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all(&vec![0xff; length]).unwrap();
        }
    }
    let began = Instant::now();
    while searched.index_folder() == before {
        assert!(began.elapsed() < PATIENCE, "nobody finds it out");
        // A search that fails is what has the files looked at.
        drop(searched.names_if_open("bird").await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    searched.wait_for("bird", &["a.png", "b.png"]).await;
    assert!(!before.exists());
    searched.end().await;
}
