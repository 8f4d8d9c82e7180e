//! Databases for tests: each test has its own, and all share one cluster, which is started for the first of them and stops
//! after the last.

pub mod generated;
pub mod plans;

use sqlx::{Connection, PgConnection};
use uuid::Uuid;
use vasari_storage::{Database, Durability, EmbeddedPostgres};

/// A database with all tables and nothing in them. Drop it with [`TestDatabase::drop_it`].
pub struct TestDatabase {
    postgres: EmbeddedPostgres,
    database: Database,
    name: String,
}

impl TestDatabase {
    /// Makes a database for one test.
    ///
    /// # Panics
    ///
    /// Where PostgreSQL is missing; the message says what to install.
    pub async fn create() -> Self {
        let test = Self::create_empty().await;
        test.database.migrate().await.expect("the migrations fit an empty database");
        test
    }

    /// [`TestDatabase::create`] without tables.
    pub async fn create_empty() -> Self {
        // Not in the build's folder, which may lie where the account that Postgres runs as doesn't get to.
        let folder = std::env::temp_dir().join("vasari-tests").join("postgres");
        let postgres = EmbeddedPostgres::start(&folder, Durability::None).await;
        let postgres = postgres.unwrap_or_else(|error| panic!("tests need a database: {error}"));
        let name = format!("test_{}", Uuid::new_v4().simple());
        execute(&postgres, &format!("CREATE DATABASE {name}")).await;
        let database = Database::at_url(&postgres.url(&name), 8).expect("the URL is one");
        Self { postgres, database, name }
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Its URL, for a program under test or for a look at its tables.
    pub fn url(&self) -> String {
        self.postgres.url(&self.name)
    }

    /// [`dump`] of it.
    pub async fn dump(&self) -> String {
        dump(&self.url()).await
    }

    /// Keeps everybody else from reading and writing a table, until it is released.
    ///
    /// # Panics
    ///
    /// Where the database is away.
    pub async fn hold(&self, table: &str) -> HeldTable {
        let mut connection = PgConnection::connect(&self.url()).await.expect("the database answers");
        run(&mut connection, &format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await;
        HeldTable(connection)
    }

    /// The number that a statement of a test gives.
    ///
    /// # Panics
    ///
    /// Where it gives none.
    pub async fn number(&self, statement: &str) -> i64 {
        let mut connection = PgConnection::connect(&self.url()).await.expect("the database answers");
        let number = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut connection).await;
        number.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Runs statements of a test.
    ///
    /// # Panics
    ///
    /// Where one fails.
    pub async fn execute(&self, statements: &str) {
        run(&mut PgConnection::connect(&self.url()).await.expect("the database answers"), statements).await;
    }

    /// Drops the database and leaves the cluster.
    pub async fn drop_it(self) {
        self.database.close().await;
        execute(&self.postgres, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        self.postgres.stop().await.expect("the cluster stops");
    }
}

/// A table that somebody holds.
pub struct HeldTable(PgConnection);

impl HeldTable {
    /// Lets the others go on.
    pub async fn release(mut self) {
        run(&mut self.0, "COMMIT").await;
    }
}

/// All rows of all tables of a database as text: to look for what must not be in them, or to compare them.
///
/// # Panics
///
/// Where the database is away.
pub async fn dump(url: &str) -> String {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let rows = sqlx::query_scalar(
        "SELECT coalesce(string_agg(query_to_xml(format('SELECT * FROM %I ORDER BY %1$I::text', tablename), true, false, '')::text,
             '' ORDER BY tablename), '')
         FROM pg_tables WHERE schemaname = 'public'",
    );
    rows.fetch_one(&mut connection).await.expect("the tables can be read")
}

/// Runs `statement`, which a test made, in the cluster's own database.
async fn execute(postgres: &EmbeddedPostgres, statement: &str) {
    run(&mut PgConnection::connect(&postgres.url("postgres")).await.expect("the cluster answers"), statement).await;
}

async fn run(connection: &mut PgConnection, statements: &str) {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(connection).await;
    done.unwrap_or_else(|error| panic!("{statements}: {error}"));
}
