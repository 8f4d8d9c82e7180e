//! A file on its way into a dataset.

use std::path::PathBuf;

use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::import::{FailedRow, ImportCounts, ImportError, Importer};
use crate::{
    StorageError,
    formats::{self, CaptionRow, ColumnMapping, Format, FormatError, Picture, RowError},
};

/// How many rows one transaction takes in.
const ROWS_AT_ONCE: usize = 1000;

/// How many bytes of pictures it takes in, more or less: they are in the memory until it ends.
const BYTES_AT_ONCE: usize = 64 << 20;

/// What to import, and how to read it.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// A file, or a folder for the formats that are folders.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// Which columns are which fields.
    pub mapping: ColumnMapping,
}

/// How far an import is.
#[derive(Debug, Clone, Copy)]
pub struct ImportProgress<'a> {
    /// What it did so far.
    pub counts: ImportCounts,
    /// How much of the file is read, and of how much, in a unit of the format's own.
    pub read: (u64, u64),
    /// Rows of the latest batch that were not taken in.
    pub failed: &'a [FailedRow],
}

/// Rows of a file, and how far it is read with them.
struct Batch {
    rows: Vec<Result<CaptionRow, RowError>>,
    read: (u64, u64),
}

impl Importer {
    /// Imports a file, and tells after each batch how far it is. Rows that were taken in before are passed over.
    ///
    /// Returns false where the job was stopped.
    pub async fn import(
        &mut self,
        file: ImportFile,
        mut tell: impl FnMut(ImportProgress<'_>),
    ) -> Result<bool, ImportError> {
        let (sender, mut batches) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || read(&file, &sender));
        let mut passed_over = 0;
        let before = self.counts().rows;
        while let Some(Batch { mut rows, read }) = batches.recv().await {
            let done = rows.len().min(usize::try_from(before - passed_over).unwrap_or(0));
            for record in rows.drain(..done) {
                self.pass_over(&record);
                passed_over += 1;
            }
            if rows.is_empty() {
                continue;
            }
            let total = estimate(self.counts().rows + rows.len() as i64, read);
            let taken = self.take(rows, total, OffsetDateTime::now_utc()).await?;
            if !taken.goes_on {
                return Ok(false);
            }
            tell(ImportProgress { counts: self.counts(), read, failed: &taken.failed });
        }
        reading.await.map_err(|_| StorageError::Aborted)??;
        Ok(true)
    }
}

impl Importer {
    /// Takes in rows that the caller has, in one transaction. Returns those that could not be.
    pub async fn take_rows(&mut self, rows: Vec<CaptionRow>) -> Result<Vec<FailedRow>, ImportError> {
        let rows = rows.into_iter().map(Ok).collect();
        Ok(self.take(rows, None, OffsetDateTime::now_utc()).await?.failed)
    }
}

/// Reads the file in batches, until it ends or nobody wants more.
fn read(file: &ImportFile, sender: &mpsc::Sender<Batch>) -> Result<(), FormatError> {
    let mut reader = formats::read(&file.path, file.format, &file.mapping)?;
    loop {
        let mut rows = Vec::new();
        let mut bytes = 0;
        while rows.len() < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE {
            let Some(row) = reader.next() else { break };
            if let Ok(CaptionRow { picture: Picture::Bytes(picture), .. }) = &row {
                bytes += picture.len();
            }
            rows.push(row);
        }
        let is_over = rows.is_empty();
        if is_over || sender.blocking_send(Batch { rows, read: reader.progress() }).is_err() {
            return Ok(());
        }
    }
}

/// How many rows there are in all, by how far the reading is; at least as many as there were.
fn estimate(rows: i64, (done, total): (u64, u64)) -> Option<i64> {
    let whole = (done > 0).then(|| rows as f64 * total as f64 / done as f64)?;
    Some((whole as i64).max(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_rows_follows_from_how_much_is_read() {
        assert_eq!(estimate(1000, (50, 200)), Some(4000));
        assert_eq!(estimate(1000, (200, 200)), Some(1000));
        assert_eq!(estimate(1000, (300, 200)), Some(1000));
        assert_eq!(estimate(1000, (0, 200)), None);
    }
}
