//! Requests whose answers were started together and are equally long ever since.

use std::time::Instant;

use burn::tensor::backend::BackendTypes;

use super::{
    batch::{BatchObserver, StageTimes},
    search::{Hypothesis, Search, Step},
};
use crate::nn::{DecoderState, FlorenceBackend, TokenScores};

/// Searches of one width on equally long inputs.
pub(super) struct Cohort<B: FlorenceBackend> {
    state: DecoderState<B>,
    running: Vec<Running>,
    /// What each row decodes next: the prefill at first, then one id.
    ids: Vec<u32>,
}

/// A search under way.
pub(super) struct Running {
    id: u64,
    search: Search,
    /// Certain ids that the observer has heard of.
    reported: usize,
    times: StageTimes,
    began: Instant,
}

/// A request that is answered.
pub(super) struct Finished {
    pub(super) id: u64,
    pub(super) hypothesis: Hypothesis,
    pub(super) times: StageTimes,
}

impl Running {
    /// A search that begins now.
    pub(super) fn new(id: u64, search: Search, times: StageTimes) -> Self {
        Self { id, search, reported: 0, times, began: Instant::now() }
    }
}

impl<B: FlorenceBackend> Cohort<B> {
    /// Searches at their beginning, with a state for as many pictures.
    pub(super) fn new(running: Vec<Running>, state: DecoderState<B>) -> Self {
        // Every search of a checkpoint is forced to begin alike, so the prefills are equally long.
        let ids = running.iter().flat_map(|running| running.search.prefill().unwrap_or(&[]).to_vec()).collect();
        Self { state, running, ids }
    }

    /// What the decoder needs of it.
    pub(super) fn parts(&mut self) -> (&[u32], &mut DecoderState<B>) {
        (&self.ids, &mut self.state)
    }

    pub(super) fn rows(&self) -> usize {
        self.state.rows()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn candidates_needed(&self) -> usize {
        self.running.iter().map(|running| running.search.candidates_needed()).max().unwrap_or(1)
    }

    /// Chooses by the scores of all rows; those that are done leave.
    pub(super) fn advance(
        &mut self,
        scores: &[TokenScores],
        device: &<B as BackendTypes>::Device,
        observer: &mut dyn BatchObserver,
    ) {
        let width = self.state.rows_per_picture();
        let (mut parents, mut ids, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut still_running = Vec::with_capacity(self.running.len());
        for (place, mut running) in std::mem::take(&mut self.running).into_iter().enumerate() {
            let step = running.search.advance(&scores[place * width..(place + 1) * width]);
            running.times.steps += 1;
            let certain = running.search.certain_ids();
            if certain.len() > running.reported {
                running.reported = certain.len();
                observer.on_certain_ids(running.id, certain);
            }
            match step {
                Step::Done => {
                    let times = StageTimes { decode: running.began.elapsed(), ..running.times };
                    observer.on_done(running.id, running.search.finish(), times);
                }
                Step::Continue { parents: of_picture, tokens } => {
                    parents.extend(of_picture.iter().map(|parent| place * width + parent));
                    ids.extend(tokens);
                    kept.push(place);
                    still_running.push(running);
                }
            }
        }
        self.running = still_running;
        self.ids = ids;
        if !kept.is_empty() {
            self.state.reorder(&parents, &kept, device);
        }
    }

    /// Drops a request, if it is one of these.
    pub(super) fn cancel(&mut self, id: u64, device: &<B as BackendTypes>::Device) {
        let Some(gone) = self.running.iter().position(|running| running.id == id) else { return };
        self.running.remove(gone);
        let width = self.state.rows_per_picture();
        let ids_per_picture = self.ids.len() / (self.running.len() + 1);
        self.ids.drain(gone * ids_per_picture..(gone + 1) * ids_per_picture);
        let kept: Vec<usize> = (0..=self.running.len()).filter(|place| *place != gone).collect();
        if !kept.is_empty() {
            let rows: Vec<usize> = kept.iter().flat_map(|place| place * width..(place + 1) * width).collect();
            self.state.reorder(&rows, &kept, device);
        }
    }
}
