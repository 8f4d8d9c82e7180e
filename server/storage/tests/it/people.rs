//! People, their links, sessions and keys, and what they did.

use serde_json::json;
use sqlx::{Connection, PgConnection};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    api_keys::{ApiKeyFilter, NewApiKey, Scope},
    audit_log::{AuditEntry, AuditFilter, NamedAuditEntry},
    datasets::{NewDataset, Visibility},
    links::{LinkPurpose, NewLink},
    sessions::{NewRefreshToken, NewSession, Rotation},
    users::{AccountChange, AccountUpdate, NAME_TAKEN, NewUser, User},
};
use vasari_storage_testing::TestDatabase;

const OPERATOR: Reader = Reader::operator();

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA";

pub(crate) fn now() -> OffsetDateTime {
    // Postgres keeps microseconds.
    OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a fraction of a second")
}

fn new_user(name: &str) -> NewUser {
    NewUser { id: Uuid::now_v7(), name: name.into(), password_hash: Some(HASH.into()) }
}

async fn user(database: &Database, name: &str, is_admin: bool) -> User {
    database.create_user(&new_user(name), is_admin, now()).await.expect("the name is free")
}

fn link(token: u8, purpose: LinkPurpose) -> NewLink {
    NewLink { token_hash: [token; 32], purpose, expires_at: now() + Duration::HOUR }
}

fn token(token: u8) -> NewRefreshToken {
    NewRefreshToken { hash: [token; 32], expires_at: now() + Duration::HOUR }
}

async fn session(database: &Database, user: &User, first: u8) -> Uuid {
    let new = NewSession { id: Uuid::now_v7(), user_id: user.id, user_agent: None, token: token(first) };
    database.open_session(&new, now()).await.expect("the person is there");
    new.id
}

fn new_key(owner: &User, hash: u8) -> NewApiKey {
    let (id, user_id) = (Uuid::now_v7(), owner.id);
    let prefix = "vas_01234567".to_owned();
    let scopes = vec![Scope::Caption, Scope::Read];
    NewApiKey { id, user_id, name: "script".into(), prefix, key_hash: [hash; 32], scopes, expires_at: None }
}

fn own(user: &User) -> Reader {
    Reader { user: Some(user.id), is_admin: user.is_admin }
}

#[tokio::test]
async fn names_are_unique_whatever_their_case() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let anna = user(database, "Anna", false).await;
    let taken = database.create_user(&new_user("ANNA"), false, now()).await;
    assert!(matches!(taken, Err(StorageError::Conflict(constraint)) if constraint == NAME_TAKEN));
    assert_eq!(database.find_credentials("anna").await.unwrap().map(|found| found.user), Some(anna));
    for wrong in ["", " Anna ", &"x".repeat(65)] {
        let refused = database.create_user(&new_user(wrong), false, now()).await;
        assert!(matches!(refused, Err(StorageError::Conflict(_))), "{wrong:?}");
    }
    user(database, "bert", false).await;
    let names: Vec<_> =
        database.list_users(&OPERATOR, Some("anna"), 10).await.unwrap().into_iter().map(|u| u.name).collect();
    assert_eq!(names, ["bert"]);
    test.drop_it().await;
}

#[tokio::test]
async fn first_link_makes_one_administrator_and_no_more() {
    let test = TestDatabase::create().await;
    let database = test.database();
    assert!(database.create_link(&OPERATOR, &link(1, LinkPurpose::FirstAdministrator), now()).await.unwrap());
    assert!(database.create_link(&OPERATOR, &link(2, LinkPurpose::FirstAdministrator), now()).await.unwrap());
    assert_eq!(database.find_link(&[1; 32], now()).await.unwrap(), None, "the second takes the first's place");
    let first = database.redeem_sign_up_link(&[2; 32], &new_user("root"), now()).await.unwrap();
    assert!(first.is_some_and(|user| user.is_admin));
    assert_eq!(database.redeem_sign_up_link(&[2; 32], &new_user("root2"), now()).await.unwrap(), None);
    assert!(!database.create_link(&OPERATOR, &link(3, LinkPurpose::FirstAdministrator), now()).await.unwrap());
    test.drop_it().await;
}

#[tokio::test]
async fn only_administrators_see_people_give_links_and_change_accounts() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (root, anna) = (user(database, "root", true).await, user(database, "anna", false).await);
    let demoted = Reader { user: Some(anna.id), is_admin: true };
    let update = AccountUpdate { is_admin: Some(true), is_disabled: None };
    for (reader, may) in [(own(&anna), false), (Reader::anonymous(), false), (own(&root), true), (OPERATOR, true)] {
        assert_eq!(database.list_users(&reader, None, 10).await.unwrap().len(), if may { 2 } else { 0 });
        for purpose in [LinkPurpose::Invitation, LinkPurpose::PasswordReset(root.id)] {
            let mut new = link(0, purpose);
            new.token_hash = [[1; 16], Uuid::now_v7().into_bytes()].concat().try_into().unwrap();
            assert_eq!(database.create_link(&reader, &new, now()).await.unwrap(), may, "{reader:?} {purpose:?}");
        }
        assert!(!database.create_link(&reader, &link(9, LinkPurpose::FirstAdministrator), now()).await.unwrap());
    }
    for reader in [own(&anna), Reader::anonymous(), demoted] {
        let change = database.change_account(&reader, anna.id, update, now()).await.unwrap();
        assert_eq!(change, AccountChange::Unknown, "{reader:?}");
    }
    assert!(!database.set_password(&Reader::anonymous(), HASH, None, now()).await.unwrap());
    let new = NewDataset {
        id: Uuid::now_v7(),
        slug: "birds".into(),
        name: "Birds".into(),
        description: String::new(),
        visibility: Visibility::Private,
    };
    let made = database.create_dataset_of(&own(&anna), &new, Some(root.id), now()).await.unwrap();
    assert_eq!(made, None, "nobody is given a dataset by somebody else");
    assert_eq!(database.create_dataset_of(&own(&anna), &new, None, now()).await.unwrap(), None);
    assert!(database.create_dataset_of(&own(&root), &new, Some(anna.id), now()).await.unwrap().is_some());
    assert!(database.find_dataset(&own(&anna), "birds").await.unwrap().is_some());
    test.drop_it().await;
}

#[tokio::test]
async fn invitation_survives_a_name_that_is_taken_and_then_is_used_up() {
    let test = TestDatabase::create().await;
    let database = test.database();
    user(database, "anna", true).await;
    database.create_link(&OPERATOR, &link(1, LinkPurpose::Invitation), now()).await.unwrap();
    assert!(database.redeem_sign_up_link(&[1; 32], &new_user("Anna"), now()).await.is_err());
    let bert = database.redeem_sign_up_link(&[1; 32], &new_user("bert"), now()).await.unwrap();
    assert!(bert.is_some_and(|user| !user.is_admin));
    assert_eq!(database.redeem_sign_up_link(&[1; 32], &new_user("carl"), now()).await.unwrap(), None);
    database.create_link(&OPERATOR, &link(2, LinkPurpose::Invitation), now()).await.unwrap();
    let late = now() + Duration::HOUR;
    assert_eq!(database.redeem_sign_up_link(&[2; 32], &new_user("dora"), late).await.unwrap(), None);
    test.drop_it().await;
}

#[tokio::test]
async fn refresh_token_works_once_and_a_copy_ends_the_session() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let anna = user(database, "anna", false).await;
    let id = session(database, &anna, 1).await;
    let renewed = database.rotate_refresh_token(&[1; 32], &token(2), now()).await.unwrap();
    assert_eq!(renewed, Rotation::Renewed { session: id, user: anna.clone() });
    assert_eq!(database.find_session_user(id).await.unwrap(), Some(anna.clone()));
    let reused = database.rotate_refresh_token(&[1; 32], &token(3), now()).await.unwrap();
    assert_eq!(reused, Rotation::Reused { session: id, user: anna.id });
    assert_eq!(database.find_session_user(id).await.unwrap(), None);
    let newest = database.rotate_refresh_token(&[2; 32], &token(4), now()).await.unwrap();
    assert_eq!(newest, Rotation::Refused, "the rightful holder is out as well");
    assert_eq!(database.rotate_refresh_token(&[9; 32], &token(5), now()).await.unwrap(), Rotation::Refused);
    test.drop_it().await;
}

#[tokio::test]
async fn sessions_that_expired_are_swept_and_no_others() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let anna = user(database, "anna", false).await;
    session(database, &anna, 1).await;
    assert_eq!(database.sweep_sessions(now()).await.unwrap(), 0);
    assert_eq!(database.sweep_sessions(now() + Duration::HOUR * 2).await.unwrap(), 1);
    assert!(!test.dump().await.contains("session_id"), "no refresh token is left");
    test.drop_it().await;
}

#[tokio::test]
async fn of_many_who_show_a_refresh_token_at_once_one_gets_another() {
    let test = TestDatabase::create().await;
    let anna = user(test.database(), "anna", false).await;
    session(test.database(), &anna, 1).await;
    let attempts = (2..12).map(|next| {
        let database = test.database().clone();
        tokio::spawn(async move { database.rotate_refresh_token(&[1; 32], &token(next), now()).await.unwrap() })
    });
    let mut renewed = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        renewed += usize::from(matches!(attempt.await.unwrap(), Rotation::Renewed { .. }));
    }
    assert_eq!(renewed, 1);
    test.drop_it().await;
}

#[tokio::test]
async fn new_password_ends_the_other_sessions() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let anna = user(database, "anna", false).await;
    let (kept, other) = (session(database, &anna, 1).await, session(database, &anna, 2).await);
    assert!(database.set_password(&Reader::user(anna.id), HASH, Some(kept), now()).await.unwrap());
    assert!(database.find_session_user(kept).await.unwrap().is_some());
    assert!(database.find_session_user(other).await.unwrap().is_none());
    database.create_link(&OPERATOR, &link(7, LinkPurpose::PasswordReset(anna.id)), now()).await.unwrap();
    assert_eq!(database.redeem_reset_link(&[7; 32], HASH, now()).await.unwrap(), Some(anna.id));
    assert!(database.find_session_user(kept).await.unwrap().is_none());
    assert_eq!(database.redeem_reset_link(&[7; 32], HASH, now()).await.unwrap(), None);
    test.drop_it().await;
}

#[tokio::test]
async fn disabled_person_is_out_at_once_and_the_last_administrator_stays() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (root, anna) = (user(database, "root", true).await, user(database, "anna", false).await);
    let signed_in = session(database, &anna, 1).await;
    database.create_api_key(&new_key(&anna, 1), now()).await.unwrap();
    assert!(database.use_api_key(&[1; 32], now()).await.unwrap().is_some());
    let change = async |id: Uuid, is_admin: Option<bool>, is_disabled: Option<bool>| {
        database.change_account(&OPERATOR, id, AccountUpdate { is_admin, is_disabled }, now()).await.unwrap()
    };
    let disabled = change(anna.id, None, Some(true)).await;
    assert!(matches!(disabled, AccountChange::Done(user) if user.disabled_at.is_some() && !user.is_admin));
    assert!(database.find_session_user(signed_in).await.unwrap().is_none());
    assert!(database.use_api_key(&[1; 32], now()).await.unwrap().is_none());
    assert!(
        matches!(change(anna.id, None, Some(false)).await, AccountChange::Done(user) if user.disabled_at.is_none())
    );
    assert!(database.find_session_user(signed_in).await.unwrap().is_none(), "sessions stay ended");
    assert_eq!(change(root.id, None, Some(true)).await, AccountChange::LastAdministrator);
    assert_eq!(change(root.id, Some(false), None).await, AccountChange::LastAdministrator);
    assert_eq!(change(Uuid::now_v7(), None, Some(false)).await, AccountChange::Unknown);
    assert!(matches!(change(anna.id, Some(true), None).await, AccountChange::Done(user) if user.is_admin));
    assert!(matches!(change(root.id, Some(false), None).await, AccountChange::Done(user) if !user.is_admin));
    assert_eq!(change(anna.id, Some(false), None).await, AccountChange::LastAdministrator, "root is none any more");
    test.drop_it().await;
}

#[tokio::test]
async fn two_administrators_who_unmake_each_other_leave_one() {
    let test = TestDatabase::create().await;
    let (root, anna) = (user(test.database(), "root", true).await, user(test.database(), "anna", true).await);
    let attempts = [root.id, anna.id].map(|id| {
        let database = test.database().clone();
        let update = AccountUpdate { is_admin: Some(false), is_disabled: None };
        tokio::spawn(async move { database.change_account(&OPERATOR, id, update, now()).await.unwrap() })
    });
    let mut done = 0;
    for attempt in attempts {
        done += usize::from(matches!(attempt.await.unwrap(), AccountChange::Done(_)));
    }
    assert_eq!(done, 1);
    test.drop_it().await;
}

#[tokio::test]
async fn sessions_that_go_on_are_their_owners_to_see() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (anna, bert) = (user(database, "anna", false).await, user(database, "bert", false).await);
    let (first, second) = (session(database, &anna, 1).await, session(database, &anna, 2).await);
    session(database, &bert, 3).await;
    let list = async |reader: &User, before: Option<Uuid>, at: OffsetDateTime| -> Vec<Uuid> {
        let sessions = database.list_open_sessions(&own(reader), before, 10, at).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect()
    };
    assert_eq!(list(&anna, None, now()).await, [second, first]);
    assert_eq!(list(&anna, Some(second), now()).await, [first]);
    assert_eq!(list(&anna, None, now() + Duration::HOUR * 2).await, Vec::<Uuid>::new(), "none can be renewed");
    database.rotate_refresh_token(&[1; 32], &token(4), now()).await.unwrap();
    assert_eq!(list(&anna, None, now()).await, [second, first], "one that was renewed is there once");
    assert!(!database.revoke_session(first, bert.id, now()).await.unwrap(), "nobody ends another's");
    assert!(database.revoke_session(first, anna.id, now()).await.unwrap());
    assert!(!database.revoke_session(first, anna.id, now()).await.unwrap());
    assert_eq!(list(&anna, None, now()).await, [second]);
    let nobody = database.list_open_sessions(&Reader::operator(), None, 10, now()).await.unwrap();
    assert_eq!(nobody, [], "not even an administrator sees another's");
    test.drop_it().await;
}

#[tokio::test]
async fn keys_are_their_owners_and_know_when_they_were_used() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (anna, bert) = (user(database, "anna", false).await, user(database, "bert", false).await);
    let key = database.create_api_key(&new_key(&anna, 1), now()).await.unwrap();
    let began = now();
    database.use_api_key(&[1; 32], began).await.unwrap();
    database.use_api_key(&[1; 32], began + Duration::seconds(59)).await.unwrap();
    let (used, _) = database.use_api_key(&[1; 32], began + Duration::seconds(60)).await.unwrap().unwrap();
    assert_eq!(used.last_used_at, Some(began), "written at most once a minute");
    let all = ApiKeyFilter::default();
    assert_eq!(database.list_api_keys(&own(&bert), all, None, 10).await.unwrap(), []);
    assert_eq!(database.revoke_api_key(&own(&bert), key.id, began).await.unwrap(), None);
    assert!(database.revoke_api_key(&own(&anna), key.id, began).await.unwrap().is_some());
    assert!(database.use_api_key(&[1; 32], began).await.unwrap().is_none());
    let expiring = NewApiKey { expires_at: Some(began + Duration::HOUR), ..new_key(&anna, 2) };
    database.create_api_key(&expiring, began).await.unwrap();
    assert!(database.use_api_key(&[2; 32], began + Duration::HOUR).await.unwrap().is_none());
    assert_eq!(database.list_api_keys(&own(&anna), all, Some(key.id), 10).await.unwrap().len(), 1);
    let left = ApiKeyFilter { without_revoked: true, ..all };
    let left = database.list_api_keys(&own(&anna), left, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|key| key.id).collect::<Vec<_>>(), [expiring.id]);
    test.drop_it().await;
}

#[tokio::test]
async fn audit_log_is_only_added_to_and_only_administrators_read_it() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (root, anna) = (user(database, "root", true).await, user(database, "anna", false).await);
    let entry = AuditEntry {
        id: Uuid::now_v7(),
        at: now(),
        actor_user: Some(root.id),
        actor_key: None,
        action: "user.disable".into(),
        subject: Some(anna.id),
        detail: json!({}),
        request_id: Some("r-1".into()),
    };
    database.record_audit_entry(&entry).await.unwrap();
    let all = AuditFilter::default();
    let named = NamedAuditEntry {
        entry: entry.clone(),
        actor_name: Some("root".into()),
        key_name: None,
        subject_name: Some("anna".into()),
    };
    assert_eq!(database.list_audit_log(&own(&root), &all, None, 10).await.unwrap(), std::slice::from_ref(&named));
    assert_eq!(database.list_audit_log(&own(&root), &all, Some(entry.id), 10).await.unwrap(), []);
    assert_eq!(database.list_audit_log(&own(&anna), &all, None, 10).await.unwrap(), []);
    let signed_in = AuditEntry {
        id: Uuid::now_v7(),
        actor_user: None,
        action: "session.open".into(),
        request_id: None,
        ..entry.clone()
    };
    database.record_audit_entry(&signed_in).await.unwrap();
    let actions = async |actor: Option<Uuid>, action: Option<&str>| -> Vec<String> {
        let filter = AuditFilter { actor, action: action.map(str::to_owned) };
        let entries = database.list_audit_log(&own(&root), &filter, None, 10).await.unwrap();
        entries.into_iter().map(|named| named.entry.action).collect()
    };
    assert_eq!(actions(Some(root.id), None).await, ["user.disable"]);
    assert_eq!(actions(Some(anna.id), None).await, ["session.open"], "what she did, not what was done to her");
    assert_eq!(actions(None, Some("user.disable")).await, ["user.disable"]);
    assert_eq!(actions(Some(anna.id), Some("user.disable")).await, Vec::<String>::new());
    assert_eq!((signed_in.doer(), entry.doer()), (Some(anna.id), Some(root.id)));
    let mut connection = PgConnection::connect(&test.url()).await.unwrap();
    for change in ["UPDATE audit_log SET at = now()", "DELETE FROM audit_log", "TRUNCATE audit_log"] {
        let refused = sqlx::query(change).execute(&mut connection).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("only ever added to")), "{change}");
    }
    test.drop_it().await;
}

#[tokio::test]
async fn servers_that_start_together_sign_with_the_same_key() {
    let test = TestDatabase::create().await;
    let (one, other) = (test.database(), test.database());
    let (one, other) = tokio::join!(one.signing_key([1; 32], now()), other.signing_key([2; 32], now()));
    assert_eq!(one.unwrap(), other.unwrap());
    test.drop_it().await;
}
