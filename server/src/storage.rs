//! What is kept, as requests reach it: the database, once it is there.

use std::time::Duration;

use tokio::sync::{Mutex, watch};
use vasari_storage::{
    Database, Durability, EmbeddedError, EmbeddedPostgres, StorageError,
    objects::{Objects, ObjectsError},
};

use crate::{
    api::problem::{Problem, ProblemKind},
    config::{DataConfig, DatabaseConfig, DatabasePlace},
};

/// How long to wait before a database that is away is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The database on its way in, in use, and on its way out.
pub(crate) struct Storage {
    place: DatabasePlace,
    max_connections: u32,
    phase: watch::Sender<Phase>,
    /// The bytes of pictures.
    pub(crate) objects: Objects,
    /// Our own Postgres, where it runs.
    own: Mutex<Option<EmbeddedPostgres>>,
}

/// How far the database is.
#[derive(Debug, Clone)]
enum Phase {
    Opening,
    Open(Database),
    /// There is none. Why, for whoever runs the server.
    Absent(String),
}

impl Storage {
    /// The database that the configuration names, not yet opened.
    pub(crate) fn new(database: &DatabaseConfig, data: &DataConfig) -> Result<Self, ObjectsError> {
        let place = database.place(&data.data_dir);
        let phase = watch::Sender::new(Phase::Opening);
        let objects = Objects::in_folder(&data.data_dir.join("objects"))?;
        Ok(Self { place, max_connections: database.database_connections, phase, objects, own: Mutex::new(None) })
    }

    /// Opens the database and brings its tables up to date. A database elsewhere that is away is waited for; without a
    /// Postgres of our own, the server goes on and keeps nothing.
    pub(crate) async fn open(&self) {
        let phase = match &self.place {
            DatabasePlace::None => Phase::Absent("Nothing is kept, as --database-url none says.".into()),
            DatabasePlace::Own(_) => match self.start_own().await {
                Ok(database) => Phase::Open(database),
                Err(error) => {
                    tracing::error!(%error, "nothing is kept: no Postgres of our own");
                    Phase::Absent(format!("Nothing is kept. {error}."))
                }
            },
            DatabasePlace::Url(url) => self.wait_for(url).await,
        };
        self.phase.send_replace(phase);
    }

    async fn start_own(&self) -> Result<Database, EmbeddedError> {
        let DatabasePlace::Own(folder) = &self.place else {
            unreachable!("it is called for a database of our own alone. This is a bug.")
        };
        let postgres = EmbeddedPostgres::start(folder, Durability::Full).await?;
        let database = postgres.database(self.max_connections);
        *self.own.lock().await = Some(postgres);
        database.migrate().await?;
        Ok(database)
    }

    async fn wait_for(&self, url: &str) -> Phase {
        let database = match Database::at_url(url, self.max_connections) {
            Ok(database) => database,
            Err(error) => {
                tracing::error!(%error, "nothing is kept: the database's URL can't be read");
                return Phase::Absent("Nothing is kept: the database's URL can't be read.".into());
            }
        };
        let mut is_told = false;
        while let Err(error) = database.migrate().await {
            // Once, not every second.
            if !is_told {
                tracing::error!(%error, "the database can't be used yet; it is tried again every second");
            }
            is_told = true;
            tokio::time::sleep(RETRY).await;
        }
        Phase::Open(database)
    }

    /// The database.
    ///
    /// # Errors
    ///
    /// A problem for the client while there is none.
    pub(crate) fn database(&self) -> Result<Database, Problem> {
        match &*self.phase.borrow() {
            Phase::Open(database) => Ok(database.clone()),
            Phase::Opening => Err(Problem::database_away()),
            Phase::Absent(_) => Err(Problem::new(
                ProblemKind::NoDatabase,
                "This server captions and keeps nothing: it was started without a database.",
            )),
        }
    }

    /// Whether this server keeps anything, or will once its database is there.
    pub(crate) fn is_kept(&self) -> bool {
        !matches!(&*self.phase.borrow(), Phase::Absent(_))
    }

    /// Ready when it is known whether there is a database: what whoever runs the server should know about it, if anything.
    pub(crate) async fn advice(&self) -> Option<String> {
        let mut phases = self.phase.subscribe();
        let opened = phases.wait_for(|phase| !matches!(phase, Phase::Opening)).await;
        match &*opened.ok()? {
            Phase::Absent(reason) => Some(reason.clone()),
            Phase::Opening | Phase::Open(_) => None,
        }
    }

    /// Closes the database and stops a Postgres of our own.
    pub(crate) async fn close(&self) {
        if let Ok(database) = self.database() {
            database.close().await;
        }
        if let Some(postgres) = self.own.lock().await.take()
            && let Err(error) = postgres.stop().await
        {
            tracing::warn!(%error, "the database's server could not be stopped");
        }
    }
}

/// A database that a command opened for itself.
pub(crate) struct OpenDatabase {
    database: Database,
    own: Option<EmbeddedPostgres>,
}

impl OpenDatabase {
    /// Opens the database that the configuration names, and leaves its tables as they are.
    ///
    /// # Errors
    ///
    /// Says what to do where there is none.
    pub(crate) async fn open(database: &DatabaseConfig, data: &DataConfig) -> anyhow::Result<Self> {
        let connections = database.database_connections;
        match database.place(&data.data_dir) {
            DatabasePlace::None => anyhow::bail!("--database-url none names no database; name one, or leave it out"),
            DatabasePlace::Own(folder) => {
                let postgres = EmbeddedPostgres::start(&folder, Durability::Full).await?;
                Ok(Self { database: postgres.database(connections), own: Some(postgres) })
            }
            DatabasePlace::Url(url) => Ok(Self { database: Database::at_url(&url, connections)?, own: None }),
        }
    }

    /// The database.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Closes it, and stops a Postgres of our own that nobody else uses.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.database.close().await;
        if let Some(postgres) = self.own {
            postgres.stop().await?;
        }
        Ok(())
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(error) => {
                tracing::warn!(%error, "the database is away");
                Self::database_away()
            }
            StorageError::Conflict(constraint) => {
                tracing::info!(constraint, "a change contradicts what is there");
                Self::new(ProblemKind::Conflict, "This contradicts what is kept already.")
            }
            error => {
                tracing::error!(%error, "the database failed");
                Self::internal()
            }
        }
    }
}
