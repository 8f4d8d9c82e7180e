//! Florence-2's layers: a DaViT vision tower, a projector, a BART encoder and decoder.
//!
//! Everything here is generic over [`FlorenceBackend`], a burn backend with the few operations that decide how fast
//! Florence-2 runs on it. The structs are loaded straight from a checkpoint and never trained, so they hold plain
//! tensors instead of burn's parameters, and have `load` where trainable modules have `init`.

pub(crate) mod backend;
mod bart;
mod cpu;
mod florence2;
mod half;
mod layers;
mod projector;
mod vision;
mod weights;

pub(crate) use backend::{FlorenceBackend, TokenScores};
pub(crate) use bart::{DecoderState, EncoderOutput};
#[cfg(test)]
pub(crate) use cpu::select_candidates;
pub(crate) use florence2::{Florence2, LanguageHalf, PixelValues, VisionHalf};
pub use half::Residence;
