//! Datasets, their pictures and captions, and who may do what with them.

use std::fmt::Write;

use sqlx::{Connection, PgConnection};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    captions::{Caption, NewCaption, NewSource, NewSourceKind, Status, Written},
    datasets::{DatasetChange, NewDataset, Permitted, Role, SLUG_TAKEN, Visibility},
    images::{DatasetImage, FILE_NAME_TAKEN, ImageFilter, ImagePage, NewImage},
    members::{Added, Member},
    objects::{Object, Objects},
    sources::AddedSource,
    users::NewUser,
};
use vasari_storage_testing::TestDatabase;

pub(crate) const OPERATOR: Reader = Reader::operator();

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

pub(crate) async fn person(database: &Database, name: &str) -> Reader {
    let new = NewUser { id: Uuid::now_v7(), name: name.into(), password_hash: None };
    Reader::user(database.create_user(&new, false, now()).await.expect("the name is free").id)
}

pub(crate) async fn dataset(database: &Database, slug: &str, owner: &Reader) {
    let new = NewDataset {
        id: Uuid::now_v7(),
        slug: slug.into(),
        name: slug.to_uppercase(),
        description: String::new(),
        visibility: Visibility::Private,
    };
    let owner = owner.user.expect("it is a person");
    assert_eq!(database.create_dataset(&new, owner, now()).await.expect("the slug is free").role, Role::Owner);
}

fn new_image(file_name: &str) -> NewImage {
    NewImage {
        id: Uuid::now_v7(),
        file_name: file_name.into(),
        sha256: vec![file_name.len() as u8; 32],
        byte_size: 9,
        format: "png".into(),
        width: 4,
        height: 3,
        thumbhash: vec![1, 2, 3],
        perceptual_hash: 0,
    }
}

pub(crate) async fn image(database: &Database, dataset: &str, file_name: &str) -> DatasetImage {
    match database.add_image(&OPERATOR, dataset, &new_image(file_name), now()).await.expect("the name is free") {
        Permitted::Done(image) => image,
        refused => panic!("{refused:?}"),
    }
}

pub(crate) async fn source(database: &Database, dataset: &str, slug: &str) -> Uuid {
    let new = NewSource { id: Uuid::now_v7(), slug: slug.into(), kind: NewSourceKind::Import };
    match database.create_source(&OPERATOR, dataset, &new, now()).await.expect("the slug is free") {
        Permitted::Done(AddedSource::New(source)) => source,
        refused => panic!("{refused:?}"),
    }
}

/// A model that is a source of a dataset.
pub(crate) async fn model(database: &Database, dataset: &str, slug: &str) -> Uuid {
    let kind = NewSourceKind::Model {
        model: slug.into(),
        revision: Some("1".into()),
        task: "<CAPTION>".into(),
        parameters: serde_json::json!({}),
    };
    let new = NewSource { id: Uuid::now_v7(), slug: slug.into(), kind };
    match database.create_source(&OPERATOR, dataset, &new, now()).await.expect("the slug is free") {
        Permitted::Done(AddedSource::New(source)) => source,
        refused => panic!("{refused:?}"),
    }
}

pub(crate) async fn caption(database: &Database, image: &DatasetImage, source: Uuid, text: &str) -> Caption {
    let new = NewCaption { text: text.into(), ..NewCaption::default() };
    match database.add_caption(&OPERATOR, image.id, source, &new, now()).await.expect("the source is silent so far") {
        Written::Done(caption) => caption,
        refused => panic!("{refused:?}"),
    }
}

/// What becomes of the same request for a reader: as one word.
pub(crate) fn word<T>(outcome: &Permitted<T>) -> &'static str {
    match outcome {
        Permitted::Done(_) => "done",
        Permitted::Forbidden(_) => "forbidden",
        Permitted::Unknown => "unknown",
        Permitted::LastOwner => "last owner",
    }
}

#[tokio::test]
async fn owners_add_people_by_name_and_nobody_else_learns_who_there_is() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, anna, eve) =
        (person(database, "owner").await, person(database, "Anna").await, person(database, "eve").await);
    dataset(database, "birds", &owner).await;
    let add = async |reader: &Reader, name: &str, role| {
        database.add_member(reader, "birds", (name, role), now()).await.unwrap()
    };
    for name in ["anna", "nobody"] {
        assert_eq!(add(&eve, name, Role::Viewer).await, Permitted::Unknown, "{name}");
    }
    let member = Member { user: anna.user.unwrap(), name: "Anna".into(), role: Role::Reviewer };
    assert_eq!(add(&owner, "anna", Role::Reviewer).await, Permitted::Done(Added::Member(member.clone())));
    assert_eq!(add(&owner, "ANNA", Role::Viewer).await, Permitted::Done(Added::AlreadyThere));
    assert!(database.list_members(&owner, "birds").await.unwrap().unwrap().contains(&member), "her role stays");
    assert_eq!(add(&owner, "nobody", Role::Viewer).await, Permitted::Done(Added::Nobody));
    for name in ["eve", "nobody"] {
        assert_eq!(add(&anna, name, Role::Viewer).await, Permitted::Forbidden(Role::Owner), "{name}");
    }
    test.drop_it().await;
}

#[tokio::test]
async fn everybody_may_do_what_their_role_says() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "owner").await;
    dataset(database, "birds", &owner).await;
    let file = image(database, "birds", "a.png").await;
    let found = source(database, "birds", "found").await;
    let mut readers = vec![("anonymous", Reader::anonymous()), ("stranger", person(database, "stranger").await)];
    for (name, role) in [("viewer", Role::Viewer), ("annotator", Role::Annotator), ("reviewer", Role::Reviewer)] {
        let reader = person(database, name).await;
        let put = database.set_member(&owner, "birds", reader.user.unwrap(), Some(role), now()).await.unwrap();
        assert_eq!(put, Permitted::Done(()));
        readers.push((name, reader));
    }
    readers.extend([("owner", owner), ("administrator", OPERATOR)]);
    let mut table = String::new();
    for (name, reader) in &readers {
        let sees = database.find_dataset(reader, "birds").await.unwrap().is_some();
        let lists = database.list_datasets(reader, None, 10).await.unwrap().len();
        let sees_image = database.find_image(reader, file.id).await.unwrap().is_some();
        let pages = database.list_images(reader, "birds", &ImageFilter::default(), &ImagePage::Added(None), 10).await;
        let written = caption(database, &file, found, "a bird").await;
        let changes = match database.change_caption(reader, written.id, 1, "a duck", now()).await.unwrap() {
            Written::Done(_) => "done",
            Written::Forbidden(_) => "forbidden",
            _ => "unknown",
        };
        let version = if changes == "done" { 2 } else { 1 };
        let approved = database.set_caption_status(reader, written.id, version, Status::Approved, now()).await.unwrap();
        let reviews = match approved {
            Written::Done(_) => "done",
            Written::Forbidden(_) => "forbidden",
            _ => "unknown",
        };
        let history = database.list_caption_versions(reader, written.id).await.unwrap().is_some();
        let renames = database.change_dataset(reader, "birds", &DatasetChange::default()).await.unwrap();
        let adds = database.add_image(reader, "birds", &new_image(&format!("{name}.png")), now()).await.unwrap();
        writeln!(
            table,
            "{name}: {sees} {lists} {sees_image} {} {changes} {reviews} {history} {} {}",
            pages.unwrap().is_some(),
            word(&renames),
            word(&adds)
        )
        .unwrap();
        forget_captions(&test).await;
    }
    let expected = "\
        anonymous: false 0 false false unknown unknown false unknown unknown\n\
        stranger: false 0 false false unknown unknown false unknown unknown\n\
        viewer: true 1 true true forbidden forbidden true forbidden forbidden\n\
        annotator: true 1 true true done forbidden true forbidden forbidden\n\
        reviewer: true 1 true true done done true forbidden forbidden\n\
        owner: true 1 true true done done true done done\n\
        administrator: true 1 true true done done true done done\n";
    assert_eq!(table, expected);
    test.drop_it().await;
}

async fn forget_captions(test: &TestDatabase) {
    let mut connection = PgConnection::connect(&test.url()).await.expect("the database answers");
    sqlx::query("DELETE FROM captions").execute(&mut connection).await.expect("captions can go with a picture");
}

#[tokio::test]
async fn what_is_public_is_for_everybody_to_see_and_for_members_to_change() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "owner").await;
    dataset(database, "birds", &owner).await;
    let change = DatasetChange { visibility: Some(Visibility::Public), ..DatasetChange::default() };
    assert_eq!(word(&database.change_dataset(&owner, "birds", &change).await.unwrap()), "done");
    let seen = database.find_dataset(&Reader::anonymous(), "birds").await.unwrap().expect("it is public");
    assert_eq!((seen.role, seen.visibility, seen.name.as_str()), (Role::Viewer, Visibility::Public, "BIRDS"));
    let refused = database.delete_dataset(&Reader::anonymous(), "birds").await.unwrap();
    assert_eq!(refused, Permitted::Forbidden(Role::Owner));
    assert_eq!(
        database.list_members(&Reader::anonymous(), "birds").await.unwrap(),
        Some(vec![]),
        "who they are is theirs"
    );
    assert_eq!(database.list_members(&owner, "birds").await.unwrap().map(|members| members.len()), Some(1));
    test.drop_it().await;
}

#[tokio::test]
async fn dataset_keeps_an_owner_and_its_slug() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, other) = (person(database, "owner").await, person(database, "other").await);
    dataset(database, "birds", &owner).await;
    let (own, others) = (owner.user.unwrap(), other.user.unwrap());
    for role in [None, Some(Role::Viewer)] {
        assert_eq!(database.set_member(&owner, "birds", own, role, now()).await.unwrap(), Permitted::LastOwner);
    }
    let shared = database.set_member(&owner, "birds", others, Some(Role::Owner), now()).await.unwrap();
    assert_eq!(shared, Permitted::Done(()));
    assert_eq!(database.set_member(&owner, "birds", own, None, now()).await.unwrap(), Permitted::Done(()));
    assert_eq!(database.set_member(&owner, "birds", own, None, now()).await.unwrap(), Permitted::Unknown);
    let again = NewDataset {
        id: Uuid::now_v7(),
        slug: "birds".into(),
        name: "Birds".into(),
        description: String::new(),
        visibility: Visibility::Private,
    };
    let taken = database.create_dataset(&again, own, now()).await.unwrap_err();
    assert!(matches!(taken, StorageError::Conflict(constraint) if constraint == SLUG_TAKEN));
    assert_eq!(database.delete_dataset(&other, "birds").await.unwrap(), Permitted::Done(()));
    assert_eq!(database.find_dataset(&OPERATOR, "birds").await.unwrap(), None);
    test.drop_it().await;
}

#[tokio::test]
async fn pages_follow_one_another_and_filters_hold() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "owner").await;
    dataset(database, "birds", &owner).await;
    let mut images = Vec::new();
    for name in ["c.png", "a.png", "d.png", "b.png"] {
        images.push(image(database, "birds", name).await);
    }
    let found = source(database, "birds", "found").await;
    caption(database, &images[0], found, "a gull").await;
    let page = async |filter: &ImageFilter, page: ImagePage| {
        let images = database.list_images(&owner, "birds", filter, &page, 3).await.unwrap().expect("it is theirs");
        images.into_iter().map(|image| image.file_name).collect::<Vec<_>>().join(" ")
    };
    let all = ImageFilter::default();
    assert_eq!(page(&all, ImagePage::Added(None)).await, "c.png a.png d.png");
    assert_eq!(page(&all, ImagePage::Added(Some(images[2].id))).await, "b.png");
    assert_eq!(page(&all, ImagePage::Name(None)).await, "a.png b.png c.png");
    assert_eq!(page(&all, ImagePage::Name(Some("c.png".into()))).await, "d.png");
    let has = ImageFilter { has_source: Some("found".into()), ..all.clone() };
    assert_eq!(page(&has, ImagePage::Name(None)).await, "c.png");
    let lacks = ImageFilter { lacks_source: Some("found".into()), ..all.clone() };
    assert_eq!(page(&lacks, ImagePage::Name(None)).await, "a.png b.png d.png");
    let approved = ImageFilter { status: Some(Status::Approved), ..all.clone() };
    assert_eq!(page(&approved, ImagePage::Added(None)).await, "");
    test.drop_it().await;
}

#[tokio::test]
async fn deleted_picture_can_be_taken_back_until_it_is_swept() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "owner").await;
    dataset(database, "birds", &owner).await;
    let first = image(database, "birds", "a.png").await;
    let delete = async |at| database.set_image_deleted(&owner, first.id, at).await;
    assert_eq!(delete(Some(now())).await.unwrap(), Permitted::Done(()));
    assert_eq!(database.find_image(&owner, first.id).await.unwrap(), None);
    assert_eq!(delete(None).await.unwrap(), Permitted::Done(()));
    assert_eq!(database.find_image(&owner, first.id).await.unwrap().as_ref(), Some(&first));
    let taken = database.add_image(&owner, "birds", &new_image("a.png"), now()).await.unwrap_err();
    assert!(matches!(taken, StorageError::Conflict(constraint) if constraint == FILE_NAME_TAKEN));

    assert_eq!(delete(Some(now())).await.unwrap(), Permitted::Done(()));
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::in_folder(folder.path()).unwrap();
    objects.put(Object::Image(&first.sha256), b"bytes".to_vec()).await.unwrap();
    assert_eq!(database.sweep_images(&objects, now() - Duration::HOUR).await.unwrap(), 0, "its time has not come");
    // The same bytes under another name: they stay.
    let same = image(database, "birds", "b.png").await;
    assert_eq!(same.sha256, first.sha256);
    assert_eq!(database.sweep_images(&objects, now()).await.unwrap(), 0);
    assert!(objects.has(Object::Image(&first.sha256)).await.unwrap());
    assert_eq!(delete(None).await.unwrap(), Permitted::Unknown);
    database.set_image_deleted(&owner, same.id, Some(now())).await.unwrap();
    assert_eq!(database.sweep_images(&objects, now()).await.unwrap(), 1);
    assert!(!objects.has(Object::Image(&first.sha256)).await.unwrap());
    test.drop_it().await;
}

#[tokio::test]
async fn captions_keep_all_that_they_were_and_refuse_who_saw_less() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "owner").await;
    dataset(database, "birds", &owner).await;
    let file = image(database, "birds", "a.png").await;
    let found = source(database, "birds", "found").await;
    let first = caption(database, &file, found, "a bird").await;
    assert_eq!((first.version, first.status, first.source.as_str()), (1, Status::Draft, "found"));
    let again = database.add_caption(&owner, file.id, found, &NewCaption::default(), now()).await;
    assert!(matches!(again, Err(StorageError::Conflict(_))), "a source says one thing");

    let Written::Done(duck) = database.change_caption(&owner, first.id, 1, "a duck", now()).await.unwrap() else {
        panic!("nobody else is there")
    };
    assert_eq!((duck.text.as_str(), duck.version), ("a duck", 2));
    let late = database.change_caption(&owner, first.id, 1, "a goose", now()).await.unwrap();
    assert_eq!(late, Written::Changed(duck), "who saw the first version hears what it is now");
    let approved = database.set_caption_status(&owner, first.id, 2, Status::Approved, now()).await.unwrap();
    assert!(matches!(approved, Written::Done(Caption { status: Status::Approved, version: 3, .. })));
    let edited = database.change_caption(&owner, first.id, 3, "two ducks", now()).await.unwrap();
    assert!(matches!(edited, Written::Done(Caption { status: Status::Draft, version: 4, .. })), "nobody approved that");

    let versions = database.list_caption_versions(&owner, first.id).await.unwrap().expect("it is theirs");
    let told: Vec<_> = versions.iter().map(|past| (past.version, past.text.as_str(), past.status)).collect();
    let expected = [
        (4, "two ducks", Status::Draft),
        (3, "a duck", Status::Approved),
        (2, "a duck", Status::Draft),
        (1, "a bird", Status::Draft),
    ];
    assert_eq!(told, expected);
    let mut connection = PgConnection::connect(&test.url()).await.unwrap();
    for forged in ["UPDATE caption_versions SET text = 'never'", "UPDATE captions SET text = 'never'"] {
        let refused = sqlx::query(forged).execute(&mut connection).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("caption")), "{forged}");
    }
    drop(connection);
    test.drop_it().await;
}

#[tokio::test]
async fn captions_of_a_deleted_picture_rest_until_it_is_taken_back() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "owner").await;
    dataset(database, "birds", &owner).await;
    let file = image(database, "birds", "a.png").await;
    let found = source(database, "birds", "found").await;
    let written = caption(database, &file, found, "a bird").await;
    database.set_image_deleted(&owner, file.id, Some(now())).await.unwrap();
    // The second version was never there: who names it is not told what the caption says.
    for version in [1, 2] {
        let changed = database.change_caption(&owner, written.id, version, "a duck", now()).await.unwrap();
        assert_eq!(changed, Written::Unknown);
        let status = Status::Approved;
        let reviewed = database.set_caption_status(&owner, written.id, version, status, now()).await.unwrap();
        assert_eq!(reviewed, Written::Unknown);
    }
    assert_eq!(database.list_caption_versions(&owner, written.id).await.unwrap(), None);
    database.set_image_deleted(&owner, file.id, None).await.unwrap();
    let changed = database.change_caption(&owner, written.id, 1, "a duck", now()).await.unwrap();
    assert!(matches!(changed, Written::Done(Caption { version: 2, .. })));
    test.drop_it().await;
}
