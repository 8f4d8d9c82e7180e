//! What shares a batch, when it joins and when it leaves.

use std::time::Duration;

use vasari_inference::{
    CaptionError, QueueConfig, Update,
    fake::{self, FakeBackend, Gate},
    start,
};

use crate::{answer, caption, enter, eventually, later, start_fake, submit};

#[tokio::test]
async fn each_client_gets_its_own_answer_and_no_batch_is_larger_than_allowed() {
    let gate = Gate::default();
    let backend = FakeBackend::behind(gate.clone());
    let (queue, _workers) = start_fake(&backend, 16, 5);
    let tickets: Vec<_> = (1..=12).map(|width| submit(&queue, width, None)).collect();
    gate.open();
    for (ticket, width) in tickets.into_iter().zip(1..) {
        assert_eq!(caption(ticket).await, format!("a picture of {width} by 1 pixels"));
    }
    let steps = backend.log().steps;
    assert_eq!(steps.iter().max(), Some(&5), "{steps:?}");
    // 12 answers of 7 words each, and no step was taken for nobody.
    assert_eq!(steps.iter().sum::<usize>(), 84);
}

#[tokio::test]
async fn new_request_joins_between_steps_and_leaves_when_it_is_done() {
    let (queue, _workers) = start_fake(&FakeBackend::default(), 8, 4);
    let long = submit(&queue, 1, Some("wait"));
    eventually(|| queue.waiting() == 0);
    let result = answer(submit(&queue, 2, None)).await.expect("answered while the long one runs");
    assert_eq!(result.timing.batch_size, 2);
    assert_eq!(queue.admitted(), 1);
    drop(long);
}

#[tokio::test]
async fn answer_does_not_depend_on_batch_mates() {
    let gate = Gate::default();
    let (queue, _workers) = start_fake(&FakeBackend::behind(gate.clone()), 16, 16);
    let mates = ["refuse", "fail"].map(|text| submit(&queue, 9, Some(text)));
    let shared = submit(&queue, 5, None);
    gate.open();
    let shared = answer(shared).await.expect("answered");
    let alone = answer(submit(&queue, 5, None)).await.expect("answered");
    assert_eq!((shared.caption, shared.answer, shared.regions), (alone.caption, alone.answer, alone.regions));
    let [refused, failed] = mates;
    assert!(matches!(answer(refused).await, Err(CaptionError::Refused(_))));
    assert!(matches!(answer(failed).await, Err(CaptionError::Failed(_))));
}

#[tokio::test]
async fn text_comes_as_it_grows_and_adds_up_to_the_answer() {
    let (queue, _workers) = start_fake(&FakeBackend::default(), 4, 1);
    let mut ticket = submit(&queue, 3, None);
    let mut pieces = Vec::new();
    let answer = loop {
        match ticket.next().await {
            Update::Text(text) => pieces.push(text),
            Update::Done(answer) => break answer.expect("answered"),
        }
    };
    assert_eq!(pieces.len(), 7);
    assert_eq!(pieces.concat(), answer.caption);
}

#[tokio::test]
async fn abandoned_entries_are_skipped_and_give_their_permits_back() {
    let gate = Gate::default();
    let backend = FakeBackend::behind(gate.clone());
    let (queue, _workers) = start_fake(&backend, 3, 8);
    let first = submit(&queue, 1, None);
    eventually(|| queue.waiting() == 0);
    drop(submit(&queue, 2, Some("panic")));
    let last = submit(&queue, 3, None);
    gate.open();
    caption(first).await;
    caption(last).await;
    assert_eq!(backend.log().admitted, [[1], [3]]);
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn running_request_is_cancelled_when_its_client_leaves() {
    let (queue, _workers) = start_fake(&FakeBackend::default(), 2, 1);
    let ticket = submit(&queue, 1, Some("wait"));
    eventually(|| queue.waiting() == 0);
    assert_eq!(queue.admitted(), 1);
    drop(ticket);
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn several_workers_share_the_line() {
    let backend = FakeBackend::paced(Duration::from_millis(20), Duration::ZERO);
    let config = QueueConfig { capacity: 8, batch_size: 1 };
    let (queue, _workers) = start(backend.load(2).runners, config).expect("threads can be started");
    let stuck = submit(&queue, 1, Some("wait"));
    eventually(|| queue.waiting() == 0);
    assert_eq!(caption(submit(&queue, 2, None)).await, "a picture of 2 by 1 pixels");
    drop(stuck);
}

#[tokio::test]
async fn parameters_reach_the_backend() {
    let (queue, _workers) = start_fake(&FakeBackend::default(), 2, 1);
    let mut request = fake::request(1, None);
    request.parameters.max_length = Some(2);
    assert_eq!(caption(enter(&queue).submit(request, later())).await, "a picture");
}
