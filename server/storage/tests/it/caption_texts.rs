//! All that is said in a dataset, page by page, and whether it is still so.

use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    caption_texts::{ImageTexts, TextsPage},
    captions::CaptionChange,
    images::ImageFilter,
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{caption, dataset, image, now, person, source};

#[tokio::test]
async fn texts_come_in_pages_to_who_may_see_them_and_changes_are_noticed() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, stranger) = (person(database, "owner").await, person(database, "stranger").await);
    dataset(database, "birds", &owner).await;
    dataset(database, "boats", &owner).await;
    let id = database.find_dataset(&owner, "birds").await.unwrap().unwrap().id;
    let (one, other) = (source(database, "birds", "one").await, source(database, "birds", "other").await);
    let mut images = Vec::new();
    for number in 0..5 {
        let file = image(database, "birds", &format!("{}.png", "i".repeat(number + 1))).await;
        caption(database, &file, one, &format!("one of {number}")).await;
        if number % 2 == 0 {
            caption(database, &file, other, &format!("other of {number}")).await;
        }
        images.push(file);
    }
    let silent = image(database, "birds", "silent.png").await;
    let read = async |reader: &Reader, filter: &ImageFilter, among: Option<&[Uuid]>, only: Option<Uuid>| {
        let (mut found, mut after): (Vec<ImageTexts>, _) = (Vec::new(), Uuid::nil());
        loop {
            let page = TextsPage { dataset: id, filter, among, source: only, after, limit: 2 };
            let page = database.caption_texts(reader, page).await.unwrap();
            let Some(last) = page.last() else { return found };
            assert!(page.len() <= 2);
            after = last.image;
            found.extend(page);
        }
    };
    let all = ImageFilter::default();
    let found = read(&owner, &all, None, None).await;
    let ids: Vec<_> = images.iter().chain([&silent]).map(|image| image.id).collect();
    assert_eq!(found.iter().map(|texts| texts.image).collect::<Vec<_>>(), ids);
    let counts: Vec<_> = found.iter().map(|texts| texts.texts.len()).collect();
    assert_eq!(counts, [2, 1, 2, 1, 2, 0]);
    assert!(found[2].texts.contains(&(other, "other of 2".to_owned())));
    assert!(read(&stranger, &all, None, None).await.is_empty());
    let lacks = ImageFilter { lacks_source: Some("other".into()), ..ImageFilter::default() };
    assert_eq!(read(&owner, &lacks, None, None).await.len(), 3);
    let has = ImageFilter { has_source: Some("other".into()), ..ImageFilter::default() };
    assert_eq!(
        read(&owner, &has, Some(&ids[..3]), Some(one)).await.iter().map(|one| one.texts.len()).sum::<usize>(),
        2
    );
    let none = ImageFilter { has_source: Some("nobody".into()), ..ImageFilter::default() };
    assert!(read(&owner, &none, None, None).await.is_empty());

    let is_unchanged = async |database: &Database, moment: &str| database.is_unchanged_since(id, moment).await.unwrap();
    let moment = database.moment_of_changes().await.unwrap();
    image(database, "boats", "a.png").await;
    assert!(is_unchanged(database, &moment).await, "another dataset is none of its business");
    let said = database.list_captions(&owner, ids[0]).await.unwrap().unwrap().remove(0);
    let change = CaptionChange { text: Some("new".into()), regions: None };
    database.change_caption(&owner, said.id, said.version, change, now()).await.unwrap();
    assert!(!is_unchanged(database, &moment).await);
    let moment = database.moment_of_changes().await.unwrap();
    assert!(is_unchanged(database, &moment).await);
    database.set_image_deleted(&owner, ids[1], Some(now())).await.unwrap();
    assert!(!is_unchanged(database, &moment).await, "a picture has gone");
    let moment = database.moment_of_changes().await.unwrap();
    database.delete_source(&owner, "birds", "other").await.unwrap();
    assert!(!is_unchanged(database, &moment).await, "a source has gone with its captions");
    // What was swept away can't be told any more.
    let late = now() + time::Duration::hours(1);
    database.sweep_index_changes(late).await.unwrap();
    assert!(!is_unchanged(database, &moment).await);
}
