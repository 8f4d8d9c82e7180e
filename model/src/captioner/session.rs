//! Requests under way: admitted at any time, taken further together, told as they grow.

use std::{collections::HashMap, sync::Arc};

use super::{Caption, Captioner, runtime::Decoding};
use crate::{
    Error, GenerationOptions, Task,
    generation::{
        batch::{BatchObserver, StageTimes},
        features::ImageKey,
        search::Hypothesis,
    },
    tokenizer::{TextStream, Tokenizer},
};

/// A picture as the network takes it: what [`Captioner::prepare`] makes of a decoded one.
#[derive(Debug, Clone)]
pub struct PreparedPicture {
    /// Which picture it is, if that is known: its features are then kept for the next request about it.
    pub key: Option<ImageKey>,
    /// Normalised values, `[3, height, width]` of [`ModelInfo::input_size`](super::ModelInfo::input_size).
    pub pixel_values: Arc<[f32]>,
    /// Width and height of the picture itself, in pixels: what regions are measured in.
    pub dimensions: (u32, u32),
}

/// One thing asked of a prepared picture.
#[derive(Debug, Clone)]
pub struct PreparedRequest {
    /// The picture.
    pub picture: PreparedPicture,
    /// What to do with it.
    pub task: Task,
    /// The task's input, for the tasks that take one.
    pub text: Option<String>,
    /// How to search; defaults come from the checkpoint.
    pub options: GenerationOptions,
}

/// Hears of captions as they grow.
pub trait Observer {
    /// Request `id` has grown: `text` is what has become certain since the last call (with beams: all of them agree on
    /// it), without `<s>`, `</s>` and `<pad>`.
    fn on_text(&mut self, id: u64, text: &str) {
        let _ = (id, text);
    }

    /// Request `id` is answered and under way no more.
    fn on_done(&mut self, id: u64, caption: Caption);
}

/// Requests under way on one thread. Sessions of one [`Captioner`] share its weights.
pub struct Session {
    captioner: Captioner,
    batch: Box<dyn Decoding>,
    underway: HashMap<u64, Underway>,
}

/// What is left of a request while its search runs.
struct Underway {
    task: Task,
    dimensions: (u32, u32),
    stream: TextStream,
    /// Certain ids that have been turned into text.
    told: usize,
}

impl Session {
    pub(super) fn new(captioner: Captioner, batch: Box<dyn Decoding>) -> Self {
        Self { captioner, batch, underway: HashMap::new() }
    }

    /// Encodes the pictures with their prompts. Answers with the requests that can't be started; the others are under
    /// way. The numbers must be new.
    pub fn admit(&mut self, requests: &[(u64, PreparedRequest)]) -> Vec<(u64, Error)> {
        let mut refused = Vec::new();
        let mut inputs = Vec::with_capacity(requests.len());
        for (id, request) in requests {
            match self.captioner.input(request) {
                Ok(input) => inputs.push((*id, input)),
                Err(error) => refused.push((*id, error)),
            }
        }
        let ids: Vec<u64> = inputs.iter().map(|(id, _)| *id).collect();
        if let Err(error) = self.batch.admit(inputs) {
            // All of them fail for one reason, and an error can't be copied.
            let reason = error.to_string();
            refused.extend(ids.into_iter().map(|id| (id, Error::Offloaded(reason.clone()))));
            return refused;
        }
        for (id, request) in requests.iter().filter(|(id, _)| ids.contains(id)) {
            let dimensions = request.picture.dimensions;
            let underway = Underway { task: request.task, dimensions, stream: TextStream::default(), told: 0 };
            self.underway.insert(*id, underway);
        }
        refused
    }

    /// Takes every request one token further.
    ///
    /// # Errors
    /// When offloaded weights can't be read again. The requests can go on later.
    pub fn step(&mut self, observer: &mut dyn Observer) -> Result<(), Error> {
        let mut listener = Listener { captioner: &self.captioner, underway: &mut self.underway, observer };
        Ok(self.batch.step(&mut listener)?)
    }

    /// Drops a request; one that isn't under way is no error.
    pub fn cancel(&mut self, id: u64) {
        if self.underway.remove(&id).is_some() {
            self.batch.cancel(id);
        }
    }

    /// Drops all requests.
    pub fn clear(&mut self) {
        self.underway.clear();
        self.batch.clear();
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }
}

/// Translates ids into text, and hypotheses into captions.
struct Listener<'a> {
    captioner: &'a Captioner,
    underway: &'a mut HashMap<u64, Underway>,
    observer: &'a mut dyn Observer,
}

impl Listener<'_> {
    fn tokenizer(&self) -> &Tokenizer {
        &self.captioner.shared.tokenizer
    }
}

impl BatchObserver for Listener<'_> {
    fn on_certain_ids(&mut self, id: u64, ids: &[u32]) {
        let Some(mut underway) = self.underway.remove(&id) else { return };
        let tokenizer = self.tokenizer();
        let text: String = ids[underway.told..].iter().map(|&id| underway.stream.push(tokenizer, id)).collect();
        underway.told = ids.len();
        self.underway.insert(id, underway);
        if !text.is_empty() {
            self.observer.on_text(id, &text);
        }
    }

    fn on_done(&mut self, id: u64, hypothesis: Hypothesis, times: StageTimes) {
        let Some(underway) = self.underway.remove(&id) else { return };
        let caption = self.captioner.read(underway.task, underway.dimensions, hypothesis, times);
        self.observer.on_done(id, caption);
    }
}
