//! Review: who is given which picture, what they decide, and what the numbers say of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    captions::{Caption, Status, Written},
    datasets::{Permitted, Role},
    images::ImageFilter,
    review::{DecisionId, LEASE, Lease, NextReview, ReviewProgress, ReviewScope, Verdict},
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{OPERATOR, caption, dataset, image, now, person, source, word};

/// A dataset with an owner, reviewers, and pictures with a submitted caption each.
pub(crate) struct Desk {
    pub(crate) owner: Reader,
    pub(crate) reviewers: Vec<Reader>,
    pub(crate) images: Vec<Uuid>,
    pub(crate) captions: Vec<Caption>,
}

pub(crate) async fn set_up(database: &Database, reviewers: usize, images: usize) -> Desk {
    let owner = person(database, "Owner").await;
    dataset(database, "birds", &owner).await;
    let mut desk = Desk { owner, reviewers: vec![], images: vec![], captions: vec![] };
    for number in 0..reviewers {
        let reviewer = person(database, &format!("Reviewer {number}")).await;
        set_role(database, &owner, &reviewer, Some(Role::Reviewer)).await;
        desk.reviewers.push(reviewer);
    }
    let found = source(database, "birds", "found").await;
    for number in 0..images {
        let picture = image(database, "birds", &format!("{}.png", "i".repeat(number + 1))).await;
        let said = caption(database, &picture, found, &format!("number {number}")).await;
        desk.captions.push(submit(database, &owner, &said).await);
        desk.images.push(picture.id);
    }
    desk
}

pub(crate) async fn set_role(database: &Database, owner: &Reader, reader: &Reader, role: Option<Role>) {
    let set = database.set_member(owner, "birds", reader.user.unwrap(), role, now()).await.unwrap();
    assert_eq!(set, Permitted::Done(()));
}

pub(crate) fn done(written: Written) -> Caption {
    match written {
        Written::Done(caption) => caption,
        refused => panic!("{refused:?}"),
    }
}

async fn submit(database: &Database, reader: &Reader, caption: &Caption) -> Caption {
    let submitted = database.set_caption_status(reader, caption.id, caption.version, Status::Submitted, now()).await;
    done(submitted.unwrap())
}

async fn next(database: &Database, reader: &Reader, scope: ReviewScope, now: OffsetDateTime) -> NextReview {
    match database.next_review(reader, "birds", scope, now).await.unwrap() {
        Permitted::Done(next) => next,
        refused => panic!("{refused:?}"),
    }
}

pub(crate) async fn taken(database: &Database, reader: &Reader, now: OffsetDateTime) -> Option<Lease> {
    next(database, reader, ReviewScope::default(), now).await.lease
}

pub(crate) async fn decide(
    database: &Database,
    reader: &Reader,
    caption: &Caption,
    verdict: impl Into<Verdict>,
) -> Caption {
    done(database.review_caption(reader, caption.id, caption.version, verdict.into(), now()).await.unwrap())
}

fn because(reason: &str) -> Verdict {
    Verdict { reason: Some(reason.into()), ..Status::Rejected.into() }
}

async fn progress(database: &Database, reader: &Reader) -> ReviewProgress {
    match database.review_progress(reader, "birds", now()).await.unwrap() {
        Permitted::Done(progress) => progress,
        refused => panic!("{refused:?}"),
    }
}

/// What the counts say and what the captions themselves do.
async fn expect_true_counts(test: &TestDatabase) {
    let wrong = test
        .number(
            "SELECT count(*) FROM (
                 SELECT source_id, status, sum(captions) AS captions FROM caption_counts GROUP BY 1, 2
                 HAVING sum(captions) <> 0
                 EXCEPT
                 SELECT source_id, status, count(*) FROM captions JOIN dataset_images AS image ON image.id = image_id
                 WHERE deleted_at IS NULL GROUP BY 1, 2
             ) AS wrong",
        )
        .await;
    assert_eq!(wrong, 0, "the counts by state are what there is");
    // A piece alone may be below nothing: a decision can be taken back by another connection.
    let below = "SELECT count(*) FROM (
                     SELECT FROM review_counts GROUP BY dataset_id, reviewer, status HAVING sum(decisions) < 0
                 ) AS below";
    assert_eq!(test.number(below).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_reviewers_at_once_never_look_at_the_same_picture_and_miss_none() {
    const REVIEWERS: usize = 8;
    const IMAGES: usize = 120;
    let test = TestDatabase::create().await;
    let desk = set_up(test.database(), REVIEWERS, IMAGES).await;
    let (held, all) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(Mutex::new(Vec::new())));
    let captions: Arc<HashMap<Uuid, Caption>> = Arc::new(desk.images.iter().copied().zip(desk.captions).collect());
    let mut working = vec![];
    // Each of them in two tabs: one person looks at one picture, so both show the same.
    for (number, reviewer) in desk.reviewers.iter().chain(&desk.reviewers).copied().enumerate() {
        let (held, all, captions) = (Arc::clone(&held), Arc::clone(&all), Arc::clone(&captions));
        let database = test.database().clone();
        working.push(tokio::spawn(async move {
            let mut misses = 0;
            while misses < 3 {
                let Some(lease) = taken(&database, &reviewer, now()).await else {
                    misses += 1;
                    tokio::task::yield_now().await;
                    continue;
                };
                let holder = held.lock().unwrap().insert(lease.image, reviewer);
                assert!(holder.is_none_or(|holder| holder == reviewer), "{lease:?} is somebody else's");
                tokio::time::sleep(std::time::Duration::from_millis(number as u64 % 3)).await;
                assert_eq!(held.lock().unwrap().get(&lease.image), Some(&reviewer), "nobody took it meanwhile");
                let caption = &captions[&lease.image];
                let status = if number % 2 == 0 { Status::Approved } else { Status::Rejected };
                let decided =
                    database.review_caption(&reviewer, caption.id, caption.version, status.into(), now()).await;
                match decided.unwrap() {
                    Written::Done(_) => all.lock().unwrap().push(lease.image),
                    // Their other tab was quicker.
                    Written::Changed(_) => {}
                    refused => panic!("{refused:?}"),
                }
            }
        }));
    }
    for work in working {
        work.await.unwrap();
    }
    let mut decided = all.lock().unwrap().clone();
    decided.sort();
    assert_eq!(decided, desk.images, "each once, none left");
    let progress = progress(test.database(), &desk.owner).await;
    assert_eq!((progress.submitted, progress.decided()), (0, IMAGES as i64));
    let by_person: i64 = progress.people.iter().map(|person| person.approved + person.rejected).sum();
    assert_eq!(by_person, IMAGES as i64);
    assert_eq!(test.number("SELECT count(*) FROM review_leases").await, 0, "nobody looks at what is decided");
    expect_true_counts(&test).await;
    test.drop_it().await;
}

#[tokio::test]
async fn lease_that_nobody_renews_runs_out_and_the_picture_comes_back() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 2, 2).await;
    let ([anna, ben], now) = ([desk.reviewers[0], desk.reviewers[1]], now());
    let first = taken(database, &anna, now).await.unwrap();
    assert_eq!((first.image, first.is_assigned, first.expires_at), (desk.images[0], false, now + LEASE));
    let again = taken(database, &anna, now + Duration::minutes(1)).await.unwrap();
    assert_eq!(again.image, first.image, "she looks at one picture");
    assert_ne!(again.id, first.id);
    assert!(!database.release_lease(&anna, first.id).await.unwrap(), "a page that goes late takes nothing away");
    assert_eq!(database.renew_lease(&anna, first.id, now).await.unwrap(), None);
    assert_eq!(database.renew_lease(&ben, again.id, now).await.unwrap(), None, "it is hers");
    let second = taken(database, &ben, now).await.unwrap();
    assert_eq!(second.image, desk.images[1]);
    // She shows a sign of life, he doesn't.
    let renewed = database.renew_lease(&anna, again.id, now + Duration::minutes(4)).await.unwrap().unwrap();
    assert_eq!(renewed.expires_at, now + Duration::minutes(9));
    let late = now + Duration::minutes(6);
    assert!(taken(database, &desk.owner, now + Duration::minutes(4)).await.is_none(), "all is being looked at");
    let third = taken(database, &desk.owner, late).await.unwrap();
    assert_eq!(third.image, desk.images[1], "his has run out");
    assert_eq!(database.renew_lease(&ben, second.id, late).await.unwrap(), None);
    assert!(taken(database, &ben, late).await.is_none());
    assert!(database.release_lease(&anna, again.id).await.unwrap());
    assert_eq!(taken(database, &ben, late).await.unwrap().image, desk.images[0], "what is let go is free at once");
    // What is withdrawn, deleted or decided elsewhere is shown to nobody.
    let withdrawn = &desk.captions[0];
    done(database.change_caption(&desk.owner, withdrawn.id, withdrawn.version, "another", now).await.unwrap());
    assert!(taken(database, &ben, late).await.is_none());
    test.drop_it().await;
}

#[tokio::test]
async fn skipped_pictures_come_back_when_they_are_asked_for() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 2, 2).await;
    let [anna, ben] = [desk.reviewers[0], desk.reviewers[1]];
    let first = taken(database, &anna, now()).await.unwrap();
    assert!(!database.skip_lease(&ben, first.id, now()).await.unwrap());
    assert!(database.skip_lease(&anna, first.id, now()).await.unwrap());
    let second = taken(database, &anna, now()).await.unwrap();
    assert_ne!(second.image, first.image);
    assert_eq!(taken(database, &ben, now()).await.unwrap().image, first.image, "others are given it");
    assert!(database.skip_lease(&anna, second.id, now()).await.unwrap());
    let nothing = next(database, &anna, ReviewScope::default(), now()).await;
    assert_eq!((nothing.lease, nothing.skipped), (None, 2));
    assert_eq!(database.forget_skips(&anna, "birds").await.unwrap(), Permitted::Done(()));
    assert_eq!(taken(database, &anna, now()).await.unwrap().image, second.image);
    test.drop_it().await;
}

#[tokio::test]
async fn scopes_say_which_pictures_and_whose_captions_wait() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 1, 3).await;
    let anna = desk.reviewers[0];
    let other = source(database, "birds", "other").await;
    let pictures = database.find_images(&desk.owner, &desk.images).await.unwrap();
    let said = caption(database, &pictures[1], other, "another word").await;
    let of = |slug: &str| ReviewScope {
        images: ImageFilter { has_source: Some(slug.into()), ..ImageFilter::default() },
        among: None,
    };
    assert_eq!(next(database, &anna, of("other"), now()).await.lease, None, "what it says is not submitted");
    submit(database, &desk.owner, &said).await;
    assert_eq!(next(database, &anna, of("other"), now()).await.lease.unwrap().image, desk.images[1]);
    assert_eq!(next(database, &anna, of("nobody"), now()).await.lease, None);
    let lacks = ReviewScope {
        images: ImageFilter { lacks_source: Some("other".into()), ..ImageFilter::default() },
        among: Some(desk.images[1..].to_vec()),
    };
    assert_eq!(next(database, &anna, lacks, now()).await.lease.unwrap().image, desk.images[2]);
    assert_eq!(taken(database, &anna, now()).await.unwrap().image, desk.images[2], "she looks at it already");
    for reader in [Reader::anonymous(), OPERATOR, person(database, "Eve").await] {
        let refused = database.next_review(&reader, "birds", ReviewScope::default(), now()).await.unwrap();
        assert_eq!(word(&refused), "unknown", "{reader:?}");
    }
    let annotator = person(database, "Annotator").await;
    set_role(database, &desk.owner, &annotator, Some(Role::Annotator)).await;
    let refused = database.next_review(&annotator, "birds", ReviewScope::default(), now()).await.unwrap();
    assert_eq!(word(&refused), "forbidden");
    test.drop_it().await;
}

#[tokio::test]
async fn reason_stands_in_the_history_and_goes_with_the_next_change() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 1, 1).await;
    let (anna, caption) = (desk.reviewers[0], &desk.captions[0]);
    let rejected = decide(database, &anna, caption, because("no bird in sight")).await;
    assert_eq!((rejected.status, rejected.reason.as_deref()), (Status::Rejected, Some("no bird in sight")));
    let again = submit(database, &desk.owner, &rejected).await;
    assert_eq!(again.reason, None);
    let rejected = decide(database, &anna, &again, because("still none")).await;
    let changed =
        done(database.change_caption(&desk.owner, rejected.id, rejected.version, "a twig", now()).await.unwrap());
    assert_eq!((changed.status, changed.reason.clone()), (Status::Draft, None));
    let versions = database.list_caption_versions(&desk.owner, caption.id).await.unwrap().unwrap();
    let told: Vec<_> = versions.iter().rev().map(|version| version.reason.as_deref()).collect();
    assert_eq!(told, [None, None, Some("no bird in sight"), None, Some("still none"), None]);
    // A reason without a rejection, and one that is too long.
    let approved = Verdict { reason: Some("good".into()), ..Status::Approved.into() };
    assert_eq!(decide(database, &anna, &changed, approved).await.reason, None);
    test.drop_it().await;
}

#[tokio::test]
async fn decisions_are_listed_taken_back_and_edited() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 2, 3).await;
    let [anna, ben] = [desk.reviewers[0], desk.reviewers[1]];
    let list =
        async |before: Option<DecisionId>| match database.list_own_decisions(&anna, "birds", before, 50).await.unwrap()
        {
            Permitted::Done(decisions) => decisions,
            refused => panic!("{refused:?}"),
        };
    let mut decided = vec![];
    for (caption, verdict) in desk.captions.iter().zip([
        Status::Approved.into(),
        because("blurred"),
        Verdict { text: Some("a better word".into()), ..Status::Approved.into() },
    ]) {
        decided.push(decide(database, &anna, caption, verdict).await);
    }
    assert_eq!((decided[2].text.as_str(), decided[2].edited), ("a better word", true));
    let own = list(None).await;
    assert_eq!(own.iter().map(|one| one.image).rev().collect::<Vec<_>>(), desk.images);
    assert_eq!((own[1].status, own[1].reason.as_deref(), own[1].stands), (Status::Rejected, Some("blurred"), true));
    let id = |place: usize| DecisionId { caption: own[place].caption, version: own[place].version };
    assert_eq!(list(Some(id(0))).await, own[1..]);
    let (found, later) = {
        let dataset = database.find_dataset(&anna, "birds").await.unwrap().unwrap();
        database.find_own_decision(&anna, dataset.id, id(1)).await.unwrap().unwrap()
    };
    assert_eq!((&found, later), (&own[1], Some(id(0))));

    let late = DecisionId { version: 1, ..id(0) };
    assert!(matches!(database.take_back_decision(&anna, late, now()).await.unwrap(), Written::Changed(_)));
    assert_eq!(database.take_back_decision(&ben, id(0), now()).await.unwrap(), Written::Unknown, "it isn't his");
    let before = done(database.take_back_decision(&anna, id(0), now()).await.unwrap());
    assert_eq!((before.text.as_str(), before.edited, before.status), ("number 2", false, Status::Submitted));
    assert_eq!(taken(database, &anna, now()).await.unwrap().image, desk.images[2], "she looks at it again");
    assert!(taken(database, &ben, now()).await.is_none());
    assert_eq!(list(None).await, own[1..]);
    // What somebody else has changed since stays what she decided, and can't be taken back.
    let rejected = &decided[1];
    done(database.change_caption(&desk.owner, rejected.id, rejected.version, "sharp", now()).await.unwrap());
    assert!(!list(None).await[0].stands);
    assert!(matches!(database.take_back_decision(&anna, id(1), now()).await.unwrap(), Written::Changed(_)));
    test.drop_it().await;
}

#[tokio::test]
async fn progress_counts_what_stands_and_who_decided_it() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 2, 5).await;
    let [anna, ben] = [desk.reviewers[0], desk.reviewers[1]];
    decide(database, &anna, &desk.captions[0], Status::Approved).await;
    let rejected = decide(database, &anna, &desk.captions[1], because("no")).await;
    // She changes her mind; somebody else overrules her; she takes one back.
    decide(database, &anna, &rejected, Status::Approved).await;
    let third = decide(database, &anna, &desk.captions[2], Status::Approved).await;
    decide(database, &ben, &third, because("no")).await;
    let fourth = decide(database, &anna, &desk.captions[3], Status::Approved).await;
    let fourth = DecisionId { caption: fourth.id, version: fourth.version };
    done(database.take_back_decision(&anna, fourth, now()).await.unwrap());
    let counted = progress(database, &anna).await;
    assert_eq!((counted.draft, counted.submitted, counted.approved, counted.rejected), (0, 2, 2, 1));
    let person = |counted: &ReviewProgress, name: &str| {
        let person = counted.people.iter().find(|person| person.name == name).unwrap();
        (person.approved, person.rejected, person.today)
    };
    assert_eq!(person(&counted, "Reviewer 0"), (3, 0, 3), "what was overruled is her work all the same");
    assert_eq!(person(&counted, "Reviewer 1"), (0, 1, 1));
    assert_eq!(counted.people.len(), 3, "the owner may review as well");
    // Yesterday's are not today's.
    test.execute("UPDATE review_counts SET day = day - 1").await;
    assert_eq!(person(&progress(database, &anna).await, "Reviewer 0"), (3, 0, 0));
    // Deleted pictures don't count, and what somebody did who has left is still told.
    database.set_image_deleted(&desk.owner, desk.images[0], Some(now())).await.unwrap();
    set_role(database, &desk.owner, &anna, None).await;
    let counted = progress(database, &ben).await;
    assert_eq!((counted.approved, counted.total()), (1, 4));
    assert!(counted.people.iter().any(|person| person.name == "Reviewer 0" && !person.may_review));
    database.set_image_deleted(&desk.owner, desk.images[0], None).await.unwrap();
    expect_true_counts(&test).await;
    assert_eq!(word(&database.review_progress(&anna, "birds", now()).await.unwrap()), "unknown");
    test.drop_it().await;
}
