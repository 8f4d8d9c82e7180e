//! The door of the crate, with the checkpoint that ships: sampling, refusals and mixed batches.

use std::{fs, path::PathBuf};

use vasari_model::{
    Caption, CaptionRequest, Captioner, Error, GenerationOptions, LoadOptions, Task,
    checkpoint::ModelSource,
    image::{Limits, decode},
};

pub(crate) fn demo_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("demo")
}

pub(crate) fn captioner() -> Captioner {
    let source = ModelSource::Folder(demo_folder().join("checkpoint"));
    Captioner::load(&source, LoadOptions::default(), &|_| ()).unwrap()
}

pub(crate) fn request(scene: u32, task: Task, num_beams: u32) -> CaptionRequest {
    let file = demo_folder().join(format!("samples/scene-{scene:02}.png"));
    CaptionRequest {
        image: decode(&fs::read(file).unwrap(), &Limits::default()).unwrap(),
        task,
        text: None,
        options: GenerationOptions { num_beams: Some(num_beams), ..GenerationOptions::default() },
    }
}

pub(crate) fn alone(captioner: &Captioner, request: &CaptionRequest) -> Caption {
    captioner.caption(std::slice::from_ref(request)).remove(0).unwrap()
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
    let together = captioner.caption(&requests);
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
    let captions = captioner().caption(&requests);
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
    let refused = captioner().caption(&requests).remove(0).unwrap_err();
    assert!(matches!(refused, Error::PromptTooLong { .. }), "{refused}");
    assert!(refused.to_string().contains("shorten the text"), "{refused}");
}
