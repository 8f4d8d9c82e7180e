//! The crate's door.

use crate::{Answer, Error, GenerationOptions, Task};

/// One thing asked of the model.
#[derive(Debug, Clone)]
pub struct CaptionRequest {
    /// The picture, decoded ([`crate::image::decode`]).
    pub image: image::RgbImage,
    /// What to do with it.
    pub task: Task,
    /// The task's input, for the tasks that take one.
    pub text: Option<String>,
    /// How to search; defaults come from the checkpoint.
    pub options: GenerationOptions,
}

/// What the model answered.
#[derive(Debug, Clone)]
pub struct Caption {
    /// The caption as a person reads it: plain text, or the labels joined for tasks that answer with regions.
    pub text: String,
    /// The answer, parsed: text, boxes, quads or polygons in pixels of the request's picture.
    pub answer: Answer,
    /// exp(mean log-probability of the generated text tokens), 0 to 1.
    pub confidence: f32,
    /// Ids of the generated tokens, from the forced `<s>` to the closing `</s>`.
    pub token_ids: Vec<u32>,
}

/// Watches captions grow, and may stop them.
pub trait Observer {
    /// Called when request `index` has grown: `text` is what has become certain since the last call (all running
    /// beams agree on it), special tokens left out.
    fn on_text(&mut self, index: usize, text: &str) {
        let _ = (index, text);
    }
    /// Asked before the encoder and between decoding steps; `true` ends request `index` with [`Error::Cancelled`].
    fn is_cancelled(&mut self, index: usize) -> bool {
        let _ = index;
        false
    }
}

/// An observer that watches nothing.
impl Observer for () {}

/// Where the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// CUDA when built in and present, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device with this index.
    Cuda(usize),
}

/// The floating-point type the model computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: the CPU's, and the reference's.
    F32,
    /// 16 bits, the default on a GPU.
    F16,
    /// Brain floating point.
    Bf16,
}

/// Why a device can't be used.
#[derive(Debug, thiserror::Error)]
#[error("device")]
pub struct DeviceError;

/// What to load and where to run it.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Where it runs.
    pub device: Device,
    /// In which precision; `None`: f32 on a CPU, f16 on a GPU.
    pub precision: Option<Precision>,
}

/// A loaded Florence-2.
pub struct Captioner;

impl Captioner {
    /// Captions a batch. The results stand in the order of `requests`; a request that fails fails alone.
    pub fn caption(&self, requests: &[CaptionRequest], observer: &mut dyn Observer) -> Vec<Result<Caption, Error>> {
        let _ = observer;
        requests.iter().map(|_| Err(Error::Cancelled)).collect()
    }
}
