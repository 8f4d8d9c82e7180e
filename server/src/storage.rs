//! What is kept, as requests reach it: the database, once it is there.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::{Mutex, watch};
use vasari_storage::{
    Database, Durability, EmbeddedError, EmbeddedPostgres, StorageError,
    objects::{Objects, ObjectsError},
};

use crate::{
    api::problem::{Problem, ProblemKind},
    config::{Config, DataConfig, DatabaseConfig, DatabasePlace, ObjectStoreConfig, ObjectsPlace},
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
    /// For files on their way in or out.
    spool: PathBuf,
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
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let Config { database, data, .. } = config;
        let place = database.place(&data.data_dir);
        let phase = watch::Sender::new(Phase::Opening);
        let objects = open_objects(&config.objects, data)?;
        let (spool, own) = (data.data_dir.join("spool"), Mutex::new(None));
        Ok(Self { place, max_connections: database.database_connections, phase, objects, spool, own })
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

    /// Starts a Postgres of our own again whenever it has gone, forever.
    pub(crate) async fn attend(&self) {
        let Some(database) = self.opened().await else { return };
        while self.own.lock().await.is_some() {
            tokio::time::sleep(RETRY).await;
            if !matches!(database.ping().await, Err(StorageError::Unavailable(_))) {
                continue;
            }
            // Whoever closes the database has taken it away.
            let own = self.own.lock().await;
            let Some(own) = &*own else { return };
            match own.revive().await {
                Ok(()) => tracing::info!("the database's server runs"),
                Err(error) => tracing::error!(%error, "the database's server could not be started again"),
            }
        }
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

    /// The database, once it is open; none where it is known that there is none.
    pub(crate) async fn opened(&self) -> Option<Database> {
        let mut phases = self.phase.subscribe();
        let opened = phases.wait_for(|phase| !matches!(phase, Phase::Opening)).await.ok()?;
        if let Phase::Open(database) = &*opened { Some(database.clone()) } else { None }
    }

    /// Whether the database is one of our own, in the data folder.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.place, DatabasePlace::Own(_))
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

    /// A folder for files on their way in or out, which goes when it is dropped.
    pub(crate) fn spool_folder(&self) -> io::Result<TempDir> {
        std::fs::create_dir_all(&self.spool)?;
        TempDir::new_in(&self.spool)
    }

    /// Takes away what programs that were killed have left of such folders: what is older than `age`. Returns how many.
    pub(crate) fn sweep_spool(&self, age: Duration) -> io::Result<usize> {
        sweep_folder(&self.spool, age)
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

/// How many bytes there are to read, and their SHA-256 sum in hexadecimal.
pub(crate) fn sum_of(bytes: &mut impl Read) -> io::Result<(u64, String)> {
    let (mut sum, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = bytes.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        sum.update(&buffer[..read]);
        size += read as u64;
    }
    Ok((size, sum.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))))
}

fn sweep_folder(folder: &Path, age: Duration) -> io::Result<usize> {
    let mut swept = 0;
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let written = entry.metadata()?.modified()?;
        if SystemTime::now().duration_since(written).is_ok_and(|since| since > age) {
            std::fs::remove_dir_all(entry.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Where pictures' files are, as the configuration says.
pub(crate) fn open_objects(config: &ObjectStoreConfig, data: &DataConfig) -> anyhow::Result<Objects> {
    let opened = match config.place(&data.data_dir)? {
        ObjectsPlace::Folder(folder) => Objects::in_folder(&folder),
        ObjectsPlace::Bucket(bucket) => Objects::in_bucket(&bucket),
    };
    Ok(opened?)
}

/// A database that a command opened for itself.
pub(crate) struct OpenDatabase {
    database: Database,
    url: String,
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
                let (database, url) = (postgres.database(connections), postgres.own_url());
                Ok(Self { database, url, own: Some(postgres) })
            }
            DatabasePlace::Url(url) => Ok(Self { database: Database::at_url(&url, connections)?, url, own: None }),
        }
    }

    /// The database.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Its URL, which may hold a password.
    pub(crate) fn url(&self) -> &str {
        &self.url
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

impl From<ObjectsError> for Problem {
    fn from(error: ObjectsError) -> Self {
        if error.is_passing() {
            tracing::warn!(%error, "the object store is away");
            return Self::objects_away();
        }
        tracing::error!(%error, "a picture can't be stored or read");
        Self::internal()
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(error) => {
                tracing::warn!(%error, "the database is away");
                Self::database_away()
            }
            StorageError::QueueUnavailable(error) => {
                tracing::warn!(error, "the queue of jobs is away");
                Self::database_away()
            }
            StorageError::Conflict(constraint) => {
                tracing::info!(constraint, "a change contradicts what is there");
                Self::new(ProblemKind::Conflict, "This contradicts what is kept already.")
            }
            StorageError::Objects(error) => error.into(),
            error => {
                tracing::error!(%error, "the database failed");
                Self::internal()
            }
        }
    }
}
