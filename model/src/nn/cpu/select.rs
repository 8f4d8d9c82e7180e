//! The likeliest tokens of a row of logits, on the host.

use super::kernels;
use crate::nn::TokenScores;

/// The `count` highest of `logits`, lower ids first among equals, with the row's log-normaliser.
pub(crate) fn select_candidates(logits: &[f32], count: usize) -> TokenScores {
    let count = count.min(logits.len());
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    let mut threshold = f32::NEG_INFINITY;
    for (id, &logit) in logits.iter().enumerate() {
        if best.len() < count || logit > threshold {
            // Behind its equals, so that the lower id keeps the better place.
            let place = best.partition_point(|&(_, other)| other >= logit);
            best.insert(place, (id as u32, logit));
            best.truncate(count);
            if best.len() == count {
                threshold = best.last().map_or(f32::NEG_INFINITY, |&(_, logit)| logit);
            }
        }
    }
    TokenScores { log_normalizer: kernels::log_sum_exp(logits), candidates: best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_equals_by_id() {
        let scores = select_candidates(&[1.0, 3.0, 2.0, 3.0, -1.0], 3);
        assert_eq!(scores.candidates, [(1, 3.0), (3, 3.0), (2, 2.0)]);
    }

    #[test]
    fn log_probabilities_sum_to_one() {
        let logits: Vec<f32> = (0..1000).map(|i| ((i * 37) % 113) as f32 / 10.0).collect();
        let scores = select_candidates(&logits, logits.len());
        let total: f64 = scores.candidates.iter().map(|&(_, l)| f64::from(l - scores.log_normalizer).exp()).sum();
        assert!((total - 1.0).abs() < 1e-5, "{total}");
    }

    #[test]
    fn asking_for_more_than_there_are_gives_all() {
        assert_eq!(select_candidates(&[0.0, 1.0], 6).candidates.len(), 2);
    }
}
