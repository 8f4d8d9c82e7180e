//! The queue, its thread and a fake backend together.

use std::time::{Duration, Instant};

use vasari_inference::{
    CaptionError, CaptionRequest, Parameters, Permit, Queue, QueueConfig, Refusal, RgbPixels, Worker,
    fake::{FakeBackend, Gate},
    start,
};

const PATIENCE: Duration = Duration::from_secs(10);

fn request(width: u32, text: Option<&str>) -> CaptionRequest {
    CaptionRequest {
        image: RgbPixels::new(width, 1, vec![0; width as usize * 3]).expect("3 bytes a pixel"),
        task: "<CAPTION>".into(),
        text: text.map(Into::into),
        parameters: Parameters::default(),
    }
}

fn start_fake(backend: &FakeBackend, capacity: usize, batch_size: usize) -> (Queue, Worker) {
    start(backend.clone(), QueueConfig { capacity, batch_size }).expect("a thread can be started")
}

fn enter(queue: &Queue) -> Permit {
    queue.try_enter().expect("the queue has room")
}

/// Waits until `condition` holds, and fails when it doesn't in time.
fn eventually(condition: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "the condition never came true");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn each_client_gets_its_own_answer_in_batches_of_what_waits() {
    let gate = Gate::default();
    let backend = FakeBackend::behind(gate.clone());
    let (queue, _worker) = start_fake(&backend, 16, 4);
    let first = enter(&queue).submit(request(1, None));
    eventually(|| queue.waiting() == 0);
    let tickets: Vec<_> = (2..=7).map(|width| enter(&queue).submit(request(width, None))).collect();
    gate.open();
    assert_eq!(first.await.expect("answered").caption, "a picture of 1 by 1 pixels");
    for (ticket, width) in tickets.into_iter().zip(2..) {
        let result = ticket.await.expect("answered");
        assert_eq!(result.caption, format!("a picture of {width} by 1 pixels"));
        assert_eq!(result.timing.batch_size, if width < 6 { 4 } else { 2 });
    }
    assert_eq!(backend.batches(), [1, 4, 2]);
}

#[tokio::test]
async fn answer_does_not_depend_on_batch_mates() {
    let gate = Gate::default();
    let (queue, _worker) = start_fake(&FakeBackend::behind(gate.clone()), 16, 16);
    let mates = ["refuse", "fail"].map(|text| enter(&queue).submit(request(9, Some(text))));
    let shared = enter(&queue).submit(request(5, None));
    gate.open();
    let shared = shared.await.expect("answered");
    let alone = enter(&queue).submit(request(5, None)).await.expect("answered");
    assert_eq!((shared.caption, shared.answer, shared.regions), (alone.caption, alone.answer, alone.regions));
    let [refused, failed] = mates;
    assert!(matches!(refused.await, Err(CaptionError::Refused(_))));
    assert!(matches!(failed.await, Err(CaptionError::Failed(_))));
}

#[tokio::test]
async fn full_queue_refuses_at_once_and_says_when_to_come_back() {
    let gate = Gate::default();
    let (queue, _worker) = start_fake(&FakeBackend::behind(gate.clone()), 2, 1);
    let ticket = enter(&queue).submit(request(1, None));
    let permit = enter(&queue);
    let Err(Refusal::Overloaded { capacity, retry_after }) = queue.try_enter() else { panic!("admitted") };
    assert_eq!(capacity, 2);
    assert!(retry_after >= Duration::from_secs(1));
    assert!(queue.check().is_err());
    drop(permit);
    assert!(queue.check().is_ok());
    gate.open();
    ticket.await.expect("answered");
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn abandoned_entries_are_skipped_and_give_their_permits_back() {
    let gate = Gate::default();
    let backend = FakeBackend::behind(gate.clone());
    let (queue, _worker) = start_fake(&backend, 3, 8);
    let first = enter(&queue).submit(request(1, None));
    eventually(|| queue.waiting() == 0);
    drop(enter(&queue).submit(request(2, Some("panic"))));
    let last = enter(&queue).submit(request(3, None));
    gate.open();
    first.await.expect("answered");
    last.await.expect("answered");
    assert_eq!(backend.batches(), [1, 1]);
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn running_request_is_cancelled_when_its_client_leaves() {
    let (queue, _worker) = start_fake(&FakeBackend::default(), 2, 1);
    let ticket = enter(&queue).submit(request(1, Some("wait")));
    eventually(|| queue.waiting() == 0);
    assert_eq!(queue.admitted(), 1);
    drop(ticket);
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn panic_fails_its_batch_and_the_thread_goes_on() {
    let (queue, _worker) = start_fake(&FakeBackend::default(), 2, 1);
    let failed = enter(&queue).submit(request(1, Some("panic"))).await;
    let Err(CaptionError::Failed(problem)) = failed else { panic!("{failed:?}") };
    assert!(problem.contains("the fake backend was asked to"), "{problem}");
    enter(&queue).submit(request(1, None)).await.expect("answered after the panic");
}

#[test]
fn closed_queue_answers_what_it_admitted_and_refuses_the_rest() {
    let gate = Gate::default();
    let (queue, worker) = start_fake(&FakeBackend::behind(gate.clone()), 4, 1);
    let ticket = enter(&queue).submit(request(1, None));
    let permit = enter(&queue);
    queue.close();
    assert_eq!(queue.try_enter().err(), Some(Refusal::ShuttingDown));
    gate.open();
    let late = permit.submit(request(2, None));
    assert_eq!(ticket.wait().expect("answered").caption, "a picture of 1 by 1 pixels");
    assert_eq!(late.wait().expect("answered").caption, "a picture of 2 by 1 pixels");
    assert!(worker.join(PATIENCE), "the thread ends once all is answered");
}

#[test]
fn joining_a_stuck_worker_gives_up_in_time() {
    let (queue, worker) = start_fake(&FakeBackend::default(), 1, 1);
    let ticket = enter(&queue).submit(request(1, Some("wait")));
    eventually(|| queue.waiting() == 0);
    queue.close();
    assert!(!worker.join(Duration::from_millis(50)));
    drop(ticket);
}
