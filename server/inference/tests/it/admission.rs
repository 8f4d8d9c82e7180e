//! Who is let in, who is turned away and how the queue ends.

use std::time::{Duration, Instant};

use vasari_inference::{
    CaptionError, Parameters, Refusal,
    fake::{self, FakeBackend, Gate},
};

use crate::{PATIENCE, answer, caption, client, enter, eventually, later, start_fake, submit};

#[tokio::test]
async fn full_queue_refuses_at_once_and_says_when_to_come_back() {
    let gate = Gate::default();
    let (queue, _workers) = start_fake(&FakeBackend::behind(gate.clone()), 2, 1);
    let ticket = submit(&queue, 1, None);
    let permit = enter(&queue);
    let began = Instant::now();
    let Err(Refusal::Overloaded { capacity, retry_after }) = queue.try_enter(&client("another")) else {
        panic!("admitted")
    };
    assert!(began.elapsed() < Duration::from_millis(50));
    assert_eq!(capacity, 2);
    assert!(retry_after >= Duration::from_secs(1));
    assert!(queue.is_full());
    drop(permit);
    assert!(queue.check(&client("another")).is_ok());
    gate.open();
    caption(ticket).await;
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn advice_to_come_back_is_true() {
    // Three requests of about 0.6 s each on one worker: a place is free after one of them.
    let backend = FakeBackend::paced(Duration::from_millis(600), Duration::ZERO);
    let (queue, _workers) = start_fake(&backend, 3, 1);
    caption(submit(&queue, 1, None)).await;
    eventually(|| queue.admitted() == 0);
    let tickets: Vec<_> = ["a", "b", "c"]
        .map(|name| queue.try_enter(&client(name)).unwrap().submit(fake::request(1, None), later()))
        .into();
    let Err(Refusal::Overloaded { retry_after, .. }) = queue.try_enter(&client("d")) else { panic!("admitted") };
    assert_eq!(retry_after, Duration::from_secs(1));
    tokio::time::sleep(retry_after).await;
    assert!(queue.try_enter(&client("d")).is_ok());
    drop(tickets);
}

#[tokio::test]
async fn request_that_would_be_late_is_refused_before_it_waits() {
    let backend = FakeBackend::paced(Duration::from_millis(200), Duration::ZERO);
    let (queue, _workers) = start_fake(&backend, 16, 1);
    caption(submit(&queue, 1, None)).await;
    let _ahead: Vec<_> = (0..8).map(|_| submit(&queue, 1, None)).collect();
    let permit = queue.try_enter(&client("another")).unwrap();
    let soon = Instant::now() + Duration::from_millis(300);
    let Err(Refusal::TooLong { retry_after }) = permit.check("<CAPTION>", &Parameters::default(), soon) else {
        panic!("taken")
    };
    assert!((1..=2).contains(&retry_after.as_secs()), "{retry_after:?}");
    assert_eq!(permit.check("<CAPTION>", &Parameters::default(), later()), Ok(()));
}

#[tokio::test]
async fn answer_that_is_late_is_an_error_and_its_work_ends() {
    let (queue, _workers) = start_fake(&FakeBackend::default(), 4, 1);
    let soon = Instant::now() + Duration::from_millis(30);
    let running = enter(&queue).submit(fake::request(1, Some("wait")), soon);
    let waiting = enter(&queue).submit(fake::request(2, None), soon);
    assert_eq!(answer(running).await, Err(CaptionError::TooLate));
    assert_eq!(answer(waiting).await, Err(CaptionError::TooLate));
    eventually(|| queue.admitted() == 0);
}

#[test]
fn closed_queue_answers_what_it_admitted_and_refuses_the_rest() {
    let gate = Gate::default();
    let (queue, workers) = start_fake(&FakeBackend::behind(gate.clone()), 4, 1);
    let ticket = submit(&queue, 1, None);
    let permit = enter(&queue);
    queue.close();
    assert_eq!(queue.try_enter(&client("late")).err(), Some(Refusal::ShuttingDown));
    gate.open();
    let late = permit.submit(fake::request(2, None), later());
    assert_eq!(ticket.wait().expect("answered").caption, "a picture of 1 by 1 pixels");
    assert_eq!(late.wait().expect("answered").caption, "a picture of 2 by 1 pixels");
    assert!(workers.join(PATIENCE), "the thread ends once all is answered");
}

#[test]
fn joining_a_stuck_worker_gives_up_in_time() {
    let (queue, workers) = start_fake(&FakeBackend::default(), 1, 1);
    let ticket = submit(&queue, 1, Some("wait"));
    eventually(|| queue.waiting() == 0);
    queue.close();
    assert!(!workers.join(Duration::from_millis(50)));
    drop(ticket);
}
