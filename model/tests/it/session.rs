//! Requests that come, grow and go between steps, with the checkpoint that ships.

use std::collections::BTreeMap;

use vasari_model::{
    Caption, CaptionRequest, Captioner, Error, LoadOptions, Observer, PreparedRequest, Residence, Session, Task,
    checkpoint::ModelSource,
};

use crate::captioner::{alone, captioner, demo_folder, request};

/// Keeps what it hears.
#[derive(Default)]
struct Listener {
    heard: BTreeMap<u64, String>,
    done: BTreeMap<u64, Caption>,
}

impl Observer for Listener {
    fn on_text(&mut self, id: u64, text: &str) {
        self.heard.entry(id).or_default().push_str(text);
    }

    fn on_done(&mut self, id: u64, caption: Caption) {
        self.done.insert(id, caption);
    }
}

/// `key` says which picture it is.
fn prepared(captioner: &Captioner, request: &CaptionRequest, key: Option<u8>) -> PreparedRequest {
    PreparedRequest {
        picture: captioner.prepare(&request.image, key.map(|key| [key; 32])),
        task: request.task,
        text: request.text.clone(),
        options: request.options.clone(),
    }
}

fn run(session: &mut Session, listener: &mut Listener) {
    while !session.is_empty() {
        session.step(listener).unwrap();
    }
}

#[test]
fn greedy_search_streams_the_whole_text() {
    let captioner = captioner();
    let requests = [request(1, Task::DetailedCaption, 1), request(2, Task::ObjectDetection, 1)];
    let (mut session, mut listener) = (captioner.session(), Listener::default());
    let admitted = (0..).zip(&requests).map(|(id, request)| (id, prepared(&captioner, request, None)));
    assert!(session.admit(&admitted.collect::<Vec<_>>()).is_empty());
    run(&mut session, &mut listener);
    for (id, caption) in &listener.done {
        assert_eq!(caption.raw_text, listener.heard[id]);
    }
    assert_eq!(listener.done.len(), 2);
}

#[test]
fn beams_stream_nothing_that_they_take_back() {
    let captioner = captioner();
    let requests = [request(1, Task::DetailedCaption, 3), request(2, Task::Caption, 4)];
    let (mut session, mut listener) = (captioner.session(), Listener::default());
    for (id, request) in (0..).zip(&requests) {
        assert!(session.admit(&[(id, prepared(&captioner, request, None))]).is_empty());
    }
    run(&mut session, &mut listener);
    for (id, caption) in &listener.done {
        // It may be nothing at all: a sure model's lesser beams differ from the first word on.
        let heard = listener.heard.get(id).map_or("", String::as_str);
        assert!(caption.raw_text.starts_with(heard), "{heard:?} was streamed of {:?}", caption.raw_text);
    }
    assert_eq!(listener.done.len(), 2);
}

#[test]
fn request_that_joins_late_is_answered_as_alone_and_leaves_early() {
    let captioner = captioner();
    let long = request(1, Task::DetailedCaption, 1);
    let late = [request(2, Task::Caption, 3), request(3, Task::Caption, 1), request(4, Task::ObjectDetection, 3)];
    let (mut session, mut listener) = (captioner.session(), Listener::default());
    assert!(session.admit(&[(0, prepared(&captioner, &long, None))]).is_empty());
    for (id, request) in (1..).zip(&late) {
        (0..3).for_each(|_| session.step(&mut listener).unwrap());
        assert!(session.admit(&[(id, prepared(&captioner, request, None))]).is_empty());
    }
    while listener.done.is_empty() {
        session.step(&mut listener).unwrap();
    }
    assert!(!listener.done.contains_key(&0), "the long one was asked first and is not the first to be done");
    run(&mut session, &mut listener);
    for (id, request) in (0..).zip(std::iter::once(&long).chain(&late)) {
        let (together, alone) = (&listener.done[&id], alone(&captioner, request));
        assert_eq!((&together.token_ids, &together.answer), (&alone.token_ids, &alone.answer));
        // Adding up in another order may move the last digits, never the answer.
        assert!((together.confidence - alone.confidence).abs() < 1e-5);
    }
}

#[test]
fn cancelled_request_stops_and_its_mates_go_on() {
    let captioner = captioner();
    let requests: Vec<_> = (1..=4).map(|scene| request(scene, Task::DetailedCaption, 3)).collect();
    let (mut session, mut listener) = (captioner.session(), Listener::default());
    let admitted: Vec<_> =
        (0..).zip(&requests).map(|(id, request)| (id, prepared(&captioner, request, None))).collect();
    assert!(session.admit(&admitted).is_empty());
    session.cancel(3);
    (0..4).for_each(|_| session.step(&mut listener).unwrap());
    session.cancel(1);
    session.cancel(17);
    run(&mut session, &mut listener);
    assert_eq!(listener.done.keys().copied().collect::<Vec<_>>(), [0, 2]);
    for id in [0, 2] {
        assert_eq!(listener.done[&id].token_ids, alone(&captioner, &requests[id as usize]).token_ids);
    }
}

#[test]
fn second_question_about_a_picture_skips_the_vision_tower() {
    let source = ModelSource::Folder(demo_folder().join("checkpoint"));
    let options = LoadOptions { feature_cache_bytes: 64 << 20, ..LoadOptions::default() };
    let captioner = Captioner::load(&source, options, &|_| ()).unwrap();
    let questions = [request(1, Task::Caption, 1), request(1, Task::ObjectDetection, 1)];
    // A second session shares the features; two questions at once share them as well.
    for (pass, is_cached) in [(1, false), (2, true)] {
        let (mut session, mut listener) = (captioner.session(), Listener::default());
        let asked = (0..).zip(&questions).map(|(id, request)| (id, prepared(&captioner, request, Some(1))));
        assert!(session.admit(&asked.collect::<Vec<_>>()).is_empty());
        run(&mut session, &mut listener);
        for (id, request) in (0..).zip(&questions) {
            let caption = &listener.done[&id];
            assert_eq!(caption.times.cached, is_cached, "pass {pass}, question {id}");
            assert_eq!(caption.times.vision.is_zero(), is_cached, "pass {pass}, question {id}");
            assert_eq!(caption.token_ids, alone(&captioner, request).token_ids);
            assert!(caption.times.steps > 0 && !caption.times.decode.is_zero());
        }
    }
}

#[test]
fn offloaded_halves_answer_alike() {
    let source = ModelSource::Folder(demo_folder().join("checkpoint"));
    let options = LoadOptions { residence: Residence::WhileRunning, ..LoadOptions::default() };
    let offloaded = Captioner::load(&source, options, &|_| ()).unwrap();
    let requests = [request(1, Task::Caption, 3), request(2, Task::ObjectDetection, 1)];
    let (mut session, mut listener) = (offloaded.session(), Listener::default());
    for (id, request) in (0..).zip(&requests) {
        assert!(session.admit(&[(id, prepared(&offloaded, request, None))]).is_empty());
        session.step(&mut listener).unwrap();
    }
    run(&mut session, &mut listener);
    let resident = captioner();
    for (id, request) in (0..).zip(&requests) {
        assert_eq!(listener.done[&id].token_ids, alone(&resident, request).token_ids);
    }
}

#[test]
fn refused_request_is_named_and_the_others_are_admitted() {
    let captioner = captioner();
    let mut wrong = request(2, Task::Caption, 1);
    wrong.text = Some("captions take no text".into());
    let (mut session, mut listener) = (captioner.session(), Listener::default());
    let asked = [request(1, Task::Caption, 1), wrong];
    let asked: Vec<_> = (0..).zip(&asked).map(|(id, request)| (id, prepared(&captioner, request, None))).collect();
    let refused = session.admit(&asked);
    assert!(matches!(refused[..], [(1, Error::Prompt(_))]));
    run(&mut session, &mut listener);
    assert_eq!(listener.done.len(), 1);
    assert!(session.is_empty());
}
