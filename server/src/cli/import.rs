//! `vasari import`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use clap::Args;
use serde_json::json;
use tokio::sync::Semaphore;
use vasari_storage::{
    Database, Reader,
    formats::{self, ColumnMapping, Format},
    pictures::PictureReader,
    transfer::{ImportCounts, ImportFile, ImportTarget, Importer},
};

use super::{
    job_progress::JobProgress,
    local::{LocalArgs, record},
    progress::progress_bar,
    remote::{FormField, Remote},
    transfer::{LIMITS, USAGE, find_dataset, format_parser, make_dataset, name_of, new_dataset, outcome, print_errors},
};
use crate::{api::v1::imports::DEFAULT_SOURCE, config::RemoteConfig, florence2_backend::decode_for_people};

/// Takes captions and pictures into a dataset.
///
/// Pictures are found by their names; those of new names are added where the file or its folder holds them. A caption goes
/// to the source that its row names. The same file again changes nothing; a caption with another text becomes a new
/// version of the one that is there, unless a person has edited that. What people wrote under their own names stays theirs.
#[derive(Debug, Args)]
#[command(
    after_help = "FROM is a file of captions (jsonl, csv, parquet, coco, webdataset), beside which pictures are looked \
    for, a folder (imagefolder, sidecars, pictures alone, captions.jsonl), or a .zip of one. A server gets what FROM is: to \
    send pictures beside a file along, name their folder.\n\n\
    Examples:\n  \
    vasari import captions.jsonl --dataset birds --create        captions and the pictures beside them\n  \
    vasari import captions_val2017.json --dataset coco --source coco --dry-run\n  \
    vasari import prompts.csv --dataset birds --map prompt=caption --map img=file_name\n  \
    vasari import photos/ --dataset birds --server https://vasari.example.org\n\n\
    Exit status: 0 when every row went in, 1 when some did not, 2 when nothing could begin."
)]
pub(super) struct ImportCommand {
    /// What to import: a file, a folder, or a .zip of a folder.
    from: PathBuf,

    /// The dataset's slug.
    #[arg(long, value_name = "SLUG")]
    dataset: String,

    /// Makes the dataset where there is none.
    #[arg(long)]
    create: bool,

    /// The format of FROM, where its name or what it holds doesn't tell.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<Format>,

    /// Takes a column of another name for a field: `file_name`, caption, source, task, confidence, status, regions, width or
    /// height. May be given several times.
    #[arg(long = "map", value_name = "COLUMN=FIELD")]
    mappings: Vec<String>,

    /// The source of captions that name none.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SOURCE)]
    source: String,

    /// Says what would happen and changes nothing.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pub(super) local: LocalArgs,

    #[command(flatten)]
    remote: RemoteConfig,
}

/// What came of it.
struct Summary {
    counts: ImportCounts,
    format: Option<Format>,
    /// The server's job.
    job: Option<String>,
}

impl ImportCommand {
    pub(super) fn run(self) -> ExitCode {
        let summary = match self.import() {
            Ok(summary) => summary,
            Err(error) => {
                eprintln!("vasari: {error:#}");
                return ExitCode::from(USAGE);
            }
        };
        if self.local.json {
            let format = summary.format.map(Format::name);
            let (from, dataset) = (self.from.display().to_string(), &self.dataset);
            let object = json!({ "from": from, "format": format, "dataset": dataset, "dry_run": self.dry_run,
                "counts": summary.counts, "job": summary.job });
            println!("{object}");
        } else {
            println!("{}: {}", self.from.display(), in_words(&summary.counts, self.dry_run));
        }
        if summary.counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn import(&self) -> anyhow::Result<Summary> {
        let mapping = ColumnMapping::parse(self.mappings.iter().map(String::as_str))?;
        if !self.from.try_exists()? {
            anyhow::bail!("{} is not there", self.from.display());
        }
        match Remote::new(&self.remote)? {
            Some(remote) => self.import_there(&remote),
            None => self.local.with_database(async |database| self.import_here(database, mapping).await),
        }
    }

    async fn import_here(&self, database: &Database, mapping: ColumnMapping) -> anyhow::Result<Summary> {
        let unpacked = tempfile::tempdir()?;
        let (path, format) = if self.from.is_dir() {
            let format = self.format.or_else(|| Format::detect(&self.from));
            (self.from.clone(), format.context("nothing in the folder tells the format; say it with --format")?)
        } else {
            formats::open_file_or_archive(&self.from, &name_of(&self.from), self.format, (unpacked.path(), LIMITS))?
        };
        let operator = Reader::operator();
        let dataset = match database.find_dataset(&operator, &self.dataset).await? {
            Some(dataset) => dataset,
            None if self.create && !self.dry_run => {
                make_dataset(database, new_dataset(&self.dataset, None), None).await?
            }
            None => find_dataset(database, &self.dataset).await?,
        };
        let objects = self.local.open_objects()?;
        let source = self.source.clone();
        let target =
            ImportTarget { dataset: dataset.id, reader: operator, source, job: None, is_dry_run: self.dry_run };
        let counts = ImportCounts::default();
        let mut importer = Importer::new(database, &objects, &local_pictures(), target, counts).await?;
        let bar = progress_bar(100, "% read");
        let taken = importer.import(ImportFile { path, format, mapping }, |progress| {
            let (done, total) = progress.read;
            bar.set_position(done * 100 / total.max(1));
            for row in progress.failed {
                bar.suspend(|| eprintln!("{}: {}: {}", self.from.display(), row.label, row.error));
            }
        });
        taken.await?;
        bar.finish_and_clear();
        let counts = importer.counts();
        if !self.dry_run {
            record(database, "dataset.import", dataset.id, json!({ "counts": counts })).await?;
        }
        Ok(Summary { counts, format: Some(format), job: None })
    }

    fn import_there(&self, remote: &Remote) -> anyhow::Result<Summary> {
        // Before a folder is packed and sent.
        if remote.find(&format!("datasets/{}", self.dataset))?.is_none() {
            if !self.create || self.dry_run {
                let (server, dataset) = (remote.address(), &self.dataset);
                anyhow::bail!("{server} has no dataset {dataset:?} that you can see; --create makes one");
            }
            remote.post("datasets", &json!({ "slug": self.dataset, "name": self.dataset }))?;
        }
        let spool = tempfile::tempdir()?;
        let (file, name) = self.packed(spool.path())?;
        let mut fields: Vec<_> = self.mappings.iter().map(|mapping| FormField("mapping", mapping)).collect();
        fields.push(FormField("source", &self.source));
        fields.push(FormField("dry_run", if self.dry_run { "true" } else { "false" }));
        fields.extend(self.format.map(|format| FormField("format", format.name())));
        let bar = progress_bar(fs::metadata(&file)?.len(), "bytes sent");
        let path = format!("datasets/{}/imports", self.dataset);
        let job = remote.upload(&path, &fields, ("file", &name, &file), |sent| bar.set_position(sent))?;
        bar.finish_and_clear();
        let id = job["id"].as_str().context("the server's answer names no job")?.to_owned();
        let progress = JobProgress::default();
        let ended = remote.follow(&id, |job| progress.tell(job))?;
        let result = outcome(&ended)?;
        let counts: ImportCounts =
            serde_json::from_value(result["counts"].clone()).context("the job tells no counts")?;
        if counts.failed > 0 {
            print_errors(remote, &id)?;
        }
        let format = result["format"].as_str().and_then(|name| name.parse().ok());
        Ok(Summary { counts, format, job: Some(id) })
    }

    /// The file to send, and its name: a folder is packed.
    fn packed(&self, spool: &Path) -> anyhow::Result<(PathBuf, String)> {
        let name = name_of(&self.from);
        if !self.from.is_dir() {
            return Ok((self.from.clone(), name));
        }
        let file = spool.join("folder.zip");
        formats::pack(&self.from, &file)?;
        Ok((file, format!("{name}.zip")))
    }
}

/// What reads pictures here, as many at a time as there are processors.
pub(super) fn local_pictures() -> PictureReader {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    PictureReader::new(Arc::new(decode_for_people), Arc::new(Semaphore::new(processors)))
}

fn in_words(counts: &ImportCounts, is_dry_run: bool) -> String {
    let parts = [
        (counts.images_added, "pictures added"),
        (counts.captions_added, "captions added"),
        (counts.captions_changed, "captions changed"),
        (counts.captions_unchanged, "captions as before"),
        (counts.captions_kept, "captions left as people edited them"),
        (counts.sources_added, "new sources"),
        (counts.failed, "rows failed"),
    ];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, of)| format!("{count} {of}")).collect();
    let did = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    let end = if is_dry_run { "; nothing is changed, as this was a dry run" } else { "" };
    format!("{} rows; {did}{end}", counts.rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_names_what_happened() {
        let counts = ImportCounts { rows: 5, captions_added: 2, failed: 1, ..ImportCounts::default() };
        assert_eq!(in_words(&counts, false), "5 rows; 2 captions added, 1 rows failed");
        let nothing = ImportCounts::default();
        assert_eq!(in_words(&nothing, true), "0 rows; nothing to do; nothing is changed, as this was a dry run");
    }
}
