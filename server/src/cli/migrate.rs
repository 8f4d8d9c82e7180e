//! `vasari migrate`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use vasari_storage::{AppliedMigration, SchemaVersion};

use super::progress::progress_bar;

use crate::{
    config::{ConfigFileArgs, DataConfig, DatabaseConfig},
    storage::OpenDatabase,
};

/// Brings the database's tables up to this program's version.
///
/// `vasari serve` does so when it starts; this is for who wants it done before, or wants to know. What is applied once is
/// not applied again.
///
/// Works on the database of the data folder, or on the one that `--database-url` or `DATABASE_URL` names, and on no server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari migrate --dry-run                               what there is, and what would be applied\n  \
    vasari migrate                                         the database in the data folder\n  \
    DATABASE_URL=postgres://db/vasari vasari migrate       one that runs elsewhere")]
pub(super) struct MigrateCommand {
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    data: DataConfig,
    /// Says what would be applied, and applies nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints one JSON object: applied, known, was, and the versions that were applied now as `migrations`.
    #[arg(long)]
    json: bool,
}

impl MigrateCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        self.database.validate()?;
        let runtime = tokio::runtime::Runtime::new()?;
        let (before, after, migrations) = runtime.block_on(async {
            let open = OpenDatabase::open(&self.database, &self.data).await?;
            let migrated = self.migrate(&open).await;
            open.close().await?;
            migrated
        })?;
        if self.json {
            println!(
                "{}",
                json!({ "applied": after.applied, "known": after.known, "was": before.applied, "migrations": migrations })
            );
        } else if before.applied == after.known {
            println!("The tables are up to date: version {}.", after.applied);
        } else if self.dry_run {
            println!("The tables are at version {}; version {} would be applied.", before.applied, before.known);
        } else {
            println!("The tables went from version {} to version {}.", before.applied, after.applied);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn migrate(&self, open: &OpenDatabase) -> anyhow::Result<(SchemaVersion, SchemaVersion, Vec<i64>)> {
        let before = open.database().schema_version().await?;
        let mut applied = Vec::new();
        if self.dry_run {
            return Ok((before, before, applied));
        }
        let bar = progress_bar(0, "migrations");
        let after = open.database().migrate_telling(|AppliedMigration { version, name, of }| {
            applied.push(version);
            bar.set_length(of as u64);
            bar.inc(1);
            if !self.json {
                bar.suspend(|| println!("{version:>4}  {name}"));
            }
        });
        let after = after.await;
        bar.finish_and_clear();
        Ok((before, after?, applied))
    }
}
