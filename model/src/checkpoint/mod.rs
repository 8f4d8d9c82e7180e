//! Checkpoints: where the weights come from and how they are read.
//!
//! [`Checkpoint::open`] finds the files, in a folder or on the Hugging Face hub, and reads the settings; each tensor is
//! then asked for by its native name and shape, whatever it is called and however it is stored on disk.

mod element;
mod error;
mod fingerprint;
mod hub;
mod layout;
mod mapped;
mod pytorch;
mod safetensors;
mod source;
mod weights;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config::{Florence2Config, GenerationDefaults, PreprocessorConfig, json::read_object};

pub use error::CheckpointError;
pub use hub::{HubError, HubOptions};
pub use layout::Layout;
pub use source::ModelSource;
use weights::Weights;

/// What opening a checkpoint is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A file is being downloaded.
    Download {
        /// Its name.
        file: &'a str,
        /// Bytes on this machine, those of an earlier, interrupted download among them.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The hub can't be reached, but what was downloaded earlier is complete and is used.
    UsingCache {
        /// Why the hub can't be reached.
        reason: &'a str,
    },
}

/// A checkpoint whose settings are read and whose weights can be.
///
/// It holds its files open and is meant to be dropped once the network is built. It stays on one thread.
#[derive(Debug)]
pub struct Checkpoint {
    /// The network's dimensions.
    pub config: Florence2Config,
    /// How captions are searched for unless a request says otherwise.
    pub generation: GenerationDefaults,
    /// How pictures are prepared.
    pub preprocessor: PreprocessorConfig,
    /// How many image features the language model reads for a picture prepared so.
    pub image_seq_length: usize,
    /// The tokenizer's file; it exists.
    pub tokenizer_file: PathBuf,
    /// The folder's name, or the id on the hub.
    pub name: String,
    /// The hub's commit, or for a folder 16 hexadecimal digits that change with the settings or the weights.
    pub revision: String,
    folder: PathBuf,
    weights: Weights,
}

/// A checkpoint's folder, to open it again when its weights are needed again.
#[derive(Debug, Clone)]
pub(crate) struct CheckpointFolder {
    folder: PathBuf,
    name: String,
    revision: String,
}

impl CheckpointFolder {
    pub(crate) fn open(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open_folder(&self.folder, Some((self.name.clone(), self.revision.clone())))
    }
}

impl Checkpoint {
    /// Opens a checkpoint, downloading it first when it comes from the hub; the environment says how to reach that, as
    /// [`HubOptions::from_env`] tells.
    ///
    /// # Errors
    /// When a file is missing, damaged or doesn't describe a Florence-2. Tensors are checked when they are asked for.
    pub fn open(source: &ModelSource, progress: &dyn Fn(Progress<'_>)) -> Result<Self, CheckpointError> {
        Self::open_with(source, &HubOptions::from_env(), progress)
    }

    /// [`open`](Self::open) with the hub's address, token and cache as arguments.
    pub fn open_with(
        source: &ModelSource,
        hub: &HubOptions,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Self, CheckpointError> {
        match source {
            ModelSource::Folder(folder) => Self::open_folder(folder, None),
            ModelSource::Hub { id, revision } => {
                let snapshot = hub::download(id, revision, hub, progress)?;
                Self::open_folder(&snapshot.folder, Some((id.clone(), snapshot.commit)))
            }
        }
    }

    /// `identity` is the name and the revision, when they are known from elsewhere.
    fn open_folder(folder: &Path, identity: Option<(String, String)>) -> Result<Self, CheckpointError> {
        let config_file = required(folder, "config.json")?;
        let tokenizer_file = required(folder, "tokenizer.json")?;
        let config_json = read_object(&config_file)?;
        let config = Florence2Config::from_json(&config_file, &config_json)?;

        let generation_json = optional_json(folder, "generation_config.json")?;
        let generation_json = generation_json.as_ref().map(|(file, map)| (file.as_path(), map));
        let generation = GenerationDefaults::resolve(&config, (&config_file, &config_json), generation_json)?;

        let preprocessor_json = match optional_json(folder, "preprocessor_config.json")? {
            Some(found) => Some(found),
            None => optional_json(folder, "processor_config.json")?,
        };
        let (preprocessor_file, preprocessor) = match preprocessor_json {
            Some((file, map)) => (file.clone(), PreprocessorConfig::from_json(&file, &map)?),
            None => (config_file.clone(), PreprocessorConfig::default()),
        };
        let image_seq_length = preprocessor.check(&preprocessor_file, &config)?;

        let weights = Weights::open(folder)?;
        let (name, revision) = match identity {
            Some(identity) => identity,
            None => (folder_name(folder), fingerprint::fingerprint(&config_file, weights.paths())?),
        };
        let folder = folder.to_owned();
        Ok(Self { config, generation, preprocessor, image_seq_length, tokenizer_file, name, revision, folder, weights })
    }

    /// Where to open it again.
    pub(crate) fn folder(&self) -> CheckpointFolder {
        let (name, revision) = (self.name.clone(), self.revision.clone());
        CheckpointFolder { folder: self.folder.clone(), name, revision }
    }

    /// A tensor's numbers, widened to f32, in row-major order.
    ///
    /// `name` and `shape` are transformers' (`model.language_model.shared.weight`, `[vocab_size, d_model]`); a
    /// convolution's kernel is `[out, in, height, width]`. Of embedding tables that are tied, whichever is stored
    /// answers for `shared`.
    ///
    /// # Errors
    /// When it is absent, has another shape or doesn't hold floating-point numbers; the error names the file, the
    /// tensor as it is called there, the shape found and the shape wanted.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, CheckpointError> {
        self.weights.read(name, shape)
    }

    /// [`tensor`](Self::tensor), or `None` when the checkpoint has none of that name. A tensor that is there but has
    /// another shape is an error all the same.
    pub fn optional_tensor(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, CheckpointError> {
        self.weights.read_optional(name, shape)
    }

    /// The shape of a tensor, by its native name, or `None` when the checkpoint has none of that name. Convolution
    /// kernels are as on disk, which in exports of the mlx library is channels last.
    pub fn shape_of(&self, name: &str) -> Option<Vec<usize>> {
        self.weights.shape_of(name)
    }

    /// How the tensors are named on disk.
    pub fn layout(&self) -> Layout {
        self.weights.layout()
    }
}

fn required(folder: &Path, name: &str) -> Result<PathBuf, CheckpointError> {
    let file = folder.join(name);
    if !file.exists() {
        return Err(CheckpointError::MissingFile { folder: folder.into(), wanted: name.into() });
    }
    weights::check_is_no_pointer(&file)?;
    Ok(file)
}

/// A settings file and what it holds.
type JsonFile = (PathBuf, Map<String, Value>);

fn optional_json(folder: &Path, name: &str) -> Result<Option<JsonFile>, CheckpointError> {
    let file = folder.join(name);
    if !file.exists() {
        return Ok(None);
    }
    let map = read_object(&file)?;
    Ok(Some((file, map)))
}

fn folder_name(folder: &Path) -> String {
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.into());
    absolute.file_name().map_or_else(|| absolute.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
