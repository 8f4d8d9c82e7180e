//! A panic costs the one who causes it.

use std::time::Duration;

use vasari_inference::{
    CaptionError, Update,
    fake::{FakeBackend, Gate},
};

use crate::{answer, caption, eventually, start_fake, submit};

#[tokio::test]
async fn panic_in_a_step_fails_its_own_request_alone() {
    let gate = Gate::default();
    let (queue, _workers) = start_fake(&FakeBackend::behind(gate.clone()), 8, 4);
    let mates = [1, 2].map(|width| submit(&queue, width, None));
    let guilty = submit(&queue, 3, Some("panic"));
    gate.open();
    let Err(CaptionError::Failed(problem)) = answer(guilty).await else { panic!("answered") };
    assert!(problem.contains("the fake backend was asked to"), "{problem}");
    for (mate, width) in mates.into_iter().zip(1..) {
        assert_eq!(caption(mate).await, format!("a picture of {width} by 1 pixels"));
    }
    assert_eq!(caption(submit(&queue, 4, None)).await, "a picture of 4 by 1 pixels");
}

#[tokio::test]
async fn panic_while_encoding_fails_its_own_request_alone() {
    let gate = Gate::default();
    let (queue, _workers) = start_fake(&FakeBackend::behind(gate.clone()), 8, 4);
    let mate = submit(&queue, 1, None);
    let guilty = [2, 3].map(|width| submit(&queue, width, Some("panic in admit")));
    gate.open();
    for guilty in guilty {
        assert!(matches!(answer(guilty).await, Err(CaptionError::Failed(_))));
    }
    assert_eq!(caption(mate).await, "a picture of 1 by 1 pixels");
    eventually(|| queue.admitted() == 0);
}

#[tokio::test]
async fn text_that_was_told_before_a_panic_is_not_told_twice() {
    let backend = FakeBackend::paced(Duration::ZERO, Duration::from_millis(20));
    let (queue, _workers) = start_fake(&backend, 8, 4);
    let mut ticket = submit(&queue, 1, None);
    let Update::Text(mut told) = ticket.next().await else { panic!("no text") };
    let guilty = submit(&queue, 2, Some("panic"));
    let caption = loop {
        match ticket.next().await {
            Update::Text(text) => told += &text,
            Update::Done(answer) => break answer.expect("answered").caption,
        }
    };
    assert_eq!(told, caption);
    assert!(matches!(answer(guilty).await, Err(CaptionError::Failed(_))));
    assert!(backend.log().steps.contains(&2), "they never shared a step");
}
