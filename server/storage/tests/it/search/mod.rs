//! Search: what queries find, and that the index follows the tables whatever happens.

mod following;
mod queries;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    captions::{Caption, NewCaption, NewSource, NewSourceKind, Written},
    datasets::{NewDataset, Permitted, Visibility},
    images::{DatasetImage, NewImage},
    search::{IndexState, SearchError, SearchIndex, SearchQuery, SearchRequest, SearchScope},
    sources::AddedSource,
    users::NewUser,
};
use vasari_storage_testing::TestDatabase;

const OPERATOR: Reader = Reader::operator();

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database with a dataset, and an index that follows it.
struct Searched {
    test: TestDatabase,
    folder: tempfile::TempDir,
    index: SearchIndex,
    following: JoinHandle<()>,
}

impl Searched {
    async fn start() -> Self {
        let test = TestDatabase::create().await;
        dataset(test.database(), "birds").await;
        let folder = tempfile::tempdir().unwrap();
        let (index, following) = follow(folder.path().join("search"), test.database());
        Self { test, folder, index, following }
    }

    fn database(&self) -> &Database {
        self.test.database()
    }

    fn search_folder(&self) -> PathBuf {
        self.folder.path().join("search")
    }

    /// The folder of the index that counts.
    fn index_folder(&self) -> PathBuf {
        let name = std::fs::read_to_string(self.search_folder().join("current")).expect("an index counts");
        self.search_folder().join(name)
    }

    async fn scope(&self) -> SearchScope {
        self.database().search_scope(&OPERATOR, "birds").await.unwrap().expect("the dataset is there")
    }

    /// Names of the pictures that a query finds, by name.
    async fn names(&self, query: &str) -> Vec<String> {
        self.names_if_open(query).await.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// The same, or that the index is being opened.
    async fn names_if_open(&self, query: &str) -> Result<Vec<String>, SearchError> {
        let request = SearchRequest {
            query: query.parse().unwrap_or_else(|error| panic!("{query}: {error}")),
            sort: "name".parse().ok(),
            limit: 1000,
            ..SearchRequest::default()
        };
        let found = self.index.search(&self.scope().await, &request).await?;
        assert_eq!(found.total, found.ids.len() as u64, "{query}");
        let images = self.database().find_images(&OPERATOR, &found.ids).await.unwrap();
        Ok(images.into_iter().map(|image| image.file_name).collect())
    }

    /// Waits until a query finds these pictures. How long that took.
    async fn wait_for(&self, query: &str, names: &[&str]) -> Duration {
        let began = Instant::now();
        loop {
            self.wait_until_ready().await;
            let found = self.names_if_open(query).await;
            if matches!(&found, Ok(found) if found == names) {
                return began.elapsed();
            }
            // Who follows anew opens anew, also between the two lines above.
            assert!(matches!(found, Ok(_) | Err(SearchError::Opening)), "{query}: {found:?}");
            assert!(began.elapsed() < PATIENCE, "{query} still finds {found:?}: {:?}", self.index.status());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn wait_until_ready(&self) {
        self.wait_for_state(IndexState::Ready).await;
    }

    async fn wait_for_state(&self, state: IndexState) {
        let began = Instant::now();
        while self.index.status().state != state {
            assert!(began.elapsed() < PATIENCE, "it is still {:?}", self.index.status());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends following, and leaves the folder as it is.
    async fn stop_following(&mut self) {
        self.following.abort();
        drop((&mut self.following).await);
    }

    /// Follows again, with an index that has to be opened.
    fn follow_again(&mut self) {
        // The index as it was is closed first.
        self.index = SearchIndex::in_folder(self.folder.path().join("none")).unwrap();
        (self.index, self.following) = follow(self.search_folder(), self.test.database());
    }

    async fn end(mut self) {
        self.stop_following().await;
        self.test.drop_it().await;
    }
}

fn follow(folder: PathBuf, database: &Database) -> (SearchIndex, JoinHandle<()>) {
    let index = SearchIndex::in_folder(folder).unwrap();
    let (followed, database) = (index.clone(), database.clone());
    (index, tokio::spawn(async move { followed.follow(&database).await }))
}

async fn dataset(database: &Database, slug: &str) -> Reader {
    let user = NewUser { id: Uuid::now_v7(), name: format!("owner of {slug}"), password_hash: None };
    let owner = database.create_user(&user, false, OffsetDateTime::now_utc()).await.unwrap().id;
    let new = NewDataset {
        id: Uuid::now_v7(),
        slug: slug.into(),
        name: slug.into(),
        description: String::new(),
        visibility: Visibility::Private,
    };
    database.create_dataset(&new, owner, OffsetDateTime::now_utc()).await.unwrap();
    Reader::user(owner)
}

async fn image_in(database: &Database, dataset: &str, name: &str, width: i32, height: i32) -> DatasetImage {
    let id = Uuid::now_v7();
    let new = NewImage {
        id,
        file_name: name.into(),
        sha256: [id.as_bytes().as_slice(), id.as_bytes()].concat(),
        byte_size: 9,
        format: "png".into(),
        width,
        height,
        thumbhash: vec![1],
        perceptual_hash: 0,
    };
    let added = database.add_image(&OPERATOR, dataset, &new, OffsetDateTime::now_utc()).await.unwrap();
    let Permitted::Done(image) = added else { panic!("{added:?}") };
    image
}

async fn image(database: &Database, name: &str) -> DatasetImage {
    image_in(database, "birds", name, 640, 480).await
}

async fn source_in(database: &Database, dataset: &str, slug: &str, task: Option<&str>) -> Uuid {
    let kind = task.map_or(NewSourceKind::Import, |task| NewSourceKind::Model {
        model: slug.into(),
        revision: None,
        task: task.into(),
        parameters: serde_json::json!({}),
    });
    let new = NewSource { id: Uuid::now_v7(), slug: slug.into(), kind };
    let made = database.create_source(&OPERATOR, dataset, &new, OffsetDateTime::now_utc()).await.unwrap();
    assert_eq!(made, Permitted::Done(AddedSource::New(new.id)));
    new.id
}

async fn source(database: &Database, slug: &str) -> Uuid {
    source_in(database, "birds", slug, None).await
}

async fn caption(database: &Database, image: &DatasetImage, source: Uuid, text: &str, sure: Option<f32>) -> Caption {
    let new = NewCaption { text: text.into(), confidence: sure, regions: None };
    let written = database.add_caption(&OPERATOR, image.id, source, &new, OffsetDateTime::now_utc()).await.unwrap();
    let Written::Done(caption) = written else { panic!("{written:?}") };
    caption
}

fn query(text: &str) -> SearchQuery {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
