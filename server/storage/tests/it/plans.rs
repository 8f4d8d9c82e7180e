//! Lists stay quick however many pictures there are: no statement reads a large table from one end to the other.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    api_keys::ApiKeyFilter,
    audit_log::AuditFilter,
    caption_texts::TextsPage,
    captions::Status,
    datasets::Permitted,
    images::{ImageFilter, ImageOrder, ImagePage},
    review::{NewAssignments, NextReview, ReviewScope},
};
use vasari_storage_testing::{
    generated::{
        COMMON_SOURCE, DATASET, DATASET_ID, OWNER, RARE_SOURCE, file_name, generate, generate_people, image_id, user_id,
    },
    plans::{Plan, WatchedPostgres},
};

const IMAGES: u32 = 20_000;

/// The most rows that a page may look at: of a hundred pictures one is the page's.
const MOST_ROWS: f64 = 6000.0;

const LARGE: [&str; 10] = [
    "images",
    "dataset_images",
    "captions",
    "caption_versions",
    "users",
    "api_keys",
    "audit_log",
    "jobs",
    "sessions",
    "refresh_tokens",
];

const READER: Reader = Reader::user(OWNER);

async fn page(database: &Database, filter: ImageFilter, page: ImagePage) {
    let images = database.list_images(&READER, DATASET, &filter, &page, 51).await.unwrap().expect("it is theirs");
    assert!(!images.is_empty());
}

fn check(name: &str, plans: &[Plan]) {
    check_list(name, plans);
    for plan in plans {
        assert!(plan.most_rows() > 0.0, "{name} looks at nothing:\n{}\n{}", plan.statement, plan.text);
    }
}

/// The same for what may be empty.
fn check_list(name: &str, plans: &[Plan]) {
    assert!(!plans.is_empty(), "{name} was not watched");
    for plan in plans {
        let whole = plan.tables_read_whole(&LARGE);
        assert!(whole.is_empty(), "{name} reads {whole:?} whole:\n{}\n{}", plan.statement, plan.text);
        let rows = plan.most_rows();
        assert!(rows < MOST_ROWS, "{name} looks at {rows} rows:\n{}\n{}", plan.statement, plan.text);
    }
}

#[tokio::test]
async fn pages_and_neighbours_use_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = WatchedPostgres::start(folder.path().join("postgres")).await;
    generate(&postgres.url(), IMAGES, |_| ()).await;
    let database = postgres.watched();
    let has = |source: &str| ImageFilter { has_source: Some(source.into()), ..ImageFilter::default() };
    let lacks = |source: &str| ImageFilter { lacks_source: Some(source.into()), ..ImageFilter::default() };
    let status = |status| ImageFilter { status: Some(status), ..ImageFilter::default() };
    let filters = [
        ("all", ImageFilter::default()),
        ("of a rare source", has(RARE_SOURCE)),
        ("of a common source", has(COMMON_SOURCE)),
        ("without a rare source", lacks(RARE_SOURCE)),
        ("without a common source", lacks(COMMON_SOURCE)),
        ("approved", status(Status::Approved)),
        ("rejected", status(Status::Rejected)),
    ];
    let deep = IMAGES / 2;
    let pages = [
        ImagePage::Added(None),
        ImagePage::Added(Some(image_id(deep))),
        ImagePage::Name(None),
        ImagePage::Name(Some(file_name(deep))),
        ImagePage::AddedBefore(image_id(deep)),
        ImagePage::NameBefore(file_name(deep)),
    ];
    // More often than the five times for which Postgres plans anew in any case.
    for _ in 0..7 {
        for (name, filter) in &filters {
            // By name, what is rare is looked for from one name to the next.
            let is_walked = |place: &&ImagePage| {
                *name == "rejected" && matches!(place, ImagePage::Name(_) | ImagePage::NameBefore(_))
            };
            for place in pages.iter().filter(|place| !is_walked(place)) {
                let plans = postgres.plans_of(page(database, filter.clone(), place.clone())).await;
                check(&format!("a page of pictures {name} from {place:?}"), &plans);
            }
        }
        for order in [ImageOrder::Added, ImageOrder::Name] {
            let neighbours =
                postgres.plans_of(database.neighbours(&READER, image_id(deep), order, &ImageFilter::default())).await;
            check("a picture's neighbours", &neighbours);
        }
        check("a picture", &postgres.plans_of(database.find_image(&READER, image_id(deep))).await);
        check("the datasets", &postgres.plans_of(database.list_dataset_overviews(&READER, None, 51)).await);
        let ids: Vec<_> = (deep..deep + 50).map(image_id).collect();
        let told = database.captions_of_source(&READER, DATASET_ID, COMMON_SOURCE, &ids);
        check("what a source says of a page", &postgres.plans_of(told).await);
        let (all, common) = (ImageFilter::default(), has(COMMON_SOURCE));
        for (filter, among) in [(&all, None), (&common, None), (&all, Some(&ids[..]))] {
            for after in [Uuid::nil(), image_id(deep - 1)] {
                let page = TextsPage { dataset: DATASET_ID, filter, among, source: None, after, limit: 1000 };
                let read = async { assert!(!database.caption_texts(&READER, page).await.unwrap().is_empty()) };
                check(&format!("what is said in {filter:?} after {after}"), &postgres.plans_of(read).await);
            }
        }
        let moment = database.moment_of_changes().await.unwrap();
        check_list("what has changed", &postgres.plans_of(database.is_unchanged_since(DATASET_ID, &moment)).await);
        check("a picture's captions", &postgres.plans_of(database.list_captions(&READER, image_id(deep))).await);
    }
    let beside = database
        .neighbours(&READER, image_id(deep), ImageOrder::Added, &ImageFilter::default())
        .await
        .unwrap()
        .expect("it is theirs");
    assert_eq!((beside.previous, beside.next), (Some(image_id(deep - 1)), Some(image_id(deep + 1))));
    assert_eq!(
        database
            .neighbours(&Reader::anonymous(), image_id(deep), ImageOrder::Added, &ImageFilter::default())
            .await
            .unwrap(),
        None
    );
    postgres.stop().await;
}

#[tokio::test]
async fn lists_of_people_and_of_what_they_did_use_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = WatchedPostgres::start(folder.path().join("postgres")).await;
    generate(&postgres.url(), 1000, |_| ()).await;
    generate_people(&postgres.url()).await;
    let database = postgres.watched();
    let (operator, somebody, now) = (Reader::operator(), Reader::user(user_id(10_000)), OffsetDateTime::now_utc());
    let deep = |kind: u128| Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 48 | 0x2710);
    let filter = |actor: Option<u32>, action: Option<&str>| AuditFilter {
        actor: actor.map(user_id),
        action: action.map(str::to_owned),
    };
    for _ in 0..7 {
        for after in [None, Some("user 010000")] {
            check_list("people", &postgres.plans_of(database.list_users(&operator, after, 51)).await);
        }
        for (filter, count) in [
            (filter(None, None), 51),
            // Of whom and what there is little.
            (filter(Some(11), None), 1),
            (filter(Some(10), None), 1),
            (filter(None, Some("user.rare")), 1),
            (filter(None, Some("session.open")), 51),
            (filter(Some(11), Some("caption.change")), 1),
            (filter(Some(11), Some("user.rare")), 0),
        ] {
            for before in [None, Some(deep(3))] {
                let listed = async {
                    let entries = database.list_audit_log(&operator, &filter, before, 51).await.unwrap();
                    assert_eq!(entries.len(), count, "{filter:?} before {before:?}");
                };
                let plans = postgres.plans_of(listed).await;
                check_list(&format!("the audit log by {filter:?} before {before:?}"), &plans);
            }
        }
        let (all, own) = (ApiKeyFilter::default(), ApiKeyFilter { owner: somebody.user, without_revoked: true });
        for (reader, filter, count) in [(operator, all, 51), (operator, own, 1), (somebody, all, 1), (somebody, own, 1)]
        {
            for after in [None, Some(deep(2))] {
                let listed = async {
                    let keys = database.list_api_keys(&reader, filter, after, 51).await.unwrap();
                    assert!(keys.len() == count || after.is_some(), "{reader:?} {filter:?}: {}", keys.len());
                };
                check_list("keys", &postgres.plans_of(listed).await);
            }
        }
        // Everybody's, those of a dataset that is the reader's, one's own among those, and none of a stranger's.
        for (reader, dataset, count) in [
            (operator, None, 51),
            (operator, Some(DATASET), 51),
            (READER, None, 51),
            (READER, Some(DATASET), 51),
            (somebody, None, 0),
            (Reader::anonymous(), None, 0),
        ] {
            for before in [None, Some(deep(4))] {
                let listed = async {
                    let jobs = database.list_jobs(&reader, dataset, before, 51).await.unwrap();
                    assert_eq!(jobs.len(), count, "{reader:?} {dataset:?}");
                };
                check_list(&format!("jobs of {dataset:?} for {reader:?}"), &postgres.plans_of(listed).await);
            }
        }
        check_list("the reader's jobs that go on", &postgres.plans_of(database.running_jobs(&somebody)).await);
        let sources = async {
            let sources = database.list_sources(&READER, DATASET, None, 51).await.unwrap().expect("it is theirs");
            assert_eq!(sources.iter().map(|source| source.captions).sum::<i64>(), 3000);
        };
        check_list("a dataset's sources", &postgres.plans_of(sources).await);
        let sessions = database.list_open_sessions(&somebody, None, 51, now);
        check_list("somebody's sessions", &postgres.plans_of(sessions).await);
        let past = now - Duration::days(3650);
        check_list("sessions that have expired", &postgres.plans_of(database.sweep_sessions(past)).await);
    }
    postgres.stop().await;
}

#[tokio::test]
async fn queue_and_progress_of_review_use_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = WatchedPostgres::start(folder.path().join("postgres")).await;
    generate(&postgres.url(), IMAGES, |_| ()).await;
    generate_people(&postgres.url()).await;
    let (database, now) = (postgres.watched(), OffsetDateTime::now_utc());
    let source = |slug: &str| ReviewScope {
        images: ImageFilter { has_source: Some(slug.into()), ..ImageFilter::default() },
        among: None,
    };
    for round in 0..7 {
        for scope in [ReviewScope::default(), source(COMMON_SOURCE)] {
            let next = async {
                let next = database.next_review(&READER, DATASET, scope.clone(), now).await.unwrap();
                let Permitted::Done(NextReview { lease: Some(lease), .. }) = next else { panic!("{next:?}") };
                lease
            };
            // Another picture each time.
            check_list(
                "what comes next",
                &postgres.plans_of(async { database.skip_lease(&READER, next.await.id, now).await }).await,
            );
        }
        check_list("the progress", &postgres.plans_of(database.review_progress(&READER, DATASET, now)).await);
        let decisions = database.list_own_decisions(&READER, DATASET, None, 51);
        check_list("what somebody decided", &postgres.plans_of(decisions).await);
        let limit = Some(100);
        let new = NewAssignments { to: vec!["owner".into()], limit, ..NewAssignments::default() };
        check_list("assigning", &postgres.plans_of(database.assign_reviews(&READER, DATASET, new, now)).await);
        let list = database.list_assignments(&READER, DATASET, None, Some(image_id(round * 50)), 51);
        check_list("what is assigned", &postgres.plans_of(list).await);
    }
    postgres.stop().await;
}
