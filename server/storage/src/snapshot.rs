//! The database at one moment, for a backup; and an empty one, for what a backup holds.

use sqlx::{PgTransaction, query_scalar};

use crate::{Database, StorageError};

/// Held shared by backups and alone by the sweeper, which takes no bytes away that a backup is about to read.
const OBJECTS_LOCK: i64 = 0x7661_7361_7269_0001;

/// How many rows one question for sums brings.
const SUMS_AT_ONCE: i64 = 10_000;

/// The database as it was when this was made. Until this is dropped, no picture's bytes are swept away.
pub struct Snapshot {
    transaction: PgTransaction<'static>,
    name: String,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// People with an account.
    pub users: i64,
    /// Datasets.
    pub datasets: i64,
    /// Pictures in datasets, the deleted ones included that can be taken back.
    pub images: i64,
    /// Captions.
    pub captions: i64,
    /// States that captions have had, the present ones included.
    pub caption_versions: i64,
}

impl Database {
    /// Holds the database as it is now, for as long as it takes.
    pub async fn snapshot(&self) -> Result<Snapshot, StorageError> {
        let mut transaction = self.pool().begin().await?;
        // Nothing is said on this connection while pictures are copied.
        sqlx::raw_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .execute(&mut *transaction)
        .await?;
        // Before anything is read: what a sweep that runs now takes away is not in the snapshot then.
        query_scalar!("SELECT pg_advisory_xact_lock_shared($1)", OBJECTS_LOCK).fetch_one(&mut *transaction).await?;
        let name = query_scalar!(r#"SELECT pg_export_snapshot() AS "name!""#).fetch_one(&mut *transaction).await?;
        Ok(Snapshot { transaction, name })
    }

    /// The major version of PostgreSQL that serves the database, such as 15.
    pub async fn server_version(&self) -> Result<u32, StorageError> {
        let number = query_scalar!(r#"SELECT current_setting('server_version_num')::integer AS "number!""#);
        Ok(number.fetch_one(self.pool()).await?.unsigned_abs() / 10_000)
    }

    /// Whether there is no table at all.
    pub async fn is_empty(&self) -> Result<bool, StorageError> {
        let empty = query_scalar!(
            r#"SELECT NOT EXISTS (
                   SELECT FROM pg_class JOIN pg_namespace AS schema ON schema.oid = relnamespace
                   WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
               ) AS "empty!""#
        );
        Ok(empty.fetch_one(self.pool()).await?)
    }

    /// Whether another program of ours is connected, or another connection of this one.
    pub async fn is_used_by_others(&self) -> Result<bool, StorageError> {
        let used = query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'vasari' AND pid <> pg_backend_pid()
               ) AS "used!""#
        );
        Ok(used.fetch_one(self.pool()).await?)
    }

    /// Deletes all tables and all that is in them.
    pub async fn drop_everything(&self) -> Result<(), StorageError> {
        let drop = "DO $$
            DECLARE name text;
            BEGIN
                FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
                LOOP
                    EXECUTE format('DROP SCHEMA %I CASCADE', name);
                END LOOP;
                CREATE SCHEMA public;
            END
            $$";
        sqlx::raw_sql(drop).execute(self.pool()).await?;
        Ok(())
    }
}

impl Snapshot {
    /// How PostgreSQL's own programs name it (`pg_dump --snapshot`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How much there is.
    pub async fn counts(&mut self) -> Result<Counts, StorageError> {
        let counts = sqlx::query_as!(
            Counts,
            r#"SELECT (SELECT count(*) FROM users) AS "users!", (SELECT count(*) FROM datasets) AS "datasets!",
                   (SELECT count(*) FROM dataset_images) AS "images!", (SELECT count(*) FROM captions) AS "captions!",
                   (SELECT count(*) FROM caption_versions) AS "caption_versions!""#
        );
        Ok(counts.fetch_one(&mut *self.transaction).await?)
    }

    /// The SHA-256 sums of all pictures' files, sorted.
    pub async fn image_sums(&mut self) -> Result<Vec<Vec<u8>>, StorageError> {
        let mut sums: Vec<Vec<u8>> = Vec::new();
        loop {
            let after = sums.last().cloned().unwrap_or_default();
            let page = query_scalar!(
                "SELECT sha256 FROM images WHERE sha256 > $1 ORDER BY sha256 LIMIT $2",
                after,
                SUMS_AT_ONCE
            );
            let page = page.fetch_all(&mut *self.transaction).await?;
            if page.is_empty() {
                return Ok(sums);
            }
            sums.extend(page);
        }
    }

    /// Ends it, and fails where it has ended before: then something may have been swept away meanwhile.
    pub async fn end(self) -> Result<(), StorageError> {
        Ok(self.transaction.commit().await?)
    }
}

/// Keeps backups waiting until the transaction ends. False where one is being made.
pub(crate) async fn lock_objects(transaction: &mut PgTransaction<'static>) -> Result<bool, StorageError> {
    let locked = query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "locked!""#, OBJECTS_LOCK);
    Ok(locked.fetch_one(&mut **transaction).await?)
}
