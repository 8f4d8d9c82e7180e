//! A network on some device, with its float type forgotten.

use std::sync::Arc;

use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    generation::{
        batch::{Batch, BatchObserver, GenerationInput},
        features::FeatureCache,
    },
    nn::{Florence2, FlorenceBackend, LanguageHalf, Residence, VisionHalf},
};

use super::LoadOptions;

/// A loaded network; [`Captioner`](super::Captioner) holds one without naming its backend.
pub(super) trait Runtime: Send + Sync {
    /// A batch with nothing in it. `usable_vocabulary` is how many ids, from 0 on, may be generated.
    fn batch(&self, usable_vocabulary: usize) -> Box<dyn Decoding>;

    /// How many pictures of this size, in pixels, are worth admitting together.
    fn encoder_batch(&self, height: usize, width: usize) -> usize;
}

/// [`Batch`] on some backend.
pub(super) trait Decoding: Send {
    fn admit(&mut self, inputs: Vec<(u64, GenerationInput)>) -> Result<(), CheckpointError>;
    fn step(&mut self, observer: &mut dyn BatchObserver) -> Result<(), CheckpointError>;
    fn cancel(&mut self, id: u64);
    fn clear(&mut self);
    fn is_empty(&self) -> bool;
}

struct Network<B: FlorenceBackend> {
    model: Arc<Florence2<B>>,
    cache: Arc<FeatureCache<B>>,
    residence: Residence,
}

/// Loads the network onto `device`.
pub(super) fn load<B: FlorenceBackend>(
    checkpoint: &Checkpoint,
    device: &B::Device,
    options: LoadOptions,
) -> Result<Arc<dyn Runtime>, CheckpointError>
where
    VisionHalf<B>: Send + Sync,
    LanguageHalf<B>: Send + Sync,
    Batch<B>: Send,
{
    Ok(Arc::new(Network {
        model: Arc::new(Florence2::<B>::load(checkpoint, device, options.residence)?),
        cache: Arc::new(FeatureCache::new(options.feature_cache_bytes)),
        residence: options.residence,
    }))
}

impl<B: FlorenceBackend> Runtime for Network<B>
where
    Florence2<B>: Send + Sync,
    Batch<B>: Send,
{
    fn batch(&self, usable_vocabulary: usize) -> Box<dyn Decoding> {
        Box::new(Batch::new(Arc::clone(&self.model), Arc::clone(&self.cache), usable_vocabulary))
    }

    fn encoder_batch(&self, height: usize, width: usize) -> usize {
        match self.residence {
            Residence::Always => B::encoder_batch(height, width),
            // Each change of halves moves all their weights: the more pictures share one, the better.
            Residence::WhileRunning => usize::MAX,
        }
    }
}

impl<B: FlorenceBackend> Decoding for Batch<B>
where
    Self: Send,
{
    fn admit(&mut self, inputs: Vec<(u64, GenerationInput)>) -> Result<(), CheckpointError> {
        self.admit(inputs)
    }

    fn step(&mut self, observer: &mut dyn BatchObserver) -> Result<(), CheckpointError> {
        self.step(observer)
    }

    fn cancel(&mut self, id: u64) {
        self.cancel(id);
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}
