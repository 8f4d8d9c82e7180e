//! The measuring half of `cargo xtask bench storage`: fills a Postgres of its own and asks it.
//!
//! `storage_bench IMAGES CALLS FOLDER` keeps the cluster in FOLDER, tells on standard error how far it is, and prints one
//! line of JSON: how long the filling took, and for each question the calls' times and the indexes that its plan names; and
//! how long the search index took, how large it is, and the times of searches; how long an import and an export took, a bulk
//! edit and its rollback, and finding what is there nearly twice.

mod duplicates;
mod edits;
mod searches;
mod transfers;

use std::{
    env,
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    captions::Status,
    images::{ImageFilter, ImageOrder, ImagePage},
};
use vasari_storage_testing::{
    generated::{COMMON_SOURCE, DATASET, OWNER, RARE_SOURCE, file_name, generate, image_id},
    plans::WatchedPostgres,
};

/// Who asks: a member of the dataset, no administrator, so that rights are looked up.
const READER: Reader = Reader::user(OWNER);

/// Pictures of a page, and one more that tells whether another follows, as the API asks for.
const ROWS: i64 = 51;

/// The page that a cursor is put before, give or take a tenth.
const DEEP_PAGE: u32 = 10_000;

/// Calls before any is counted: they plan, and open the connection.
const WARM_UP: usize = 20;

const LARGE: [&str; 4] = ["images", "dataset_images", "captions", "caption_versions"];

/// One question, about a place that changes from call to call.
#[derive(Debug, Clone, Copy)]
enum Question {
    FirstPage,
    FirstPageByName,
    DeepPage,
    DeepPageByName,
    Status(Status),
    Source(&'static str),
    Missing(&'static str),
    Neighbours,
    Captions,
}

const QUESTIONS: [(&str, Question); 12] = [
    ("first page", Question::FirstPage),
    ("first page by name", Question::FirstPageByName),
    ("page 10,000", Question::DeepPage),
    ("page 10,000 by name", Question::DeepPageByName),
    ("page of approved pictures (half of them)", Question::Status(Status::Approved)),
    ("page of rejected pictures (one of 1,000)", Question::Status(Status::Rejected)),
    ("page of a source's pictures (99 of 100)", Question::Source(COMMON_SOURCE)),
    ("page of a source's pictures (one of 100)", Question::Source(RARE_SOURCE)),
    ("page of pictures without a source (99 of 100)", Question::Missing(RARE_SOURCE)),
    ("page of pictures without a source (one of 100)", Question::Missing(COMMON_SOURCE)),
    ("neighbours of a picture", Question::Neighbours),
    ("captions of a picture", Question::Captions),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [images, calls, folder] =
        env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "IMAGES CALLS FOLDER")?;
    let (images, calls): (u32, usize) = (images.parse()?, calls.parse()?);
    let folder = PathBuf::from(folder);
    let postgres = WatchedPostgres::start(folder.join("postgres")).await;
    let began = Instant::now();
    generate(&postgres.url(), images, |done| eprint!("\r{done} of {images} pictures")).await;
    let generation = began.elapsed();
    eprintln!();
    let database = Database::at_url(&postgres.url(), 1)?;
    let mut places = Places { state: 1, images };
    let mut measured = Vec::new();
    for (name, question) in QUESTIONS {
        eprintln!("{name}");
        let mut times = Vec::with_capacity(calls);
        for call in 0..WARM_UP + calls {
            let place = places.next(question);
            let began = Instant::now();
            ask(&database, question, place).await?;
            if call >= WARM_UP {
                times.push(began.elapsed());
            }
        }
        let plans = postgres.plans_of(ask(postgres.watched(), question, places.next(question))).await;
        let whole: Vec<_> = plans.iter().flat_map(|plan| plan.tables_read_whole(&LARGE)).collect();
        let access: Vec<_> = plans.last().map(|plan| plan.access()).unwrap_or_default();
        measured.push(described(name, times, &whole, &access));
    }
    let search = searches::measure(&database, &folder.join("search"), calls, &mut places).await?;
    let transfer = transfers::measure(&postgres, &database, &folder, images).await?;
    let edits = edits::measure(&postgres.url(), transfers::ROWS.min(images)).await?;
    let duplicates = duplicates::measure(&postgres.url(), &database, images).await?;
    database.close().await;
    postgres.stop().await;
    let generation = generation.as_secs_f64();
    println!(
        "{}",
        json!({ "images": images, "calls": calls, "generation_s": generation, "rows": measured, "search": search,
            "transfer": transfer, "edits": edits, "duplicates": duplicates })
    );
    Ok(())
}

/// Asks as the API does.
async fn ask(database: &Database, question: Question, place: u32) -> Result<(), StorageError> {
    let id = image_id(place);
    let filtered = |filter| (filter, ImagePage::Added(Some(id)));
    let (filter, page) = match question {
        Question::FirstPage => (ImageFilter::default(), ImagePage::Added(None)),
        Question::FirstPageByName => (ImageFilter::default(), ImagePage::Name(None)),
        Question::DeepPage => filtered(ImageFilter::default()),
        Question::DeepPageByName => (ImageFilter::default(), ImagePage::Name(Some(file_name(place)))),
        Question::Status(status) => filtered(ImageFilter { status: Some(status), ..ImageFilter::default() }),
        Question::Source(slug) => filtered(ImageFilter { has_source: Some(slug.into()), ..ImageFilter::default() }),
        Question::Missing(slug) => filtered(ImageFilter { lacks_source: Some(slug.into()), ..ImageFilter::default() }),
        Question::Neighbours => return neighbours(database, id).await,
        Question::Captions => return database.list_captions(&READER, id).await.map(drop),
    };
    let images = database.list_images(&READER, DATASET, &filter, &page, ROWS).await?;
    assert!(images.is_some_and(|images| !images.is_empty()), "{question:?} finds nothing after picture {place}");
    Ok(())
}

async fn neighbours(database: &Database, id: Uuid) -> Result<(), StorageError> {
    let beside = database.neighbours(&READER, id, ImageOrder::Added, &ImageFilter::default()).await?;
    assert!(beside.is_some(), "{id} is there");
    Ok(())
}

/// Numbers of pictures, the same ones in each run.
struct Places {
    state: u64,
    images: u32,
}

impl Places {
    /// A picture's number.
    fn anywhere(&mut self) -> u32 {
        1 + self.random() % self.images
    }

    fn random(&mut self) -> u32 {
        // A linear congruential generator with Knuth's constants, of which the upper half is taken.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as u32
    }

    fn next(&mut self, question: Question) -> u32 {
        let random = self.random();
        let (from, to) = match question {
            Question::DeepPage => {
                let first = (DEEP_PAGE * (ROWS as u32 - 1)).min(self.images / 2);
                (first - first / 10, first + first / 10)
            }
            // A page's worth of rare pictures is left after each.
            _ => (1, self.images - self.images / 5),
        };
        from + random % (to - from)
    }
}

fn described(name: &str, mut times: Vec<Duration>, whole: &[&str], access: &[&str]) -> Value {
    let (p50, p95, p99) = percentiles(&mut times);
    json!({ "name": name, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "read_whole": whole, "access": access })
}

/// In milliseconds: what half, 95 and 99 of a hundred calls stay below.
fn percentiles(times: &mut [Duration]) -> (f64, f64, f64) {
    times.sort_unstable();
    let percentile = |percent: usize| {
        let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(place).map_or(0.0, Duration::as_secs_f64) * 1000.0
    };
    (percentile(50), percentile(95), percentile(99))
}
