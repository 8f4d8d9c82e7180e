//! Datasets as large as one wants, the same each time.

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// The generated dataset's slug.
pub const DATASET: &str = "generated";

/// Its id.
pub const DATASET_ID: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

/// Its owner.
pub const OWNER: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

/// A source that has captioned one picture of a hundred, where [`COMMON_SOURCE`] has not.
pub const RARE_SOURCE: &str = "rare";

/// A source that has captioned ninety-nine pictures of a hundred.
pub const COMMON_SOURCE: &str = "common";

/// How many pictures one statement adds.
const BATCH: i64 = 10_000;

const DATASET_ROWS: &str = "
    INSERT INTO users (id, name, created_at) VALUES ('01900000-0000-7000-8000-000000000001', 'owner', '2024-01-01Z');
    INSERT INTO datasets (id, slug, name, created_by, created_at)
    VALUES ('01900000-0000-7000-8000-000000000002', 'generated', 'Generated', '01900000-0000-7000-8000-000000000001',
        '2024-01-01Z');
    INSERT INTO dataset_members (dataset_id, user_id, role, added_at)
    VALUES ('01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 'owner', '2024-01-01Z');
    INSERT INTO caption_sources (id, dataset_id, slug, kind, created_at)
    SELECT ('01900000-0000-7000-8000-00000000001' || number)::uuid, '01900000-0000-7000-8000-000000000002', slug,
        'import', '2024-01-01Z'
    FROM unnest(ARRAY['first', 'second', 'common', 'rare']) WITH ORDINALITY AS source (slug, number);";

/// Pictures `$1 + 1` to `$2`. Ids are version 7 UUIDs of one millisecond each.
const IMAGES: &str = "
    WITH bytes AS (
        INSERT INTO images (sha256, byte_size, format, width, height, thumbhash, created_at)
        SELECT sha256(int8send(i)), 100000 + i, 'jpeg', 640 + i % 640, 480 + i % 480, substring(sha256(int8send(i)), 1, 24),
            '2024-01-01Z'
        FROM generate_series($1::bigint + 1, $2) AS i
    )
    INSERT INTO dataset_images (id, dataset_id, sha256, file_name, added_by, added_at)
    SELECT (lpad(to_hex(1700000000000 + i), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
        '01900000-0000-7000-8000-000000000002', sha256(int8send(i)),
        -- Names are in another order than the pictures.
        format('pictures/%s-%s.jpg', lpad((i * 7919 % 1000003)::text, 7, '0'), i),
        '01900000-0000-7000-8000-000000000001', '2024-01-01Z'
    FROM generate_series($1 + 1, $2) AS i";

/// Three captions of each of them, whose states and words are scattered by a hash.
const CAPTIONS: &str = "
    WITH words AS (
        SELECT ARRAY['small', 'large', 'red', 'blue', 'green', 'old', 'new', 'wooden', 'bright', 'dark', 'round', 'tall',
                'white', 'black', 'yellow', 'striped'] AS adjectives,
            ARRAY['bird', 'boat', 'house', 'dog', 'car', 'tree', 'bridge', 'bicycle', 'tower', 'horse', 'table', 'lamp',
                'train', 'flower', 'chair', 'kite'] AS nouns,
            ARRAY['stands', 'rests', 'waits', 'moves', 'shines', 'leans', 'turns', 'lies'] AS verbs,
            ARRAY['beside', 'above', 'behind', 'near', 'under', 'before', 'beyond', 'against'] AS places
    ), rows AS (
        SELECT i, source, (hashint8(i * 3 + source)::bigint + 2147483648) AS hash
        FROM generate_series($1::bigint + 1, $2) AS i, generate_series(1, 3) AS source
    )
    INSERT INTO captions (id, dataset_id, image_id, source_id, text, confidence, status, updated_at)
    SELECT (lpad(to_hex(1700000000000 + i), 12, '0') || '7000900' || source || lpad(to_hex(i), 12, '0'))::uuid,
        '01900000-0000-7000-8000-000000000002',
        (lpad(to_hex(1700000000000 + i), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
        ('01900000-0000-7000-8000-00000000001' || CASE WHEN source = 3 AND i % 100 = 99 THEN 4 ELSE source END)::uuid,
        format('a %s %s %s %s a %s %s, number %s', adjectives[1 + hash % 16], nouns[1 + hash / 16 % 16],
            verbs[1 + hash / 256 % 8], places[1 + hash / 2048 % 8], adjectives[1 + hash / 16384 % 16],
            nouns[1 + hash / 262144 % 16], i),
        hash % 1000 / 1000.0,
        CASE WHEN source < 3 THEN 'draft' WHEN hash % 1000 = 0 THEN 'rejected' WHEN hash % 10 < 5 THEN 'approved'
            ELSE 'submitted' END,
        '2024-01-01Z'
    FROM rows, words";

/// Fills an empty database with [`DATASET`]: so many pictures with three captions each, with all triggers and constraints
/// at work, and has Postgres look at the tables. `progress` is told how many pictures there are.
///
/// # Panics
///
/// Where the database fails.
pub async fn generate(url: &str, images: u32, mut progress: impl FnMut(u32)) {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    sqlx::raw_sql(DATASET_ROWS).execute(&mut connection).await.expect("the database is empty");
    let mut done = 0;
    while done < i64::from(images) {
        let end = i64::from(images).min(done + BATCH);
        for statement in [IMAGES, CAPTIONS] {
            let added = sqlx::query(statement).bind(done).bind(end).execute(&mut connection).await;
            added.expect("generated rows fit the tables");
        }
        done = end;
        progress(done as u32);
    }
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut connection).await.expect("the tables can be looked at");
}

/// The id of the generated picture of this number, which counts from 1 in the order of adding.
pub fn image_id(number: u32) -> Uuid {
    let number = u128::from(number);
    Uuid::from_u128((1_700_000_000_000 + number) << 80 | 0x7000_8000 << 48 | number)
}

/// Its file name.
pub fn file_name(number: u32) -> String {
    format!("pictures/{:07}-{number}.jpg", u64::from(number) * 7919 % 1_000_003)
}

/// The generated person of this number, who has a key, has done one thing, and asked for one job.
pub fn user_id(number: u32) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8001_0000_0000_0000 | u128::from(number))
}

const PEOPLE: &str = "
    CREATE FUNCTION pg_temp.made(kind int, i bigint) RETURNS uuid LANGUAGE sql AS $$
        SELECT ('01900000-0000-7000-800' || kind || '-' || lpad(to_hex(i), 12, '0'))::uuid
    $$;
    INSERT INTO users (id, name, created_at)
    SELECT pg_temp.made(1, i), 'user ' || lpad(i::text, 6, '0'), '2024-01-01Z' FROM generate_series(1, 20000) AS i;
    INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, created_at)
    SELECT pg_temp.made(2, i), pg_temp.made(1, i), 'script', 'vas_01234567', sha256(int8send(i)), '{read}', '2024-01-01Z'
    FROM generate_series(1, 20000) AS i;
    INSERT INTO audit_log (id, at, actor_user, action, subject)
    SELECT pg_temp.made(3, i), '2024-01-01Z', CASE WHEN i % 10 > 0 THEN pg_temp.made(1, i) END,
        CASE WHEN i % 10 = 0 THEN 'session.open' WHEN i = 7 THEN 'user.rare' ELSE 'caption.change' END, pg_temp.made(1, i)
    FROM generate_series(1, 20000) AS i;
    INSERT INTO jobs (id, dataset_id, kind, request, state, created_by, created_at, finished_at)
    SELECT pg_temp.made(4, i), '01900000-0000-7000-8000-000000000002', 'bulk_edit',
        '{\"kind\": \"bulk_edit\", \"images\": {}, \"edit\": {\"operation\": \"trim\"}}', 'succeeded', pg_temp.made(1, i),
        '2024-01-01Z', '2024-01-01Z'
    FROM generate_series(1, 20000) AS i;
    INSERT INTO sessions (id, user_id, created_at)
    SELECT pg_temp.made(5, i), pg_temp.made(1, i), '2024-01-01Z' FROM generate_series(1, 20000) AS i;
    INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at)
    SELECT sha256(int8send(i)), pg_temp.made(5, i), '2024-01-01Z', '2100-01-01Z' FROM generate_series(1, 20000) AS i;
    VACUUM ANALYZE";

/// Adds 20,000 people to what [`generate`] has made, each with a key, an entry in the audit log, a job in the dataset and a
/// session.
///
/// # Panics
///
/// Where the database fails.
pub async fn generate_people(url: &str) {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    for statement in PEOPLE.split(";\n    ") {
        let done = sqlx::raw_sql(statement).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}
