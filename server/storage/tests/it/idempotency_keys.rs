//! Keys of requests that are sent again.

use serde_json::json;
use time::Duration;
use uuid::Uuid;
use vasari_storage::{
    Database,
    idempotency_keys::{KeptAnswer, KeyedRequest, KnownRequest},
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::now;

fn request(caller: &str, fingerprint: u8) -> KeyedRequest {
    KeyedRequest { caller: caller.into(), key: "order-1".into(), fingerprint: [fingerprint; 32] }
}

fn answer(body: &[u8]) -> KeptAnswer {
    KeptAnswer { status: 200, headers: json!([["content-type", "text/plain"]]), body: body.to_vec() }
}

/// What is known so many minutes from now, where claims hold for one.
async fn ask(database: &Database, request: &KeyedRequest, minutes: i64) -> KnownRequest {
    let at = now() + Duration::minutes(minutes);
    let times = (at, at + Duration::minutes(1), at - Duration::DAY);
    database.claim_key(request, times).await.expect("the database answers")
}

async fn claim(database: &Database, request: &KeyedRequest, minutes: i64) -> Uuid {
    match ask(database, request, minutes).await {
        KnownRequest::New(claim) => claim,
        known => panic!("it is known: {known:?}"),
    }
}

#[tokio::test]
async fn request_is_answered_once_for_a_day() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (first, other) = (request("anna", 1), request("anna", 2));
    let held = claim(database, &first, 0).await;
    assert_eq!(ask(database, &first, 0).await, KnownRequest::InUse);
    assert_eq!(ask(database, &other, 0).await, KnownRequest::Reused);
    claim(database, &request("bert", 2), 0).await;
    database.keep_answer(&first, held, &answer(b"a\0b")).await.unwrap();
    assert_eq!(ask(database, &first, 23 * 60).await, KnownRequest::Answered(answer(b"a\0b")));
    assert_eq!(ask(database, &other, 23 * 60).await, KnownRequest::Reused);
    claim(database, &other, 25 * 60).await;
    assert_eq!(database.sweep_keys(now() + Duration::DAY * 2).await.unwrap(), 2);
    claim(database, &first, 0).await;
    test.drop_it().await;
}

#[tokio::test]
async fn claim_of_a_server_that_died_ends_by_itself() {
    let test = TestDatabase::create().await;
    let (database, asked) = (test.database(), request("anna", 1));
    let dead = claim(database, &asked, 0).await;
    let alive = claim(database, &asked, 2).await;
    // The dead one comes back to life too late.
    database.keep_answer(&asked, dead, &answer(b"late")).await.unwrap();
    database.release_key(&asked, dead).await.unwrap();
    assert_eq!(ask(database, &asked, 2).await, KnownRequest::InUse);
    database.keep_answer(&asked, alive, &answer(b"right")).await.unwrap();
    database.release_key(&asked, alive).await.unwrap();
    assert_eq!(ask(database, &asked, 2).await, KnownRequest::Answered(answer(b"right")));
    test.drop_it().await;
}

#[tokio::test]
async fn of_many_that_ask_at_once_one_has_the_claim() {
    let test = TestDatabase::create().await;
    let asked = request("anna", 1);
    let asking = (0..8).map(|_| {
        let (database, asked) = (test.database().clone(), asked.clone());
        tokio::spawn(async move { ask(&database, &asked, 0).await })
    });
    let mut claims = 0;
    for asking in asking.collect::<Vec<_>>() {
        match asking.await.expect("it does not panic") {
            KnownRequest::New(_) => claims += 1,
            known => assert_eq!(known, KnownRequest::InUse),
        }
    }
    assert_eq!(claims, 1);
    test.drop_it().await;
}
