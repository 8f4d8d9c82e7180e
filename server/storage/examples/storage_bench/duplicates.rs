//! What it takes to find pictures and captions that are there nearly twice.

use std::{error::Error, time::Instant};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use vasari_curation::duplicates::{of_hashes, of_texts};
use vasari_storage::{Database, duplicates::ComparedImage, images::ImageFilter};
use vasari_storage_testing::generated::DATASET;

use crate::READER;

/// How many pictures are compared.
const PICTURES: u32 = 100_000;

/// How many members a group has at most, as the server has it.
const MOST_IN_GROUP: usize = 100;

/// Hashes by chance; every fourth picture is nearly the one before, in up to four bits.
const HASHES: &str = "
    UPDATE images SET perceptual_hash = CASE WHEN i % 4 = 3 THEN hash # (1::bigint << (i * 7 % 63)::int)
        # (1::bigint << (i * 11 % 63)::int) # (1::bigint << (i * 13 % 63)::int) ELSE hash END
    FROM (
        SELECT byte_size - 100000 AS i, hashint8extended(CASE WHEN byte_size % 4 = 3 THEN byte_size - 1 ELSE byte_size END, 1)
            AS hash, sha256 AS sum
        FROM images
    ) AS made
    WHERE sum = sha256";

/// Reads the pictures and groups them, as a page of duplicates does.
pub(crate) async fn measure(url: &str, database: &Database, images: u32) -> Result<Value, Box<dyn Error>> {
    eprintln!("making hashes");
    sqlx::raw_sql(HASHES).execute(&mut PgConnection::connect(url).await?).await?;
    let pictures = PICTURES.min(images);
    let mut rows = Vec::new();
    for (name, distance) in [("pictures that differ in 8 of 64 bits", 8), ("the same in 16", 16)] {
        eprintln!("{name}");
        let (found, read) = read(database, None, pictures).await?;
        let hashes: Vec<u64> = found.iter().filter_map(|image| image.hash).collect();
        let began = Instant::now();
        let groups = of_hashes(&hashes, distance, MOST_IN_GROUP).len();
        rows.push(
            json!({ "name": name, "rows": hashes.len(), "read_s": read, "group_s": began.elapsed().as_secs_f64(),
            "groups": groups }),
        );
    }
    for (name, distance) in [("captions that differ by 10 % of their words", 10), ("the same by 30 %", 30)] {
        eprintln!("{name}");
        let (found, read) = read(database, Some("first"), pictures).await?;
        let began = Instant::now();
        let groups = of_texts(found.iter().map(|image| image.text.as_str()), distance, MOST_IN_GROUP).len();
        rows.push(json!({ "name": name, "rows": found.len(), "read_s": read, "group_s": began.elapsed().as_secs_f64(),
            "groups": groups }));
    }
    Ok(rows.into())
}

/// What is compared, and how many seconds it took to read.
async fn read(
    database: &Database,
    source: Option<&str>,
    pictures: u32,
) -> Result<(Vec<ComparedImage>, f64), Box<dyn Error>> {
    let (began, filter) = (Instant::now(), ImageFilter::default());
    let found = database.compared_images(&READER, DATASET, (&filter, None), source, i64::from(pictures)).await?;
    Ok((found.ok_or("the dataset is there")?, began.elapsed().as_secs_f64()))
}
