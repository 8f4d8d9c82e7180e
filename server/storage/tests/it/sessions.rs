//! A browser's session goes on by itself: its refresh token is exchanged once a day, and a copy of it ends the session.

use time::Duration;
use uuid::Uuid;
use vasari_storage::{
    Database,
    sessions::{NewRefreshToken, NewSession, Renewal, Rotation},
    users::{NewUser, User},
};
use vasari_storage_testing::TestDatabase;

use crate::people::now;

fn token(token: u8) -> NewRefreshToken {
    NewRefreshToken { hash: [token; 32], expires_at: now() + Duration::days(30) }
}

async fn signed_in(database: &Database) -> (User, Uuid) {
    let new = NewUser { id: Uuid::now_v7(), name: "anna".into(), password_hash: None };
    let anna = database.create_user(&new, false, now()).await.unwrap();
    let new = NewSession { id: Uuid::now_v7(), user_id: anna.id, user_agent: None, token: token(1) };
    database.open_session(&new, now()).await.unwrap();
    (anna, new.id)
}

#[tokio::test]
async fn browsers_token_is_exchanged_after_a_day_and_does_for_another_minute() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (anna, session) = signed_in(database).await;
    let began = now();
    let show = async |shown: u8, new: u8, at: Duration| {
        database.renew_session(&[shown; 32], &token(new), began + at).await.unwrap()
    };
    let renewed = |is_exchanged: bool| Renewal::Renewed { session, user: anna.clone(), is_exchanged };
    let day = Duration::days(1);
    // As often as it likes on the first day, and with the same token.
    for at in [Duration::ZERO, Duration::hours(1), day - Duration::minutes(1)] {
        assert_eq!(show(1, 2, at).await, renewed(false), "after {at}");
    }
    // Then the first of many requests brings another; the rest were sent before the browser knew.
    let later = day + Duration::minutes(1);
    assert_eq!(show(1, 2, later).await, renewed(true));
    for beside in [Duration::ZERO, Duration::seconds(30), Duration::minutes(1)] {
        assert_eq!(show(1, 3, later + beside).await, renewed(false), "{beside} afterwards");
    }
    assert_eq!(show(2, 3, later + Duration::hours(1)).await, renewed(false), "the new one is young");
    assert_eq!(show(2, 3, later + day + Duration::minutes(1)).await, renewed(true));
    // A copy of the first one.
    let reused = show(1, 4, later + Duration::seconds(61)).await;
    assert_eq!(reused, Renewal::Reused { session, user: anna.id });
    for token in [1, 2, 3] {
        assert_eq!(show(token, 5, later + day).await, Renewal::Refused, "the whole session has ended");
    }
    assert_eq!(database.find_session_user(session).await.unwrap(), None);
    test.drop_it().await;
}

#[tokio::test]
async fn of_many_requests_at_once_one_exchanges_the_token() {
    let test = TestDatabase::create().await;
    let (_, session) = signed_in(test.database()).await;
    let later = now() + Duration::days(2);
    let requests = (2..12).map(|new| {
        let database = test.database().clone();
        tokio::spawn(async move { database.renew_session(&[1; 32], &token(new), later).await.unwrap() })
    });
    let mut exchanged = 0;
    for request in requests.collect::<Vec<_>>() {
        match request.await.unwrap() {
            Renewal::Renewed { is_exchanged, .. } => exchanged += usize::from(is_exchanged),
            refused => panic!("a page of many pictures loses its session: {refused:?}"),
        }
    }
    assert_eq!(exchanged, 1);
    assert!(test.database().find_session_user(session).await.unwrap().is_some());
    test.drop_it().await;
}

#[tokio::test]
async fn token_that_is_too_old_or_was_shown_by_a_program_renews_nothing() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (anna, session) = signed_in(database).await;
    let began = now();
    let month = began + Duration::days(31);
    assert_eq!(database.renew_session(&[1; 32], &token(2), month).await.unwrap(), Renewal::Refused);
    assert_eq!(database.renew_session(&[9; 32], &token(2), began).await.unwrap(), Renewal::Refused, "nobody's");
    // Programs exchange theirs at each use; a minute later it does nothing more.
    let rotated = database.rotate_refresh_token(&[1; 32], &token(2), began).await.unwrap();
    assert_eq!(rotated, Rotation::Renewed { session, user: anna.clone() });
    let late = began + Duration::seconds(61);
    let reused = database.renew_session(&[1; 32], &token(3), late).await.unwrap();
    assert_eq!(reused, Renewal::Reused { session, user: anna.id });
    test.drop_it().await;
}
