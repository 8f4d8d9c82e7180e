//! Postgres: connections, limits, migrations.

use std::{pin::Pin, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgPool, PgTransaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tracing::log::LevelFilter;

use crate::StorageError;

/// The tables' versions, compiled into the program.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// What a statement may take before Postgres ends it. Longer work goes in many statements.
const STATEMENT_TIMEOUT: &str = "30s";

/// How long a statement waits for somebody else's lock.
const LOCK_TIMEOUT: &str = "5s";

/// How long a transaction may sit idle, so that a client that hangs holds no locks.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "30s";

/// How long a caller waits for a connection before it is told to come back later.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a connection stays open without work.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);

/// Connections to Postgres. Clones are cheap and share them.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
}

/// A step that brought the tables further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedMigration {
    /// The version that it brought.
    pub version: i64,
    /// What it is called.
    pub name: String,
    /// How many were to be applied, this one among them.
    pub of: usize,
}

/// Which versions of the tables there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The newest version that has been applied, 0 for an empty database.
    pub applied: i64,
    /// The newest version that this program knows.
    pub known: i64,
}

impl Database {
    /// A database by URL (`postgres://user:password@host:port/name`), with at most so many connections.
    ///
    /// Nothing is connected yet: a database that is away now may be there when it is needed.
    pub fn at_url(url: &str, max_connections: u32) -> Result<Self, StorageError> {
        Ok(Self::with_options(PgConnectOptions::from_str(url)?, max_connections))
    }

    pub(crate) fn with_options(options: PgConnectOptions, max_connections: u32) -> Self {
        let options = options
            .application_name("vasari")
            .options([
                ("statement_timeout", STATEMENT_TIMEOUT),
                ("lock_timeout", LOCK_TIMEOUT),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT),
            ])
            .log_statements(LevelFilter::Trace)
            .log_slow_statements(LevelFilter::Warn, Duration::from_secs(1));
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(IDLE_TIMEOUT)
            .connect_lazy_with(options);
        Self { pool }
    }

    /// Brings the tables up to this program's version. Several servers that start at once wait for one another.
    ///
    /// # Errors
    ///
    /// Fails where a newer program has been at the tables, or where a migration that was applied is not the one that
    /// this program knows.
    pub async fn migrate(&self) -> Result<SchemaVersion, StorageError> {
        self.migrate_telling(|_| ()).await
    }

    /// The same; `tell` is told of each step that was applied.
    pub async fn migrate_telling(&self, mut tell: impl FnMut(AppliedMigration)) -> Result<SchemaVersion, StorageError> {
        let applied = self.schema_version().await?.applied;
        let pending: Vec<_> = MIGRATIONS.iter().filter(|migration| migration.version > applied).collect();
        // Of a connection that nobody gets afterwards: an index of a large table takes longer than statements may, and so
        // does who waits for another server that makes one.
        let mut connection = self.pool.acquire().await?.detach();
        sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0").execute(&mut connection).await?;
        for migration in &pending {
            MIGRATIONS.run_direct(Some(migration.version), &mut connection, false).await?;
            let name = migration.description.to_string();
            tell(AppliedMigration { version: migration.version, name, of: pending.len() });
        }
        // Also where nothing is pending: what was applied must be what this program knows.
        MIGRATIONS.run_direct(None, &mut connection, false).await?;
        connection.close().await?;
        self.migrate_queue().await?;
        self.schema_version().await
    }

    /// Which versions of the tables there are, and which there could be.
    pub async fn schema_version(&self) -> Result<SchemaVersion, StorageError> {
        let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
        // sqlx makes this table before the first migration, so a database without it is empty; the name can't be checked
        // while this is compiled, because it is no migration of ours.
        let is_empty = sqlx::query_scalar::<_, bool>("SELECT to_regclass('_sqlx_migrations') IS NULL");
        if is_empty.fetch_one(&self.pool).await? {
            return Ok(SchemaVersion { applied: 0, known });
        }
        let applied = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success");
        Ok(SchemaVersion { applied: applied.fetch_one(&self.pool).await?, known })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StorageError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Runs `work` in a transaction: all of it happens, or nothing does.
    ///
    /// It runs in a task of its own. A client that goes away drops its request anywhere, also between the words that begin
    /// a transaction and the answer to them, and sqlx 0.9 then gives the connection back half-begun.
    pub async fn transaction<T, E>(&self, work: impl AsyncTransaction<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let pool = self.pool.clone();
        let task = tokio::spawn(async move {
            let mut transaction = pool.begin().await.map_err(StorageError::from)?;
            let outcome = work(&mut transaction).await?;
            transaction.commit().await.map_err(StorageError::from)?;
            Ok(outcome)
        });
        task.await.unwrap_or_else(|_| Err(StorageError::Aborted.into()))
    }

    /// Closes all connections, once they have done what they are doing.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The connections, for the files of the nouns.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// What is done in a transaction: `|transaction| Box::pin(async move { … })`.
pub trait AsyncTransaction<T, E>:
    for<'a> FnOnce(&'a mut PgTransaction<'static>) -> TransactionFuture<'a, T, E> + Send + 'static
{
}

impl<T, E, F> AsyncTransaction<T, E> for F where
    F: for<'a> FnOnce(&'a mut PgTransaction<'static>) -> TransactionFuture<'a, T, E> + Send + 'static
{
}

/// A transaction's work under way.
pub type TransactionFuture<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;
