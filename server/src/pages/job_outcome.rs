//! What came of a job, as its page shows it.

use serde::Deserialize;
use uuid::Uuid;
use vasari_app::{
    plural,
    types::{JobOutcome, Listing},
};
use vasari_storage::{
    Database,
    datasets::Role,
    jobs::{CaptionPlan, ImportJob, Job, JobRequest, JobState, RollbackJob},
    objects::Object,
    transfer::{ExportCounts, ImportCounts},
};

use super::{job_words::count, visit::Visit};
use crate::api::problem::Problem;

/// What an export's result says.
#[derive(Deserialize)]
struct ExportResult {
    file_name: String,
    size: u64,
    sha256: String,
    counts: ExportCounts,
}

/// What an import's result says.
#[derive(Deserialize)]
struct ImportResult {
    counts: ImportCounts,
}

/// What came of the job.
pub(super) async fn outcome(visit: &Visit, database: &Database, job: &Job) -> Result<JobOutcome, Problem> {
    let outcome = match &job.request {
        JobRequest::Caption(_) => of_captions(visit, database, job).await?,
        JobRequest::Export(_) => of_export(visit, job).await?,
        JobRequest::Import(request) => of_import(job, request),
        JobRequest::BulkEdit(_) | JobRequest::KeepCaption(_) => of_edit(visit, database, job, None).await?,
        JobRequest::Rollback(RollbackJob { job: of }) => of_edit(visit, database, job, Some(*of)).await?,
        JobRequest::Reindex => None,
    };
    Ok(outcome.unwrap_or(JobOutcome::Nothing))
}

async fn of_captions(visit: &Visit, database: &Database, job: &Job) -> Result<Option<JobOutcome>, Problem> {
    let plan = job.plan.clone().and_then(|plan| serde_json::from_value::<CaptionPlan>(plan).ok());
    let (Some(plan), Some(slug)) = (plan, &job.dataset) else { return Ok(None) };
    let source = database.find_source(&visit.reader, plan.source).await?;
    Ok(source.map(|source| {
        let listing = Listing { source: source.slug.clone(), captions: source.slug.clone(), ..Listing::default() };
        JobOutcome::Captions { address: listing.address(slug), source: source.slug }
    }))
}

async fn of_edit(
    visit: &Visit,
    database: &Database,
    job: &Job,
    of: Option<Uuid>,
) -> Result<Option<JobOutcome>, Problem> {
    let Some(slug) = job.dataset.as_ref().filter(|_| job.state.is_final()) else { return Ok(None) };
    let changed = database.count_changed_captions(job.id).await?;
    let gone = if of.is_some() { database.count_gone_captions(job.id).await? } else { 0 };
    let same = (job.done - changed - gone).max(0);
    let (did, left) = match (of, &job.request) {
        (None, JobRequest::KeepCaption(_)) => (
            plural!(count(changed), "{n} caption written", "{n} captions written"),
            plural!(count(same), "{n} caption that said so already", "{n} captions that said so already"),
        ),
        (None, _) => (
            plural!(count(changed), "{n} caption changed", "{n} captions changed"),
            plural!(count(same), "{n} caption as it was", "{n} captions as they were"),
        ),
        (Some(_), _) => (
            plural!(count(changed), "{n} caption as it was before", "{n} captions as they were before"),
            plural!(
                count(same),
                "{n} caption changed since, which stays so",
                "{n} captions changed since, which stay so"
            ),
        ),
    };
    let gone = (gone > 0).then(|| {
        plural!(
            count(gone),
            "{n} caption taken away, as there was none before",
            "{n} captions taken away, as there were none before"
        )
    });
    let counts = [did].into_iter().chain(gone).chain((same > 0).then_some(left));
    let dataset = database.find_dataset(&visit.reader, slug).await?;
    Ok(Some(JobOutcome::Edited {
        counts: counts.collect(),
        of: of.map(|of| of.to_string()),
        can_roll_back: changed > 0 && dataset.is_some_and(|dataset| dataset.role >= Role::Annotator),
    }))
}

async fn of_export(visit: &Visit, job: &Job) -> Result<Option<JobOutcome>, Problem> {
    if job.state != JobState::Succeeded {
        return Ok(None);
    }
    let result = job.result.clone().and_then(|result| serde_json::from_value::<ExportResult>(result).ok());
    let Some(ExportResult { file_name, size, sha256, counts }) = result else { return Ok(None) };
    if visit.state.storage.objects.size(Object::Export(job.id)).await?.is_none() {
        return Ok(Some(JobOutcome::FileGone));
    }
    let ExportCounts { images, captions, without_caption, failed } = counts;
    let told = [
        Some(plural!(count(images), "{n} image in it", "{n} images in it")),
        Some(plural!(count(captions), "{n} caption in it", "{n} captions in it")),
        (without_caption > 0).then(|| {
            plural!(
                count(without_caption),
                "{n} image without one of these captions",
                "{n} images without one of these captions"
            )
        }),
        (failed > 0).then(|| {
            plural!(count(failed), "{n} part that this format can't hold", "{n} parts that this format can't hold")
        }),
    ];
    let counts = told.into_iter().flatten().collect();
    Ok(Some(JobOutcome::File { name: file_name, size, sha256, counts }))
}

fn of_import(job: &Job, request: &ImportJob) -> Option<JobOutcome> {
    let result = job.result.clone().filter(|_| job.state == JobState::Succeeded)?;
    let ImportResult { counts } = serde_json::from_value(result).ok()?;
    let ImportCounts {
        images_added,
        sources_added,
        captions_added,
        captions_changed,
        captions_unchanged,
        captions_kept,
        ..
    } = counts;
    let told = [
        (images_added, plural!(count(images_added), "{n} image new", "{n} images new")),
        (sources_added, plural!(count(sources_added), "{n} source new", "{n} sources new")),
        (captions_added, plural!(count(captions_added), "{n} caption new", "{n} captions new")),
        (captions_changed, plural!(count(captions_changed), "{n} caption changed", "{n} captions changed")),
        (
            captions_unchanged,
            plural!(count(captions_unchanged), "{n} caption there already", "{n} captions there already"),
        ),
        (
            captions_kept,
            plural!(
                count(captions_kept),
                "{n} caption left as people edited it",
                "{n} captions left as people edited them"
            ),
        ),
    ];
    let counted = told.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    Some(JobOutcome::Import {
        counts: counted,
        is_dry_run: request.dry_run,
        apply: apply(&counts).filter(|_| request.dry_run),
    })
}

/// What the button does that imports.
fn apply(counts: &ImportCounts) -> Option<String> {
    let (captions, images) = (counts.captions_added + counts.captions_changed, counts.images_added);
    match (captions, images) {
        (0, 0) => None,
        (0, images) => Some(plural!(count(images), "Import {n} image", "Import {n} images")),
        (captions, 0) => Some(plural!(count(captions), "Import {n} caption", "Import {n} captions")),
        (captions, images) => {
            let images = plural!(count(images), "{n} image", "{n} images");
            let captions = count(captions);
            Some(plural!(
                captions,
                "Import {n} caption and {images}",
                "Import {n} captions and {images}",
                images = images
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn button_says_what_it_imports() {
        let counts = ImportCounts { captions_added: 1200, captions_changed: 4, ..ImportCounts::default() };
        assert_eq!(apply(&counts).as_deref(), Some("Import 1,204 captions"));
        let both = ImportCounts { images_added: 1, ..counts };
        assert_eq!(apply(&both).as_deref(), Some("Import 1,204 captions and 1 image"));
        let none = ImportCounts { captions_unchanged: 7, ..ImportCounts::default() };
        assert_eq!(apply(&none), None);
    }
}
