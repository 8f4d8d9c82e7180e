//! Lists stay quick however many pictures there are: no statement reads a large table from one end to the other.

use vasari_storage::{
    Database, Reader,
    captions::Status,
    images::{ImageFilter, ImageOrder, ImagePage},
};
use vasari_storage_testing::{
    generated::{COMMON_SOURCE, DATASET, DATASET_ID, OWNER, RARE_SOURCE, file_name, generate, image_id},
    plans::{Plan, WatchedPostgres},
};

const IMAGES: u32 = 20_000;

/// The most rows that a page may look at: of a hundred pictures one is the page's.
const MOST_ROWS: f64 = 6000.0;

const LARGE: [&str; 4] = ["images", "dataset_images", "captions", "caption_versions"];

const READER: Reader = Reader::user(OWNER);

async fn page(database: &Database, filter: ImageFilter, page: ImagePage) {
    let images = database.list_images(&READER, DATASET, &filter, &page, 51).await.unwrap().expect("it is theirs");
    assert!(!images.is_empty());
}

fn check(name: &str, plans: &[Plan]) {
    assert!(!plans.is_empty(), "{name} was not watched");
    for plan in plans {
        let whole = plan.tables_read_whole(&LARGE);
        assert!(whole.is_empty(), "{name} reads {whole:?} whole:\n{}\n{}", plan.statement, plan.text);
        let rows = plan.most_rows();
        assert!(rows > 0.0 && rows < MOST_ROWS, "{name} looks at {rows} rows:\n{}\n{}", plan.statement, plan.text);
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
