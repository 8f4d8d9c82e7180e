//! What sources say of a picture: models that speak again, people who write, and what was said before.

use serde_json::json;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    captions::{Caption, CaptionChange, NewCaption, Run, Status, Stored, Written},
    datasets::{Permitted, Role},
    images::DatasetImage,
    sources::{ModelSource, NewSource, NewSourceKind, SOURCE_TAKEN, SourceKind},
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{OPERATOR, dataset, image, now, person, source};

fn said(text: &str) -> NewCaption {
    NewCaption { text: text.into(), ..NewCaption::default() }
}

fn model(revision: &str, beams: u32) -> ModelSource {
    ModelSource {
        model: "microsoft/Florence-2-base".into(),
        revision: Some(revision.into()),
        task: "<CAPTION>".into(),
        parameters: json!({ "num_beams": beams }),
    }
}

/// A dataset with one picture, its owner, and an annotator.
async fn set_up(database: &Database) -> (Reader, Reader, DatasetImage) {
    let (owner, anna) = (person(database, "owner").await, person(database, "Anna").await);
    dataset(database, "birds", &owner).await;
    let role = Some(Role::Annotator);
    let set = database.set_member(&owner, "birds", anna.user.unwrap(), role, now()).await.unwrap();
    assert_eq!(set, Permitted::Done(()));
    let file = image(database, "birds", "a.png").await;
    (owner, anna, file)
}

#[track_caller]
fn done(written: Result<Written, StorageError>) -> Caption {
    match written.unwrap() {
        Written::Done(caption) => caption,
        refused => panic!("{refused:?}"),
    }
}

#[tokio::test]
async fn model_is_one_source_for_what_it_was_asked() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, _) = set_up(database).await;
    let id = database.find_dataset(&owner, "birds").await.unwrap().unwrap().id;
    let ensure = async |reader: &Reader, source: &ModelSource| match database
        .ensure_model_source(reader, id, source)
        .await
        .unwrap()
    {
        Permitted::Done((_, slug)) => slug,
        refused => format!("{refused:?}"),
    };
    // At the same moment, as several servers would.
    let sources = [model("a", 3), model("a", 1), model("b", 3)];
    let (first, same, others, newer) = tokio::join!(
        ensure(&anna, &sources[0]),
        ensure(&anna, &sources[0]),
        ensure(&owner, &sources[1]),
        ensure(&OPERATOR, &sources[2]),
    );
    assert_eq!(first, same);
    let mut all = [first.clone(), others, newer];
    all.sort();
    assert_eq!(all, ["florence-2-base.caption", "florence-2-base.caption-2", "florence-2-base.caption-3"]);
    assert!(matches!(database.rename_source(&owner, "birds", &first, "good").await.unwrap(), Permitted::Done(_)));
    assert_eq!(ensure(&anna, &sources[0]).await, "good", "a name is only a name");
    let viewer = person(database, "viewer").await;
    assert_eq!(ensure(&viewer, &sources[0]).await, "Unknown");
    database.set_member(&owner, "birds", viewer.user.unwrap(), Some(Role::Viewer), now()).await.unwrap();
    assert_eq!(ensure(&viewer, &sources[0]).await, "Forbidden(Annotator)");
    let none = database.ensure_model_source(&OPERATOR, Uuid::nil(), &sources[0]).await.unwrap();
    assert_eq!(none, Permitted::Unknown);
    test.drop_it().await;
}

#[tokio::test]
async fn source_that_speaks_again_leaves_alone_what_a_person_decided() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, file) = set_up(database).await;
    let found = source(database, "birds", "found").await;
    let put = async |text: &str| match database.put_source_caption(&anna, file.id, found, &said(text), now()).await {
        Ok(Run::Done(stored, caption)) => (stored, caption),
        other => panic!("{other:?}"),
    };
    let (stored, first) = put("a bird").await;
    assert_eq!((stored, first.version, first.edited), (Stored::Created, 1, false));
    assert_eq!(put("a bird").await, (Stored::Unchanged, first.clone()));
    let (stored, second) = put("a gull").await;
    assert_eq!((stored, second.id, second.version), (Stored::Updated, first.id, 2));

    let approved = database.set_caption_status(&owner, first.id, 2, Status::Approved, now()).await;
    assert_eq!(done(approved).status, Status::Approved);
    let (stored, kept) = put("a duck").await;
    assert_eq!((stored, kept.text.as_str(), kept.version), (Stored::Kept, "a gull", 3));

    let regions = json!([{ "label": "gull", "box": [0, 0, 1, 1] }]);
    let change = CaptionChange { text: Some("two gulls".into()), regions: Some(regions.clone()) };
    let edited = done(database.change_caption(&anna, first.id, 3, change, now()).await);
    assert!(edited.edited && edited.status == Status::Draft && edited.regions == Some(regions.clone()));
    let (stored, kept) = put("a duck").await;
    assert_eq!((stored, kept.text.as_str()), (Stored::Kept, "two gulls"));
    let moved = CaptionChange { text: None, regions: Some(json!([])) };
    let moved = done(database.change_caption(&anna, first.id, 4, moved, now()).await);
    assert_eq!((moved.text.as_str(), moved.regions), ("two gulls", Some(json!([]))));

    // What the model said is the model's again, and may be said anew.
    let restored = done(database.restore_caption(&anna, first.id, 5, 2, now()).await);
    assert_eq!((restored.text.as_str(), restored.version, restored.edited), ("a gull", 6, false));
    assert_eq!(put("a duck").await.0, Stored::Updated);
    let versions = database.list_caption_versions(&anna, first.id).await.unwrap().unwrap();
    let told: Vec<_> = versions.iter().map(|past| (past.version, past.text.as_str(), past.edited)).collect();
    let expected = [
        (7, "a duck", false),
        (6, "a gull", false),
        (5, "two gulls", true),
        (4, "two gulls", true),
        (3, "a gull", false),
        (2, "a gull", false),
        (1, "a bird", false),
    ];
    assert_eq!(told, expected);
    assert_eq!(versions[3].regions, Some(regions));

    let late = database.restore_caption(&anna, first.id, 6, 1, now()).await.unwrap();
    assert!(matches!(late, Written::Changed(Caption { version: 7, .. })));
    assert_eq!(database.restore_caption(&anna, first.id, 7, 99, now()).await.unwrap(), Written::Unknown);
    let stranger = person(database, "stranger").await;
    assert_eq!(database.restore_caption(&stranger, first.id, 7, 1, now()).await.unwrap(), Written::Unknown);
    let refused = database.put_source_caption(&stranger, file.id, found, &said("x"), now()).await.unwrap();
    assert_eq!(refused, Run::Unknown);
    test.drop_it().await;
}

#[tokio::test]
async fn person_writes_one_caption_of_a_picture() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, file) = set_up(database).await;
    source(database, "birds", "anna").await;
    let put = async |reader: &Reader, version, text: &str| {
        database.put_own_caption(reader, file.id, version, &said(text), now()).await
    };
    assert_eq!(put(&anna, Some(1), "a bird").await.unwrap(), Written::Unknown, "there is no version 1 yet");
    let (one, other) = tokio::join!(put(&anna, None, "a gull"), put(&anna, None, "a gull"));
    let outcomes = [one.unwrap(), other.unwrap()];
    let firsts = outcomes.iter().filter(|outcome| matches!(outcome, Written::Done(_))).count();
    let seconds = outcomes.iter().filter(|outcome| matches!(outcome, Written::Changed(_))).count();
    assert_eq!((firsts, seconds), (1, 1), "{outcomes:?}");
    let first = database.list_captions(&anna, file.id).await.unwrap().unwrap().remove(0);
    assert_eq!((first.source.as_str(), first.version), ("anna-2", 1), "another source has her name");
    let second = done(put(&anna, Some(1), "two gulls").await);
    assert_eq!((second.id, second.version, second.edited), (first.id, 2, false));
    assert_eq!(put(&anna, Some(1), "three").await.unwrap(), Written::Changed(second.clone()));
    assert_eq!(done(put(&owner, None, "mine").await).source, "owner");
    let viewer = person(database, "viewer").await;
    assert_eq!(put(&viewer, None, "x").await.unwrap(), Written::Unknown);
    database.set_member(&owner, "birds", viewer.user.unwrap(), Some(Role::Viewer), now()).await.unwrap();
    assert_eq!(put(&viewer, None, "x").await.unwrap(), Written::Forbidden(Role::Annotator));
    assert_eq!(put(&OPERATOR, None, "x").await.unwrap(), Written::Unknown, "the program is nobody");
    let by_run = database.list_sources(&anna, "birds", None, 10).await.unwrap().unwrap();
    let own = by_run.iter().find(|source| source.is_own).unwrap();
    assert_eq!((own.slug.as_str(), own.kind, own.captions), ("anna-2", SourceKind::Person, 1));
    let run = database.put_source_caption(&anna, file.id, own.id, &said("a robot"), now()).await.unwrap();
    assert_eq!(run, Run::Unknown, "nobody speaks for a person");

    let late = database.delete_own_caption(&anna, file.id, 1).await.unwrap();
    assert!(matches!(late, Written::Changed(Caption { version: 2, .. })));
    assert_eq!(done(database.delete_own_caption(&anna, file.id, 2).await), second);
    assert_eq!(database.delete_own_caption(&anna, file.id, 2).await.unwrap(), Written::Unknown);
    assert_eq!(done(put(&anna, None, "again").await).source, "anna-2");
    test.drop_it().await;
}

#[tokio::test]
async fn source_goes_with_its_captions_alone() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, file) = set_up(database).await;
    let (found, other) = (source(database, "birds", "found").await, source(database, "birds", "other").await);
    for source in [found, other] {
        let run = database.put_source_caption(&anna, file.id, source, &said("a bird"), now()).await.unwrap();
        assert!(matches!(run, Run::Done(Stored::Created, _)));
    }
    let counts = async || {
        let sources = database.list_sources(&anna, "birds", None, 10).await.unwrap().unwrap();
        sources.into_iter().map(|source| (source.slug, source.captions)).collect::<Vec<_>>()
    };
    assert_eq!(counts().await, [("found".to_owned(), 1), ("other".to_owned(), 1)]);
    let after = database.list_sources(&anna, "birds", Some("found"), 10).await.unwrap().unwrap();
    assert_eq!((after.len(), after[0].slug.as_str()), (1, "other"));
    database.set_image_deleted(&owner, file.id, Some(now())).await.unwrap();
    assert_eq!(counts().await[0].1, 0, "the picture is gone");
    database.set_image_deleted(&owner, file.id, None).await.unwrap();

    let again = NewSource { id: Uuid::now_v7(), slug: "found".into(), kind: NewSourceKind::Import };
    let taken = database.create_source(&anna, "birds", &again, now()).await.unwrap_err();
    assert!(matches!(taken, StorageError::Conflict(constraint) if constraint == SOURCE_TAKEN));
    let taken = database.rename_source(&owner, "birds", "found", "other").await.unwrap_err();
    assert!(matches!(taken, StorageError::Conflict(constraint) if constraint == SOURCE_TAKEN));
    let forbidden = Permitted::Forbidden(Role::Owner);
    assert_eq!(database.rename_source(&anna, "birds", "found", "mine").await.unwrap(), forbidden);
    assert_eq!(database.delete_source(&anna, "birds", "found").await.unwrap(), forbidden);
    assert_eq!(database.delete_source(&Reader::anonymous(), "birds", "found").await.unwrap(), Permitted::Unknown);
    assert_eq!(database.list_sources(&Reader::anonymous(), "birds", None, 10).await.unwrap(), None);
    assert_eq!(database.delete_source(&owner, "birds", "found").await.unwrap(), Permitted::Done(found));
    assert_eq!(database.delete_source(&owner, "birds", "found").await.unwrap(), Permitted::Unknown);
    assert_eq!(counts().await, [("other".to_owned(), 1)]);
    assert_eq!(database.list_captions(&anna, file.id).await.unwrap().unwrap().len(), 1);
    test.drop_it().await;
}
