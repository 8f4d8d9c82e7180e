//! Who is to look at which pictures, and what becomes of that.

use std::collections::HashSet;

use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    captions::Status,
    datasets::{Permitted, Role},
    images::ImageFilter,
    review::{Assigned, AssignmentFilter, DecisionId, NewAssignments},
};
use vasari_storage_testing::TestDatabase;

use crate::{
    datasets::{OPERATOR, now, person},
    review::{decide, done, set_role, set_up, taken},
};

async fn assign(database: &Database, reader: &Reader, new: NewAssignments) -> Permitted<Assigned> {
    database.assign_reviews(reader, "birds", new, now()).await.unwrap()
}

fn to(names: &[&str]) -> NewAssignments {
    NewAssignments { to: names.iter().map(|name| (*name).to_owned()).collect(), ..NewAssignments::default() }
}

fn shares(shares: &[(&str, i64)]) -> Permitted<Assigned> {
    Permitted::Done(Assigned::Done(shares.iter().map(|(name, images)| ((*name).to_owned(), *images)).collect()))
}

async fn assigned(database: &Database, reader: &Reader) -> Vec<(Uuid, String)> {
    match database.list_assignments(reader, "birds", None, None, 1000).await.unwrap() {
        Permitted::Done(list) => list.into_iter().map(|one| (one.image.id, one.reviewer_name)).collect(),
        refused => panic!("{refused:?}"),
    }
}

#[tokio::test]
async fn assigned_pictures_come_first_and_to_nobody_else() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 2, 6).await;
    let [anna, ben] = [desk.reviewers[0], desk.reviewers[1]];
    let some = NewAssignments { among: Some(vec![desk.images[4]]), ..to(&["reviewer 0"]) };
    assert_eq!(assign(database, &desk.owner, some).await, shares(&[("Reviewer 0", 1)]));
    let lease = taken(database, &anna, now()).await.unwrap();
    assert_eq!((lease.image, lease.is_assigned), (desk.images[4], true), "before what is nobody's");
    // The rest is shared evenly; hers stays hers.
    let both = NewAssignments {
        images: ImageFilter { status: Some(Status::Submitted), ..ImageFilter::default() },
        limit: Some(4),
        ..to(&["Reviewer 1", "Reviewer 0"])
    };
    assert_eq!(assign(database, &desk.owner, both).await, shares(&[("Reviewer 0", 2), ("Reviewer 1", 2)]));
    let hers: HashSet<_> = [0, 2, 4].map(|place| desk.images[place]).into();
    let list = assigned(database, &anna).await;
    assert!(list.iter().all(|(image, name)| (name == "Reviewer 0") == hers.contains(image)), "{list:?}");
    let mut seen = vec![];
    while let Some(lease) = taken(database, &ben, now()).await {
        seen.push(lease.image);
        let place = desk.images.iter().position(|image| *image == lease.image).unwrap();
        decide(database, &ben, &desk.captions[place], Status::Approved).await;
    }
    assert_eq!(seen, [1, 3, 5].map(|place| desk.images[place]), "his own, then what is nobody's");
    assert_eq!(assigned(database, &ben).await.len(), 3, "what is decided is over");
    // Whoever takes a decision back has the picture again.
    let decided = DecisionId { caption: desk.captions[1].id, version: desk.captions[1].version + 1 };
    done(database.take_back_decision(&ben, decided, now()).await.unwrap());
    assert!(assigned(database, &ben).await.contains(&(desk.images[1], "Reviewer 1".into())));
    let taking = NewAssignments { reassign: true, ..to(&["Reviewer 1"]) };
    assert_eq!(assign(database, &desk.owner, taking).await, shares(&[("Reviewer 1", 6)]), "also what was decided");
    test.drop_it().await;
}

#[tokio::test]
async fn assigning_takes_the_right_role_and_people_who_may_review() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 2, 2).await;
    let anna = desk.reviewers[0];
    let annotator = person(database, "Annotator").await;
    set_role(database, &desk.owner, &annotator, Some(Role::Annotator)).await;
    let eve = person(database, "Eve").await;
    assert_eq!(assign(database, &eve, to(&["Eve"])).await, Permitted::Unknown);
    assert_eq!(assign(database, &annotator, to(&["Annotator"])).await, Permitted::Forbidden(Role::Reviewer));
    for name in ["Reviewer 1", "Eve", "Annotator"] {
        assert_eq!(assign(database, &anna, to(&[name])).await, Permitted::Forbidden(Role::Owner), "{name}");
    }
    let taking = NewAssignments { reassign: true, ..to(&["Reviewer 0"]) };
    assert_eq!(assign(database, &anna, taking).await, Permitted::Forbidden(Role::Owner));
    for names in [&["Eve"][..], &["Annotator", "Reviewer 1"], &[]] {
        let refused = assign(database, &desk.owner, to(names)).await;
        let unknown = names.iter().filter(|name| !name.starts_with("Reviewer")).map(|name| (*name).to_owned());
        assert_eq!(refused, Permitted::Done(Assigned::NoReviewers(unknown.collect())));
    }
    let one = NewAssignments { limit: Some(1), ..to(&["Reviewer 0"]) };
    assert_eq!(assign(database, &anna, one).await, shares(&[("Reviewer 0", 1)]));
    assert_eq!(assign(database, &OPERATOR, to(&["Reviewer 1"])).await, shares(&[("Reviewer 1", 1)]));

    let end = async |reader: &Reader, of: Option<&str>, among: Option<Vec<Uuid>>| {
        let filter = AssignmentFilter { reviewer: of.map(str::to_owned), among, ..AssignmentFilter::default() };
        database.end_assignments(reader, "birds", &filter).await.unwrap()
    };
    assert_eq!(end(&anna, None, None).await, Permitted::Forbidden(Role::Owner));
    assert_eq!(end(&anna, Some("Reviewer 1"), None).await, Permitted::Forbidden(Role::Owner));
    assert_eq!(end(&anna, Some("reviewer 0"), Some(vec![desk.images[1]])).await, Permitted::Done(0));
    assert_eq!(end(&anna, Some("reviewer 0"), None).await, Permitted::Done(1));
    assert_eq!(end(&desk.owner, None, None).await, Permitted::Done(1));
    assert_eq!(assigned(database, &anna).await, []);
    test.drop_it().await;
}

#[tokio::test]
async fn whoever_may_not_review_any_more_has_nothing_to_look_at() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let desk = set_up(database, 3, 3).await;
    let names = ["Reviewer 0", "Reviewer 1", "Reviewer 2"];
    assert_eq!(assign(database, &desk.owner, to(&names)).await, shares(&names.map(|name| (name, 1))));
    let mut leases = vec![];
    for reviewer in &desk.reviewers {
        leases.push(taken(database, reviewer, now()).await.unwrap());
    }
    assert!(taken(database, &desk.owner, now()).await.is_none());
    // One leaves, one reviews no more, one's account is closed.
    set_role(database, &desk.owner, &desk.reviewers[0], None).await;
    set_role(database, &desk.owner, &desk.reviewers[1], Some(Role::Annotator)).await;
    let third = desk.reviewers[2].user.unwrap();
    test.execute(&format!("UPDATE users SET disabled_at = now() WHERE id = '{third}'")).await;
    assert_eq!(assigned(database, &desk.owner).await, []);
    for (reviewer, lease) in desk.reviewers.iter().zip(&leases) {
        assert_eq!(database.renew_lease(reviewer, lease.id, now()).await.unwrap(), None);
    }
    assert_eq!(taken(database, &desk.owner, now()).await.unwrap().image, desk.images[0], "they are everybody's");
    let refused = assign(database, &desk.owner, to(&["Reviewer 2"])).await;
    assert_eq!(refused, Permitted::Done(Assigned::NoReviewers(vec!["Reviewer 2".into()])));
    test.drop_it().await;
}
