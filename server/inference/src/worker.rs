//! The threads that run the backends.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    Backend, BackendError, CaptionError, CaptionResult, EntryId, Queue, QueueConfig, StepSink, Timing, cost, observe,
    queue::Entry,
};

/// The running threads. Close the [`Queue`], then [`Workers::join`].
pub struct Workers {
    threads: Vec<JoinHandle<()>>,
}

/// Starts a thread for each backend, and returns the queue in front of them.
///
/// # Errors
///
/// When the system refuses another thread.
pub fn start(backends: Vec<Box<dyn Backend>>, config: QueueConfig) -> std::io::Result<(Queue, Workers)> {
    let queue = Queue::new(config, backends.len());
    let numbers = Arc::new(AtomicU64::new(0));
    let spawn = |(index, backend): (usize, Box<dyn Backend>)| {
        let mut worker =
            Worker { backend, queue: queue.clone(), numbers: Arc::clone(&numbers), running: BTreeMap::new() };
        Builder::new().name(format!("model-{index}")).spawn(move || worker.run())
    };
    let threads = backends.into_iter().enumerate().map(spawn).collect::<std::io::Result<_>>();
    let threads = threads.inspect_err(|_| queue.close())?;
    Ok((queue, Workers { threads }))
}

impl Workers {
    /// Waits, at most `patience`, until everything admitted is answered. Whether it was.
    pub fn join(self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while !self.are_done() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.are_done()
    }

    /// Whether everything admitted is answered and the queue is closed.
    pub fn are_done(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }
}

/// One thread's work.
struct Worker {
    backend: Box<dyn Backend>,
    queue: Queue,
    numbers: Arc<AtomicU64>,
    running: BTreeMap<EntryId, Running>,
}

/// A request that a backend works on.
struct Running {
    entry: Entry,
    taken: Instant,
    /// Most requests that shared a step with it, itself included.
    mates: usize,
}

/// What a panic said, or an error that concerns everything that runs.
struct Panic(String);

impl Worker {
    /// Admits and steps until the queue is closed and empty. New requests are admitted between steps, so that a short
    /// caption never waits for a long one; those that are done leave at once.
    fn run(&mut self) {
        loop {
            let most = self.room();
            let Some(entries) = self.queue.take(most, self.running.is_empty()) else { return };
            let now = Instant::now();
            let wanted: Vec<Entry> = entries.into_iter().filter_map(|entry| entry.if_wanted(now)).collect();
            if let Err(panic) = self.advance(wanted) {
                self.recover(&panic);
            }
        }
    }

    /// How many requests to admit now. Pictures that are encoded together cost less, so a batch that is nearly full waits
    /// until a quarter of it is free, if that many are worth encoding together.
    fn room(&self) -> usize {
        let batch_size = self.queue.shared.config.batch_size;
        let together = self.backend.encoder_batch().max(1);
        let room = batch_size.saturating_sub(self.running.len());
        let is_worth_it = self.running.is_empty() || room >= together.min(batch_size / 4);
        if is_worth_it { room.min(together) } else { 0 }
    }

    /// Admits `entries` and takes everything one step further.
    fn advance(&mut self, entries: Vec<Entry>) -> Result<(), Panic> {
        self.drop_unwanted()?;
        if !entries.is_empty() {
            self.admit(entries)?;
        }
        if !self.running.is_empty() {
            self.step()?;
        }
        Ok(())
    }

    fn admit(&mut self, entries: Vec<Entry>) -> Result<(), Panic> {
        let began = Instant::now();
        let mut requests = Vec::with_capacity(entries.len());
        for entry in entries {
            let id = EntryId(self.numbers.fetch_add(1, Ordering::Relaxed));
            observe::queue_wait(began - entry.submitted);
            requests.push((id, entry.request.clone()));
            self.running.insert(id, Running { entry, taken: began, mates: 1 });
        }
        let span = tracing::debug_span!("encode", pictures = requests.len());
        let refused = guarded(|| span.in_scope(|| self.backend.admit(&requests)))?;
        let took = began.elapsed();
        observe::encoded(requests.len(), took);
        self.queue.learn(|costs| costs.record_encode(took, requests.len()));
        for (id, error) in refused {
            self.finish(id, Err(error));
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Panic> {
        let together = self.running.len();
        for running in self.running.values_mut() {
            running.mates = running.mates.max(together);
        }
        let rows = self.running.values().map(|running| cost::beams(&running.entry.request.parameters)).sum();
        let began = Instant::now();
        let mut sink = Sink { running: &mut self.running, answers: Vec::new() };
        let span = tracing::debug_span!("decode_step", requests = together);
        let stepped = guarded(|| span.in_scope(|| self.backend.step(&mut sink)));
        let answers = sink.answers;
        for (id, answer) in answers {
            self.finish(id, answer);
        }
        stepped?.map_err(|error| Panic(error.to_string()))?;
        let took = began.elapsed();
        observe::stepped(together, took);
        self.queue.learn(|costs| costs.record_step(took, rows));
        Ok(())
    }

    /// Drops running requests that nobody waits for, and ends those whose time is up.
    fn drop_unwanted(&mut self) -> Result<(), Panic> {
        let now = Instant::now();
        let is_unwanted = |running: &Running| running.entry.reply.is_abandoned() || running.entry.deadline <= now;
        let unwanted: Vec<EntryId> =
            self.running.iter().filter(|(_, running)| is_unwanted(running)).map(|(id, _)| *id).collect();
        for id in unwanted {
            guarded(|| self.backend.cancel(id))?;
            let Some(running) = self.running.remove(&id) else { continue };
            if running.entry.reply.is_abandoned() {
                observe::cancelled("running");
            } else {
                observe::rejected_for(observe::Rejection::Deadline);
                let Entry { reply, permit, .. } = running.entry;
                drop(permit);
                reply.finish(Err(CaptionError::TooLate));
            }
        }
        Ok(())
    }

    fn finish(&mut self, id: EntryId, answer: Result<CaptionResult, BackendError>) {
        let Some(Running { entry, taken, mates }) = self.running.remove(&id) else { return };
        let answer = answer.map_err(CaptionError::from).map(|mut result| {
            result.timing = Timing { queued: taken - entry.submitted, batch_size: mates as u32, ..result.timing };
            observe::answered(&result.timing);
            self.queue.learn(|costs| costs.record_tokens(&entry.request.task, result.timing.tokens));
            result
        });
        if let Err(CaptionError::Failed(problem)) = &answer {
            tracing::error!(problem, "a caption failed");
        }
        let Entry { reply, permit, .. } = entry;
        // Whoever has an answer can count on the place being free.
        drop(permit);
        reply.finish(answer);
    }

    /// After a panic: whoever was alone is to blame. Several start again, one at a time, so that the panic costs only
    /// the one that causes it.
    fn recover(&mut self, panic: &Panic) {
        let running = std::mem::take(&mut self.running);
        let isolated = running.len() == 1;
        observe::panicked(isolated);
        tracing::error!(requests = running.len(), problem = panic.0, "the model panicked");
        self.backend.clear();
        for (id, mut one) in running {
            if isolated {
                self.running.insert(id, one);
                self.finish(id, Err(BackendError::Failed(format!("panic: {}", panic.0))));
                continue;
            }
            one.entry.reply.start_again();
            let mut outcome = self.advance(one.entry.if_wanted(Instant::now()).into_iter().collect());
            while outcome.is_ok() && !self.running.is_empty() {
                outcome = self.advance(Vec::new());
            }
            if let Err(panic) = outcome {
                self.recover(&panic);
            }
        }
    }
}

/// Passes text on at once, and keeps answers until the backend is out of the way.
struct Sink<'a> {
    running: &'a mut BTreeMap<EntryId, Running>,
    answers: Vec<(EntryId, Result<CaptionResult, BackendError>)>,
}

impl StepSink for Sink<'_> {
    fn on_text(&mut self, id: EntryId, text: &str) {
        if let Some(running) = self.running.get_mut(&id) {
            running.entry.reply.tell(text);
        }
    }

    fn on_done(&mut self, id: EntryId, answer: Result<CaptionResult, BackendError>) {
        self.answers.push((id, answer));
    }
}

/// What `work` gives, or what it said when it panicked. Whoever panicked is cleared before it is used again.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Panic(text.unwrap_or("without a message").to_owned())
    })
}

impl From<BackendError> for CaptionError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Refused(sentence) => Self::Refused(sentence),
            BackendError::Failed(sentence) => Self::Failed(sentence),
        }
    }
}
