//! `vasari backup`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use serde_json::json;
use time::OffsetDateTime;
use vasari_storage::{
    backups::{About, BackupWriter, Manifest},
    objects::Object,
};

use super::{
    local::LocalArgs,
    postgres_program::{postgres_program, succeeded},
    progress::progress_bar,
};
use crate::storage::OpenDatabase;

/// Writes everything that is kept into one archive: people, datasets, captions with their history, and the pictures.
///
/// A server may go on beside it: the archive holds what there was when the backup began. Thumbnails and the search index
/// are left out, as they come back by themselves. The archive holds secrets; nobody but its owner may read it.
///
/// Works on the data folder, or with the database that `--database-url` or `DATABASE_URL` names, and on no server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari backup vasari-$(date +%F).tar                               the data folder\n  \
    vasari backup vasari.tar --data-dir /srv/vasari --json\n  \
    DATABASE_URL=postgres://db/vasari vasari backup vasari.tar         a database that runs elsewhere\n\n\
    Back again: vasari restore vasari.tar\n\n\
    Exit status: 0 when all went in, 1 when pictures' files were lost before, or nothing could be written.")]
pub(super) struct BackupCommand {
    /// The archive to write; a file that isn't there yet.
    to: PathBuf,
    #[command(flatten)]
    pub(super) local: LocalArgs,
}

impl BackupCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let manifest = self.local.with_open(async |open| self.write(open).await)?;
        for sum in &manifest.lost {
            eprintln!("vasari: the file of the picture {sum} is not there any more");
        }
        if self.local.json {
            let mut object = json!(manifest);
            object["path"] = json!(self.to);
            println!("{object}");
        } else {
            println!("{}: {}", self.to.display(), in_words(&manifest));
        }
        Ok(if manifest.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn write(&self, open: &OpenDatabase) -> anyhow::Result<Manifest> {
        let database = open.database();
        let schema_version = database.schema_version().await?;
        if schema_version.applied == 0 {
            anyhow::bail!("the database is empty, so there is nothing to back up; is it the right one?");
        }
        let mut writer = BackupWriter::create(&self.to)?;
        let made_at = OffsetDateTime::now_utc();
        let mut snapshot = database.snapshot().await?;
        let counts = snapshot.counts().await?;
        let mut dump = postgres_program("pg_dump", database.server_version().await?, open.url())?;
        dump.args(["--format=custom", "--no-owner", "--no-privileges", "--snapshot", snapshot.name()]);
        dump.arg("--file").arg(writer.dump_path());
        let dumped = tokio::task::spawn_blocking(move || dump.output()).await?.context("pg_dump does not start")?;
        succeeded("pg_dump", &dumped)?;
        let objects = self.local.open_objects()?;
        let sums = snapshot.image_sums().await?;
        let progress = progress_bar(sums.len() as u64, "pictures");
        for sum in &sums {
            match objects.get(Object::Image(sum)).await? {
                Some(bytes) => writer.add_image(sum, &bytes)?,
                None => writer.note_lost(sum),
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        // Only now: until then nothing that the archive needs was swept away.
        snapshot.end().await?;
        writer.add_database()?;
        let program_version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(writer.finish(About { program_version, schema_version: schema_version.applied, made_at, counts })?)
    }
}

/// What an archive holds.
pub(super) fn in_words(manifest: &Manifest) -> String {
    let counts = manifest.counts;
    let counted = |number: i64, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    format!(
        "{}, {}, {}, {}, {} of {} bytes",
        counted(counts.users, "account", "accounts"),
        counted(counts.datasets, "dataset", "datasets"),
        counted(counts.images, "picture", "pictures"),
        counted(counts.captions, "caption", "captions"),
        counted(manifest.files.cast_signed(), "file", "files"),
        manifest.file_bytes
    )
}
