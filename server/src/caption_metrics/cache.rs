//! What was measured lately, for as long as it holds.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;
use vasari_storage::{Database, StorageError, captions::Status, search::ScopeSource};

use super::{MeasureError, Measurement, MetricsQuestion, scan, scan::MOST_CAPTIONS};
use crate::api::problem::{Problem, ProblemKind};

/// How many questions wait while one is measured.
const MOST_WAITING: usize = 8;

/// How many answers are kept, as long as they have no more captions than one answer may have.
const MOST_KEPT: usize = 32;

/// Measures for one question at a time, and keeps what came of the latest.
pub(crate) struct CaptionMetrics {
    /// Room for those who wait, and who measures.
    line: Semaphore,
    /// Room for who measures: it takes a processor, and all the memory that this may take.
    room: Semaphore,
    /// The latest last.
    kept: Mutex<Vec<Kept>>,
}

/// What an answer is kept under.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    dataset: Uuid,
    has_source: Option<String>,
    lacks_source: Option<String>,
    status: Option<Status>,
    /// A sum of the pictures that were named or found: the search index may come to find others a moment later.
    among: Option<[u8; 32]>,
    /// Sources with their names.
    sources: Vec<ScopeSource>,
    reference: Option<usize>,
    /// A model with its revision.
    tokenizer: Option<(String, String)>,
}

struct Kept {
    key: Key,
    /// Since when nothing may have changed.
    moment: String,
    measurement: Arc<Measurement>,
}

impl Default for CaptionMetrics {
    fn default() -> Self {
        Self { line: Semaphore::new(MOST_WAITING + 1), room: Semaphore::new(1), kept: Mutex::default() }
    }
}

impl CaptionMetrics {
    /// The answer to a question: the one that is kept, if no caption has changed since.
    ///
    /// # Errors
    ///
    /// A problem also where too many wait already.
    pub(crate) async fn measure(
        &self,
        database: &Database,
        question: &MetricsQuestion,
    ) -> Result<Arc<Measurement>, Problem> {
        let key = Key::of(question);
        if let Some(kept) = self.find(database, &key).await? {
            return Ok(kept);
        }
        let line = self.line.try_acquire().map_err(|_| {
            Problem::later(ProblemKind::Overloaded, "Too many are measuring captions.", Duration::from_secs(5))
        })?;
        let room = self.room.acquire().await.expect("the room is never closed. This is a bug.");
        // Perhaps who was here before has asked the same.
        if let Some(kept) = self.find(database, &key).await? {
            return Ok(kept);
        }
        let moment = database.moment_of_changes().await?;
        let measurement = Arc::new(scan(database, question, |_| {}).await?);
        self.keep(Kept { key, moment, measurement: Arc::clone(&measurement) });
        drop((room, line));
        Ok(measurement)
    }

    async fn find(&self, database: &Database, key: &Key) -> Result<Option<Arc<Measurement>>, StorageError> {
        let found = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.iter().find(|kept| kept.key == *key).map(|kept| (kept.moment.clone(), Arc::clone(&kept.measurement)))
        };
        let Some((moment, measurement)) = found else { return Ok(None) };
        Ok(database.is_unchanged_since(key.dataset, &moment).await?.then_some(measurement))
    }

    /// Keeps an answer, and lets go of those that are too many.
    fn keep(&self, new: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|old| old.key != new.key);
        kept.push(new);
        let mut captions = 0;
        let stays = kept.iter().rev().take(MOST_KEPT).take_while(|kept| {
            captions += kept.measurement.measured.captions.len();
            captions <= MOST_CAPTIONS
        });
        let goes = kept.len() - stays.count();
        kept.drain(..goes);
    }
}

impl Key {
    fn of(question: &MetricsQuestion) -> Self {
        let sum = |ids: &Vec<Uuid>| {
            let mut sum = Sha256::new();
            for id in ids {
                sum.update(id.as_bytes());
            }
            sum.finalize().into()
        };
        Self {
            dataset: question.scope.dataset.id,
            has_source: question.filter.has_source.clone(),
            lacks_source: question.filter.lacks_source.clone(),
            status: question.filter.status,
            among: question.among.as_ref().map(sum),
            sources: question.scope.sources.clone(),
            reference: question.reference,
            tokenizer: question.tokenizer.as_ref().map(|one| (one.name.clone(), one.revision.clone())),
        }
    }
}

impl From<MeasureError> for Problem {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Storage(error) => error.into(),
            error @ (MeasureError::TooMany | MeasureError::TooManyWords | MeasureError::TooLong) => {
                Self::new(ProblemKind::TooMuch, format!("The captions were not measured: {error}."))
            }
        }
    }
}
