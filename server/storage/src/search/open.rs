//! An index that is open: to be asked, and to be written to.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tantivy::{
    Executor, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError, Term,
    directory::MmapDirectory, indexer::LogMergePolicy,
};
use uuid::Uuid;

use super::{
    FollowError,
    rows::ImageRow,
    schema::{Fields, SCHEMA_VERSION, register_tokenizer},
};

/// Memory for documents on their way to the disk, in bytes.
const WRITER_MEMORY: usize = 128 << 20;

/// The share of deleted documents above which a segment is written anew.
const MOST_DELETED: f32 = 0.3;

/// An open index.
pub(super) struct OpenIndex {
    pub(super) path: PathBuf,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    writer: Mutex<IndexWriter>,
}

/// What stands in the index beside its documents, and changes with them or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// [`SCHEMA_VERSION`] of whoever wrote it.
    pub(super) version: u32,
    /// [`super::rows::Origin::identity`] of the database that it was made from.
    pub(super) identity: String,
    /// What transactions below this number have written is in it.
    pub(super) watermark: i64,
    /// False while it is being built.
    pub(super) is_complete: bool,
    /// [`super::rows::Origin::asked`] when it was begun.
    #[serde(default)]
    pub(super) built_for: Option<Uuid>,
}

/// Why an index must be built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    Missing,
    Damaged,
    OtherVersion,
    OtherDatabase,
    FellBehind,
    Asked,
}

impl Unusable {
    /// In words, to go on "The search index is being built, because".
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Missing => "there was none",
            Self::Damaged => "it was damaged",
            Self::OtherVersion => "another version of the program made it",
            Self::OtherDatabase => "it was made from another database",
            Self::FellBehind => "it had missed changes",
            Self::Asked => "somebody asked for it",
        }
    }

    /// Whether what it answers is right as far as it goes.
    pub(super) fn can_answer(self) -> bool {
        matches!(self, Self::Missing | Self::FellBehind | Self::Asked)
    }
}

impl OpenIndex {
    /// Makes an index in an empty folder.
    pub(super) fn create(path: &Path, executor: &Executor) -> tantivy::Result<Self> {
        let (fields, schema) = Fields::new();
        let index = Index::create(MmapDirectory::open(path)?, schema, IndexSettings::default())?;
        Self::with_index(index, path, fields, executor)
    }

    /// The index in a folder, if it can be used: all of it is read once to see whether it is as it was written.
    pub(super) fn examine(path: &Path) -> Result<(Index, Payload), Unusable> {
        if !path.join("meta.json").exists() {
            return Err(Unusable::Missing);
        }
        let directory = MmapDirectory::open(path).map_err(|error| damaged(&error))?;
        let index = Index::open(directory).map_err(|error| damaged(&error))?;
        let payload = index.load_metas().map_err(|error| damaged(&error))?.payload;
        let payload = payload.as_deref().map(serde_json::from_str::<Payload>);
        let Some(Ok(payload)) = payload else { return Err(Unusable::OtherVersion) };
        let (_, schema) = Fields::new();
        if payload.version != SCHEMA_VERSION || index.schema() != schema || !payload.is_complete {
            return Err(Unusable::OtherVersion);
        }
        match index.validate_checksum() {
            Ok(files) if files.is_empty() => Ok((index, payload)),
            Ok(files) => Err(damaged(&format!("{} files are not as they were written", files.len()))),
            Err(error) => Err(damaged(&error)),
        }
    }

    /// Opens an index that was examined.
    ///
    /// # Errors
    ///
    /// [`FollowError::Taken`] where somebody else writes to it.
    pub(super) fn open(index: Index, path: &Path, executor: &Executor) -> Result<Self, FollowError> {
        let (fields, _) = Fields::new();
        Self::with_index(index, path, fields, executor).map_err(|error| match error {
            TantivyError::LockFailure(..) => FollowError::Taken,
            error => error.into(),
        })
    }

    fn with_index(mut index: Index, path: &Path, fields: Fields, executor: &Executor) -> tantivy::Result<Self> {
        register_tokenizer(&index);
        index.set_executor(executor.clone());
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(MOST_DELETED);
        writer.set_merge_policy(Box::new(policy));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { path: path.to_owned(), reader, fields, writer: Mutex::new(writer) })
    }

    /// Whether the files are as they were written.
    pub(super) fn is_intact(&self) -> bool {
        let index = self.reader.searcher().index().clone();
        index.validate_checksum().is_ok_and(|damaged| damaged.is_empty())
    }

    /// Puts pictures in the place of these, some of which may be gone. It is seen after [`OpenIndex::commit`].
    pub(super) fn replace(&self, ids: &[Uuid], images: &[ImageRow]) -> tantivy::Result<()> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            writer.delete_term(Term::from_field_bytes(self.fields.id, id.as_bytes()));
        }
        for image in images {
            writer.add_document(self.fields.document(image))?;
        }
        Ok(())
    }

    /// Writes to the disk what was put in, with the payload, and answers from it.
    pub(super) fn commit(&self, payload: &Payload) -> tantivy::Result<()> {
        let payload = serde_json::to_string(payload).expect("a payload can be written as JSON. This is a bug.");
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        drop(writer);
        self.reader.reload()
    }

    /// How many pictures are in it.
    pub(super) fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Unusable {
    tracing::warn!(%error, "the search index can't be opened");
    Unusable::Damaged
}
