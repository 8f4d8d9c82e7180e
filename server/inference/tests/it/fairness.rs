//! Clients share the model fairly.

use vasari_inference::{
    Refusal,
    fake::{self, FakeBackend, Gate},
};

use crate::{caption, client, eventually, later, start_fake};

#[tokio::test]
async fn one_client_does_not_make_another_wait_for_all_of_its_requests() {
    let gate = Gate::default();
    let backend = FakeBackend::behind(gate.clone());
    let (queue, _workers) = start_fake(&backend, 32, 1);
    let submit =
        |name: &str, width| queue.try_enter(&client(name)).unwrap().submit(fake::request(width, None), later());
    let first = submit("greedy", 1);
    eventually(|| queue.waiting() == 0);
    let greedy: Vec<_> = (2..=11).map(|width| submit("greedy", width)).collect();
    let modest: Vec<_> = (101..=103).map(|width| submit("modest", width)).collect();
    gate.open();
    for ticket in std::iter::once(first).chain(greedy).chain(modest) {
        caption(ticket).await;
    }
    let order: Vec<u32> = backend.log().admitted.concat();
    let last_modest = order.iter().position(|width| *width == 103).expect("it was admitted");
    assert!(last_modest <= 7, "three requests waited behind ten: {order:?}");
    let of_greedy: Vec<u32> = order.iter().copied().filter(|width| *width < 100).collect();
    assert_eq!(of_greedy, (1..=11).collect::<Vec<_>>(), "a client's own requests keep their order");
}

#[tokio::test]
async fn places_are_kept_for_those_who_hold_less_than_their_share() {
    let gate = Gate::default();
    let (queue, _workers) = start_fake(&FakeBackend::behind(gate.clone()), 8, 1);
    let greedy: Vec<_> = std::iter::from_fn(|| queue.try_enter(&client("greedy")).ok()).collect();
    assert_eq!(greedy.len(), 6);
    let refusal = queue.try_enter(&client("greedy")).unwrap_err();
    assert!(matches!(refusal, Refusal::ShareUsed { held: 6, .. }), "{refusal:?}");
    let modest = [queue.try_enter(&client("modest")).unwrap(), queue.try_enter(&client("modest")).unwrap()];
    let refusal = queue.try_enter(&client("third")).unwrap_err();
    assert!(matches!(refusal, Refusal::Overloaded { capacity: 8, .. }), "{refusal:?}");
    drop(greedy);
    assert!(queue.try_enter(&client("third")).is_ok());
    drop(modest);
    assert_eq!(queue.admitted(), 0);
    gate.open();
}
