//! What the tables themselves refuse, whoever writes to them.

use serde_json::json;
use uuid::Uuid;
use vasari_storage::{
    datasets::Permitted,
    sources::{AddedSource, ModelSource, NewSource, NewSourceKind},
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{OPERATOR, caption, dataset, image, now, person, source};

/// Runs a statement that the tables must refuse with a sentence that has `words` in it.
async fn refused(test: &TestDatabase, statement: &str, words: &str) {
    use sqlx::{Connection, PgConnection};

    let mut connection = PgConnection::connect(&test.url()).await.unwrap();
    let outcome = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await;
    let error = outcome.expect_err(statement).to_string();
    assert!(error.contains(words), "{statement}: {error}");
}

#[tokio::test]
async fn history_of_a_caption_goes_with_the_caption_and_not_before() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    let found = source(database, "birds", "found").await;
    for name in ["a.png", "b.png", "c.png"] {
        let picture = image(database, "birds", name).await;
        let first = caption(database, &picture, found, "a bird").await;
        database.change_caption(&owner, first.id, 1, "a duck", now()).await.unwrap();
    }
    let versions = async || test.number("SELECT count(*) FROM caption_versions").await;
    let words = "the history of captions is only ever added to";
    refused(&test, "UPDATE caption_versions SET text = 'x'", words).await;
    refused(&test, "DELETE FROM caption_versions", words).await;
    refused(&test, "DELETE FROM caption_versions WHERE version = 1", words).await;
    refused(&test, "TRUNCATE caption_versions", words).await;
    refused(&test, "TRUNCATE captions CASCADE", words).await;
    assert_eq!(versions().await, 6);
    // With the caption, the picture, the source, the dataset.
    test.execute("DELETE FROM captions WHERE id IN (SELECT id FROM captions ORDER BY id LIMIT 1)").await;
    assert_eq!(versions().await, 4);
    test.execute("DELETE FROM dataset_images WHERE id IN (SELECT image_id FROM captions ORDER BY id LIMIT 1)").await;
    assert_eq!(versions().await, 2);
    assert!(matches!(database.delete_source(&owner, "birds", "found").await.unwrap(), Permitted::Done(_)));
    assert_eq!(versions().await, 0);
    let again = source(database, "birds", "again").await;
    let picture = image(database, "birds", "d.png").await;
    caption(database, &picture, again, "a goose").await;
    database.delete_dataset(&OPERATOR, "birds").await.unwrap();
    assert_eq!(versions().await, 0);
    test.drop_it().await;
}

fn florence(slug: &str, revision: Option<&str>, parameters: serde_json::Value) -> NewSource {
    let (model, task) = ("florence".to_owned(), "<CAPTION>".to_owned());
    let kind = NewSourceKind::Model { model, revision: revision.map(str::to_owned), task, parameters };
    NewSource { id: Uuid::now_v7(), slug: slug.into(), kind }
}

#[tokio::test]
async fn model_with_what_it_is_asked_is_one_source() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    for slug in ["birds", "boats"] {
        dataset(database, slug, &owner).await;
    }
    let add = async |dataset: &str, new: NewSource| match database.create_source(&owner, dataset, &new, now()).await {
        Ok(Permitted::Done(AddedSource::New(_))) => "new".to_owned(),
        Ok(Permitted::Done(AddedSource::SameAs(slug))) => format!("same as {slug}"),
        other => panic!("{other:?}"),
    };
    let beams = |count: i32| json!({ "num_beams": count, "max_length": 20 });
    assert_eq!(add("birds", florence("one", None, beams(3))).await, "new");
    assert_eq!(add("birds", florence("two", None, beams(3))).await, "same as one", "no revision is one like another");
    assert_eq!(add("birds", florence("two", None, json!({ "max_length": 20, "num_beams": 3.0 }))).await, "same as one");
    assert_eq!(add("birds", florence("two", Some("1"), beams(3))).await, "new");
    assert_eq!(add("birds", florence("three", Some("1"), beams(3))).await, "same as two");
    assert_eq!(add("birds", florence("three", Some("1"), beams(1))).await, "new");
    assert_eq!(add("boats", florence("one", None, beams(3))).await, "new", "each dataset has its own");
    // A job finds what was made by hand.
    let dataset = database.find_dataset(&owner, "birds").await.unwrap().unwrap().id;
    let (model, task) = ("florence".to_owned(), "<CAPTION>".to_owned());
    let wanted = ModelSource { model, revision: None, task, parameters: beams(3) };
    let ensured = database.ensure_model_source(&owner, dataset, &wanted).await.unwrap();
    assert!(matches!(&ensured, Permitted::Done((_, slug)) if slug == "one"), "{ensured:?}");
    // Those who go past all this are stopped by the table, also with more parameters than an index takes.
    let long = json!({ "text": "x".repeat(15_000) });
    assert_eq!(add("birds", florence("long", None, long)).await, "new");
    for source in ["one", "long"] {
        let double = format!(
            "INSERT INTO caption_sources
                 (id, dataset_id, slug, kind, model, model_revision, task, parameters, created_at)
             SELECT gen_random_uuid(), dataset_id, 'double', kind, model, model_revision, task, parameters, now()
             FROM caption_sources WHERE slug = '{source}' AND dataset_id = '{dataset}'"
        );
        refused(&test, &double, "caption_sources_model_key").await;
    }
    test.drop_it().await;
}

#[tokio::test]
async fn sources_that_were_made_twice_before_stay_apart() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    database.create_source(&owner, "birds", &florence("one", None, json!({})), now()).await.unwrap();
    test.execute("DROP INDEX caption_sources_model_key").await;
    for slug in ["two", "three"] {
        test.execute(&format!(
            "INSERT INTO caption_sources (id, dataset_id, slug, kind, model, task, parameters, created_at)
             SELECT gen_random_uuid(), dataset_id, '{slug}', kind, model, task, parameters, now()
             FROM caption_sources WHERE slug = 'one'"
        ))
        .await;
    }
    let migration = include_str!("../../../../migrations/0013_guards.sql");
    let part = |from: &str| {
        let begin = migration.find(from).expect("the migration does so");
        let end = migration[begin..].find(';').expect("a statement ends");
        &migration[begin..=begin + end]
    };
    test.execute(part("UPDATE caption_sources")).await;
    test.execute(part("CREATE UNIQUE INDEX caption_sources_model_key")).await;
    let sources = database.list_sources(&owner, "birds", None, 10).await.unwrap().unwrap();
    let parameters: Vec<_> = sources.iter().map(|source| source.parameters.clone().unwrap_or_default()).collect();
    assert_eq!(sources.len(), 3, "none is lost");
    assert_eq!(parameters.iter().filter(|parameters| **parameters == json!({})).count(), 1, "{parameters:?}");
    let told = parameters.iter().filter(|parameters| parameters["double_of"].is_string()).count();
    assert_eq!(told, 2, "{parameters:?}");
    test.drop_it().await;
}

#[tokio::test]
async fn jobs_of_the_whole_instance_belong_to_no_dataset() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    let of_dataset = "INSERT INTO jobs (id, dataset_id, kind, request, created_at)
                      SELECT gen_random_uuid(), id, 'reindex', '{\"kind\": \"reindex\"}', now() FROM datasets";
    refused(&test, of_dataset, "jobs_reindex_check").await;
    let reindex = vasari_storage::jobs::JobRequest::Reindex;
    assert_eq!(database.create_job(&owner, "birds", reindex, now()).await.unwrap(), Permitted::Unknown);
    test.drop_it().await;
}
