//! The queue, its threads and a fake backend together.

mod admission;
mod batching;
mod fairness;
mod faults;

use std::time::{Duration, Instant};

use vasari_inference::{
    CaptionError, CaptionResult, ClientId, Permit, Queue, QueueConfig, Ticket, Workers,
    fake::{self, FakeBackend},
    start,
};

const PATIENCE: Duration = Duration::from_secs(10);

fn start_fake(backend: &FakeBackend, capacity: usize, batch_size: usize) -> (Queue, Workers) {
    start(backend.load(1).runners, QueueConfig { capacity, batch_size }).expect("a thread can be started")
}

fn client(name: &str) -> ClientId {
    ClientId::new(name)
}

fn enter(queue: &Queue) -> Permit {
    queue.try_enter(&client("somebody")).expect("the queue has room")
}

fn submit(queue: &Queue, width: u32, text: Option<&str>) -> Ticket {
    enter(queue).submit(fake::request(width, text), later())
}

/// A deadline that nobody reaches.
fn later() -> Instant {
    Instant::now() + Duration::from_mins(10)
}

/// The caption, which must be there in time.
async fn caption(ticket: Ticket) -> String {
    answer(ticket).await.expect("answered").caption
}

async fn answer(ticket: Ticket) -> Result<CaptionResult, CaptionError> {
    tokio::time::timeout(PATIENCE, ticket.answer()).await.expect("the answer comes")
}

/// Waits until `condition` holds, and fails when it doesn't in time.
#[track_caller]
fn eventually(condition: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "the condition never came true");
        std::thread::sleep(Duration::from_millis(1));
    }
}
