//! Generated token sequences, equal to transformers' `generate` in every case of the fixtures.

use vasari_model::testing::Generated;

use crate::fixtures::{Case, Fixture, MODELS};

/// Scores are sums of up to 30 log-probabilities computed in f32 in another order.
const SCORE_TOLERANCE: f32 = 1e-3;

fn check(at: &str, case: &Case, generated: &[Generated]) {
    assert_eq!(generated.len(), case.sequences.len(), "{at}");
    for (row, (found, expected)) in generated.iter().zip(&case.sequences).enumerate() {
        assert_eq!(&found.ids, expected, "{at}, picture {row}, {:?}", case.parameters());
        if let Some(scores) = &case.scores {
            let difference = (found.score - scores[row]).abs();
            assert!(
                difference <= SCORE_TOLERANCE * scores[row].abs().max(1.0),
                "{at}, picture {row}: score {} where the reference has {}",
                found.score,
                scores[row]
            );
        }
    }
}

fn assert_generates(model: &str) -> usize {
    let fixture = Fixture::read(model);
    let mut compared = 0;
    for checkpoint in &fixture.checkpoints {
        let tiny = fixture.load(checkpoint);
        for (number, case) in fixture.cases.iter().enumerate() {
            let batch = case.prompt_ids.len();
            let pixels = fixture.pixel_values(case.seed, batch);
            let parameters = vec![case.parameters(); batch];
            let generated = tiny.generate(&pixels, batch, fixture.height, fixture.width, &case.prompt_ids, &parameters);
            check(&format!("{model}/{checkpoint}, case {number}"), case, &generated);
            compared += generated.len();
        }
    }
    compared
}

#[test]
fn square_model_generates_what_the_reference_generates() {
    assert!(assert_generates(MODELS[0]) >= 200);
}

#[test]
fn padded_model_generates_what_the_reference_generates() {
    assert!(assert_generates(MODELS[1]) >= 200);
}

#[test]
fn deep_model_generates_what_the_reference_generates() {
    assert!(assert_generates(MODELS[2]) >= 200);
}

#[test]
fn cases_cover_every_parameter_of_the_search() {
    let cases: Vec<Case> = MODELS.into_iter().flat_map(|model| Fixture::read(model).cases).collect();
    assert!(cases.iter().map(|case| case.sequences.len()).sum::<usize>() >= 240);
    for beams in 1..=4 {
        assert!(cases.iter().any(|case| case.num_beams == beams), "no case with {beams} beams");
    }
    let searches: Vec<String> = cases.iter().map(|case| format!("{:?}", case.parameters())).collect();
    for part in ["Always", "Heuristic", "Never", "no_repeat_ngram_size: 0", "length_penalty: 0.5"] {
        assert!(searches.iter().any(|search| search.contains(part)), "no case with {part}");
    }
    let ended_early = |case: &Case| case.sequences.iter().filter(|ids| ids.len() <= case.max_new_tokens).count();
    assert!(cases.iter().map(ended_early).sum::<usize>() >= 100, "too few sequences end by `</s>`");
}
