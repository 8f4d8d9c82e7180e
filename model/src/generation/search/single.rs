//! Greedy search and sampling: one row, one token a step.

use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};

use super::{
    Hypothesis, Step,
    constraints::{allowed, candidates_with_bans, forced_end, forced_start},
};
use crate::{
    generation::options::{Sampling, SearchParameters},
    nn::TokenScores,
};

/// Sampling never looks beyond this many tokens: the `top_k` that transformers samples with unless told otherwise.
const TOP_K: usize = 50;

/// A search without alternatives.
#[derive(Debug)]
pub(crate) struct SingleSearch {
    parameters: SearchParameters,
    sampler: Option<(Sampling, ChaCha12Rng)>,
    hypothesis: Hypothesis,
}

impl SingleSearch {
    pub(super) fn new(parameters: SearchParameters) -> Self {
        let ids = forced_start(&parameters);
        let sampler = parameters.sampling.map(|sampling| (sampling, ChaCha12Rng::seed_from_u64(sampling.seed)));
        let hypothesis = Hypothesis { log_probs: vec![0.0; ids.len()], ids, score: 0.0 };
        Self { parameters, sampler, hypothesis }
    }

    pub(super) fn prefill(&self) -> Option<&[u32]> {
        (self.hypothesis.ids.len() < self.parameters.max_length).then_some(&self.hypothesis.ids)
    }

    pub(super) fn candidates_needed(&self) -> usize {
        let wanted = if self.sampler.is_some() { TOP_K } else { 1 };
        candidates_with_bans(&self.hypothesis.ids, self.parameters.no_repeat_ngram_size, wanted)
    }

    pub(super) fn advance(&mut self, rows: &[TokenScores]) -> Step {
        let scores = &rows[0];
        let ids = &self.hypothesis.ids;
        let (id, log_prob) = if let Some(id) = forced_end(&self.parameters, ids.len()) {
            (id, 0.0)
        } else {
            let allowed: Vec<_> = allowed(scores, ids, self.parameters.no_repeat_ngram_size).collect();
            let chosen = match &mut self.sampler {
                Some((sampling, rng)) => sample(&allowed, *sampling, rng),
                None => allowed.first().copied(),
            };
            // With every candidate banned (a vocabulary of a few tokens), ending is all that is left.
            chosen.map_or((self.parameters.eos_token_id, 0.0), |(id, logit)| (id, logit - scores.log_normalizer))
        };
        self.hypothesis = self.hypothesis.extended(id, log_prob);
        if id == self.parameters.eos_token_id || self.hypothesis.ids.len() >= self.parameters.max_length {
            return Step::Done;
        }
        Step::Continue { parents: vec![0], tokens: vec![id] }
    }

    pub(super) fn ids(&self) -> &[u32] {
        &self.hypothesis.ids
    }

    pub(super) fn finish(self) -> Hypothesis {
        self.hypothesis
    }
}

/// Draws from the softmax of `allowed` at a temperature, cut to the smallest set that holds `top_p` of the probability
/// (Holtzman et al. 2020, as transformers' `TopPLogitsWarper` behind its `TopKLogitsWarper`).
fn sample(allowed: &[(u32, f32)], sampling: Sampling, rng: &mut ChaCha12Rng) -> Option<(u32, f32)> {
    let top = &allowed[..allowed.len().min(TOP_K)];
    let &(_, highest) = top.first()?;
    let weights: Vec<f32> = top.iter().map(|(_, logit)| ((logit - highest) / sampling.temperature).exp()).collect();
    let total: f32 = weights.iter().sum();
    let mut kept = 0;
    let mut mass = 0.0;
    while kept < weights.len() && (kept == 0 || mass < sampling.top_p * total) {
        mass += weights[kept];
        kept += 1;
    }
    let mut point = rng.random::<f32>() * mass;
    let index = weights[..kept].iter().position(|weight| {
        point -= weight;
        point < 0.0
    });
    Some(top[index.unwrap_or(kept - 1)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EarlyStopping;

    fn parameters(sampling: Option<Sampling>) -> SearchParameters {
        SearchParameters {
            max_length: 6,
            num_beams: 1,
            sampling,
            no_repeat_ngram_size: 3,
            length_penalty: 1.0,
            early_stopping: EarlyStopping::Always,
            decoder_start_token_id: 2,
            eos_token_id: 2,
            forced_bos_token_id: Some(0),
            forced_eos_token_id: Some(2),
        }
    }

    fn scores(logits: &[f32]) -> TokenScores {
        crate::nn::select_candidates(logits, logits.len())
    }

    #[test]
    fn greedy_takes_the_likeliest_until_the_end_is_forced() {
        let mut search = SingleSearch::new(parameters(None));
        assert_eq!(search.prefill(), Some(&[2, 0][..]));
        let row = [scores(&[0.0, 0.0, 0.0, 0.0, 1.0, 3.0])];
        for _ in 0..3 {
            assert_eq!(search.advance(&row), Step::Continue { parents: vec![0], tokens: vec![5] });
        }
        assert_eq!(search.advance(&row), Step::Done);
        assert_eq!(search.finish().ids, [2, 0, 5, 5, 5, 2]);
    }

    #[test]
    fn a_small_top_p_is_greedy() {
        let sampling = Sampling { temperature: 2.0, top_p: 0.01, seed: 3 };
        let mut search = SingleSearch::new(parameters(Some(sampling)));
        let step = search.advance(&[scores(&[0.0, 0.0, 0.0, 0.5, 1.0, 1.5])]);
        assert_eq!(step, Step::Continue { parents: vec![0], tokens: vec![5] });
    }

    #[test]
    fn a_seed_repeats_its_draws_and_draws_follow_the_probabilities() {
        let draw = |seed| {
            let sampling = Sampling { temperature: 1.0, top_p: 1.0, seed };
            let mut rng = ChaCha12Rng::seed_from_u64(seed);
            // Probabilities 3/4 and 1/4.
            sample(&[(7, 3.0f32.ln()), (8, 0.0)], sampling, &mut rng).map(|(id, _)| id)
        };
        assert_eq!(draw(11), draw(11));
        let sevens = (0..4000).filter(|&seed| draw(seed) == Some(7)).count();
        assert!((2880..3120).contains(&sevens), "{sevens} of 4000 draws took the token with probability 3/4");
    }

    #[test]
    fn a_length_of_two_leaves_nothing_to_choose() {
        let search = SingleSearch::new(SearchParameters { max_length: 2, ..parameters(None) });
        assert_eq!(search.prefill(), None);
        assert_eq!(search.finish().ids, [2, 2]);
    }
}
