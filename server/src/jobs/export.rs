//! Jobs that write files. A job is one step, which starts anew where it was interrupted: nothing is there before all is.

use std::path::Path;

use serde_json::json;
use time::OffsetDateTime;
use vasari_storage::{
    formats::Format,
    jobs::{ExportJob, Job, queue::StepError},
    objects::Object,
    transfer::{Export, ExportError},
};

use super::{
    JobContext, chosen,
    import::{of_disk, passing},
};
use crate::storage::sum_of;

pub(super) async fn run(context: &JobContext, job: &Job, request: &ExportJob) -> Result<(), StepError> {
    let JobContext { state, database } = context;
    let (Some(dataset), Some(slug)) = (job.dataset_id, &job.dataset) else {
        return Err(StepError::Final("The dataset is gone.".into()));
    };
    let export = Export {
        dataset,
        reader: job.reader(),
        filter: request.images.filter(),
        among: chosen(context, job, &request.images).await?,
        captions: request.captions.clone(),
        job: Some(job.id),
    };
    let folder = state.storage.spool_folder().map_err(of_disk)?;
    let ending = ending(request.format);
    let path = folder.path().join(format!("export.{ending}"));
    let objects = &state.storage.objects;
    let written = export.write(database, objects, (&path, request.format), |_| ()).await.map_err(in_words)?;
    let Some(counts) = written else { return Ok(()) };
    let (size, sum) = measure(&path).await?;
    objects.put_file(Object::Export(job.id), &path).await.map_err(passing)?;
    let day = job.created_at.date();
    let result = json!({
        "file_name": format!("{slug}-{day}.{ending}"),
        "format": request.format,
        "size": size,
        "sha256": sum,
        "counts": counts,
    });
    database.succeed_job(job.id, Some(&result), OffsetDateTime::now_utc()).await?;
    Ok(())
}

/// How the name of an export's file ends; those that are folders are packed.
pub(crate) fn ending(format: Format) -> &'static str {
    format.extension().unwrap_or("zip")
}

/// See [`sum_of`].
async fn measure(path: &Path) -> Result<(u64, String), StepError> {
    let path = path.to_owned();
    let measured = tokio::task::spawn_blocking(move || sum_of(&mut std::fs::File::open(path)?));
    measured.await.map_err(passing)?.map_err(of_disk)
}

fn in_words(error: ExportError) -> StepError {
    match error {
        ExportError::Storage(error) => error.into(),
        ExportError::Format(error) => passing(error),
        ExportError::Forbidden => {
            StepError::Final("The dataset is gone, or whoever asked for this may see it no longer.".into())
        }
        ExportError::Lost(name) => {
            tracing::error!(name, "the bytes of a picture are not in the object store");
            StepError::Final(format!(
                "The file of {name:?} is missing on our side. Delete that picture, or restore it."
            ))
        }
    }
}
