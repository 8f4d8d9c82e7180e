//! Taking rows into a dataset, a batch at a time.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    import_writes::NotWritten,
    rows::Said,
    sources::{Assigned, Sources},
};
use crate::{
    Database, Reader, StorageError,
    formats::{CaptionRow, FormatError, Picture, RowError},
    images::NewImage,
    jobs::JobCounts,
    objects::{Object, Objects},
    pictures::PictureReader,
};

/// How many rows that failed a job notes. More of them are of the same kind.
const MOST_NOTED: i64 = 1000;

/// How often a batch is tried that others get in the way of.
const TRIES: usize = 4;

/// Pictures of a batch that are read at the same time; how many are decoded is up to the [`PictureReader`].
const PICTURES_AT_ONCE: usize = 8;

/// The largest file of a picture.
const LARGEST_PICTURE: u64 = 128 << 20;

/// Where rows go, and in whose name.
#[derive(Debug, Clone)]
pub struct ImportTarget {
    /// The dataset.
    pub dataset: Uuid,
    /// Who brings them; it takes an owner.
    pub reader: Reader,
    /// The source of captions that name none.
    pub source: String,
    /// The job that this is, if it is one: it is told how far the import is, in the transactions of its rows.
    pub job: Option<Uuid>,
    /// Whether to find out what would happen and change nothing.
    pub is_dry_run: bool,
}

/// How far an import is, and what it did; of a dry run: what it would have done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows that were read. A row is a caption of a picture, or a picture without one.
    pub rows: i64,
    /// Rows among them that could not be read or taken in.
    pub failed: i64,
    /// Pictures that are new in the dataset.
    pub images_added: i64,
    /// Sources that are new in the dataset.
    pub sources_added: i64,
    /// Captions where the source had none of the picture.
    pub captions_added: i64,
    /// Captions that were another before, and have a new version.
    pub captions_changed: i64,
    /// Captions that were there already as the row says.
    pub captions_unchanged: i64,
    /// Captions that a person has edited since their source said them, and that stay as the person wrote them.
    #[serde(default)]
    pub captions_kept: i64,
}

/// A row that was not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// Which one it is, counted from 1.
    pub position: i64,
    /// What people find it by: a line's number, a picture's name.
    pub label: String,
    /// What is wrong and what would be right.
    pub error: String,
}

/// Why an import can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database or the object store fails.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file can't be read at all.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The dataset is gone, or the reader owns it no longer.
    #[error("the dataset is gone, or it takes an owner to import into it")]
    Forbidden,
    /// The name of the source can't be one.
    #[error("{0}")]
    Source(String),
    /// Others change the same captions all the time.
    #[error("others are changing the same captions; try again")]
    Busy,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) failed: Vec<FailedRow>,
    /// False where the job was stopped; then nothing of the batch was taken in.
    pub(super) goes_on: bool,
}

/// Takes rows into a dataset.
#[derive(Debug)]
pub struct Importer {
    pub(super) database: Database,
    objects: Objects,
    pictures: PictureReader,
    pub(super) target: ImportTarget,
    pub(super) sources: Sources,
    pub(super) counts: ImportCounts,
    /// Of a dry run: pictures that would be there by now.
    pub(super) dry_images: HashSet<String>,
    pub(super) dry_sources: HashSet<String>,
}

/// Pictures that were read because the dataset lacks them, by name; those that can't be taken in say why.
pub(super) type ReadPictures = HashMap<String, Result<NewImage, String>>;

/// A row that the tables can keep.
pub(super) struct CheckedRow {
    pub(super) position: i64,
    pub(super) row: CaptionRow,
    /// None for a picture without a caption.
    pub(super) caption: Option<(Said, Assigned)>,
}

impl Importer {
    /// Begins an import, or goes on with one that had come as far as `counts`.
    pub async fn new(
        database: &Database,
        objects: &Objects,
        pictures: &PictureReader,
        target: ImportTarget,
        counts: ImportCounts,
    ) -> Result<Self, ImportError> {
        let known = database.sources_of(target.dataset).await?;
        let sources = Sources::new(known, &target.source).map_err(ImportError::Source)?;
        Ok(Self {
            database: database.clone(),
            objects: objects.clone(),
            pictures: pictures.clone(),
            target,
            sources,
            counts,
            dry_images: HashSet::new(),
            dry_sources: HashSet::new(),
        })
    }

    /// How far it is.
    pub fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// Passes over a row that was taken in before the import was interrupted. It counts for which source later rows go to.
    pub(super) fn pass_over(&mut self, record: &Result<CaptionRow, RowError>) {
        if let Ok(row) = record
            && let Ok(Some(_)) = Said::of(row)
        {
            // What can't be assigned could not before.
            drop(self.sources.assign(&row.file_name, row.source.as_deref(), row.task.as_deref()));
        }
    }

    /// Takes in rows, all of them that can be, in one transaction. `total` is how many there are in all, as far as one can
    /// tell.
    pub(super) async fn take(
        &mut self,
        batch: Vec<Result<CaptionRow, RowError>>,
        total: Option<i64>,
        now: OffsetDateTime,
    ) -> Result<Taken, ImportError> {
        let mut failed = Vec::new();
        let rows = self.check(batch, &mut failed);
        let mut images = ReadPictures::new();
        for _ in 0..TRIES {
            let known = self.find_images(&rows).await?;
            self.add_pictures(&rows, &known, &mut images).await?;
            let mut all_failed = failed.clone();
            let (mut writes, counts) = self.plan(&rows, &known, &images, &mut all_failed).await?;
            let noted = (MOST_NOTED - self.counts.failed).clamp(0, all_failed.len() as i64);
            writes.failed = all_failed[..noted as usize].to_vec();
            writes.progress = self.target.job.map(|job| {
                let JobCounts { done, failed, .. } = counts.job_counts();
                (
                    job,
                    serde_json::json!(counts),
                    JobCounts { done, failed, total: total.map(|total| total.max(counts.rows)) },
                )
            });
            writes.now = now;
            let added = std::mem::take(&mut writes.added_images);
            writes.added_images.clone_from(&added);
            match self.database.write_import(writes).await {
                Ok(()) => {}
                Err(NotWritten::Raced) => {
                    self.sources.learn(self.database.sources_of(self.target.dataset).await?);
                    continue;
                }
                Err(NotWritten::Stopped) => return Ok(Taken { failed: Vec::new(), goes_on: false }),
                Err(NotWritten::Forbidden) => return Err(ImportError::Forbidden),
                Err(NotWritten::Storage(error)) => return Err(error.into()),
            }
            self.counts = counts;
            if self.target.is_dry_run {
                self.dry_images.extend(images.into_iter().filter(|(_, image)| image.is_ok()).map(|(name, _)| name));
            } else {
                self.sources.learn(self.database.sources_of(self.target.dataset).await?);
                self.restore_lost(&rows, &added).await?;
            }
            return Ok(Taken { failed: all_failed, goes_on: true });
        }
        Err(ImportError::Busy)
    }

    /// The rows that the tables can keep, with where their captions go.
    fn check(&mut self, batch: Vec<Result<CaptionRow, RowError>>, failed: &mut Vec<FailedRow>) -> Vec<CheckedRow> {
        let mut rows = Vec::with_capacity(batch.len());
        for (record, position) in batch.into_iter().zip(self.counts.rows + 1..) {
            let row = match record {
                Ok(row) => row,
                Err(RowError { unit, number, problem }) => {
                    failed.push(FailedRow { position, label: format!("{unit} {number}"), error: problem });
                    continue;
                }
            };
            let caption = Said::of(&row).and_then(|said| {
                let Some(said) = said else { return Ok(None) };
                let assigned = self.sources.assign(&row.file_name, row.source.as_deref(), row.task.as_deref())?;
                Ok(Some((said, assigned)))
            });
            match caption {
                Ok(caption) => rows.push(CheckedRow { position, row, caption }),
                Err(error) => failed.push(FailedRow { position, label: row.file_name, error }),
            }
        }
        rows
    }

    async fn find_images(&self, rows: &[CheckedRow]) -> Result<HashMap<String, Uuid>, StorageError> {
        let names: HashSet<&str> = rows.iter().map(|row| row.row.file_name.as_str()).collect();
        self.database.images_named(self.target.dataset, &names.into_iter().map(str::to_owned).collect::<Vec<_>>()).await
    }

    /// Reads the pictures that the dataset lacks into `images`, and stores them: before the rows that name them.
    async fn add_pictures(
        &self,
        rows: &[CheckedRow],
        known: &HashMap<String, Uuid>,
        images: &mut ReadPictures,
    ) -> Result<(), StorageError> {
        let mut lacking: Vec<&CaptionRow> = Vec::new();
        let mut names = HashSet::new();
        for CheckedRow { row, .. } in rows {
            let is_lacking = !known.contains_key(&row.file_name) && !images.contains_key(&row.file_name);
            if is_lacking && row.picture != Picture::Absent && names.insert(&row.file_name) {
                lacking.push(row);
            }
        }
        // Ids in the order of the rows, as pictures are listed by them.
        let lacking = lacking.into_iter().map(|row| (Uuid::now_v7(), row));
        // Boxed, or else the compiler can't tell that the whole may go from thread to thread.
        let added: Vec<BoxFuture<'_, _>> = lacking.map(|(id, row)| self.add_picture(id, row).boxed()).collect();
        let mut added = stream::iter(added).buffered(PICTURES_AT_ONCE);
        while let Some(image) = added.next().await {
            let (name, image) = image?;
            images.insert(name, image);
        }
        Ok(())
    }

    /// Reads a picture and stores it, unless this is a dry run. Its name, and what is known of it; the inner error is for
    /// people.
    async fn add_picture(
        &self,
        id: Uuid,
        row: &CaptionRow,
    ) -> Result<(String, Result<NewImage, String>), StorageError> {
        let name = row.file_name.clone();
        let bytes = match read_picture(&row.picture).await {
            Ok(bytes) => bytes,
            Err(problem) => return Ok((name, Err(problem))),
        };
        let prepared = match self.pictures.prepare(Arc::clone(&bytes)).await {
            Ok(prepared) => prepared,
            Err(problem) => return Ok((name, Err(problem))),
        };
        let sum = if self.target.is_dry_run { [0; 32] } else { prepared.store(&self.objects, &bytes).await? };
        let image = NewImage {
            id,
            file_name: name.clone(),
            sha256: sum.to_vec(),
            byte_size: bytes.len() as i64,
            format: prepared.format.to_owned(),
            width: prepared.width as i32,
            height: prepared.height as i32,
            thumbhash: prepared.thumbhash,
            perceptual_hash: prepared.perceptual_hash,
        };
        Ok((name, Ok(image)))
    }

    /// Stores pictures again whose bytes a sweep has taken away between their being stored and their rows: they belonged to
    /// an earlier one that was deleted.
    async fn restore_lost(&self, rows: &[CheckedRow], added: &[NewImage]) -> Result<(), StorageError> {
        for image in added {
            if self.objects.has(Object::Image(&image.sha256)).await? {
                continue;
            }
            if let Some(row) = rows.iter().find(|row| row.row.file_name == image.file_name)
                && let (_, Err(problem)) = self.add_picture(image.id, &row.row).await?
            {
                tracing::error!(image = %image.id, problem, "a picture's bytes were swept away while it was added");
            }
        }
        Ok(())
    }
}

impl ImportCounts {
    /// The same as jobs count.
    fn job_counts(&self) -> JobCounts {
        JobCounts { done: self.rows - self.failed, failed: self.failed, total: None }
    }
}

async fn read_picture(picture: &Picture) -> Result<Arc<[u8]>, String> {
    let unreadable = |error: std::io::Error| format!("it can't be read: {error}");
    match picture {
        Picture::Absent => Err("it is not there".to_owned()),
        Picture::Bytes(bytes) => Ok(Arc::clone(bytes)),
        Picture::File(path) => {
            let size = tokio::fs::metadata(path).await.map_err(unreadable)?.len();
            if size > LARGEST_PICTURE {
                return Err(format!("it is larger than {} MiB", LARGEST_PICTURE >> 20));
            }
            Ok(tokio::fs::read(path).await.map_err(unreadable)?.into())
        }
    }
}
