//! Why a checkpoint can't be used.

use std::path::PathBuf;

use super::hub::HubError;
use crate::config::ConfigError;

/// Why a checkpoint can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// What was given names neither a folder nor a model on the hub.
    #[error(
        "{given:?} is neither a folder that exists nor a model's id on the Hugging Face hub; give a folder with \
         config.json, tokenizer.json and the weights, or an id like microsoft/Florence-2-base, with @revision if need \
         be"
    )]
    Source {
        /// What was given.
        given: String,
    },
    /// The model can't be had from the hub.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// A settings file can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The folder lacks a file.
    #[error("{} has no {wanted}", folder.display())]
    MissingFile {
        /// The checkpoint's folder.
        folder: PathBuf,
        /// The file, or the files of which one would do.
        wanted: String,
    },
    /// The system can't read a file.
    #[error("{} can't be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A clone without Git LFS left a note in place of the file.
    #[error(
        "{} is a Git LFS pointer, not the file itself; run `git lfs pull` in its folder or download it again",
        file.display()
    )]
    LfsPointer {
        /// The file.
        file: PathBuf,
    },
    /// A file of weights is cut short or isn't what its name says.
    #[error("{} can't be used: {reason}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No file has the tensor.
    #[error("{} has no tensor {name}, which should have the shape {wanted:?}", file.display())]
    MissingTensor {
        /// The file of weights, or the index of several.
        file: PathBuf,
        /// The tensor's name as this checkpoint would spell it.
        name: String,
        /// The shape it should have there.
        wanted: Vec<usize>,
    },
    /// The tensor has another shape than `config.json` asks for.
    #[error(
        "{}: tensor {name} has the shape {found:?}, but config.json asks for {wanted:?}; do the two belong together?",
        file.display()
    )]
    Shape {
        /// The file of weights.
        file: PathBuf,
        /// The tensor's name in that file.
        name: String,
        /// Its shape there.
        found: Vec<usize>,
        /// The shape it should have there.
        wanted: Vec<usize>,
    },
    /// The tensor isn't made of floating-point numbers.
    #[error("{}: tensor {name} holds {found}, but must hold F32, F16, BF16 or F64", file.display())]
    ElementType {
        /// The file of weights.
        file: PathBuf,
        /// The tensor's name in that file.
        name: String,
        /// What it holds.
        found: String,
    },
}
