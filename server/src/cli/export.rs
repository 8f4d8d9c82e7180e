//! `vasari export`.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use vasari_storage::{
    Database, Reader,
    formats::{self, ArchiveKind, Format},
    jobs::{CaptionChoice, ImageSelection},
    transfer::{Export, ExportCounts},
};

use super::{
    found_here::found_here,
    job_progress::JobProgress,
    local::LocalArgs,
    progress::progress_bar,
    remote::Remote,
    selection::SelectionArgs,
    transfer::{LIMITS, USAGE, find_dataset, format_parser, outcome, print_errors},
};
use crate::{api::v1::exports::default_captions, config::RemoteConfig};

/// Writes a dataset, or exactly some of it, into a file or a folder.
///
/// TO appears when all is written, and nothing that is there is ever replaced. From a server, a download that breaks off
/// goes on where it was.
#[derive(Debug, Args)]
#[command(after_help = "Formats (FORMAT, and the endings that tell it):\n  \
    jsonl        .jsonl    one JSON object a line\n  \
    csv          .csv      a table with a header\n  \
    parquet      .parquet  with the pictures inside, as Hugging Face's datasets loads it\n  \
    coco         .json     COCO captions\n  \
    webdataset   .tar      with the pictures inside, as webdataset loads it\n  \
    imagefolder  a folder  pictures and metadata.jsonl, as Hugging Face's datasets loads it; or a .zip of it\n  \
    sidecars     a folder  pictures and a .txt beside each, which holds one caption; or a .zip of it\n  \
    folder       a folder  pictures alone; or a .zip of it\n\n\
    Examples:\n  \
    vasari export birds.parquet --dataset birds\n  \
    vasari export train --dataset birds --format sidecars --prefer florence-2 --status approved\n  \
    vasari export birds.zip --dataset birds --missing anna --server https://vasari.example.org\n\n\
    Exit status: 0 when everything was written, 1 when the format could not hold some of it, 2 when nothing could begin.")]
pub(super) struct ExportCommand {
    /// What to write: a file or a folder that isn't there yet.
    to: PathBuf,

    /// The dataset's slug.
    #[arg(long, value_name = "SLUG")]
    dataset: String,

    /// The format of TO, where its name doesn't tell.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<Format>,

    /// Which captions of a picture: all, best (an approved one, else a person's, else that of the first preferred source that
    /// has one, else any that nobody has rejected), or those of one source. Left out: all; with sidecars, best.
    #[arg(long, value_name = "all|best|SOURCE")]
    captions: Option<String>,

    /// A source that is preferred among captions of equal worth; may be given several times, the first choice first. Means
    /// --captions best.
    #[arg(long, value_name = "SOURCE")]
    prefer: Vec<String>,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    pub(super) local: LocalArgs,

    #[command(flatten)]
    remote: RemoteConfig,
}

/// What came of it.
struct Summary {
    counts: ExportCounts,
    /// The server's job.
    job: Option<String>,
}

impl ExportCommand {
    pub(super) fn run(self) -> ExitCode {
        let (format, summary) = match self.export() {
            Ok(summary) => summary,
            Err(error) => {
                eprintln!("vasari: {error:#}");
                return ExitCode::from(USAGE);
            }
        };
        let ExportCounts { images, captions, without_caption, failed } = summary.counts;
        if self.local.json {
            let to = self.to.display().to_string();
            let object = json!({ "to": to, "format": format.name(), "dataset": self.dataset, "counts": summary.counts,
                "job": summary.job });
            println!("{object}");
        } else {
            let failed = if failed == 0 { String::new() } else { format!("; {failed} rows failed") };
            println!(
                "{}: {images} pictures, {captions} captions, {without_caption} pictures without ({}){failed}",
                self.to.display(),
                format.label()
            );
        }
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn export(&self) -> anyhow::Result<(Format, Summary)> {
        let is_archive = self.to.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
        let by_name = || if is_archive { Some(Format::ImageFolder) } else { Format::of_name(&self.to) };
        let format = self.format.or_else(by_name).with_context(|| {
            let names = Format::ALL.map(Format::name).join(", ");
            format!("the name of {} tells no format; say it with --format: {names}", self.to.display())
        })?;
        if self.to.try_exists()? {
            anyhow::bail!("{} is there already; an export writes to a new name", self.to.display());
        }
        let captions = self.choice(format)?;
        let summary = match Remote::new(&self.remote)? {
            Some(remote) => self.export_from(&remote, format, &captions),
            None => self.local.with_database(async |database| self.export_here(database, format, captions).await),
        };
        Ok((format, summary?))
    }

    async fn export_here(
        &self,
        database: &Database,
        format: Format,
        captions: CaptionChoice,
    ) -> anyhow::Result<Summary> {
        let selection = ImageSelection::from(self.selection.clone());
        let dataset = find_dataset(database, &self.dataset).await?;
        let among = match &selection.query {
            Some(query) => Some(found_here(&self.local, database, &self.dataset, query).await?),
            None => None,
        };
        let objects = self.local.open_objects()?;
        let (reader, filter) = (Reader::operator(), selection.filter());
        let export = Export { dataset: dataset.id, reader, filter, among, captions, job: None };
        let bar = progress_bar(0, "pictures");
        let written = export.write(database, &objects, (&self.to, format), |progress| {
            bar.set_length(progress.images.1 as u64);
            bar.set_position(progress.images.0 as u64);
            for row in progress.failed {
                bar.suspend(|| eprintln!("{}: {}: {}", self.to.display(), row.label, row.error));
            }
        });
        let counts = written.await?.context("the export was stopped")?;
        bar.finish_and_clear();
        Ok(Summary { counts, job: None })
    }

    fn export_from(&self, remote: &Remote, format: Format, captions: &CaptionChoice) -> anyhow::Result<Summary> {
        let body =
            json!({ "format": format, "captions": captions, "images": ImageSelection::from(self.selection.clone()) });
        let job = remote.post(&format!("datasets/{}/exports", self.dataset), &body)?;
        let id = job["id"].as_str().context("the server's answer names no job")?.to_owned();
        let progress = JobProgress::default();
        let ended = remote.follow(&id, |job| progress.tell(job))?;
        let result = outcome(&ended)?;
        let counts: ExportCounts =
            serde_json::from_value(result["counts"].clone()).context("the job tells no counts")?;
        if counts.failed > 0 {
            print_errors(remote, &id)?;
        }
        self.download(remote, &id, result, format)?;
        Ok(Summary { counts, job: Some(id) })
    }

    /// Downloads what the job wrote beside TO, and gives it its name. A folder comes packed.
    fn download(&self, remote: &Remote, job: &str, result: &Value, format: Format) -> anyhow::Result<()> {
        let sum = result["sha256"].as_str().context("the job tells no sum")?;
        let parent = self.to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let beside = tempfile::tempdir_in(parent.unwrap_or(".".as_ref()))?;
        let file = beside.path().join("download");
        let bar = progress_bar(result["size"].as_u64().unwrap_or(0), "bytes received");
        remote.download(&format!("jobs/{job}/file"), (&file, sum), |received| bar.set_position(received))?;
        bar.finish_and_clear();
        let is_archive = self.to.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
        let whole = if format.extension().is_some() || is_archive {
            file
        } else {
            let folder = beside.path().join("folder");
            fs::create_dir(&folder)?;
            formats::unpack(&file, ArchiveKind::Zip, &folder, LIMITS)?;
            folder
        };
        fs::rename(whole, &self.to).with_context(|| format!("{} can't be written", self.to.display()))
    }

    fn choice(&self, format: Format) -> anyhow::Result<CaptionChoice> {
        let best = || CaptionChoice::Best { sources: self.prefer.clone() };
        Ok(match self.captions.as_deref() {
            None if self.prefer.is_empty() => default_captions(format),
            None | Some("best") => best(),
            Some(_) if !self.prefer.is_empty() => {
                anyhow::bail!("--prefer chooses among captions: leave --captions at best")
            }
            Some("all") => CaptionChoice::All,
            Some(source) => CaptionChoice::Source(source.to_owned()),
        })
    }
}
