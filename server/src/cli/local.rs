//! What commands share that work on the database themselves, without a server.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{Database, StorageError, audit_log::AuditEntry, objects::Objects, users::User};

use crate::{
    config::{ConfigFileArgs, DataConfig, DatabaseConfig, ObjectStoreConfig},
    search::search_folder,
    storage::{OpenDatabase, open_objects},
};

/// Where the database is, and how to answer.
#[derive(Debug, Args)]
pub(super) struct LocalArgs {
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    objects: ObjectStoreConfig,
    /// Prints JSON: one object, or one a line in a list.
    #[arg(long)]
    pub(super) json: bool,
}

impl LocalArgs {
    /// Does `work` with the database, its tables up to date, and closes it however that ends.
    pub(super) fn with_database<T>(&self, work: impl AsyncFnOnce(&Database) -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.with_open(async |open| {
            open.database().migrate().await?;
            work(open.database()).await
        })
    }

    /// Does `work` with the database as it is, and closes it however that ends.
    pub(super) fn with_open<T>(&self, work: impl AsyncFnOnce(&OpenDatabase) -> anyhow::Result<T>) -> anyhow::Result<T> {
        tokio::runtime::Runtime::new()?.block_on(async {
            let open = self.open().await?;
            let outcome = work(&open).await;
            open.close().await?;
            outcome
        })
    }

    /// Opens the database as it is.
    pub(super) async fn open(&self) -> anyhow::Result<OpenDatabase> {
        self.database.validate()?;
        OpenDatabase::open(&self.database, &self.data).await
    }

    /// The same by one connection, so that every other one is another program's.
    pub(super) async fn open_alone(&self) -> anyhow::Result<OpenDatabase> {
        self.database.validate()?;
        let database = DatabaseConfig { database_connections: 1, ..self.database.clone() };
        OpenDatabase::open(&database, &self.data).await
    }

    /// Where pictures' files are.
    pub(super) fn open_objects(&self) -> anyhow::Result<Objects> {
        open_objects(&self.objects, &self.data)
    }

    /// Where the database is.
    pub(super) fn database(&self) -> &DatabaseConfig {
        &self.database
    }

    /// Where everything else is.
    pub(super) fn data(&self) -> &DataConfig {
        &self.data
    }

    /// The folder of the search index.
    pub(super) fn search_folder(&self) -> PathBuf {
        search_folder(&self.data)
    }
}

/// Somebody by name.
pub(super) async fn find_user(database: &Database, name: &str) -> anyhow::Result<User> {
    let found = database.find_credentials(name.trim()).await?;
    found
        .map(|found| found.user)
        .ok_or_else(|| anyhow::anyhow!("nobody is called {name:?}; `vasari user list` tells who there is"))
}

/// Notes in the audit log what whoever runs the program did.
pub(super) async fn record(
    database: &Database,
    action: &str,
    subject: impl Into<Option<Uuid>>,
    mut detail: Value,
) -> Result<(), StorageError> {
    detail["by"] = json!("command line");
    let entry = AuditEntry {
        id: Uuid::now_v7(),
        at: OffsetDateTime::now_utc(),
        actor_user: None,
        actor_key: None,
        action: action.to_owned(),
        subject: subject.into(),
        detail,
        request_id: None,
    };
    database.record_audit_entry(&entry).await
}
