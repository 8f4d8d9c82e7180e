//! Uploads that are too large for memory: they lie on the disk while they are read.

use std::{fs::File, io, path::PathBuf, sync::Arc, time::Duration};

use axum::{body::Bytes, http::StatusCode};
use tokio::{
    io::{AsyncSeekExt, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::api::problem::{Problem, ProblemKind};

/// Uploads that lie on the disk at the same time.
const AT_A_TIME: usize = 2;

/// How long until a place may be free.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// A folder for uploads, each a file without a name: whatever happens to the server, nothing stays behind.
pub(crate) struct Spool {
    folder: PathBuf,
    places: Arc<Semaphore>,
}

/// An upload on its way in.
pub(crate) struct Spooling {
    file: tokio::fs::File,
    place: OwnedSemaphorePermit,
}

/// An upload that is on the disk. Dropped, it is gone.
pub(crate) struct Spooled {
    /// The file, at its beginning.
    pub(crate) file: File,
    /// Keeps the place until all is read.
    pub(crate) place: OwnedSemaphorePermit,
}

impl Spool {
    /// Uploads into this folder, which is made when it is needed.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, places: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Begins an upload.
    ///
    /// # Errors
    ///
    /// A problem with status 503 where there are as many as may be.
    pub(crate) fn begin(&self) -> Result<Spooling, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| {
            let detail = "As many archives are being read as this server reads at the same time.";
            Problem::later(ProblemKind::Overloaded, detail, RETRY_AFTER)
        })?;
        let made = std::fs::create_dir_all(&self.folder).and_then(|()| tempfile::tempfile_in(&self.folder));
        Ok(Spooling { file: tokio::fs::File::from_std(made.map_err(|error| of_disk(&error))?), place })
    }
}

impl Spooling {
    /// Appends what has come.
    pub(crate) async fn write(&mut self, bytes: &Bytes) -> Result<(), Problem> {
        self.file.write_all(bytes).await.map_err(|error| of_disk(&error))
    }

    /// Ends the upload.
    pub(crate) async fn finish(mut self) -> Result<Spooled, Problem> {
        let ended = async {
            self.file.flush().await?;
            self.file.rewind().await
        };
        ended.await.map_err(|error| of_disk(&error))?;
        Ok(Spooled { file: self.file.into_std().await, place: self.place })
    }
}

fn of_disk(error: &io::Error) -> Problem {
    tracing::error!(%error, "an upload can't be written to the disk");
    if error.kind() == io::ErrorKind::StorageFull {
        return Problem::new(ProblemKind::Other(StatusCode::INSUFFICIENT_STORAGE), "The server's disk is full.");
    }
    Problem::internal()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[tokio::test]
    async fn uploads_leave_nothing_behind_and_have_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().join("uploads"));
        let mut first = spool.begin().unwrap();
        first.write(&Bytes::from_static(b"one")).await.unwrap();
        first.write(&Bytes::from_static(b"two")).await.unwrap();
        let mut whole = first.finish().await.unwrap();
        let mut text = String::new();
        whole.file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "onetwo");
        let second = spool.begin().unwrap();
        assert_eq!(spool.begin().err().map(|problem| problem.status().as_u16()), Some(503));
        drop((whole, second));
        assert!(spool.begin().is_ok());
        assert_eq!(std::fs::read_dir(folder.path().join("uploads")).unwrap().count(), 0);
    }
}
