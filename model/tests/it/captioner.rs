//! The door of the crate, with the checkpoint that ships: streaming, cancellation, sampling and mixed batches.

use std::{fs, path::PathBuf};

use vasari_model::{
    Caption, CaptionRequest, Captioner, Error, GenerationOptions, LoadOptions, Observer, Task,
    checkpoint::ModelSource,
    image::{Limits, decode},
};

fn demo_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("demo")
}

fn captioner() -> Captioner {
    let source = ModelSource::Folder(demo_folder().join("checkpoint"));
    Captioner::load(&source, LoadOptions::default(), &|_| ()).unwrap()
}

fn request(scene: u32, task: Task, num_beams: u32) -> CaptionRequest {
    let file = demo_folder().join(format!("samples/scene-{scene:02}.png"));
    CaptionRequest {
        image: decode(&fs::read(file).unwrap(), &Limits::default()).unwrap(),
        task,
        text: None,
        options: GenerationOptions { num_beams: Some(num_beams), ..GenerationOptions::default() },
    }
}

/// Keeps what it hears, and gives up on request `cancelled` once it has heard of it.
#[derive(Default)]
struct Listener {
    heard: Vec<String>,
    cancelled: Option<usize>,
}

impl Listener {
    fn to(requests: usize) -> Self {
        Self { heard: vec![String::new(); requests], cancelled: None }
    }
}

impl Observer for Listener {
    fn on_text(&mut self, index: usize, text: &str) {
        self.heard[index].push_str(text);
    }

    fn is_cancelled(&mut self, index: usize) -> bool {
        self.cancelled == Some(index) && !self.heard[index].is_empty()
    }
}

fn alone(captioner: &Captioner, request: &CaptionRequest) -> Caption {
    captioner.caption(std::slice::from_ref(request), &mut ()).remove(0).unwrap()
}

#[test]
fn greedy_search_streams_the_whole_text() {
    let requests = [request(1, Task::DetailedCaption, 1), request(2, Task::ObjectDetection, 1)];
    let mut listener = Listener::to(2);
    let captions = captioner().caption(&requests, &mut listener);
    for (caption, heard) in captions.into_iter().zip(&listener.heard) {
        assert_eq!(&caption.unwrap().raw_text, heard);
    }
}

#[test]
fn beams_stream_nothing_that_they_take_back() {
    let requests = [request(1, Task::DetailedCaption, 3), request(2, Task::Caption, 4)];
    let mut listener = Listener::to(2);
    let captions = captioner().caption(&requests, &mut listener);
    for (caption, heard) in captions.into_iter().zip(&listener.heard) {
        let text = caption.unwrap().raw_text;
        // It may be nothing at all: a sure model's lesser beams differ from the first word on.
        assert!(text.starts_with(heard.as_str()), "{heard:?} was streamed, but the caption is {text:?}");
    }
}

#[test]
fn a_cancelled_request_stops_and_its_mates_go_on() {
    let captioner = captioner();
    let requests = [request(1, Task::DetailedCaption, 1), request(2, Task::Caption, 3)];
    let mut listener = Listener { cancelled: Some(0), ..Listener::to(2) };
    let captions = captioner.caption(&requests, &mut listener);
    assert!(matches!(captions[0], Err(Error::Cancelled)));
    let whole = alone(&captioner, &requests[0]).raw_text;
    assert!(listener.heard[0].len() < whole.len() / 2, "{:?} of {whole:?} came before it stopped", listener.heard[0]);
    assert_eq!(captions[1].as_ref().unwrap().text, alone(&captioner, &requests[1]).text);
}

#[test]
fn mixed_tasks_and_searches_in_a_batch_answer_as_alone() {
    let captioner = captioner();
    let sampling = GenerationOptions { temperature: Some(1.5), seed: Some(9), ..GenerationOptions::default() };
    let requests = [
        request(1, Task::Caption, 1),
        request(2, Task::ObjectDetection, 3),
        CaptionRequest { options: sampling, ..request(3, Task::DetailedCaption, 1) },
        CaptionRequest { text: Some("a dog and a cat".into()), ..request(4, Task::CaptionToPhraseGrounding, 2) },
    ];
    let together = captioner.caption(&requests, &mut ());
    for (request, caption) in requests.iter().zip(together) {
        let (caption, alone) = (caption.unwrap(), alone(&captioner, request));
        assert_eq!((&caption.token_ids, &caption.answer), (&alone.token_ids, &alone.answer));
        assert!((caption.confidence - alone.confidence).abs() < 1e-5);
    }
}

#[test]
fn a_refused_request_fails_alone() {
    let mut requests = [request(1, Task::Caption, 1), request(2, Task::Caption, 1), request(3, Task::Caption, 17)];
    requests[1].text = Some("captions take no text".into());
    let captions = captioner().caption(&requests, &mut ());
    assert!(captions[0].is_ok());
    assert!(matches!(captions[1], Err(Error::Prompt(_))));
    let refused = captions[2].as_ref().unwrap_err().to_string();
    assert_eq!(refused, "num_beams is 17, but it must be between 1 and 16");
}

#[test]
fn a_seed_repeats_its_caption_and_another_may_not() {
    let captioner = captioner();
    let sampled = |seed| {
        let options = GenerationOptions { temperature: Some(3.0), seed: Some(seed), ..GenerationOptions::default() };
        alone(&captioner, &CaptionRequest { options, ..request(5, Task::DetailedCaption, 1) }).text
    };
    assert_eq!(sampled(4), sampled(4));
    let different: std::collections::HashSet<String> = (0..8).map(sampled).collect();
    assert!(different.len() > 1, "8 seeds at temperature 3 all gave {different:?}");
}

#[test]
fn a_short_length_is_kept() {
    let options = GenerationOptions { max_length: Some(5), num_beams: Some(3), ..GenerationOptions::default() };
    let caption = alone(&captioner(), &CaptionRequest { options, ..request(6, Task::DetailedCaption, 3) });
    // The start token and five that were generated, the last of them forced to be `</s>`.
    assert_eq!((caption.token_ids.len(), caption.token_ids.last()), (6, Some(&2)));
}

#[test]
fn text_beyond_the_models_positions_is_refused_with_its_length() {
    let text = Some("a red apple and a dog ".repeat(40));
    let requests = [CaptionRequest { text, ..request(1, Task::CaptionToPhraseGrounding, 1) }];
    let refused = captioner().caption(&requests, &mut ()).remove(0).unwrap_err();
    assert!(matches!(refused, Error::PromptTooLong { .. }), "{refused}");
    assert!(refused.to_string().contains("shorten the text"), "{refused}");
}
