//! Jobs that take in files. A job is one step; where it was interrupted it goes on behind the rows that it has taken in.

use serde_json::json;
use time::OffsetDateTime;
use vasari_storage::{
    formats::{ColumnMapping, open_file_or_archive},
    jobs::{ImportJob, Job, queue::StepError},
    objects::Object,
    transfer::{ImportCounts, ImportError, ImportFile, ImportTarget, Importer},
};

use super::JobContext;

pub(super) async fn run(context: &JobContext, job: &Job, request: &ImportJob) -> Result<(), StepError> {
    let JobContext { state, database } = context;
    let Some(dataset) = job.dataset_id else { return Err(StepError::Final("The dataset is gone.".into())) };
    let mapping = ColumnMapping::parse(request.mapping.iter().map(String::as_str));
    let mapping = mapping.map_err(|error| StepError::Final(format!("{error}.")))?;
    let folder = state.storage.spool_folder().map_err(of_disk)?;
    let path = folder.path().join("file");
    let objects = &state.storage.objects;
    if !objects.copy_to_file(Object::Import(request.file), &path).await.map_err(passing)? {
        return Err(StepError::Final("The file is kept no longer. Send it again.".into()));
    }
    let into = folder.path().join("unpacked");
    std::fs::create_dir(&into).map_err(of_disk)?;
    let (name, format, limits) = (request.file_name.clone(), request.format, state.archive_limits());
    let opened = tokio::task::spawn_blocking(move || {
        let opened = open_file_or_archive(&path, &name, format, (&into, limits));
        opened.map_err(|error| StepError::Final(error.of_file(&name)))
    });
    let (path, format) = opened.await.map_err(passing)??;
    let counts = job.plan.clone().and_then(|plan| serde_json::from_value::<ImportCounts>(plan).ok());
    let target = ImportTarget {
        dataset,
        reader: job.reader(),
        source: request.source.clone(),
        job: Some(job.id),
        is_dry_run: request.dry_run,
    };
    let importer = Importer::new(database, objects, &state.picture_reader(), target, counts.unwrap_or_default()).await;
    let mut importer = importer.map_err(|error| in_words(error, &request.file_name))?;
    let goes_on = importer.import(ImportFile { path, format, mapping }, |_| ()).await;
    if goes_on.map_err(|error| in_words(error, &request.file_name))? {
        let result = json!({ "dry_run": request.dry_run, "format": format, "counts": importer.counts() });
        database.succeed_job(job.id, Some(&result), OffsetDateTime::now_utc()).await?;
    } else if database.job_at_work(job.id).await?.is_some() {
        // It was stopped and goes on again, by another.
        return Err(StepError::TakenUp);
    }
    Ok(())
}

fn in_words(error: ImportError, name: &str) -> StepError {
    match error {
        ImportError::Storage(error) => error.into(),
        ImportError::Busy => StepError::Passing("Others were changing the same captions.".into()),
        ImportError::Format(error) => StepError::Final(error.of_file(name)),
        ImportError::Source(problem) => StepError::Final(format!("source: {problem}.")),
        ImportError::Forbidden => {
            StepError::Final("The dataset is gone, or whoever asked for this owns it no longer.".into())
        }
    }
}

/// What may go better another time. The log has what it was.
pub(super) fn passing(error: impl std::fmt::Display) -> StepError {
    tracing::warn!(%error, "a file of a job can't be read or written");
    StepError::Passing("A file can't be read or written; the log says why.".into())
}

pub(super) fn of_disk(error: std::io::Error) -> StepError {
    passing(error)
}
