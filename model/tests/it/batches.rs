//! A result never depends on who shared its batch.

use vasari_model::testing::{GenerateCase, Generated};

use crate::fixtures::{Fixture, MODELS};

/// A batch of `size` pictures with prompts and parameters taken from as many different cases of the fixture.
struct Mixed {
    pixels: Vec<f32>,
    prompts: Vec<Vec<u32>>,
    parameters: Vec<GenerateCase>,
}

fn mixed(fixture: &Fixture, first: usize, size: usize) -> Mixed {
    let mut batch = Mixed { pixels: Vec::new(), prompts: Vec::new(), parameters: Vec::new() };
    for offset in 0..size {
        // Steps of 7 pass through greedy search and 2 to 4 beams, and through all lengths.
        let case = &fixture.cases[(first + 7 * offset) % fixture.cases.len()];
        let row = offset % case.prompt_ids.len();
        let pictures = fixture.pixel_values(case.seed, case.prompt_ids.len());
        batch.pixels.extend(&pictures[row * fixture.picture_len()..][..fixture.picture_len()]);
        batch.prompts.push(case.prompt_ids[row].clone());
        batch.parameters.push(case.parameters());
    }
    batch
}

fn assert_alone_equals_together(model: &str) {
    let fixture = Fixture::read(model);
    let tiny = fixture.load(&fixture.checkpoints[0]);
    for (first, size) in [(0, 2), (3, 3), (11, 5), (20, 6)] {
        let batch = mixed(&fixture, first, size);
        let together =
            tiny.generate(&batch.pixels, size, fixture.height, fixture.width, &batch.prompts, &batch.parameters);
        for (row, found) in together.iter().enumerate() {
            let pixels = &batch.pixels[row * fixture.picture_len()..][..fixture.picture_len()];
            let prompts = &batch.prompts[row..=row];
            let parameters = &batch.parameters[row..=row];
            let alone: Vec<Generated> = tiny.generate(pixels, 1, fixture.height, fixture.width, prompts, parameters);
            assert_eq!(found.ids, alone[0].ids, "{model}: picture {row} of a batch of {size}, {parameters:?}");
            // Adding up in another order may move the last digits, never the answer.
            let difference = (found.score - alone[0].score).abs();
            assert!(
                difference <= 1e-4 * alone[0].score.abs().max(1.0),
                "{model}: picture {row} of a batch of {size} scores {} but alone {}",
                found.score,
                alone[0].score
            );
        }
    }
}

#[test]
fn mixed_batches_give_what_each_gives_alone() {
    for model in MODELS {
        assert_alone_equals_together(model);
    }
}

#[test]
fn order_in_a_batch_changes_nothing() {
    let fixture = Fixture::read(MODELS[1]);
    let tiny = fixture.load(&fixture.checkpoints[0]);
    let batch = mixed(&fixture, 5, 4);
    let (height, width) = (fixture.height, fixture.width);
    let forward = tiny.generate(&batch.pixels, 4, height, width, &batch.prompts, &batch.parameters);
    let reversed = Mixed {
        pixels: batch.pixels.chunks(fixture.picture_len()).rev().flatten().copied().collect(),
        prompts: batch.prompts.iter().rev().cloned().collect(),
        parameters: batch.parameters.iter().rev().cloned().collect(),
    };
    let backward = tiny.generate(&reversed.pixels, 4, height, width, &reversed.prompts, &reversed.parameters);
    let ids = |results: &[Generated]| results.iter().map(|result| result.ids.clone()).collect::<Vec<_>>();
    let mut backward = ids(&backward);
    backward.reverse();
    assert_eq!(ids(&forward), backward);
}
