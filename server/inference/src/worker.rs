//! The thread that runs the backend.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    Backend, BackendError, BatchWatch, CaptionError, CaptionRequest, CaptionResult, Queue, QueueConfig, Timing,
    queue::{Entry, Permit},
};

/// The running thread. Close the [`Queue`], then [`Worker::join`].
pub struct Worker {
    thread: JoinHandle<()>,
}

/// Starts the thread that owns `backend`, and returns the queue in front of it.
///
/// # Errors
///
/// When the system refuses another thread.
pub fn start(backend: impl Backend, config: QueueConfig) -> std::io::Result<(Queue, Worker)> {
    let queue = Queue::new(config);
    let line = queue.clone();
    let thread = Builder::new().name("model".into()).spawn(move || run(backend, &line))?;
    Ok((queue, Worker { thread }))
}

impl Worker {
    /// Waits, at most `patience`, until everything admitted is answered. Whether it was.
    pub fn join(self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.thread.is_finished()
    }
}

fn run(mut backend: impl Backend, queue: &Queue) {
    while let Some(batch) = queue.next_batch() {
        let (requests, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(split).unzip();
        let began = Instant::now();
        let answers = caption(&mut backend, &requests, &replies);
        let computed = began.elapsed();
        queue.record(requests.len(), computed);
        for (reply, answer) in replies.into_iter().zip(answers) {
            let timing = Timing { queued: began - reply.submitted, computed, batch_size: requests.len() };
            let answer = answer.map(|result| CaptionResult { timing, ..result }).map_err(CaptionError::from);
            // Fails when the client left meanwhile, which is no error.
            drop(reply.sender.send(answer));
            drop(reply.permit);
        }
    }
}

/// What is left of an entry while its request is with the backend.
struct Reply {
    sender: tokio::sync::oneshot::Sender<Result<CaptionResult, CaptionError>>,
    submitted: Instant,
    permit: Permit,
}

fn split(entry: Entry) -> (CaptionRequest, Reply) {
    (entry.request, Reply { sender: entry.reply, submitted: entry.submitted, permit: entry.permit })
}

/// One answer per request, whatever the backend does.
fn caption(
    backend: &mut impl Backend,
    requests: &[CaptionRequest],
    replies: &[Reply],
) -> Vec<Result<CaptionResult, BackendError>> {
    let is_cancelled = |index: usize| replies.get(index).is_none_or(|reply| reply.sender.is_closed());
    let watch = BatchWatch::new(&is_cancelled);
    // A backend keeps nothing between batches that a panic could leave half written.
    let answers = catch_unwind(AssertUnwindSafe(|| backend.caption(requests, &watch)));
    let problem = match answers {
        Ok(answers) if answers.len() == requests.len() => return answers,
        Ok(answers) => format!("{} answers came for {} requests", answers.len(), requests.len()),
        Err(panic) => format!("panic: {}", panic_message(panic.as_ref())),
    };
    tracing::error!(batch_size = requests.len(), problem, "the model failed on a batch");
    vec![Err(BackendError::Failed(problem)); requests.len()]
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

impl From<BackendError> for CaptionError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Refused(sentence) => Self::Refused(sentence),
            BackendError::Cancelled => Self::Cancelled,
            BackendError::Failed(sentence) => Self::Failed(sentence),
        }
    }
}
