//! From certain token ids to text for who watches.

use crate::{
    generation::driver::BatchObserver,
    tokenizer::{TextStream, Tokenizer},
};

/// Watches captions grow, and may stop them.
pub trait Observer {
    /// Called when request `index` has grown: `text` is what has become certain since the last call (with beams: all of
    /// them agree on it), without `<s>`, `</s>` and `<pad>`.
    fn on_text(&mut self, index: usize, text: &str) {
        let _ = (index, text);
    }
    /// Asked before the encoder and between decoding steps; `true` ends request `index` with
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    fn is_cancelled(&mut self, index: usize) -> bool {
        let _ = index;
        false
    }
}

/// An observer that watches nothing.
impl Observer for () {}

/// Translates between the driver's inputs and ids and the caller's requests and text.
pub(super) struct Watch<'a> {
    observer: &'a mut dyn Observer,
    /// For each input, the request it comes from.
    sources: &'a [usize],
    streams: Vec<TextStream<'a>>,
    /// Ids of each input that have been turned into text.
    told: Vec<usize>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(observer: &'a mut dyn Observer, tokenizer: &'a Tokenizer, sources: &'a [usize]) -> Self {
        let streams = sources.iter().map(|_| TextStream::new(tokenizer)).collect();
        Self { observer, sources, streams, told: vec![0; sources.len()] }
    }
}

impl BatchObserver for Watch<'_> {
    fn on_certain_ids(&mut self, index: usize, ids: &[u32]) {
        let stream = &mut self.streams[index];
        let text: String = ids[self.told[index]..].iter().map(|&id| stream.push(id)).collect();
        self.told[index] = ids.len();
        if !text.is_empty() {
            self.observer.on_text(self.sources[index], &text);
        }
    }

    fn is_cancelled(&mut self, index: usize) -> bool {
        self.observer.is_cancelled(self.sources[index])
    }
}
