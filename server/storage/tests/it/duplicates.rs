//! Near-duplicates: what pictures are compared by, groups that are none, and one caption kept for several pictures.

use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    captions::{NewCaption, Written},
    datasets::{Permitted, Role},
    duplicates::DuplicateKind,
    images::ImageFilter,
    jobs::{Job, JobRequest, JobState, KeepCaptionJob, KeptImage},
};
use vasari_storage_testing::TestDatabase;

use crate::{
    datasets::{caption, dataset, image, now, person, source, word},
    jobs::{asked, job},
};

const BIRDS: &str = "birds";

/// A dataset of four pictures: its owner, an annotator, and the pictures.
async fn set_up(database: &Database) -> (Reader, Reader, Vec<Uuid>) {
    let (owner, anna) = (person(database, "owner").await, person(database, "Anna").await);
    dataset(database, BIRDS, &owner).await;
    let member = database.set_member(&owner, BIRDS, anna.user.unwrap(), Some(Role::Annotator), now());
    assert_eq!(word(&member.await.unwrap()), "done");
    let mut images = vec![];
    for name in ["a.png", "b.png", "c.png", "d.png"] {
        images.push(image(database, BIRDS, name).await.id);
    }
    (owner, anna, images)
}

async fn own(database: &Database, reader: &Reader, image: Uuid, version: Option<i32>, text: &str) -> i32 {
    let new = NewCaption { text: text.into(), ..NewCaption::default() };
    match database.put_own_caption(reader, image, version, &new, now()).await.unwrap() {
        Written::Done(caption) => caption.version,
        refused => panic!("{refused:?}"),
    }
}

/// What everybody says of a picture, by source.
async fn said(database: &Database, reader: &Reader, image: Uuid) -> Vec<(String, String, i32)> {
    let captions = database.list_captions(reader, image).await.unwrap().unwrap();
    captions.into_iter().map(|caption| (caption.source, caption.text, caption.version)).collect()
}

/// Does a job as a server does. How it is then.
async fn work(database: &Database, asked: &Job) -> Job {
    database.start_job(asked.id, now()).await.unwrap();
    let planned = job(database, asked.id).await;
    match &planned.request {
        JobRequest::KeepCaption(request) => {
            assert!(database.plan_keeping(&planned, request).await.unwrap());
            for position in database.keep_items(&planned, request, (0, 1000), now()).await.unwrap() {
                database.fail_item(planned.id, position, "refused", true).await.unwrap();
            }
        }
        JobRequest::Rollback(request) => {
            assert!(database.plan_rolling_back(&planned, request.job).await.unwrap());
            database.roll_back_step(&planned, request.job, (0, 1000), now()).await.unwrap();
        }
        other => panic!("{other:?}"),
    }
    database.finish_job(planned.id, now()).await.unwrap();
    job(database, asked.id).await
}

fn keeping(text: &str, images: &[(Uuid, Option<i32>)]) -> JobRequest {
    let images = images.iter().map(|(id, version)| KeptImage { id: *id, version: *version }).collect();
    JobRequest::KeepCaption(KeepCaptionJob { text: text.into(), of_source: "found".into(), images })
}

async fn roll_back(database: &Database, reader: &Reader, of: &Job) -> Job {
    match database.roll_back_job(reader, of.id, now()).await.unwrap() {
        Permitted::Done(rollback) => work(database, &rollback).await,
        refused => panic!("{refused:?}"),
    }
}

#[tokio::test]
async fn kept_caption_is_ones_own_and_can_be_taken_back() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (_, anna, images) = set_up(database).await;
    let found = source(database, BIRDS, "found").await;
    for id in &images {
        let picture = database.find_image(&anna, *id).await.unwrap().unwrap();
        caption(database, &picture, found, "a bird").await;
    }
    own(database, &anna, images[1], None, "a robin").await;
    own(database, &anna, images[2], None, "a bird sings").await;
    let stale = own(database, &anna, images[3], None, "a wren").await;
    own(database, &anna, images[3], Some(stale), "a wren sings").await;
    let seen = [(images[0], None), (images[1], Some(1)), (images[2], Some(1)), (images[3], Some(stale))];
    let asked = asked(database, &anna, BIRDS, keeping("a bird sings", &seen)).await;
    let kept = work(database, &asked).await;
    assert_eq!((kept.state, kept.total, kept.done, kept.failed), (JobState::Succeeded, Some(4), 3, 1));
    assert_eq!(database.count_changed_captions(kept.id).await.unwrap(), 2, "one said so already");
    for (place, (text, version)) in
        [("a bird sings", 1), ("a bird sings", 2), ("a bird sings", 1), ("a wren sings", 2)].into_iter().enumerate()
    {
        let captions = said(database, &anna, images[place]).await;
        assert_eq!(captions[0], ("anna".into(), text.into(), version), "picture {place}");
        assert_eq!(captions[1], ("found".into(), "a bird".into(), 1), "what others say stays");
    }
    // The history says which job it was.
    let written = database.list_captions(&anna, images[1]).await.unwrap().unwrap()[0].clone();
    let versions = database.list_caption_versions(&anna, written.id).await.unwrap().unwrap();
    assert_eq!(versions.iter().map(|version| version.job).collect::<Vec<_>>(), [Some(kept.id), None]);

    // A second look at the same items does nothing.
    let JobRequest::KeepCaption(request) = &kept.request else { panic!("{kept:?}") };
    let again = database.keep_items(&kept, request, (0, 1000), now()).await;
    assert!(matches!(again, Err(StorageError::Aborted)), "the job has ended: {again:?}");

    let rollback = roll_back(database, &anna, &kept).await;
    assert_eq!((rollback.state, rollback.done, rollback.failed), (JobState::Succeeded, 2, 0));
    assert_eq!(database.count_gone_captions(rollback.id).await.unwrap(), 1);
    assert_eq!(said(database, &anna, images[0]).await.len(), 1, "there was none before");
    assert_eq!(said(database, &anna, images[1]).await[0], ("anna".into(), "a robin".into(), 3));
    assert_eq!(said(database, &anna, images[3]).await[0].1, "a wren sings");
    test.drop_it().await;
}

#[tokio::test]
async fn captions_of_others_are_taken_away_by_owners_alone_and_never_once_changed() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, images) = set_up(database).await;
    let bert = person(database, "Bert").await;
    database.set_member(&owner, BIRDS, bert.user.unwrap(), Some(Role::Annotator), now()).await.unwrap();
    let all: Vec<_> = images.iter().map(|id| (*id, None)).collect();
    let asked = asked(database, &anna, BIRDS, keeping("a bird", &all)).await;
    let kept = work(database, &asked).await;
    assert_eq!((kept.done, kept.failed), (4, 0));
    own(database, &anna, images[0], Some(1), "a bird, changed").await;
    let refused = roll_back(database, &bert, &kept).await;
    assert_eq!((refused.done, refused.failed), (1, 3), "one has changed since, and the others are hers");
    assert_eq!(said(database, &anna, images[1]).await.len(), 1);
    let done = roll_back(database, &owner, &kept).await;
    assert_eq!((done.done, done.failed), (4, 0));
    assert_eq!(said(database, &anna, images[0]).await[0].1, "a bird, changed");
    for id in &images[1..] {
        assert_eq!(said(database, &anna, *id).await, []);
    }
    // There is nothing left that the rollback of the rollback could restore.
    let back = roll_back(database, &owner, &done).await;
    assert_eq!((back.state, back.total), (JobState::Succeeded, Some(0)));
    test.drop_it().await;
}

#[tokio::test]
async fn nothing_is_kept_by_who_may_not_or_where_it_does_not_belong() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, images) = set_up(database).await;
    let eve = person(database, "eve").await;
    dataset(database, "boats", &eve).await;
    let foreign = image(database, "boats", "boat.png").await.id;
    let request = keeping("mine", &[(images[0], None)]);
    assert_eq!(word(&database.create_job(&eve, BIRDS, request.clone(), now()).await.unwrap()), "unknown");
    database.set_member(&owner, BIRDS, eve.user.unwrap(), Some(Role::Viewer), now()).await.unwrap();
    assert_eq!(word(&database.create_job(&eve, BIRDS, request, now()).await.unwrap()), "forbidden");
    // A picture of another dataset is no item, whatever a request says.
    let asked = asked(database, &anna, BIRDS, keeping("mine", &[(images[0], None), (foreign, None)])).await;
    let demoted = work(database, &asked).await;
    assert_eq!((demoted.total, demoted.done), (Some(1), 1));
    assert_eq!(said(database, &eve, foreign).await, []);
    // Who may not write any more when the job gets there writes nothing.
    let late = crate::jobs::asked(database, &anna, BIRDS, keeping("late", &[(images[1], None)])).await;
    database.set_member(&owner, BIRDS, anna.user.unwrap(), Some(Role::Viewer), now()).await.unwrap();
    let late = work(database, &late).await;
    assert_eq!((late.done, late.failed), (0, 1));
    assert_eq!(said(database, &owner, images[1]).await, []);
    test.drop_it().await;
}

#[tokio::test]
async fn groups_are_dismissed_and_taken_back_by_those_who_may() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, images) = set_up(database).await;
    let (vera, eve) = (person(database, "vera").await, person(database, "eve").await);
    database.set_member(&owner, BIRDS, vera.user.unwrap(), Some(Role::Viewer), now()).await.unwrap();
    let dismiss = async |reader: &Reader, images: &[Uuid]| {
        database.dismiss_duplicates(reader, BIRDS, DuplicateKind::Image, images, now()).await.unwrap()
    };
    assert_eq!(word(&dismiss(&eve, &images[..2]).await), "unknown");
    assert_eq!(word(&dismiss(&vera, &images[..2]).await), "forbidden");
    assert_eq!(word(&dismiss(&anna, &[images[0], Uuid::from_u128(7)]).await), "unknown", "one is not there");
    let Permitted::Done(dismissal) = dismiss(&anna, &[images[1], images[0], images[1]]).await else { panic!() };
    assert_eq!(dismissal.images, images[..2]);
    let list = async |reader: &Reader, kind| {
        database.list_dismissals(reader, BIRDS, kind, None, 10).await.unwrap().map(|list| list.len())
    };
    assert_eq!(list(&vera, DuplicateKind::Image).await, Some(1));
    assert_eq!(list(&vera, DuplicateKind::Caption).await, Some(0));
    assert_eq!(list(&eve, DuplicateKind::Image).await, None);
    let take_back = async |reader: &Reader| word(&database.delete_dismissal(reader, dismissal.id).await.unwrap());
    assert_eq!(take_back(&eve).await, "unknown");
    assert_eq!(take_back(&vera).await, "forbidden");
    assert_eq!(take_back(&anna).await, "done");
    assert_eq!(take_back(&anna).await, "unknown");
    assert_eq!(list(&vera, DuplicateKind::Image).await, Some(0));
    test.drop_it().await;
}

#[tokio::test]
async fn pictures_are_compared_by_what_the_reader_may_see() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, images) = set_up(database).await;
    let eve = person(database, "eve").await;
    let found = source(database, BIRDS, "found").await;
    for (number, id) in images[..3].iter().enumerate() {
        let picture = database.find_image(&owner, *id).await.unwrap().unwrap();
        caption(database, &picture, found, &format!("bird {number}")).await;
    }
    let compared = async |reader: &Reader, filter: ImageFilter, among: Option<&[Uuid]>, source: Option<&str>| {
        database.compared_images(reader, BIRDS, (&filter, among), source, 10).await.unwrap()
    };
    let all = ImageFilter::default();
    assert_eq!(compared(&eve, all.clone(), None, None).await, None);
    let hashed = compared(&anna, all.clone(), None, None).await.unwrap();
    assert_eq!(hashed.iter().map(|image| image.id).collect::<Vec<_>>(), images, "in the order of adding");
    assert!(hashed.iter().all(|image| image.hash.is_some() && image.text.is_empty()));
    let said = compared(&anna, all.clone(), None, Some("found")).await.unwrap();
    assert_eq!(said.iter().map(|image| image.text.as_str()).collect::<Vec<_>>(), ["bird 0", "bird 1", "bird 2"]);
    let lacking = ImageFilter { lacks_source: Some("found".into()), ..ImageFilter::default() };
    assert_eq!(compared(&anna, lacking, None, None).await.unwrap()[0].id, images[3]);
    assert_eq!(compared(&anna, all, Some(&images[1..]), Some("found")).await.unwrap().len(), 2);
    database.set_image_deleted(&owner, images[0], Some(now())).await.unwrap();
    assert_eq!(compared(&anna, ImageFilter::default(), None, Some("found")).await.unwrap().len(), 2);
    test.drop_it().await;
}

#[tokio::test]
async fn hashes_that_are_missing_are_made_once() {
    let test = TestDatabase::create().await;
    let database = test.database();
    set_up(database).await;
    assert_eq!(database.unhashed_images(&[]).await.unwrap(), Vec::<Vec<u8>>::new());
    test.execute("UPDATE images SET perceptual_hash = NULL").await;
    let missing = database.unhashed_images(&[]).await.unwrap();
    assert!(!missing.is_empty() && missing.is_sorted());
    let made: Vec<_> = missing.iter().map(|sum| (sum.clone(), u64::MAX)).collect();
    database.store_perceptual_hashes(&made).await.unwrap();
    assert_eq!(database.unhashed_images(&[]).await.unwrap(), Vec::<Vec<u8>>::new());
    let other: Vec<_> = made.iter().map(|(sum, _)| (sum.clone(), 0)).collect();
    database.store_perceptual_hashes(&other).await.unwrap();
    let (operator, all) = (Reader::operator(), ImageFilter::default());
    let hashed = database.compared_images(&operator, BIRDS, (&all, None), None, 10).await.unwrap().unwrap();
    assert!(hashed.iter().all(|image| image.hash == Some(u64::MAX)), "what is there stays");
    test.drop_it().await;
}
