//! What commands share that work on the database themselves, without a server.

use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{Database, StorageError, audit_log::AuditEntry, users::User};

use crate::{
    config::{ConfigFileArgs, DataConfig, DatabaseConfig},
    storage::OpenDatabase,
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
    /// Prints JSON: one object, or one a line in a list.
    #[arg(long)]
    pub(super) json: bool,
}

impl LocalArgs {
    /// Does `work` with the database, its tables up to date, and closes it however that ends.
    pub(super) fn with_database<T>(&self, work: impl AsyncFnOnce(&Database) -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.database.validate()?;
        tokio::runtime::Runtime::new()?.block_on(async {
            let open = OpenDatabase::open(&self.database, &self.data).await?;
            let outcome = async {
                open.database().migrate().await?;
                work(open.database()).await
            };
            let outcome = outcome.await;
            open.close().await?;
            outcome
        })
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
    subject: Uuid,
    mut detail: Value,
) -> Result<(), StorageError> {
    detail["by"] = json!("command line");
    let entry = AuditEntry {
        id: Uuid::now_v7(),
        at: OffsetDateTime::now_utc(),
        actor_user: None,
        actor_key: None,
        action: action.to_owned(),
        subject: Some(subject),
        detail,
        request_id: None,
    };
    database.record_audit_entry(&entry).await
}
