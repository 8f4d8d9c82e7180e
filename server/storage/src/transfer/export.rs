//! Writing a dataset, or some of it, into a file or folder.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{export_pages::ExportedImage, import::FailedRow};
use crate::{
    Database, Reader, StorageError,
    formats::{CaptionRow, ExportWriter, Format, FormatError, Picture, WriteError},
    images::ImageFilter,
    jobs::{CaptionChoice, JobCounts},
    objects::{Object, Objects},
};

/// Pictures of a page.
const IMAGES_AT_ONCE: i64 = 1000;

/// Bytes of pictures after which they are written, before the page has all of its own.
const BYTES_AT_ONCE: usize = 32 << 20;

/// How many rows that could not be written a job notes.
const MOST_NOTED: i64 = 1000;

/// What to export.
#[derive(Debug, Clone)]
pub struct Export {
    /// The dataset.
    pub dataset: Uuid,
    /// In whose name; it takes a viewer.
    pub reader: Reader,
    /// Which pictures.
    pub filter: ImageFilter,
    /// Only these, where there is a choice already: what a search found, what somebody picked.
    pub among: Option<Vec<Uuid>>,
    /// Which captions of each.
    pub captions: CaptionChoice,
    /// The job that this is, if it is one: it is told how far the export is.
    pub job: Option<Uuid>,
}

/// What an export wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCounts {
    /// Pictures, as far as they could be written.
    pub images: i64,
    /// Captions.
    pub captions: i64,
    /// Pictures without a caption of those that were chosen.
    pub without_caption: i64,
    /// Captions and pictures that the format can't hold.
    pub failed: i64,
}

/// How far an export is.
#[derive(Debug, Clone, Copy)]
pub struct ExportProgress<'a> {
    /// What it wrote so far.
    pub counts: ExportCounts,
    /// How many pictures it has been through, and of how many.
    pub images: (i64, i64),
    /// Rows of the latest page that could not be written.
    pub failed: &'a [FailedRow],
}

/// Why an export can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database or the object store fails.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file can't be written.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The dataset is gone, or the reader may look at it no longer.
    #[error("the dataset is gone, or may be seen no longer")]
    Forbidden,
    /// The bytes of a picture are missing in the object store.
    #[error("the file of the picture {0:?} is missing")]
    Lost(String),
}

impl From<crate::objects::ObjectsError> for ExportError {
    fn from(error: crate::objects::ObjectsError) -> Self {
        Self::Storage(error.into())
    }
}

/// An export under way.
struct Writing<'a> {
    objects: &'a Objects,
    format: Format,
    /// None while a thread has it.
    writer: Option<ExportWriter>,
    counts: ExportCounts,
    rows: i64,
    failed: Vec<FailedRow>,
}

impl Export {
    /// Writes what is wanted to `path`, which appears when all is there, and tells after each page how far it is.
    ///
    /// Returns none where the job was stopped; then nothing appears.
    pub async fn write(
        &self,
        database: &Database,
        objects: &Objects,
        (path, format): (&Path, Format),
        mut tell: impl FnMut(ExportProgress<'_>),
    ) -> Result<Option<ExportCounts>, ExportError> {
        let writer = ExportWriter::create(path, format)?;
        let counts = ExportCounts::default();
        let mut writing = Writing { objects, format, writer: Some(writer), counts, rows: 0, failed: Vec::new() };
        if !database.may_export(&self.reader, self.dataset).await? {
            return Err(ExportError::Forbidden);
        }
        if let Some(wanted) = database.wanted(self.dataset, &self.filter, &self.captions).await? {
            let mut among = self.among.clone();
            if let Some(among) = &mut among {
                // The order of adding is that of the ids.
                among.sort_unstable();
                among.dedup();
            }
            let total = database.count_wanted(&wanted, among.as_deref()).await?;
            let mut left = among.as_deref();
            let (mut after, mut done) = (Uuid::nil(), 0);
            loop {
                if !database.may_export(&self.reader, self.dataset).await? {
                    return Err(ExportError::Forbidden);
                }
                let here = left.map(|ids| ids.split_at(ids.len().min(IMAGES_AT_ONCE as usize)));
                let page = database.export_page(&wanted, here.map(|(ids, _)| ids), after, IMAGES_AT_ONCE).await?;
                match here {
                    Some(([], _)) => break,
                    Some((_, rest)) => left = Some(rest),
                    None if page.is_empty() => break,
                    None => after = page.last().map(|image| image.id).unwrap_or_default(),
                }
                done += page.len() as i64;
                writing.write_page(page).await?;
                let failed = std::mem::take(&mut writing.failed);
                if !self.note(database, &writing.counts, &failed, (done, total)).await? {
                    return Ok(None);
                }
                tell(ExportProgress { counts: writing.counts, images: (done, total.max(done)), failed: &failed });
            }
        }
        writing.finish().await.map(Some)
    }

    /// Tells the job how far it is. Says whether it goes on.
    async fn note(
        &self,
        database: &Database,
        counts: &ExportCounts,
        failed: &[FailedRow],
        (done, total): (i64, i64),
    ) -> Result<bool, StorageError> {
        let Some(job) = self.job else { return Ok(true) };
        let before = counts.failed - failed.len() as i64;
        let noted = (MOST_NOTED - before).clamp(0, failed.len() as i64) as usize;
        let (failed, plan) = (failed[..noted].to_vec(), json!(counts));
        let lost = counts.failed.min(done);
        let counts = JobCounts { done: done - lost, failed: lost, total: Some(total.max(done)) };
        database
            .transaction(move |transaction| {
                Box::pin(async move {
                    for row in &failed {
                        Database::note_failed_row(transaction, job, row.position, &row.label, &row.error).await?;
                    }
                    Database::advance_job(transaction, job, &plan, counts).await
                })
            })
            .await
    }
}

impl Writing<'_> {
    /// Writes pictures with their captions, a few megabytes at a time.
    async fn write_page(&mut self, page: Vec<ExportedImage>) -> Result<(), ExportError> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        for image in page {
            let picture = picture(self.objects, self.format, &image).await?;
            if let Picture::Bytes(picture) = &picture {
                bytes += picture.len();
            }
            self.counts.without_caption += i64::from(image.captions.is_empty());
            rows.push(rows_of(image, &picture));
            if bytes >= BYTES_AT_ONCE {
                self.write_rows(std::mem::take(&mut rows)).await?;
                bytes = 0;
            }
        }
        self.write_rows(rows).await
    }

    /// Writes rows, those of each picture together, on a thread that may wait for the disk.
    async fn write_rows(&mut self, images: Vec<Vec<CaptionRow>>) -> Result<(), ExportError> {
        let mut writer = self.writer.take().expect("it is put back after each call. This is a bug.");
        let (mut counts, mut rows) = (self.counts, self.rows);
        let written = tokio::task::spawn_blocking(move || {
            let mut failed = Vec::new();
            for image in images {
                let mut is_written = false;
                for row in image {
                    rows += 1;
                    match writer.write(&row) {
                        Ok(()) => {
                            is_written = true;
                            counts.captions += i64::from(row.caption.is_some());
                        }
                        Err(WriteError::Row(error)) => {
                            counts.failed += 1;
                            failed.push(FailedRow { position: rows, label: row.file_name, error });
                        }
                        Err(WriteError::Io(error)) => return Err(error),
                    }
                }
                counts.images += i64::from(is_written);
            }
            Ok((writer, counts, rows, failed))
        });
        let written = written.await.map_err(|_| StorageError::Aborted)?;
        let unwritable = |source| FormatError::Unwritable { path: "the export".into(), source };
        let (writer, counts, rows, failed) = written.map_err(unwritable)?;
        self.writer = Some(writer);
        (self.counts, self.rows) = (counts, rows);
        self.failed.extend(failed);
        Ok(())
    }

    async fn finish(mut self) -> Result<ExportCounts, ExportError> {
        let writer = self.writer.take().expect("it is put back after each call. This is a bug.");
        let finished = tokio::task::spawn_blocking(move || writer.finish()).await;
        finished.map_err(|_| StorageError::Aborted)??;
        Ok(self.counts)
    }
}

/// The bytes of a picture, where the format has a place for them.
async fn picture(objects: &Objects, format: Format, image: &ExportedImage) -> Result<Picture, ExportError> {
    if !format.holds_pictures() {
        return Ok(Picture::Absent);
    }
    let bytes = objects.get(Object::Image(&image.sha256)).await?;
    let bytes = bytes.ok_or_else(|| ExportError::Lost(image.file_name.clone()))?;
    Ok(Picture::Bytes(Arc::from(bytes)))
}

/// The rows of a picture: one for each caption, or one without.
fn rows_of(image: ExportedImage, picture: &Picture) -> Vec<CaptionRow> {
    let row = CaptionRow {
        file_name: image.file_name,
        width: u32::try_from(image.width).ok(),
        height: u32::try_from(image.height).ok(),
        picture: picture.clone(),
        ..CaptionRow::default()
    };
    if image.captions.is_empty() {
        return vec![row];
    }
    let captions = image.captions.into_iter().map(|caption| CaptionRow {
        caption: Some(caption.text),
        source: Some(caption.source),
        task: caption.task,
        confidence: caption.confidence,
        status: Some(caption.status.to_string()),
        regions: caption.regions,
        ..row.clone()
    });
    captions.collect()
}
