//! Every step between pixels and the first logits, in every checkpoint layout.

use crate::fixtures::{Fixture, MODELS, relative_difference};

/// The bound. Both sides compute in f32 in a different order; at these sizes that leaves about 1e-6, and a
/// wrong epsilon, activation or attention scale leaves more than 1e-3.
const TOLERANCE: f32 = 1e-4;

fn assert_close(what: &str, found: &[f32], shape: &[usize], expected: &(Vec<f32>, Vec<usize>)) {
    assert_eq!(shape, expected.1, "shape of {what}");
    let difference = relative_difference(found, &expected.0);
    assert!(difference <= TOLERANCE, "{what} differs from the reference by {difference:e} relative");
}

fn assert_agrees(model: &str) {
    let fixture = Fixture::read(model);
    let input = &fixture.hidden_states;
    let batch = input.prompt_ids.len();
    let (height, width) = (fixture.height, fixture.width);
    let pixels = fixture.pixel_values(input.seed, batch);
    assert!(fixture.checkpoints.len() >= 2);
    for checkpoint in &fixture.checkpoints {
        let tiny = fixture.load(checkpoint);
        let at = |what: &str| format!("{model}/{checkpoint}: {what}");

        let stages = tiny.vision_stages(&pixels, batch, height, width);
        assert_eq!(stages.len(), 4);
        for (stage, (values, shape)) in stages.iter().enumerate() {
            let name = format!("vision_stage_{stage}");
            assert_close(&at(&name), values, shape, &fixture.expected(&name));
        }
        let (values, shape) = tiny.image_features(&pixels, batch, height, width);
        assert_close(&at("image_features"), &values, &shape, &fixture.expected("image_features"));

        let encoded = tiny.encoder_output(&pixels, batch, height, width, &input.prompt_ids);
        let logits = tiny.first_logits(&pixels, batch, height, width, &input.prompt_ids);
        assert_eq!((encoded.len(), logits.len()), (batch, batch));
        for (row, ((values, shape), logits)) in encoded.iter().zip(&logits).enumerate() {
            let name = format!("encoder_output_{row}");
            assert_close(&at(&name), values, shape, &fixture.expected(&name));
            let name = format!("first_logits_{row}");
            assert_close(&at(&name), logits, &[logits.len()], &fixture.expected(&name));
        }
    }
}

#[test]
fn feature_maps_that_are_multiples_of_the_window() {
    assert_agrees(MODELS[0]);
}

#[test]
fn feature_maps_that_need_padding() {
    assert_agrees(MODELS[1]);
}

#[test]
fn deeper_model_with_a_bias_on_the_logits() {
    assert_agrees(MODELS[2]);
}
