//! A Postgres of our own, for who has PostgreSQL installed and no database: a cluster in the data folder, reached by a
//! socket that only this account may use.
//!
//! Crates that do the like download PostgreSQL, or can't give up root's rights, without which Postgres refuses to run;
//! so Vasari calls PostgreSQL's own `initdb` and `pg_ctl`.
//!
//! Several programs may use one cluster at a time, a server and a command beside it. Each holds a shared lock; who
//! finds nobody else when it leaves stops the cluster. A program that is killed drops its lock too, and its cluster is
//! taken over by the next one as it runs, or recovers from its log as Postgres does.

mod account;
mod binaries;
mod cluster;

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use sqlx::postgres::PgConnectOptions;

use crate::{Database, StorageError};
use binaries::Binaries;
use cluster::Cluster;

/// The name of the role that owns everything, and of the database that it owns.
const NAME: &str = "vasari";

/// Postgres of our own, which runs at least as long as this.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    cluster: Cluster,
    /// Locked shared by everybody who uses the cluster.
    users: File,
    has_left: bool,
}

/// How a cluster is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// What is acknowledged survives a loss of power.
    Full,
    /// Nothing is waited for: for tests, which begin anew anyway.
    None,
}

/// Why there is no Postgres of our own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// PostgreSQL isn't installed, or not where it is looked for.
    #[error(
        "PostgreSQL 14 or later is not installed on this machine. Install it (Debian and Ubuntu: apt install postgresql; \
         macOS: brew install postgresql) or name a database that runs elsewhere with --database-url"
    )]
    NotInstalled,
    /// The cluster was made by a version that isn't there any more.
    #[error(
        "{folder} was made by PostgreSQL {version}, which is not installed on this machine. Install that version, or upgrade \
         the folder with pg_upgrade"
    )]
    OtherVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// Its major version.
        version: u32,
    },
    /// Postgres does not run as root, and the account that it runs as can't get at the data folder.
    #[error(
        "Postgres does not run as root, and the account {account}, which it runs as instead, may not enter {folder}. Choose \
         another folder with --data-dir, such as /var/lib/vasari, or allow it: chmod o+x {folder}"
    )]
    Unreachable {
        /// The account's name.
        account: String,
        /// The folder that is closed to it.
        folder: PathBuf,
    },
    /// Postgres does not run as root, and there is no other account.
    #[error("Postgres does not run as root, and this machine has neither an account postgres nor one nobody")]
    NoAccount,
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// A file or folder can't be used.
    #[error("{path} can't be used: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cluster runs, but its database does not answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// One of PostgreSQL's programs on this machine, such as `pg_dump`: of this major version where it is installed, or else
/// the newest.
pub fn find_postgres_program(name: &str, version: u32) -> Option<PathBuf> {
    let installed = Binaries::find(Some(version)).or_else(|| Binaries::find(None)).map(|found| found.program(name));
    // Where only PostgreSQL's clients are installed, there is no server beside them.
    let on_path = std::env::var_os("PATH").into_iter().flat_map(|path| {
        let folders: Vec<_> = std::env::split_paths(&path).map(|folder| folder.join(name)).collect();
        folders
    });
    installed.into_iter().chain(on_path).find(|program| program.is_file())
}

impl EmbeddedPostgres {
    /// Starts the cluster in `folder`, made first where there is none, or joins it where it runs already. Made is the whole
    /// of it or nothing: a program that is killed meanwhile leaves nothing that is mistaken for a cluster.
    pub async fn start(folder: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let folder = folder.to_owned();
        let starting = tokio::task::spawn_blocking(move || Self::start_blocking(&folder, durability));
        let postgres = starting.await.map_err(|_| StorageError::Aborted)??;
        postgres.create_database().await?;
        Ok(postgres)
    }

    fn start_blocking(folder: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let cluster = Cluster::prepare(folder, durability)?;
        let _starting = cluster.lock_starting()?;
        let users = cluster.open_users()?;
        users.lock_shared().map_err(|source| cluster.file_error(source))?;
        cluster.start()?;
        Ok(Self { cluster, users, has_left: false })
    }

    /// The cluster's database, with at most so many connections.
    pub fn database(&self, max_connections: u32) -> Database {
        Database::with_options(self.options(NAME), max_connections)
    }

    /// The URL of the cluster's database.
    pub fn own_url(&self) -> String {
        self.url(NAME)
    }

    /// The URL of one of the cluster's databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{NAME}@localhost/{database}?host={}", self.cluster.socket_folder().display())
    }

    /// Starts the cluster again where somebody has killed it; what was acknowledged is there. Changes nothing where it runs.
    pub async fn revive(&self) -> Result<(), EmbeddedError> {
        let cluster = self.cluster.clone();
        let starting = tokio::task::spawn_blocking(move || {
            let _starting = cluster.lock_starting()?;
            cluster.start()
        });
        starting.await.map_err(|_| StorageError::Aborted)?
    }

    /// Leaves the cluster. Stops it when nobody else uses it; whatever has been acknowledged is kept either way.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let stopping = tokio::task::spawn_blocking(move || self.stop_blocking());
        stopping.await.map_err(|_| StorageError::Aborted)?
    }

    fn stop_blocking(mut self) -> Result<(), EmbeddedError> {
        self.has_left = true;
        self.leave()
    }

    fn leave(&self) -> Result<(), EmbeddedError> {
        let _starting = self.cluster.lock_starting()?;
        self.users.unlock().map_err(|source| self.cluster.file_error(source))?;
        match self.users.try_lock() {
            Ok(()) => self.cluster.stop(),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(source)) => Err(self.cluster.file_error(source)),
        }
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(self.cluster.socket_folder()).username(NAME).database(database)
    }

    async fn create_database(&self) -> Result<(), StorageError> {
        let maintenance = Database::with_options(self.options("postgres"), 1);
        // One at a time: two programs that start together would both miss it and both make it.
        sqlx::query("SELECT pg_advisory_lock(1)").execute(maintenance.pool()).await?;
        let exists =
            sqlx::query_scalar::<_, bool>("SELECT exists(SELECT FROM pg_database WHERE datname = $1)").bind(NAME);
        if !exists.fetch_one(maintenance.pool()).await? {
            sqlx::query("CREATE DATABASE vasari").execute(maintenance.pool()).await?;
        }
        // The lock goes with the connection.
        maintenance.close().await;
        Ok(())
    }
}

/// For who fails on the way; everybody else calls [`EmbeddedPostgres::stop`], which does not hold up other tasks.
impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        if !self.has_left
            && let Err(error) = self.leave()
        {
            tracing::warn!(%error, "the database's server could not be stopped");
        }
    }
}
