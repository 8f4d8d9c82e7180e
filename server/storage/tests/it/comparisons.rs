//! The arena: who is shown what, what they may say of it, and what is left of that.

use std::collections::HashSet;

use vasari_storage::{
    Database, Reader,
    comparisons::{ArenaScope, Chance, Comparison, Outcome},
    datasets::{Permitted, Role},
    images::ImageFilter,
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{caption, dataset, image, now, person, source};

const CHANCE: Chance = Chance { start: [0; 32], is_swapped: false };

/// A dataset with `images` pictures of which each of three sources says something, and an annotator.
async fn set_up(database: &Database, images: usize) -> (Reader, Reader) {
    let (owner, anna) = (person(database, "owner").await, person(database, "Anna").await);
    dataset(database, "birds", &owner).await;
    let role = Some(Role::Annotator);
    database.set_member(&owner, "birds", anna.user.unwrap(), role, now()).await.unwrap();
    let mut sources = vec![];
    for name in ["a", "b", "c"] {
        sources.push((name, source(database, "birds", name).await));
    }
    for number in 0..images {
        let file = image(database, "birds", &format!("{}.png", "i".repeat(number + 1))).await;
        for (name, source) in &sources {
            caption(database, &file, *source, &format!("{name} of {number}")).await;
        }
    }
    (owner, anna)
}

async fn next(database: &Database, reader: &Reader, scope: &ArenaScope) -> Option<Comparison> {
    match database.next_comparison(reader, "birds", scope, CHANCE, now()).await.unwrap() {
        Permitted::Done(next) => next,
        refused => panic!("{refused:?}"),
    }
}

fn done<T: std::fmt::Debug>(permitted: Permitted<T>) -> T {
    match permitted {
        Permitted::Done(done) => done,
        refused => panic!("{refused:?}"),
    }
}

#[tokio::test]
async fn everybody_is_asked_about_each_pair_once() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna) = set_up(database, 2).await;
    let mut asked = HashSet::new();
    while let Some(shown) = next(database, &anna, &ArenaScope::default()).await {
        assert_eq!(
            next(database, &anna, &ArenaScope::default()).await.as_ref(),
            Some(&shown),
            "it is not answered yet"
        );
        assert_ne!(shown.left.source, shown.right.source);
        assert!(shown.left.text.starts_with(&format!("{} of ", shown.left.source)), "{shown:?}");
        let mut pair = [shown.left.source.clone(), shown.right.source.clone()];
        pair.sort();
        assert!(asked.insert((shown.image, pair)), "{shown:?} was there before");
        let outcome = Outcome::ALL[asked.len() % Outcome::ALL.len()];
        assert_eq!(done(database.vote(&anna, shown.id, outcome, now()).await.unwrap()).outcome, Some(outcome));
    }
    assert_eq!(asked.len(), 2 * 3, "two pictures with three pairs each");
    assert!(next(database, &owner, &ArenaScope::default()).await.is_some(), "the owner has said nothing yet");
    let votes = database.list_votes(&owner, "birds", None, 100).await.unwrap().unwrap();
    assert_eq!(votes.len(), 6);
    assert!(votes.iter().all(|vote| vote.voter_name.as_deref() == Some("Anna")));
    let rest = database.list_votes(&owner, "birds", Some(votes[3].comparison), 100).await.unwrap().unwrap();
    assert_eq!(rest, votes[4..]);
    let skipped = votes.iter().filter(|vote| vote.outcome == Outcome::Skipped).count();
    assert_eq!(database.count_own_votes(&anna, "birds").await.unwrap(), 6 - skipped as i64);
    assert_eq!(database.count_own_votes(&owner, "birds").await.unwrap(), 0);
    test.drop_it().await;
}

#[tokio::test]
async fn chance_decides_sides_and_filters_decide_pictures() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (_, anna) = set_up(database, 3).await;
    let scope = ArenaScope { sources: vec!["a".into(), "c".into()], ..ArenaScope::default() };
    let first = next(database, &anna, &scope).await.unwrap();
    done(database.vote(&anna, first.id, Outcome::Tie, now()).await.unwrap());
    let chance = Chance { start: [0xff; 32], is_swapped: true };
    let second = done(database.next_comparison(&anna, "birds", &scope, chance, now()).await.unwrap()).unwrap();
    assert_eq!((&first.left.source, &first.right.source), (&second.right.source, &second.left.source));
    assert_ne!(first.image, second.image);
    done(database.vote(&anna, second.id, Outcome::Left, now()).await.unwrap());
    let nowhere = ArenaScope {
        images: ImageFilter { lacks_source: Some("b".into()), ..ImageFilter::default() },
        ..ArenaScope::default()
    };
    assert_eq!(next(database, &anna, &nowhere).await, None);
    let there = ArenaScope { among: Some(vec![second.image]), ..ArenaScope::default() };
    assert_eq!(next(database, &anna, &there).await.unwrap().image, second.image);
    test.drop_it().await;
}

#[tokio::test]
async fn vote_is_about_what_was_shown() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna) = set_up(database, 1).await;
    let scope = ArenaScope { sources: vec!["a".into(), "b".into()], ..ArenaScope::default() };
    let stale = next(database, &anna, &scope).await.unwrap();
    let said = database.list_captions(&anna, stale.image).await.unwrap().unwrap();
    database.change_caption(&anna, said[0].id, said[0].version, "a bird", now()).await.unwrap();
    let shown = next(database, &anna, &scope).await.unwrap();
    assert_ne!(shown.id, stale.id, "one of the two has changed");
    assert!([&shown.left.text, &shown.right.text].contains(&&"a bird".to_owned()));
    done(database.vote(&anna, shown.id, Outcome::Left, now()).await.unwrap());
    // What is said of it stays what it was said of.
    let said = database.list_captions(&anna, shown.image).await.unwrap().unwrap();
    database.change_caption(&anna, said[0].id, said[0].version, "another bird", now()).await.unwrap();
    let votes = database.list_votes(&anna, "birds", None, 10).await.unwrap().unwrap();
    assert!([&votes[0].left_text, &votes[0].right_text].contains(&&"a bird".to_owned()));
    // Said anew, taken back, and asked again.
    done(database.vote(&anna, shown.id, Outcome::BothBad, now()).await.unwrap());
    assert_eq!(database.count_own_votes(&anna, "birds").await.unwrap(), 1);
    assert_eq!(done(database.take_back_vote(&anna, shown.id).await.unwrap()).outcome, None);
    assert_eq!(done(database.take_back_vote(&anna, shown.id).await.unwrap()).outcome, None, "twice is once");
    assert!(next(database, &anna, &scope).await.is_some());
    // Nobody votes for another, nor who may only look.
    let shown = next(database, &anna, &scope).await.unwrap();
    assert_eq!(database.vote(&owner, shown.id, Outcome::Left, now()).await.unwrap(), Permitted::Unknown);
    database.set_member(&owner, "birds", anna.user.unwrap(), Some(Role::Viewer), now()).await.unwrap();
    let refused = Permitted::Forbidden(Role::Annotator);
    assert_eq!(database.vote(&anna, shown.id, Outcome::Left, now()).await.unwrap(), refused);
    let next = database.next_comparison(&anna, "birds", &scope, CHANCE, now()).await.unwrap();
    assert_eq!(next, Permitted::Forbidden(Role::Annotator));
    assert_eq!(database.list_votes(&Reader::anonymous(), "birds", None, 10).await.unwrap(), None);
    test.drop_it().await;
}
