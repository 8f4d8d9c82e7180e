//! Everything that can go wrong between a checkpoint, a picture and a caption.

use crate::{
    captioner::DeviceError, checkpoint::CheckpointError, generation::options::OptionsError, image::ImageError,
    task::PromptError, tokenizer::TokenizerError,
};

/// What the crate's door, [`Captioner`](crate::Captioner), answers when it can't do what was asked.
///
/// Every message is a sentence for the person who asked: it names what is wrong and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The checkpoint is missing, damaged or not a Florence-2.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The tokenizer beside it can't be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The device asked for isn't there or can't do what was asked.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The picture can't be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The task does not take this text.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The task's text is longer than the model can read.
    #[error(
        "the prompt has {tokens} tokens, but the model reads {most} beside a picture; shorten the text to about \
         {} words",
        most * 3 / 4
    )]
    PromptTooLong {
        /// Tokens of the whole prompt.
        tokens: usize,
        /// Most that fit.
        most: usize,
    },
    /// A generation parameter is out of its range.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Weights that are on the device only while they are used can't be read again.
    #[error("the offloaded weights can't be read again: {0}")]
    Offloaded(String),
}
