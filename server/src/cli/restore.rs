//! `vasari restore`.

use std::{
    io,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use tokio::runtime::Runtime;
use vasari_storage::backups::{Manifest, Member, read_backup};

use super::{
    backup::in_words,
    local::LocalArgs,
    postgres_program::{postgres_program, succeeded},
    progress::progress_bar,
};
use crate::storage::OpenDatabase;

/// Brings back what `vasari backup` wrote, into an empty data folder or an empty database.
///
/// The archive is read through first, and nothing is done with one that is damaged. An older archive's tables are brought
/// up to this program's version. A restore that is broken off can be begun again.
///
/// Works on the data folder, or with the database that `--database-url` or `DATABASE_URL` names, and on no server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari restore vasari.tar --dry-run                                is it whole, and what is in it?\n  \
    vasari restore vasari.tar --data-dir /srv/vasari                   into a folder that is empty, or not there yet\n  \
    DATABASE_URL=postgres://db/vasari vasari restore vasari.tar        into an empty database that runs elsewhere\n  \
    vasari restore vasari.tar --replace                                in place of what is there; stop the server first")]
pub(super) struct RestoreCommand {
    /// The archive.
    from: PathBuf,
    /// Reads the archive through, says what it holds, and restores nothing.
    #[arg(long, conflicts_with = "replace")]
    dry_run: bool,
    /// Deletes what the database holds before. There is no way back.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(super) local: LocalArgs,
}

impl RestoreCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let progress = progress_bar(0, "pictures read");
        let manifest = read_backup::<anyhow::Error>(&self.from, |member| {
            progress.inc(u64::from(matches!(member, Member::Image(_))));
            Ok(())
        })?;
        progress.finish_and_clear();
        if !self.dry_run {
            let runtime = Runtime::new()?;
            let open = runtime.block_on(self.local.open_alone())?;
            let restored = self.restore(&runtime, &open, &manifest);
            runtime.block_on(open.close())?;
            restored?;
        }
        for sum in &manifest.lost {
            eprintln!("vasari: the file of the picture {sum} was lost before the backup was made");
        }
        if self.local.json {
            let mut object = json!(manifest);
            object["dry_run"] = json!(self.dry_run);
            println!("{object}");
        } else {
            let done = if self.dry_run { "The archive is whole" } else { "Restored" };
            println!("{done}: {}", in_words(&manifest));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn restore(&self, runtime: &Runtime, open: &OpenDatabase, manifest: &Manifest) -> anyhow::Result<()> {
        let database = open.database();
        let known = runtime.block_on(database.schema_version())?.known;
        if manifest.schema_version > known {
            bail!(
                "{} has tables of version {}, and this program knows them up to {known}; restore it with Vasari {} or later",
                self.from.display(),
                manifest.schema_version,
                manifest.program_version
            );
        }
        if !runtime.block_on(database.is_empty())? {
            if !self.replace {
                bail!(
                    "the database is not empty. Choose an empty one, or another --data-dir; --replace deletes what is there"
                );
            }
            if runtime.block_on(database.is_used_by_others())? {
                bail!("a server uses the database; stop it first, and nothing is lost that it is about to write");
            }
        }
        let server = runtime.block_on(database.server_version())?;
        let objects = self.local.open_objects()?;
        let progress = progress_bar(manifest.files, "pictures");
        // The database comes last: where it is there, all is.
        let again = read_backup::<anyhow::Error>(&self.from, |member| {
            match member {
                Member::Image(bytes) => drop(runtime.block_on(objects.put_image(bytes))?),
                Member::Database(dump) => {
                    if self.replace {
                        runtime.block_on(database.drop_everything())?;
                    }
                    restore_database(dump, server, open.url(), &self.from)?;
                }
            }
            progress.inc(1);
            Ok(())
        })?;
        progress.finish_and_clear();
        if again != *manifest {
            bail!("{} has changed while it was read; restore it again with --replace", self.from.display());
        }
        runtime.block_on(database.migrate())?;
        Ok(())
    }
}

/// All of the dump, or nothing of it.
fn restore_database(dump: &mut dyn io::Read, server: u32, url: &str, from: &Path) -> anyhow::Result<()> {
    let mut restore = postgres_program("pg_restore", server, url)?;
    restore.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]);
    let mut restore = restore.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut input = restore.stdin.take().context("a piped process has a standard input. This is a bug.")?;
    let copied = io::copy(dump, &mut input);
    drop(input);
    let output = restore.wait_with_output()?;
    // What it says comes first: when it gives up, there is nobody left to write to.
    succeeded("pg_restore", &output)?;
    copied.with_context(|| format!("{} can't be read", from.display()))?;
    Ok(())
}
