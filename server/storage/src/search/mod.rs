//! Search in captions and file names.
//!
//! The index is made from the tables and can be deleted at any moment. A [`SearchIndex`] follows them
//! ([`SearchIndex::follow`]) and answers from what it has: pages of pictures ([`SearchIndex::search`]), how they divide
//! ([`SearchIndex::facets`]), what stands beside one ([`SearchIndex::neighbours`]), and all that fit
//! ([`SearchIndex::matching_image_ids`]). What people type is a [`SearchQuery`]. Whoever searches has a [`SearchScope`], for
//! which the right was looked up; answers are ids, and what is shown of them is read from the tables, in somebody's name.

mod collect;
mod compile;
mod facets;
mod facts;
mod find;
mod folder;
mod follow;
mod highlights;
mod hits;
mod open;
mod order;
mod page;
mod query;
mod rows;
mod schema;
mod scope;
mod words;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use tantivy::Executor;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use facets::{Facet, FacetValue, Facets};
pub use find::{SearchPage, SearchRequest};
pub use highlights::{Highlighter, TextRange};
pub use hits::HitCaption;
pub use order::{SearchCursor, Sort, SortKey};
pub use query::{FIELDS, QueryError, SearchQuery, is_values};
pub use scope::{ScopeSource, SearchScope};

use crate::StorageError;
use folder::IndexFolder;
use open::{OpenIndex, Payload, Unusable};

/// How many searches per processor run at the same time; others wait.
const SEARCHES_PER_PROCESSOR: usize = 2;

/// The search index of this server. Clones are cheap and share it.
#[derive(Clone)]
pub struct SearchIndex {
    inner: Arc<Inner>,
    /// Room for searches.
    room: Arc<Semaphore>,
}

struct Inner {
    folder: IndexFolder,
    executor: Executor,
    served: RwLock<Option<Arc<OpenIndex>>>,
    status: RwLock<IndexStatus>,
    /// The newest job that the index was built for, or that was there already.
    built_for: RwLock<Option<Uuid>>,
    /// Whether a search has failed, so that the files should be looked at.
    is_suspect: AtomicBool,
}

/// How the index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexStatus {
    /// Whether it can be relied on.
    pub state: IndexState,
    /// Why it is built, to go on "because"; while it is.
    pub reason: Option<&'static str>,
    /// How many pictures are in it; while it is built, in the new one.
    pub indexed: u64,
    /// How many pictures there are to be; while it is built.
    pub total: Option<u64>,
}

/// Whether the index can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// It is not open yet, and answers nothing.
    Opening,
    /// It has all that was written a second ago.
    Ready,
    /// It is being built, and answers from what is there.
    Degraded,
}

/// What came of building an index that somebody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchIndexBuild {
    /// It is built, of so many pictures.
    Done {
        /// How many.
        images: u64,
    },
    /// Another program has it. A job reaches that one.
    Taken,
}

/// Why a search can't be answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query names what is not there.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The index isn't open yet. It will be in a moment.
    #[error("the search index is not open yet")]
    Opening,
    /// The index fails. It is looked at, and built anew if it is damaged.
    #[error("the search index fails: {0}")]
    Index(String),
}

/// Why the index does not follow the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The database can't be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The index can't be written.
    #[error("the search index can't be written: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// The folder can't be written.
    #[error("the search index's folder can't be used: {0}")]
    Folder(#[from] io::Error),
    /// Another program writes the index in this folder.
    #[error("another program has the search index's folder")]
    Taken,
    /// A task that wrote to the index has ended early.
    #[error("the task that wrote to the search index has ended early")]
    Aborted,
}

impl IndexStatus {
    const OPENING: Self = Self { state: IndexState::Opening, reason: None, indexed: 0, total: None };
    const READY: Self = Self { state: IndexState::Ready, ..Self::OPENING };
}

impl SearchIndex {
    /// The index in a folder, not yet opened.
    ///
    /// # Errors
    ///
    /// Fails where the system refuses threads.
    pub fn in_folder(folder: PathBuf) -> Result<Self, SearchError> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let executor = Executor::multi_thread(processors, "search-");
        let executor = executor.map_err(|error| SearchError::Index(error.to_string()))?;
        let inner = Inner {
            folder: IndexFolder::new(folder),
            executor,
            served: RwLock::default(),
            status: RwLock::new(IndexStatus::OPENING),
            built_for: RwLock::default(),
            is_suspect: AtomicBool::new(false),
        };
        let room = Arc::new(Semaphore::new(processors * SEARCHES_PER_PROCESSOR));
        Ok(Self { inner: Arc::new(inner), room })
    }

    /// How the index is now.
    pub fn status(&self) -> IndexStatus {
        let mut status = self.inner.status.read().unwrap_or_else(PoisonError::into_inner).clone();
        if status.state == IndexState::Ready {
            status.indexed = self.inner.served().map_or(0, |open| open.count());
        }
        status
    }

    /// The newest job that the index was built for: it was begun after that was asked for. None also before it is open.
    pub fn built_for(&self) -> Option<Uuid> {
        *self.inner.built_for.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what takes a while where that keeps nobody waiting.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, FollowError> + Send + 'static,
    ) -> Result<T, FollowError> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner)).await.unwrap_or(Err(FollowError::Aborted))
    }
}

impl Inner {
    fn set_status(&self, status: IndexStatus) {
        *self.status.write().unwrap_or_else(PoisonError::into_inner) = status;
    }

    fn set_built_for(&self, job: Option<Uuid>) {
        *self.built_for.write().unwrap_or_else(PoisonError::into_inner) = job;
    }

    fn served(&self) -> Option<Arc<OpenIndex>> {
        self.served.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers from this index from now on.
    fn serve(&self, open: &Arc<OpenIndex>) {
        let before = self.served.write().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(open));
        // Outside the lock: the index that answered so far ends its threads.
        drop(before);
    }

    /// Opens the index that counts, and answers from it; or tells why it can't be used.
    fn open_current(&self) -> Result<Result<(Arc<OpenIndex>, Payload), Unusable>, FollowError> {
        let Some(path) = self.folder.current() else { return Ok(Err(Unusable::Missing)) };
        if self.served().is_some_and(|open| open.path == path) {
            // Of who built it or followed it before; an index is open for writing once.
            self.set_status(IndexStatus::OPENING);
            drop(self.served.write().unwrap_or_else(PoisonError::into_inner).take());
        }
        let (index, payload) = match OpenIndex::examine(&path) {
            Ok(usable) => usable,
            Err(unusable) => return Ok(Err(unusable)),
        };
        let open = match OpenIndex::open(index, &path, &self.executor) {
            Ok(open) => Arc::new(open),
            Err(FollowError::Index(error)) => {
                tracing::warn!(%error, "the search index can't be opened");
                return Ok(Err(Unusable::Damaged));
            }
            Err(error) => return Err(error),
        };
        self.serve(&open);
        self.folder.keep_only(&path);
        Ok(Ok((open, payload)))
    }

    /// Makes an index that is to be filled, and answers from it if that is wanted.
    fn create(&self, answers: bool) -> Result<Arc<OpenIndex>, FollowError> {
        // What was begun before and not finished is in the way.
        let served = self.served();
        self.folder.keep_only(served.as_ref().map_or(Path::new(""), |open| open.path.as_path()));
        let open = Arc::new(OpenIndex::create(&self.folder.create()?, &self.executor)?);
        if answers {
            self.serve(&open);
        }
        Ok(open)
    }

    /// Why the index must be built anew, if it must.
    fn fault_of(&self, open: &OpenIndex) -> Option<Unusable> {
        if !self.folder.is_current(&open.path) || !self.folder.has_lock() {
            return Some(Unusable::Missing);
        }
        (self.is_suspect.swap(false, Ordering::Relaxed) && !open.is_intact()).then_some(Unusable::Damaged)
    }
}
