//! Admission and the line in front of the backend.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{CaptionError, CaptionRequest, CaptionResult};

/// How much the queue holds and how it is drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueConfig {
    /// Permits: requests admitted and not yet answered, whether decoding, waiting or computing. At least 1.
    pub capacity: usize,
    /// Most requests in one batch. At least 1.
    pub batch_size: usize,
}

/// A handle on the queue; clones share it.
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Signalled when an entry comes, when a permit goes and when the queue closes.
    changed: Condvar,
    config: QueueConfig,
}

struct State {
    waiting: VecDeque<Entry>,
    /// Permits out, entries included.
    admitted: usize,
    closed: bool,
    /// Running mean of the seconds that one request takes of the backend's time; `None` before the first.
    seconds_per_request: Option<f64>,
}

/// A request in line.
pub(crate) struct Entry {
    pub(crate) request: CaptionRequest,
    pub(crate) reply: oneshot::Sender<Result<CaptionResult, CaptionError>>,
    pub(crate) submitted: Instant,
    /// Given back when the entry is dropped: after its answer, or when it is skipped.
    pub(crate) permit: Permit,
}

/// Why a request wasn't admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// All permits are out.
    #[error("{capacity} requests are being answered already; try again in {} s", retry_after.as_secs())]
    Overloaded {
        /// How many permits there are.
        capacity: usize,
        /// When a permit is likely to be free: whole seconds, at least 1.
        retry_after: Duration,
    },
    /// The queue is closed.
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl Queue {
    pub(crate) fn new(config: QueueConfig) -> Self {
        let config = QueueConfig { capacity: config.capacity.max(1), batch_size: config.batch_size.max(1) };
        let state = State { waiting: VecDeque::new(), admitted: 0, closed: false, seconds_per_request: None };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), config }) }
    }

    /// Admits a request, or refuses it at once.
    pub fn try_enter(&self) -> Result<Permit, Refusal> {
        let mut state = self.shared.lock();
        self.shared.check(&state)?;
        state.admitted += 1;
        Ok(Permit { shared: Arc::clone(&self.shared) })
    }

    /// Whether [`Self::try_enter`] would admit a request now. Costs nothing, so that a request can be refused before
    /// its body is read.
    pub fn check(&self) -> Result<(), Refusal> {
        self.shared.check(&self.shared.lock())
    }

    /// How many requests are admitted and not yet answered.
    pub fn admitted(&self) -> usize {
        self.shared.lock().admitted
    }

    /// How many requests wait for a batch.
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// Admits nobody from now on. What was admitted is still answered.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// The next batch, oldest first: waits for the first entry and takes what is there then. `None` when the queue is
    /// closed and nobody admitted is left.
    pub(crate) fn next_batch(&self) -> Option<Vec<Entry>> {
        let mut state = self.shared.lock();
        loop {
            let mut batch = Vec::new();
            let mut abandoned = Vec::new();
            while batch.len() < self.shared.config.batch_size {
                match state.waiting.pop_front() {
                    Some(entry) if entry.reply.is_closed() => abandoned.push(entry),
                    Some(entry) => batch.push(entry),
                    None => break,
                }
            }
            if !abandoned.is_empty() {
                // Dropping an entry gives its permit back, which takes the lock.
                drop(state);
                drop(abandoned);
                state = self.shared.lock();
                if batch.is_empty() {
                    continue;
                }
            }
            if !batch.is_empty() {
                return Some(batch);
            }
            if state.closed && state.admitted == 0 {
                return None;
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Learns from a batch how long requests take.
    pub(crate) fn record(&self, requests: usize, computed: Duration) {
        let seconds = computed.as_secs_f64() / requests.max(1) as f64;
        let mut state = self.shared.lock();
        state.seconds_per_request = Some(state.seconds_per_request.map_or(seconds, |mean| 0.8 * mean + 0.2 * seconds));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding the lock, and every change leaves a valid state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, state: &State) -> Result<(), Refusal> {
        if state.closed {
            return Err(Refusal::ShuttingDown);
        }
        if state.admitted < self.config.capacity {
            return Ok(());
        }
        // A permit comes back with the next batch.
        let ahead = self.config.batch_size.min(state.admitted) as f64;
        let seconds = (state.seconds_per_request.unwrap_or(1.0) * ahead).ceil().clamp(1.0, 600.0);
        Err(Refusal::Overloaded { capacity: self.config.capacity, retry_after: Duration::from_secs(seconds as u64) })
    }
}

/// A place in the queue, given back when dropped.
pub struct Permit {
    shared: Arc<Shared>,
}

impl Permit {
    /// Puts a request in line.
    pub fn submit(self, request: CaptionRequest) -> Ticket {
        let (reply, answer) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let entry = Entry { request, reply, submitted: Instant::now(), permit: self };
        shared.lock().waiting.push_back(entry);
        shared.changed.notify_all();
        Ticket { answer }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.lock().admitted -= 1;
        self.shared.changed.notify_all();
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Permit")
    }
}

/// The answer to come. Dropping it cancels the request, wherever it is.
#[derive(Debug)]
pub struct Ticket {
    answer: oneshot::Receiver<Result<CaptionResult, CaptionError>>,
}

impl Ticket {
    /// Waits for the answer on a thread that runs no async code.
    pub fn wait(self) -> Result<CaptionResult, CaptionError> {
        self.answer.blocking_recv().unwrap_or_else(|_| Err(worker_gone()))
    }
}

impl Future for Ticket {
    type Output = Result<CaptionResult, CaptionError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(worker_gone())))
    }
}

fn worker_gone() -> CaptionError {
    CaptionError::Failed("the thread that runs the model is gone".into())
}
