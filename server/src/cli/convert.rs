//! `vasari convert`.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use vasari_storage::formats::{self, ColumnMapping, ExportWriter, Format, RowReader, WriteError};

/// Turns captions from one format into another.
///
/// A row that can't be read or written is reported on standard error and the others go on; the exit status is then 1. TO
/// appears when all is written, and nothing that is there is ever replaced.
#[derive(Debug, Args)]
#[command(after_help = "Formats (FORMAT, and the endings that tell it):\n  \
    jsonl        .jsonl    one JSON object a line\n  \
    csv          .csv      a table with a header\n  \
    parquet      .parquet  with the pictures inside, as Hugging Face's datasets loads it\n  \
    coco         .json     COCO captions\n  \
    webdataset   .tar      with the pictures inside, as webdataset loads it\n  \
    imagefolder  a folder  pictures and metadata.jsonl, as Hugging Face's datasets loads it\n  \
    sidecars     a folder  pictures and a .txt beside each, which holds one caption\n  \
    folder       a folder  pictures alone\n\n\
    Examples:\n  \
    vasari convert captions.jsonl captions.csv                     for a spreadsheet\n  \
    vasari convert photos/ set.parquet                             a folder with its captions in one file\n  \
    vasari convert captions_val2017.json captions.jsonl            from COCO\n  \
    vasari convert prompts.csv captions.jsonl --map prompt=caption --map img=file_name\n  \
    vasari convert set.tar set --to sidecars                       to train on\n  \
    vasari convert captions.jsonl --dry-run                        is everything readable?\n\n\
    Exit status: 0 when every row went over, 1 when some did not, 2 when nothing could begin.")]
pub(super) struct ConvertCommand {
    /// A file or a folder of captions. Pictures that it names are looked for beside it.
    from: PathBuf,

    /// What to write: a file or a folder that isn't there yet.
    #[arg(required_unless_present = "dry_run")]
    to: Option<PathBuf>,

    /// The format of FROM, where its name or what it holds doesn't tell.
    #[arg(long = "from", value_name = "FORMAT", value_parser = format_parser())]
    from_format: Option<Format>,

    /// The format of TO, where its name doesn't tell.
    #[arg(long = "to", value_name = "FORMAT", value_parser = format_parser())]
    to_format: Option<Format>,

    /// Takes a column of another name for a field: `file_name`, caption, source, task, confidence, status, regions,
    /// width or height. May be given several times.
    #[arg(long = "map", value_name = "COLUMN=FIELD")]
    mappings: Vec<String>,

    /// Reads everything, says what is wrong with it and writes nothing.
    #[arg(long)]
    dry_run: bool,

    /// Prints the counts as a JSON object.
    #[arg(long)]
    json: bool,
}

/// What came of it, as `--json` prints it.
#[derive(Serialize)]
struct Summary {
    from: Place,
    /// Absent where nothing was written.
    to: Option<Place>,
    dry_run: bool,
    /// Rows that could be read; a row is one caption of one picture.
    rows: u64,
    /// Different pictures among them.
    pictures: usize,
    written: u64,
    /// Rows that could not be read or written.
    failed: u64,
}

#[derive(Serialize)]
struct Place {
    path: String,
    format: &'static str,
    #[serde(skip)]
    label: &'static str,
}

/// A conversion that can go on.
struct Begun {
    from: Place,
    rows: RowReader,
    /// None in a dry run.
    target: Option<Target>,
}

struct Target {
    place: Place,
    writer: ExportWriter,
}

/// Exit status for what can't begin, as for arguments that can't be understood.
const USAGE: u8 = 2;

impl ConvertCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let begun = match self.begin() {
            Ok(begun) => begun,
            Err(error) => {
                eprintln!("vasari: {error:#}");
                return Ok(ExitCode::from(USAGE));
            }
        };
        let summary = self.convert(begun)?;
        if self.json {
            println!("{}", serde_json::to_string(&summary)?);
        } else {
            println!("{}", summary.in_words());
        }
        Ok(if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Opens what is read and begins what is written; whatever is wrong up to here is the caller's to put right.
    fn begin(&self) -> anyhow::Result<Begun> {
        let mapping = ColumnMapping::parse(self.mappings.iter().map(String::as_str))?;
        let unknown = |path: &Path, flag: &str| {
            let names = Format::ALL.map(Format::name).join(", ");
            format!("the name of {} tells no format; say it with {flag}: {names}", path.display())
        };
        let from_format = self.from_format.or_else(|| Format::detect(&self.from));
        let from_format = from_format.with_context(|| unknown(&self.from, "--from"))?;
        let target = self.to.as_deref().map(|to| {
            let format = self.to_format.or_else(|| Format::of_name(to));
            Ok::<_, anyhow::Error>((to, format.with_context(|| unknown(to, "--to"))?))
        });
        let target = target.transpose()?;
        let rows = formats::read(&self.from, from_format, &mapping)?;
        let target = target.filter(|_| !self.dry_run).map(|(to, format)| {
            Ok::<_, anyhow::Error>(Target { place: Place::new(to, format), writer: ExportWriter::create(to, format)? })
        });
        Ok(Begun { from: Place::new(&self.from, from_format), rows, target: target.transpose()? })
    }

    fn convert(&self, begun: Begun) -> anyhow::Result<Summary> {
        let Begun { from, mut rows, mut target } = begun;
        let mut summary =
            Summary { from, to: None, dry_run: self.dry_run, rows: 0, pictures: 0, written: 0, failed: 0 };
        let mut pictures = HashSet::new();
        let progress = progress_bar(rows.progress().1);
        while let Some(row) = rows.next() {
            progress.set_position(rows.progress().0);
            let outcome = row.map_err(|error| error.to_string()).and_then(|row| {
                summary.rows += 1;
                let outcome = target.as_mut().map_or(Ok(()), |target| target.writer.write(&row));
                pictures.insert(row.file_name);
                match outcome {
                    Ok(()) => Ok(Ok(())),
                    Err(WriteError::Row(problem)) => Err(problem),
                    Err(WriteError::Io(error)) => Ok(Err(error)),
                }
            });
            match outcome {
                Ok(written) => {
                    written.with_context(|| self.unwritable())?;
                    summary.written += u64::from(target.is_some());
                }
                Err(problem) => {
                    summary.failed += 1;
                    progress.suspend(|| eprintln!("{}: {problem}", self.from.display()));
                }
            }
        }
        progress.finish_and_clear();
        summary.pictures = pictures.len();
        // A target without a single row would look like a success.
        if let Some(Target { place, writer }) = target.filter(|_| summary.written > 0 || summary.failed == 0) {
            writer.finish()?;
            summary.to = Some(place);
        }
        Ok(summary)
    }

    fn unwritable(&self) -> String {
        format!("{} can't be written", self.to.as_deref().unwrap_or(Path::new("")).display())
    }
}

impl Place {
    fn new(path: &Path, format: Format) -> Self {
        Self { path: path.display().to_string(), format: format.name(), label: format.label() }
    }
}

impl Summary {
    fn in_words(&self) -> String {
        let Self { from, rows, written, .. } = self;
        let pictures = format!("{} {}", self.pictures, if self.pictures == 1 { "picture" } else { "pictures" });
        let read = format!("{}: {} of {pictures} ({})", from.path, counted(*rows), from.label);
        let outcome = match &self.to {
            Some(to) => format!("{} written to {} ({})", counted(*written), to.path, to.label),
            None if self.dry_run => "nothing written, as this was a dry run".to_owned(),
            None => "nothing written".to_owned(),
        };
        let failed = if self.failed == 0 { String::new() } else { format!("; {} failed", counted(self.failed)) };
        format!("{read}; {outcome}{failed}")
    }
}

fn counted(rows: u64) -> String {
    format!("{rows} {}", if rows == 1 { "row" } else { "rows" })
}

/// Takes the names of formats, which completions then offer.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .map(|name| name.parse().expect("it is one of the names. This is a bug."))
}

/// How much is read, on a terminal only.
fn progress_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent} %, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.with_style(style.expect("the template is correct. This is a bug."))
}
