//! A network on some device, with its float type forgotten.

use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    generation::{
        driver::{BatchObserver, GenerationInput, generate},
        search::Hypothesis,
    },
    nn::{Florence2, FlorenceBackend},
};

/// Runs searches; [`Captioner`](super::Captioner) holds one without naming its backend.
pub(super) trait Runtime: Send {
    /// [`crate::generation::driver::generate`] on this network.
    fn generate(
        &self,
        inputs: &[GenerationInput],
        usable_vocabulary: usize,
        observer: &mut dyn BatchObserver,
    ) -> Vec<Option<Hypothesis>>;
}

impl<B: FlorenceBackend> Runtime for Florence2<B>
where
    Self: Send,
{
    fn generate(
        &self,
        inputs: &[GenerationInput],
        usable_vocabulary: usize,
        observer: &mut dyn BatchObserver,
    ) -> Vec<Option<Hypothesis>> {
        generate(self, inputs, usable_vocabulary, observer)
    }
}

/// Loads the network onto `device`.
pub(super) fn load<B: FlorenceBackend>(
    checkpoint: &Checkpoint,
    device: &B::Device,
) -> Result<Box<dyn Runtime>, CheckpointError>
where
    Florence2<B>: Send + 'static,
{
    Ok(Box::new(Florence2::<B>::load(checkpoint, device)?))
}
