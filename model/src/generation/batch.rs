//! The requests under way on one thread: each step takes all of them one token further.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use burn::tensor::Tensor;

use super::{
    cohort::{Cohort, Finished, Running},
    features::{FeatureCache, ImageKey},
    options::SearchParameters,
    search::{Hypothesis, Search},
};
use crate::{
    checkpoint::CheckpointError,
    nn::{EncoderOutput, Florence2, FlorenceBackend, PixelValues},
};

/// One picture with its prompt.
#[derive(Debug, Clone)]
pub(crate) struct GenerationInput {
    /// Which picture it is, if that is known: its features are then kept for the next request.
    pub(crate) key: Option<ImageKey>,
    /// Normalised values, `[3, height, width]` in row-major order.
    pub(crate) pixel_values: Arc<[f32]>,
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// The prompt's ids, `<s>` and `</s>` among them.
    pub(crate) prompt_ids: Vec<u32>,
    pub(crate) parameters: SearchParameters,
}

/// Hears what a step brought.
pub(crate) trait BatchObserver {
    /// Ids that have become certain, from the decoder's start token on, each time there are more.
    fn on_certain_ids(&mut self, id: u64, ids: &[u32]);
    /// The search is over.
    fn on_done(&mut self, id: u64, hypothesis: Hypothesis, times: StageTimes);
}

/// Where a caption's time went. Whatever was computed for several pictures at once counts in full for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// The vision tower and the projector; zero when the features were cached.
    pub vision: Duration,
    /// The encoder.
    pub encoder: Duration,
    /// From there to the last token.
    pub decode: Duration,
    /// Decoding steps.
    pub steps: u32,
    /// Whether the picture's features came from the cache.
    pub cached: bool,
}

/// Requests under way.
pub(crate) struct Batch<B: FlorenceBackend> {
    model: Arc<Florence2<B>>,
    cache: Arc<FeatureCache<B>>,
    /// How many ids, from 0 on, may be generated.
    usable_vocabulary: usize,
    cohorts: Vec<Cohort<B>>,
    /// Requests that left nothing to choose, to be told with the next step.
    finished: Vec<Finished>,
}

/// An input on its way through the encoder.
struct Encoding<B: FlorenceBackend> {
    id: u64,
    input: GenerationInput,
    times: StageTimes,
    features: Tensor<B, 3>,
}

impl<B: FlorenceBackend> Batch<B> {
    /// Nothing under way. Batches of one model share `model` and `cache`.
    pub(crate) fn new(model: Arc<Florence2<B>>, cache: Arc<FeatureCache<B>>, usable_vocabulary: usize) -> Self {
        Self { model, cache, usable_vocabulary, cohorts: Vec::new(), finished: Vec::new() }
    }

    /// Encodes the pictures with their prompts. Their searches start with the next step.
    ///
    /// # Errors
    /// When offloaded weights can't be read again. Nothing is admitted then.
    pub(crate) fn admit(&mut self, inputs: Vec<(u64, GenerationInput)>) -> Result<(), CheckpointError> {
        let mut encodings = self.see(inputs)?;
        let language = self.model.language.get()?;
        // Whatever can be encoded together without padding is.
        while !encodings.is_empty() {
            let GenerationInput { height, width, ref prompt_ids, .. } = encodings[0].input;
            let (length, mut room) = (prompt_ids.len(), B::encoder_batch(height, width));
            let (group, others): (Vec<_>, Vec<_>) = encodings.into_iter().partition(|encoding| {
                let fits = room > 0 && encoding.input.prompt_ids.len() == length;
                room -= usize::from(fits);
                fits
            });
            encodings = others;
            let began = Instant::now();
            let features = group.iter().map(|encoding| encoding.features.clone()).collect();
            let prompts: Vec<&[u32]> = group.iter().map(|encoding| encoding.input.prompt_ids.as_slice()).collect();
            let outputs = language.encode(Tensor::cat(features, 0), &prompts);
            self.wait();
            let took = began.elapsed();
            self.start(group, outputs, took, |outputs| language.start(outputs));
        }
        Ok(())
    }

    /// Takes every request one step further.
    ///
    /// # Errors
    /// When offloaded weights can't be read again. The requests can go on later.
    pub(crate) fn step(&mut self, observer: &mut dyn BatchObserver) -> Result<(), CheckpointError> {
        for finished in self.finished.drain(..) {
            observer.on_done(finished.id, finished.hypothesis, finished.times);
        }
        if self.cohorts.is_empty() {
            return Ok(());
        }
        let language = self.model.language.get()?;
        let mut parts: Vec<_> = self.cohorts.iter_mut().map(Cohort::parts).collect();
        let logits = language.decode(&mut parts);
        let candidates = self.cohorts.iter().map(Cohort::candidates_needed).max().unwrap_or(1);
        let mut scores = B::top_candidates(logits, self.usable_vocabulary, candidates).into_iter();
        for cohort in &mut self.cohorts {
            let rows: Vec<_> = scores.by_ref().take(cohort.rows()).collect();
            cohort.advance(&rows, &self.model.device, observer);
        }
        self.cohorts.retain(|cohort| !cohort.is_empty());
        Ok(())
    }

    /// Drops a request; one that isn't under way is no error.
    pub(crate) fn cancel(&mut self, id: u64) {
        self.finished.retain(|finished| finished.id != id);
        for cohort in &mut self.cohorts {
            cohort.cancel(id, &self.model.device);
        }
        self.cohorts.retain(|cohort| !cohort.is_empty());
    }

    /// Drops all requests.
    pub(crate) fn clear(&mut self) {
        self.cohorts.clear();
        self.finished.clear();
    }

    /// Whether nothing is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.cohorts.is_empty() && self.finished.is_empty()
    }

    /// The inputs with their pictures' features, from the cache or from the vision tower.
    fn see(&self, inputs: Vec<(u64, GenerationInput)>) -> Result<Vec<Encoding<B>>, CheckpointError> {
        let mut encodings = Vec::with_capacity(inputs.len());
        let mut unseen: Vec<(u64, GenerationInput)> = Vec::new();
        // Requests about a picture that is in `unseen` already.
        let mut repeated = Vec::new();
        for (id, input) in inputs {
            if let Some(features) = input.key.and_then(|key| self.cache.get(key)) {
                let times = StageTimes { cached: true, ..StageTimes::default() };
                encodings.push(Encoding { id, input, times, features });
            } else if input.key.is_some() && unseen.iter().any(|(_, other)| other.key == input.key) {
                repeated.push((id, input));
            } else {
                unseen.push((id, input));
            }
        }
        if !unseen.is_empty() {
            self.model.language.release();
            let seen = self.look(unseen)?;
            let by_key: HashMap<_, _> =
                seen.iter().filter_map(|seen| Some((seen.input.key?, (seen.features.clone(), seen.times)))).collect();
            encodings.extend(seen);
            encodings.extend(repeated.into_iter().filter_map(|(id, input)| {
                let (features, times) = by_key.get(&input.key?)?.clone();
                Some(Encoding { id, input, times, features })
            }));
            self.model.vision.release();
        }
        encodings.sort_by_key(|encoding| encoding.id);
        Ok(encodings)
    }

    /// Passes pictures through the vision tower, as many together as the backend likes.
    fn look(&self, mut inputs: Vec<(u64, GenerationInput)>) -> Result<Vec<Encoding<B>>, CheckpointError> {
        let vision = self.model.vision.get()?;
        let mut encodings = Vec::with_capacity(inputs.len());
        while !inputs.is_empty() {
            // A checkpoint has one size of picture.
            let (height, width) = (inputs[0].1.height, inputs[0].1.width);
            let group: Vec<_> = inputs.drain(..inputs.len().min(B::encoder_batch(height, width))).collect();
            let began = Instant::now();
            let values: Vec<f32> = group.iter().flat_map(|(_, input)| input.pixel_values.iter().copied()).collect();
            let features = vision.image_features(PixelValues { values: &values, batch: group.len(), height, width });
            self.wait();
            let times = StageTimes { vision: began.elapsed(), ..StageTimes::default() };
            for (place, (id, input)) in group.into_iter().enumerate() {
                let features = features.clone().narrow(0, place, 1);
                if let Some(key) = input.key {
                    self.cache.insert(key, &features);
                }
                encodings.push(Encoding { id, input, times, features });
            }
        }
        Ok(encodings)
    }

    /// Starts the searches of equally long encoder outputs: a cohort for each number of beams.
    fn start(
        &mut self,
        group: Vec<Encoding<B>>,
        outputs: Vec<EncoderOutput<B>>,
        took: Duration,
        start: impl Fn(Vec<EncoderOutput<B>>) -> crate::nn::DecoderState<B>,
    ) {
        let mut by_beams: HashMap<usize, (Vec<Running>, Vec<EncoderOutput<B>>)> = HashMap::new();
        for (encoding, output) in group.into_iter().zip(outputs) {
            let times = StageTimes { encoder: took, ..encoding.times };
            let beams = encoding.input.parameters.num_beams;
            let search = Search::new(encoding.input.parameters);
            if search.prefill().is_none() {
                self.finished.push(Finished { id: encoding.id, hypothesis: search.finish(), times });
                continue;
            }
            let (running, outputs) = by_beams.entry(beams).or_default();
            running.push(Running::new(encoding.id, search, times));
            outputs.push(output);
        }
        self.cohorts.extend(by_beams.into_values().map(|(running, outputs)| Cohort::new(running, start(outputs))));
    }

    /// Until the device has computed what it was asked, so that times are true.
    fn wait(&self) {
        // What fails here fails again where the result is read.
        drop(B::sync(&self.model.device));
    }
}
