//! What `vasari import` and `vasari export` share.

use std::path::Path;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    datasets::{Dataset, NewDataset, Visibility},
    formats::{ArchiveLimits, Format},
};

use super::{local::record, remote::Remote};

/// Exit status for what can't begin, as for arguments that can't be understood.
pub(super) const USAGE: u8 = 2;

/// What an archive may hold that whoever runs the program names themselves.
pub(super) const LIMITS: ArchiveLimits = ArchiveLimits { files: 10_000_000, bytes: 1 << 40 };

/// Errors of a job that are printed.
const MOST_ERRORS: usize = 1000;

/// Takes the names of formats, which completions then offer.
pub(super) fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .map(|name| name.parse().expect("it is one of the names. This is a bug."))
}

/// The dataset of this slug on this machine.
pub(super) async fn find_dataset(database: &Database, slug: &str) -> anyhow::Result<Dataset> {
    let found = database.find_dataset(&Reader::operator(), slug).await?;
    found.with_context(|| format!("there is no dataset {slug:?}; `vasari dataset list` tells which there are"))
}

/// Makes a dataset on this machine, whose owner is `owner`. Without one it is for administrators alone, until they give
/// somebody a part in it.
pub(super) async fn make_dataset(database: &Database, new: NewDataset, owner: Option<Uuid>) -> anyhow::Result<Dataset> {
    let (slug, now) = (new.slug.clone(), OffsetDateTime::now_utc());
    let made = database.create_dataset_of(&Reader::operator(), &new, owner, now).await;
    let made = made.with_context(|| format!("the dataset {slug:?} can't be made; is there one of this name?"))?;
    let dataset = made.expect("whoever runs the program may make datasets. This is a bug.");
    record(database, "dataset.create", dataset.id, serde_json::json!({ "slug": dataset.slug })).await?;
    Ok(dataset)
}

/// A dataset that is called like its slug.
pub(super) fn new_dataset(slug: &str, name: Option<&str>) -> NewDataset {
    NewDataset {
        id: Uuid::now_v7(),
        slug: slug.to_owned(),
        name: name.unwrap_or(slug).to_owned(),
        description: String::new(),
        visibility: Visibility::Private,
    }
}

/// Prints what failed of a server's job on standard error.
pub(super) fn print_errors(remote: &Remote, job: &str) -> anyhow::Result<()> {
    let errors = remote.list(&format!("jobs/{job}/errors"))?;
    for error in errors.iter().take(MOST_ERRORS) {
        eprintln!("{}: {}", error["label"].as_str().unwrap_or_default(), error["error"].as_str().unwrap_or_default());
    }
    Ok(())
}

/// What a server's job brought.
///
/// # Errors
///
/// Why it did not end well.
pub(super) fn outcome(job: &Value) -> anyhow::Result<&Value> {
    match job["state"].as_str() {
        Some("succeeded") => Ok(&job["result"]),
        Some("cancelled") => anyhow::bail!("somebody stopped the job {}", job["id"].as_str().unwrap_or_default()),
        _ => anyhow::bail!("{}", job["error"].as_str().unwrap_or("the job failed").trim_end_matches('.')),
    }
}

/// The last part of a path, for people.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
