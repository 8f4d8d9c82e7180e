//! Searches in the generated dataset, asked as the API asks them: who may, which pictures, what is said of them.

use std::{
    error::Error,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use vasari_storage::{
    Database, Reader,
    search::{SearchIndex, SearchQuery, SearchRequest},
};
use vasari_storage_testing::generated::{DATASET, OWNER, file_name, image_id};

use super::{Places, WARM_UP, percentiles};

const READER: Reader = Reader::user(OWNER);

/// Pictures of a page.
const LIMIT: usize = 50;

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// A query and an order; the natural one where it is empty.
    Page(&'static str, &'static str),
    /// The same from a place in the order of names that changes from call to call.
    DeepByName(&'static str),
    Facets(&'static str),
    Neighbours(&'static str),
}

const SEARCHES: [(&str, Asked); 15] = [
    ("word, in a third of the pictures", Asked::Page("dog", "")),
    ("two words", Asked::Page("dog bridge", "")),
    ("four words, one of them", Asked::Page("dog OR cat OR tower OR horse", "")),
    ("phrase", Asked::Page("\"red dog\"", "")),
    ("beginning of words", Asked::Page("bri*", "")),
    ("one source, not another", Asked::Page("first:dog NOT second:dog", "")),
    ("one source, and its state", Asked::Page("common:(dog status:approved)", "")),
    ("numbers", Asked::Page("confidence:<0.5 width:>=1000", "")),
    ("word, by name", Asked::Page("dog", "name")),
    ("word, the last added first", Asked::Page("dog", "-added")),
    ("word, by name, deep", Asked::DeepByName("dog")),
    ("all pictures, by name, deep", Asked::DeepByName("")),
    ("facets of a word", Asked::Facets("dog")),
    ("facets of all pictures", Asked::Facets("")),
    ("neighbours among what a word finds", Asked::Neighbours("dog")),
];

/// Builds an index in `folder` and asks it.
pub(super) async fn measure(
    database: &Database,
    folder: &Path,
    calls: usize,
    places: &mut Places,
) -> Result<Value, Box<dyn Error>> {
    let index = SearchIndex::in_folder(folder.to_owned())?;
    eprintln!("building the index");
    let began = Instant::now();
    index.rebuild(database).await?;
    let build = began.elapsed();
    let mut rows = Vec::new();
    for (name, asked) in SEARCHES {
        eprintln!("{name}");
        let (mut times, mut found) = (Vec::with_capacity(calls), 0);
        for call in 0..WARM_UP + calls {
            let place = places.anywhere();
            let began = Instant::now();
            found = ask(database, &index, asked, place).await?;
            if call >= WARM_UP {
                times.push(began.elapsed());
            }
        }
        let (p50, p95, p99) = percentiles(&mut times);
        rows.push(json!({ "name": name, "found": found, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99 }));
    }
    let follow = follow(database, index.clone()).await?;
    Ok(json!({
        "build_s": build.as_secs_f64(), "bytes": size_of(folder)?, "follow_ms": follow.as_secs_f64() * 1000.0, "rows": rows,
    }))
}

/// How many pictures fit in all.
async fn ask(database: &Database, index: &SearchIndex, asked: Asked, place: u32) -> Result<u64, Box<dyn Error>> {
    let scope = database.search_scope(&READER, DATASET).await?.ok_or("the dataset is there")?;
    let (text, sort, after) = match asked {
        Asked::Page(text, sort) => (text, sort, None),
        Asked::DeepByName(text) => {
            let cursor = format!("name.{}.{}", image_id(place).simple(), file_name(place));
            (text, "name", Some(cursor.parse().map_err(|()| "it is a cursor")?))
        }
        Asked::Facets(text) => return Ok(index.facets(&scope, &text.parse()?).await?.total),
        Asked::Neighbours(text) => {
            index.neighbours(&scope, &text.parse()?, None, image_id(place)).await?;
            return Ok(2);
        }
    };
    let query: SearchQuery = text.parse()?;
    let request = SearchRequest { query, sort: sort.parse().ok(), after, limit: LIMIT };
    let page = index.search(&scope, &request).await?;
    database.find_images(&READER, &page.ids).await?;
    database.captions_of_images(&READER, &page.ids, &[]).await?;
    Ok(page.total)
}

/// How long it takes until a change is found.
async fn follow(database: &Database, index: SearchIndex) -> Result<Duration, Box<dyn Error>> {
    let (followed, to) = (index.clone(), database.clone());
    let following = tokio::spawn(async move { followed.follow(&to).await });
    let scope = database.search_scope(&READER, DATASET).await?.ok_or("the dataset is there")?;
    let query: SearchQuery = "first:zebra".parse()?;
    let request = SearchRequest { query, limit: 1, ..SearchRequest::default() };
    let captions = database.list_captions(&READER, image_id(1)).await?.ok_or("the picture is there")?;
    let caption = captions.iter().find(|caption| caption.source == "first").ok_or("it has a caption")?;
    // What was generated is read once more, as it was written after the index's watermark or not.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let now = time::OffsetDateTime::now_utc();
    let began = Instant::now();
    database.change_caption(&READER, caption.id, caption.version, "a zebra", now).await?;
    while index.search(&scope, &request).await?.total == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let found = began.elapsed();
    following.abort();
    Ok(found)
}

fn size_of(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size_of(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
