//! Checkpoints on the Hugging Face hub, kept in the cache that its other clients share.

mod options;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use hf_hub::{
    Cache, Repo, RepoType,
    api::sync::{Api, ApiBuilder, ApiError, ApiRepo},
};

use super::{
    Progress,
    weights::{WEIGHT_FILES, is_index, shard_names},
};

pub use options::HubOptions;

/// Why a model can't be had from the hub.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// There is no such model, or it may not be seen.
    #[error(
        "{endpoint} has no model {id} with the revision {revision}, or does not show it to you (status {status}); \
         check the spelling, and set HF_TOKEN if it is private or gated"
    )]
    NotFound {
        /// The hub's address.
        endpoint: String,
        /// The model.
        id: String,
        /// The branch, tag or commit.
        revision: String,
        /// The HTTP status it answered with.
        status: u16,
    },
    /// The model is there but isn't a checkpoint that can be read.
    #[error("{id} on {endpoint} has no {wanted}")]
    MissingFile {
        /// The hub's address.
        endpoint: String,
        /// The model.
        id: String,
        /// The file, or the files of which one would do.
        wanted: String,
    },
    /// The hub can't be reached and the cache can't help.
    #[error(
        "{id} can't be downloaded from {endpoint} ({reason}), and {} has no complete copy of its revision {revision}; \
         run again to go on where the download stopped, or give a folder with the checkpoint",
        cache.display()
    )]
    Unreachable {
        /// The hub's address.
        endpoint: String,
        /// The model.
        id: String,
        /// The branch, tag or commit.
        revision: String,
        /// The folder of the cache.
        cache: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The network is off limits and the cache has no copy.
    #[error(
        "{} has no complete copy of {id} with the revision {revision}, and HF_HUB_OFFLINE forbids downloading it",
        cache.display()
    )]
    NotCached {
        /// The model.
        id: String,
        /// The branch, tag or commit.
        revision: String,
        /// The folder of the cache.
        cache: PathBuf,
    },
}

/// A complete checkpoint in the cache.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) folder: PathBuf,
    /// The commit, 40 hexadecimal digits.
    pub(super) commit: String,
}

/// What is read of a checkpoint besides its weights; the first two must be there.
const SETTINGS: [&str; 5] =
    ["config.json", "tokenizer.json", "generation_config.json", "preprocessor_config.json", "processor_config.json"];
const REQUIRED_SETTINGS: usize = 2;

/// How often a file's download is taken up again before giving up.
const ATTEMPTS: usize = 3;

/// Brings a model into the cache, as far as it isn't there yet, or finds it there when the hub can't be reached.
pub(super) fn download(
    id: &str,
    revision: &str,
    options: &HubOptions,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Snapshot, HubError> {
    let download = Download { id, revision, options, cache: Cache::new(options.cache_dir.clone()), progress };
    if options.offline {
        return download.cached().ok_or_else(|| HubError::NotCached {
            id: id.into(),
            revision: revision.into(),
            cache: options.cache_dir.clone(),
        });
    }
    match download.fetch() {
        Err(HubError::Unreachable { reason, endpoint, id, revision, cache }) => match download.cached() {
            Some(snapshot) => {
                progress(Progress::UsingCache { reason: &reason });
                Ok(snapshot)
            }
            None => Err(HubError::Unreachable { endpoint, id, revision, cache, reason }),
        },
        answer => answer,
    }
}

struct Download<'a> {
    id: &'a str,
    revision: &'a str,
    options: &'a HubOptions,
    cache: Cache,
    progress: &'a dyn Fn(Progress<'_>),
}

impl Download<'_> {
    fn repo(&self, revision: &str) -> Repo {
        Repo::with_revision(self.id.into(), RepoType::Model, revision.into())
    }

    /// The snapshot that the revision stood for when it was last downloaded as a whole.
    fn cached(&self) -> Option<Snapshot> {
        let refs = self.options.cache_dir.join(self.repo(self.revision).folder_name()).join("refs");
        let commit = std::fs::read_to_string(refs.join(self.revision))
            .map_or_else(|_| self.revision.to_owned(), |commit| commit.trim().to_owned());
        let folder = self.cache.repo(self.repo(self.revision)).pointer_path(&commit);
        let has = |name: &str| folder.join(name).exists();
        let weights = WEIGHT_FILES.into_iter().find(|name| has(name))?;
        let shards_are_there = !is_index(weights)
            || shard_names(&folder.join(weights)).is_ok_and(|shards| shards.iter().all(|shard| has(shard)));
        let complete = SETTINGS[..REQUIRED_SETTINGS].iter().all(|name| has(name)) && shards_are_there;
        complete.then_some(Snapshot { folder, commit })
    }

    fn fetch(&self) -> Result<Snapshot, HubError> {
        let api = self.api()?;
        let info = api.repo(self.repo(self.revision)).info().map_err(|error| self.explain(&error))?;
        let offered: Vec<&str> = info.siblings.iter().map(|file| file.rfilename.as_str()).collect();
        // Whatever happens to the branch meanwhile, all files are taken from one commit.
        let repo = api.repo(self.repo(&info.sha));
        let folder = self.cache.repo(self.repo(&info.sha)).pointer_path(&info.sha);

        let missing = |wanted: String| HubError::MissingFile {
            endpoint: self.options.endpoint.clone(),
            id: self.id.into(),
            wanted,
        };
        for (number, name) in SETTINGS.into_iter().enumerate() {
            if offered.contains(&name) {
                self.file(&repo, &folder, name)?;
            } else if number < REQUIRED_SETTINGS {
                return Err(missing(name.into()));
            }
        }
        let weights = WEIGHT_FILES.into_iter().find(|name| offered.contains(name));
        let weights = weights.ok_or_else(|| missing(format!("weights: one of {}", WEIGHT_FILES.join(", "))))?;
        self.file(&repo, &folder, weights)?;
        if is_index(weights) {
            let shards =
                shard_names(&folder.join(weights)).map_err(|error| missing(format!("usable {weights}: {error}")))?;
            for shard in shards {
                self.file(&repo, &folder, &shard)?;
            }
        }
        // Written last, so that the branch's name in the cache always stands for a complete checkpoint.
        let noted = self.cache.repo(self.repo(self.revision)).create_ref(&info.sha);
        noted.map_err(|error| self.unreachable(format!("the cache can't be written: {error}")))?;
        Ok(Snapshot { folder, commit: info.sha })
    }

    /// Downloads one file unless it is there, going on where an earlier download stopped.
    fn file(&self, repo: &ApiRepo, folder: &Path, name: &str) -> Result<(), HubError> {
        if folder.join(name).exists() {
            return Ok(());
        }
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let total = RefCell::new(0);
            let watcher = Watcher { file: name, done: 0, total: &total, progress: self.progress };
            match repo.download_with_progress(name, watcher) {
                Ok(path) => return self.check_length(&path, name, *total.borrow()),
                Err(error) => {
                    let error = self.explain(&error);
                    if !matches!(error, HubError::Unreachable { .. }) {
                        return Err(error);
                    }
                    last = Some(error);
                }
            }
        }
        Err(last.expect("there is at least one attempt. This is a bug."))
    }

    /// A server that doesn't know ranges would have its whole file appended to the part that was there.
    fn check_length(&self, path: &Path, name: &str, total: u64) -> Result<(), HubError> {
        let length = std::fs::metadata(path).map_or(0, |file| file.len());
        if length == total {
            return Ok(());
        }
        let blob = path.canonicalize().unwrap_or_else(|_| path.into());
        // Should a removal fail, the reader's own checks will find the file damaged and say so.
        let _ = std::fs::remove_file(blob);
        let _ = std::fs::remove_file(path);
        Err(self.unreachable(format!("{name} came with {length} bytes instead of {total}")))
    }

    fn api(&self) -> Result<Api, HubError> {
        ApiBuilder::from_cache(self.cache.clone())
            .with_endpoint(self.options.endpoint.clone())
            .with_token(self.options.token.clone())
            .with_progress(false)
            .with_user_agent("vasari", env!("CARGO_PKG_VERSION"))
            .build()
            .map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &ApiError) -> HubError {
        if let ApiError::RequestError(request) = error
            && let ureq::Error::StatusCode(status @ (401 | 403 | 404)) = **request
        {
            return HubError::NotFound {
                endpoint: self.options.endpoint.clone(),
                id: self.id.into(),
                revision: self.revision.into(),
                status,
            };
        }
        self.unreachable(match error {
            ApiError::LockAcquisition(_) => "another program is downloading the same file".into(),
            other => other.to_string(),
        })
    }

    fn unreachable(&self, reason: String) -> HubError {
        HubError::Unreachable {
            endpoint: self.options.endpoint.clone(),
            id: self.id.into(),
            revision: self.revision.into(),
            cache: self.options.cache_dir.clone(),
            reason,
        }
    }
}

/// Passes a download's progress on.
struct Watcher<'a> {
    file: &'a str,
    done: u64,
    /// Left for [`Download::check_length`].
    total: &'a RefCell<u64>,
    progress: &'a dyn Fn(Progress<'_>),
}

impl Watcher<'_> {
    fn report(&self) {
        (self.progress)(Progress::Download { file: self.file, done: self.done, total: *self.total.borrow() });
    }
}

impl hf_hub::api::Progress for Watcher<'_> {
    fn init(&mut self, size: usize, _file: &str) {
        self.total.replace(size as u64);
        self.done = 0;
        self.report();
    }

    fn update(&mut self, size: usize) {
        self.done += size as u64;
        self.report();
    }

    fn finish(&mut self) {}
}

#[cfg(test)]
mod tests;
