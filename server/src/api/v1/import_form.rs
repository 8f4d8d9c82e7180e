//! The form of an import: what it says of the file, and the file, which goes to the disk as it comes.

use axum::extract::{FromRequest, Multipart, Request, multipart::Field as Part};
use tokio::{fs::File, io::AsyncWriteExt};
use uuid::Uuid;
use vasari_storage::{
    formats::{ColumnMapping, Field, Format},
    jobs::ImportJob,
    transfer::source_slug,
};

use super::imports::DEFAULT_SOURCE;
use crate::{
    api::{
        ask::{MAX_PARTS, no_form, read_text, too_many_parts, unreadable},
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    config::ByteSize,
    parameters::parse_switch,
    state::AppState,
};

/// The most columns that are mapped.
const MOST_MAPPINGS: usize = 32;

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 255;

/// What a form says besides the file, as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct WrittenImport {
    pub(crate) format: String,
    pub(crate) source: String,
    dry_run: String,
    /// Each as `column=field`.
    mapping: Vec<String>,
    /// As the page's form has them: fields with their columns.
    pub(crate) columns: Vec<(Field, String)>,
    file_name: String,
}

/// A form that was read.
pub(super) struct Asked {
    pub(super) job: ImportJob,
    /// Holds the file until it is stored.
    pub(super) spool: tempfile::TempDir,
}

/// Reads the form.
pub(super) async fn read_form(
    state: &AppState,
    request: Request,
    written: &mut WrittenImport,
) -> Result<Asked, Problem> {
    let headers = request.headers().clone();
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| no_form(&headers))?;
    let spool = state.storage.spool_folder().map_err(|error| of_disk(&error))?;
    let (mut has_file, mut parts) = (false, 0);
    while let Some(mut part) = form.next_field().await.map_err(|error| unreadable(&error))? {
        // Else what comes beside the file could be as large as that.
        parts += 1;
        if parts > MAX_PARTS {
            return Err(too_many_parts());
        }
        match part.name().unwrap_or_default() {
            "file" if has_file => {
                let detail = "The field file came more than once. Send it once.";
                return Err(Problem::new(ProblemKind::RepeatedField, detail));
            }
            // A browser sends one without a name when none was chosen.
            "file" if part.file_name() == Some("") => {}
            "file" => {
                // What is wrong already needs no file.
                written.check()?;
                has_file = true;
                written.file_name = checked_file_name(part.file_name().unwrap_or_default());
                spool_file(state, &mut part, &spool.path().join("file")).await?;
            }
            "format" => written.format = read_text("format", part).await?,
            "mapping" if written.mapping.len() == MOST_MAPPINGS => {
                return Err(invalid("mapping", &format!("it may come at most {MOST_MAPPINGS} times")));
            }
            "mapping" => written.mapping.push(read_text("mapping", part).await?),
            "source" => written.source = read_text("source", part).await?,
            "dry_run" => written.dry_run = read_text("dry_run", part).await?,
            name => {
                if let Some(field) = name.strip_prefix("column_").and_then(|field| field.parse().ok()) {
                    let column = read_text("column", part).await?;
                    written.columns.push((field, column));
                }
            }
        }
    }
    let job = written.check()?;
    if !has_file {
        return Err(Problem::new(ProblemKind::BadRequest, "Choose a file: send it in the field file."));
    }
    check_format(&job)?;
    Ok(Asked { job, spool })
}

impl WrittenImport {
    /// What is asked for, if all of it can be understood.
    fn check(&self) -> Result<ImportJob, Problem> {
        let Self { format, source, dry_run, mapping, columns, file_name } = self;
        let format = (!format.is_empty()).then(|| format.parse().map_err(|error| of_field("format", &error)));
        let named = columns.iter().filter(|(_, column)| !column.trim().is_empty());
        let named = named.map(|(field, column)| format!("{}={}", column.trim(), field.name()));
        let job = ImportJob {
            file: Uuid::now_v7(),
            file_name: file_name.clone(),
            format: format.transpose()?,
            mapping: mapping.iter().cloned().chain(named.take(MOST_MAPPINGS)).collect(),
            source: if source.is_empty() { DEFAULT_SOURCE.to_owned() } else { source.clone() },
            dry_run: !dry_run.is_empty() && parse_switch(dry_run).map_err(|error| invalid("dry_run", &error))?,
        };
        ColumnMapping::parse(job.mapping.iter().map(String::as_str)).map_err(|error| of_field("mapping", &error))?;
        if job.source.chars().count() > 200 || source_slug(&job.source).is_none() {
            return Err(invalid("source", "it must be a name with letters or digits, at most 200 characters"));
        }
        Ok(job)
    }
}

/// A format that nothing will tell is better known at once.
fn check_format(job: &ImportJob) -> Result<(), Problem> {
    let of_name = Format::of_name(std::path::Path::new(&job.file_name)).filter(|format| format.extension().is_some());
    let is_archive =
        std::path::Path::new(&job.file_name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    if job.format.is_some() || of_name.is_some() || is_archive {
        return Ok(());
    }
    let names = Format::ALL.map(Format::name).join(", ");
    Err(invalid("format", &format!("the file's name does not tell it; it must be one of {names}")))
}

async fn spool_file(state: &AppState, part: &mut Part<'_>, path: &std::path::Path) -> Result<(), Problem> {
    let mut file = File::create_new(path).await.map_err(|error| of_disk(&error))?;
    let mut size = 0;
    while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
        size += chunk.len() as u64;
        if size > state.max_import_bytes {
            let detail = format!("The file is larger than {}.", ByteSize(state.max_import_bytes));
            return Err(Problem::new(ProblemKind::RequestTooLarge, detail));
        }
        file.write_all(&chunk).await.map_err(|error| of_disk(&error))?;
    }
    file.flush().await.map_err(|error| of_disk(&error))
}

/// The last part of a name, as a list of jobs shows it.
fn checked_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect();
    if plain.is_empty() { "file".to_owned() } else { plain }
}

fn of_field(name: &str, error: &impl std::fmt::Display) -> Problem {
    invalid(name, &error.to_string())
}

/// The disk is full, or away.
fn of_disk(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "a file that was sent can't be put aside");
    Problem::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_short_and_plain() {
        assert_eq!(checked_file_name("C:\\my\\captions.jsonl"), "captions.jsonl");
        assert_eq!(checked_file_name("../../a\0\nb.csv"), "ab.csv");
        assert_eq!(checked_file_name("a/"), "file");
        assert_eq!(checked_file_name(&"x".repeat(300)).len(), LONGEST_NAME);
    }
}
