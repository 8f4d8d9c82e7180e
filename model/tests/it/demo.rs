//! The checkpoint that ships, from picture files to answers: equal to the reference's, and true.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;
use vasari_model::{
    CaptionRequest, Captioner, Device, GenerationOptions, LoadOptions, Task,
    checkpoint::ModelSource,
    image::{Limits, decode},
};

/// Fewest of the 20 captions that must be true. The checkpoint is trained to 95 % on scenes it has not seen; this is
/// what it may miss of 20 without anything being wrong with the program.
const TRUE_CAPTIONS: usize = 18;

/// One question about a held-out scene, from `expected.json`.
#[derive(Debug, Deserialize)]
struct Question {
    image: String,
    task: String,
    text: String,
    truth: String,
    reference: Value,
}

fn demo_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("demo")
}

fn questions() -> Vec<Question> {
    let file = demo_folder().join("held_out/expected.json");
    let bytes = fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}. Run `python model/demo/samples.py held_out`", file.display()));
    serde_json::from_slice(&bytes).unwrap()
}

fn captioner() -> Captioner {
    let source = ModelSource::Folder(demo_folder().join("checkpoint"));
    let options = LoadOptions { device: Device::Cpu, ..LoadOptions::default() };
    Captioner::load(&source, options, &|_| ()).unwrap()
}

fn request(question: &Question, num_beams: u32) -> CaptionRequest {
    let bytes = fs::read(demo_folder().join("held_out").join(&question.image)).unwrap();
    CaptionRequest {
        image: decode(&bytes, &Limits::default()).unwrap(),
        task: question.task.parse::<Task>().unwrap(),
        text: Some(question.text.clone()).filter(|text| !text.is_empty()),
        options: GenerationOptions { num_beams: Some(num_beams), ..GenerationOptions::default() },
    }
}

/// The reference keeps its special tokens in the text.
fn without_special_tokens(raw: &str) -> String {
    ["<s>", "</s>", "<pad>"].iter().fold(raw.to_owned(), |text, token| text.replace(token, ""))
}

fn assert_equals_reference(num_beams: u32) {
    let (captioner, questions) = (captioner(), questions());
    assert!(questions.len() >= 40);
    for question in &questions {
        let caption = captioner.caption(&[request(question, num_beams)]).remove(0).unwrap();
        let expected = question.reference[num_beams.to_string()].as_str().unwrap();
        assert_eq!(
            caption.raw_text,
            without_special_tokens(expected),
            "{} {} {:?}, {num_beams} beams",
            question.image,
            question.task,
            question.text
        );
        assert!((0.0..=1.0).contains(&caption.confidence), "{}", caption.confidence);
    }
}

#[test]
fn demo_answers_are_the_references_with_greedy_search() {
    assert_equals_reference(1);
}

#[test]
fn demo_answers_are_the_references_with_three_beams() {
    assert_equals_reference(3);
}

#[test]
fn demo_captions_are_true() {
    let captioner = captioner();
    let captions: Vec<Question> = questions().into_iter().filter(|question| question.task == "<CAPTION>").collect();
    assert_eq!(captions.len(), 20);
    // One batch, as a server would.
    let requests: Vec<CaptionRequest> = captions.iter().map(|question| request(question, 3)).collect();
    let answers = captioner.caption(&requests);
    let right = captions
        .iter()
        .zip(&answers)
        .filter(|(question, answer)| answer.as_ref().is_ok_and(|caption| caption.text == question.truth));
    let count = right.count();
    assert!(count >= TRUE_CAPTIONS, "only {count} of 20 captions are true");
}
