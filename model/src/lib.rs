//! Florence-2 on burn: from a checkpoint folder and a picture to a caption with boxes and a confidence.
//!
//! The crate is one pipeline, a room a step:
//!
//! 1. [`checkpoint`] finds and reads the weights, [`config`] the settings beside them.
//! 2. [`image`] decodes a picture and turns it into pixel values exactly as the reference does.
//! 3. [`task`] and [`tokenizer`] turn what is asked into token ids.
//! 4. `nn` holds the layers, `generation` searches for the best token sequence.
//! 5. [`postprocess`] turns the answer's text into boxes, quads, polygons and labels.
//!
//! [`Captioner`] is the door: load once, then caption batches, or keep a [`Session`]
//! that requests join and leave between steps. No other crate names a burn type.

pub mod captioner;
pub mod checkpoint;
pub mod config;
pub mod error;
pub mod generation;
pub mod image;
mod nn;
pub mod postprocess;
pub mod task;
#[doc(hidden)]
pub mod testing;
pub mod tokenizer;

pub use captioner::{
    Caption, CaptionRequest, Captioner, Device, DeviceError, LoadOptions, ModelInfo, Observer, Precision,
    PreparedPicture, PreparedRequest, Session,
};
pub use error::Error;
pub use generation::{batch::StageTimes, features::ImageKey, options::GenerationOptions};
pub use nn::Residence;
pub use postprocess::Answer;
pub use task::Task;
