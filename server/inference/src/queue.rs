//! Admission and the line in front of the workers.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    CaptionError, CaptionRequest, ClientId, Parameters, Ticket,
    cost::CostModel,
    observe::{self, Rejection},
    ticket::{Reply, ticket},
};

/// How much the queue holds and how it is drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueConfig {
    /// Permits: requests admitted and not yet answered, whether decoding, waiting or computing. At least 1.
    pub capacity: usize,
    /// Most requests that one worker computes at the same time. At least 1.
    pub batch_size: usize,
}

/// A handle on the queue; clones share it.
#[derive(Clone)]
pub struct Queue {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Signalled when an entry comes, when a permit goes and when the queue closes.
    changed: Condvar,
    pub(crate) config: QueueConfig,
    workers: usize,
}

struct State {
    /// Everybody who holds a permit.
    clients: HashMap<ClientId, Client>,
    /// Permits out, entries included.
    admitted: usize,
    waiting: usize,
    closed: bool,
    costs: CostModel,
    /// Seconds of work that was submitted and isn't answered, by estimate.
    pending: f64,
    /// Virtual time of start-time fair queueing (Goyal et al. 1996): the start tag of the entry that was taken last.
    clock: f64,
}

/// One of those who share the queue.
#[derive(Default)]
struct Client {
    /// Permits it holds.
    held: usize,
    waiting: VecDeque<Entry>,
    /// Virtual time at which everything it has submitted would be done.
    finish: f64,
}

/// A request in line.
pub(crate) struct Entry {
    pub(crate) request: CaptionRequest,
    pub(crate) reply: Reply,
    pub(crate) submitted: Instant,
    pub(crate) deadline: Instant,
    /// Given back when the entry is dropped: after its answer, or when it is skipped.
    pub(crate) permit: Permit,
    start: f64,
}

/// Why a request wasn't admitted. `retry_after` is in whole seconds, at least 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// All permits are out.
    #[error("{capacity} requests are being answered already; try again in {} s", retry_after.as_secs())]
    Overloaded {
        /// How many permits there are.
        capacity: usize,
        /// When one is likely to be free.
        retry_after: Duration,
    },
    /// The client has its share, and the permits that are left are for others.
    #[error("{held} of your requests are being answered already; try again in {} s", retry_after.as_secs())]
    ShareUsed {
        /// Permits that the client holds.
        held: usize,
        /// When one of its own is likely to be answered.
        retry_after: Duration,
    },
    /// What is ahead will take longer than the request may wait.
    #[error("the caption would not be ready in time; try again in {} s", retry_after.as_secs())]
    TooLong {
        /// When the line is likely to be short enough.
        retry_after: Duration,
    },
    /// The queue is closed.
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl Queue {
    pub(crate) fn new(config: QueueConfig, workers: usize) -> Self {
        let config = QueueConfig { capacity: config.capacity.max(1), batch_size: config.batch_size.max(1) };
        let state = State {
            clients: HashMap::new(),
            admitted: 0,
            waiting: 0,
            closed: false,
            costs: CostModel::default(),
            pending: 0.0,
            clock: 0.0,
        };
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new(), config, workers: workers.max(1) };
        Self { shared: Arc::new(shared) }
    }

    /// Admits a request of `client`, or refuses it at once.
    ///
    /// A quarter of the permits is kept for clients that hold less than their share, a share being what each would get
    /// if one more client came: nobody finds the queue filled by somebody else.
    pub fn try_enter(&self, client: &ClientId) -> Result<Permit, Refusal> {
        let mut state = self.shared.lock();
        self.shared.check(&state, client).inspect_err(observe::rejected)?;
        state.admitted += 1;
        state.clients.entry(client.clone()).or_default().held += 1;
        observe::admitted(state.admitted);
        Ok(Permit { shared: Arc::clone(&self.shared), client: client.clone(), cost: 0.0 })
    }

    /// Whether [`Self::try_enter`] would admit a request now. Costs nothing, so that a request can be refused before
    /// its body is read.
    pub fn check(&self, client: &ClientId) -> Result<(), Refusal> {
        self.shared.check(&self.shared.lock(), client).inspect_err(observe::rejected)
    }

    /// Whether no more requests are admitted.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().closed
    }

    /// Whether every permit is out.
    pub fn is_full(&self) -> bool {
        self.shared.lock().admitted >= self.shared.config.capacity
    }

    /// How many requests are admitted and not yet answered.
    pub fn admitted(&self) -> usize {
        self.shared.lock().admitted
    }

    /// How many requests wait for a worker.
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting
    }

    /// Admits nobody from now on. What was admitted is still answered.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// Up to `most` entries, fairest first. With `patiently` it waits for the first one, and `None` means that the
    /// queue is closed and nobody admitted is left.
    pub(crate) fn take(&self, most: usize, patiently: bool) -> Option<Vec<Entry>> {
        let mut state = self.shared.lock();
        loop {
            let mut entries = Vec::new();
            while entries.len() < most
                && let Some(entry) = state.pop()
            {
                entries.push(entry);
            }
            observe::waiting(state.waiting);
            if !entries.is_empty() || !patiently {
                return Some(entries);
            }
            if state.closed && state.admitted == 0 {
                return None;
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Teaches the cost model.
    pub(crate) fn learn(&self, lesson: impl FnOnce(&mut CostModel)) {
        lesson(&mut self.shared.lock().costs);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding the lock, and every change leaves a valid state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, state: &State, client: &ClientId) -> Result<(), Refusal> {
        if state.closed {
            return Err(Refusal::ShuttingDown);
        }
        let capacity = self.config.capacity;
        let held = state.clients.get(client).map_or(0, |client| client.held);
        let active = state.clients.len() + usize::from(held == 0);
        let share = (capacity / (active + 1)).max(1);
        if state.admitted >= capacity {
            // The next answer gives a permit back.
            let seconds = self.wait(state) / state.admitted as f64;
            return Err(Refusal::Overloaded { capacity, retry_after: whole_seconds(seconds) });
        }
        if held >= share && state.admitted >= capacity - capacity / 4 {
            let seconds = self.wait(state) / held as f64;
            return Err(Refusal::ShareUsed { held, retry_after: whole_seconds(seconds) });
        }
        Ok(())
    }

    /// Seconds until everything that was submitted is answered, by estimate.
    fn wait(&self, state: &State) -> f64 {
        state.pending.max(0.0) / self.workers as f64
    }
}

impl State {
    /// The entry with the smallest start tag.
    fn pop(&mut self) -> Option<Entry> {
        let start = |client: &Client| client.waiting.front().map(|entry| entry.start);
        let fronts = self.clients.values_mut().filter_map(|client| start(client).map(|start| (start, client)));
        let (start, client) = fronts.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        let entry = client.waiting.pop_front()?;
        self.clock = self.clock.max(start);
        self.waiting -= 1;
        Some(entry)
    }
}

fn whole_seconds(seconds: f64) -> Duration {
    Duration::from_secs(seconds.ceil().clamp(1.0, 3600.0) as u64)
}

/// A place in the queue, given back when dropped.
pub struct Permit {
    shared: Arc<Shared>,
    client: ClientId,
    /// What was added to [`State::pending`] for it.
    cost: f64,
}

impl Permit {
    /// Whether a request of this kind is likely to be answered by its deadline, given what is ahead of it.
    pub fn check(&self, task: &str, parameters: &Parameters, deadline: Instant) -> Result<(), Refusal> {
        let state = self.shared.lock();
        // Nobody can tell before the first answer.
        let Some(cost) = state.costs.estimate(task, parameters) else { return Ok(()) };
        let ready = self.shared.wait(&state) + cost.as_secs_f64();
        let left = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
        // An idle model gets to try: the estimate may be of other requests.
        if ready <= left || state.pending <= f64::EPSILON {
            return Ok(());
        }
        let refusal = Refusal::TooLong { retry_after: whole_seconds(ready - left) };
        observe::rejected(&refusal);
        Err(refusal)
    }

    /// Puts a request in line. It is answered with [`CaptionError::TooLate`] if its answer isn't ready by `deadline`.
    pub fn submit(mut self, request: CaptionRequest, deadline: Instant) -> Ticket {
        let (reply, ticket) = ticket();
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        let estimate = state.costs.estimate(&request.task, &request.parameters);
        self.cost = estimate.map_or(0.0, |cost| cost.as_secs_f64());
        state.pending += self.cost;
        state.waiting += 1;
        let clock = state.clock;
        let cost = self.cost.max(1e-3);
        let name = self.client.clone();
        let client = state.clients.entry(name).or_default();
        let start = client.finish.max(clock);
        client.finish = start + cost;
        client.waiting.push_back(Entry { request, reply, submitted: Instant::now(), deadline, permit: self, start });
        observe::waiting(state.waiting);
        drop(state);
        shared.changed.notify_all();
        ticket
    }
}

impl Entry {
    /// Ends a request that nobody waits for, or whose time is up. Gives the entry back if neither is so.
    pub(crate) fn if_wanted(self, now: Instant) -> Option<Self> {
        if self.reply.is_abandoned() {
            observe::cancelled("waiting");
            return None;
        }
        if self.deadline <= now {
            observe::rejected_for(Rejection::Deadline);
            let Self { reply, permit, .. } = self;
            drop(permit);
            reply.finish(Err(CaptionError::TooLate));
            return None;
        }
        Some(self)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.admitted -= 1;
        state.pending -= self.cost;
        if state.admitted == 0 {
            // What rounding left.
            state.pending = 0.0;
        }
        if let Some(client) = state.clients.get_mut(&self.client) {
            client.held -= 1;
            if client.held == 0 {
                state.clients.remove(&self.client);
            }
        }
        observe::admitted(state.admitted);
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit({})", self.client)
    }
}
